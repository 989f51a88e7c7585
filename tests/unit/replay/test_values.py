"""Values as traces write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iec62351_4.handlers import vocabulary as v
from iec62351_4.handlers.configuration import NativeConfig
from interlock.model import types as t
from interlock.model.project import Project, load_project
from interlock.replay.values import (
    CannotReplay,
    Configurations,
    changed_config,
    duration,
    fitting_clients,
    value,
)
from interlock.verification.results import Party

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("true", t.Bool(), True),
        ("17", t.Int(), 17),
        ("600 s", t.Duration(), 600_000),
        ("EncrMode.non-aea", t.Enum("EncrMode"), v.EncrMode.non_aea),
        ("non-aea", t.Enum("EncrMode"), v.EncrMode.non_aea),
        ("{}", t.SetOf(t.Enum("DHGroup")), frozenset()),
        (
            "{DHGroup.modp14, DHGroup.secp256r1}",
            t.ListOf(t.Enum("DHGroup")),
            (v.DHGroup.modp14, v.DHGroup.secp256r1),
        ),
    ],
)
def test_value(text: str, kind: t.Type, expected: Any) -> None:
    assert value(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("yes", t.Bool()),
        ("one", t.Int()),
        ("soon", t.Duration()),
        ("EncrMode.none", t.Enum("EncrMode")),
        ("{DHGroup.x}", t.SetOf(t.Enum("DHGroup"))),
        ("content 3", t.Octets()),
    ],
)
def test_no_value(text: str, kind: t.Type) -> None:
    with pytest.raises(CannotReplay):
        value(text, kind)


def test_duration_with_a_sign() -> None:
    assert (duration("-1 ms"), duration("+10 min")) == (-1, 600_000)


def test_unknown_field_of_the_configuration_is_named(project: Project) -> None:
    party = Party("client", "native-client", "", (("colour", "red"),))
    with pytest.raises(CannotReplay, match=r'party client: .* no field "colour"'):
        Configurations((party,), project.models.configs)


def test_fallback_is_not_a_handlers_matter(project: Project) -> None:
    party = Party("client", "native-client", "", (("fallback", "Fallback.after-any-failure"),))
    assert Configurations((party,), project.models.configs).given["client"] == {}


def test_defaults_fit_what_another_party_says(project: Project) -> None:
    groups = (("dh-groups", "{DHGroup.brainpoolP256r1}"),)
    rsa = (("signature-algorithms", "{SignatureAlgorithm.sha256WithRSAEncryption}"),)
    parties = (
        Party("client", "native-client", "", (*groups, *rsa)),
        Party("server", "native-server", ""),
    )
    made = Configurations(parties, project.models.configs).make("native", {})
    assert isinstance(made, NativeConfig)
    assert set(made.dh_groups) == {v.DHGroup.secp256r1, v.DHGroup.brainpoolP256r1}
    assert made.signature_algorithm is v.SignatureAlgorithm.sha256WithRSAEncryption


def test_other_clients_cover_every_way_to_protect() -> None:
    found = fitting_clients(NativeConfig())
    assert [(one.encr_mode.value, one.wants_encryption) for one in found] == [
        ("aea", True),
        ("non-aea", True),
        ("non-aea", False),
    ]


def test_a_changed_client_stays_one_that_the_model_allows() -> None:
    clear = changed_config(
        NativeConfig(), {"encr_mode": v.EncrMode.non_aea, "wants_encryption": False}
    )
    assert clear.encryption_algorithms == ()
