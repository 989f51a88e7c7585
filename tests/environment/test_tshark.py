"""tshark dissects what the environment sends, without a malformed or an expert error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from environment.captured import AARE, AARE_SPDU, AARQ, AARQ_SPDU, CONFIG
from environment.pair import EnvironmentPair
from iec62351_4.environment.config import (
    E2E_SECURITY_SYNTAX,
    Mode,
    OSIConfig,
    contexts_of,
)
from iec62351_4.environment.envelope import (
    MMS_ABSTRACT_SYNTAX,
    Carrier,
    Envelope,
    UserInformation,
)
from iec62351_4.environment.session import UserDataForm
from oracles.tshark import Dissection, dissect

pytestmark = pytest.mark.requires("tshark")

NATIVE = OSIConfig(contexts=contexts_of(Mode.NATIVE))
SECPDU = UserInformation(E2E_SECURITY_SYNTAX, b"\x30\x82\x08\x04\x04\x82\x08\x00" + bytes(2048))
E2E_CONTEXT = "1.0.62351.4.2.1"
HEADER_OCTETS = 7  # TPKT and COTP DT


def spdus_of(pair: EnvironmentPair) -> list[tuple[bool, bytes]]:
    """The SPDUs on the wire; every one fits into one TPDU here."""
    return [
        (is_from_client, octets[HEADER_OCTETS:])
        for is_from_client, octets in pair.wire
        if octets[5] == 0xF0
    ]


def native_life(config: OSIConfig, ending: str) -> list[tuple[bool, bytes]]:
    """Every carrier of a native association."""
    pair = EnvironmentPair(config)
    answer = Envelope(
        Carrier.AARE,
        application_context=E2E_CONTEXT,
        result=1 if ending == "reject" else 0,
        diagnostic_source=1,
        diagnostic=1 if ending == "reject" else 0,
        user_information=(SECPDU,),
    )
    pair.exchange(
        True,
        Envelope(Carrier.AARQ, application_context=E2E_CONTEXT, user_information=(SECPDU,)),
    )
    pair.exchange(False, answer)
    if ending == "reject":
        return spdus_of(pair)
    pair.exchange(True, Envelope(Carrier.DATA, user_information=(SECPDU,)))
    pair.exchange(False, Envelope(Carrier.DATA, user_information=(SECPDU,)))
    if ending == "release":
        pair.exchange(True, Envelope(Carrier.RLRQ, reason=0, user_information=(SECPDU,)))
        pair.exchange(False, Envelope(Carrier.RLRE, reason=0, user_information=(SECPDU,)))
    else:
        pair.exchange(False, Envelope(Carrier.ABRT, abort_source=0, user_information=(SECPDU,)))
    return spdus_of(pair)


def assert_clean(found: list[Dissection]) -> None:
    """Nothing malformed, no expert error, every SPDU down to presentation."""
    for item in found:
        assert not item.is_malformed
        assert item.complaints == []
        assert item.layers[-1] in ("acse", "mms", "pres")


@pytest.mark.parametrize("form", list(UserDataForm))
@pytest.mark.parametrize("ending", ["release", "abort", "reject"])
def test_native_association(form: UserDataForm, ending: str, tmp_path: Path) -> None:
    config = replace(NATIVE, user_data_form=form)
    spdus = native_life(config, ending)
    assert len(spdus) == {"release": 6, "abort": 5, "reject": 2}[ending]
    found = dissect(spdus, tmp_path)
    assert_clean(found)
    assert found[0].fields["acse.aSO_context_name"] == [E2E_CONTEXT]
    syntaxes = [context.abstract_syntax for context in config.contexts]
    assert found[0].fields["pres.abstract_syntax_name"] == syntaxes
    results = {"release": "0", "abort": "0", "reject": "1"}
    assert found[1].fields["acse.result"] == [results[ending]]
    assert all("acse" in item.layers for item in (found[0], found[1], found[-1]))


def test_captured_association(tmp_path: Path) -> None:
    pair = EnvironmentPair(CONFIG)
    pair.exchange(True, AARQ)
    pair.exchange(False, AARE)
    mms = UserInformation(MMS_ABSTRACT_SYNTAX, bytes.fromhex("8b00"))
    pair.exchange(True, Envelope(Carrier.DATA, user_information=(mms,)))
    spdus = spdus_of(pair)
    assert spdus[:2] == [(True, AARQ_SPDU), (False, AARE_SPDU)]
    found = dissect(spdus, tmp_path)
    assert_clean(found)
    request, answer = found[:2]
    assert request.layers[-4:] == ("ses", "pres", "acse", "mms")
    assert request.fields["acse.mechanism_name"] == ["1.0.840.0.1.0.1.1"]
    assert request.fields["acse.ap_title_form2"] == ["0", "1.1.999.1"]
    assert answer.fields["acse.mechanism_name"] == ["1.0.840.0.1.0.1.1"]


def test_the_oracle_sees_damage(tmp_path: Path) -> None:
    """A cut SPDU and a wrong inner tag are found, so a clean result means something."""
    wrong_tag = AARQ_SPDU.replace(bytes.fromhex("a107060528ca"), bytes.fromhex("bd07060528ca"))
    good, cut, wrong = dissect(
        [(True, AARQ_SPDU), (True, AARQ_SPDU[:-1]), (True, wrong_tag)], tmp_path
    )
    assert_clean([good])
    for item in (cut, wrong):
        assert item.is_malformed
        assert len(item.complaints) == 1
