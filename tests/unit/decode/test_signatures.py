"""Signatures: verified with the certificate inside, with the octets that were covered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from interlock.decode.decoding import decode
from interlock.decode.tree import SignatureVerdict
from interlock.spec import Specification, load_specification
from unit.decode.recording import record

SPEC = Path(__file__).parents[3] / "spec"


@cache
def specification(**assume: str) -> Specification:
    return load_specification(SPEC, assume)


def verdicts(data: bytes, assume: Mapping[str, str] | None = None) -> list[SignatureVerdict]:
    return decode(specification(**(assume or {})), data).signatures


@pytest.mark.parametrize("kind", ["rsa", "secp256r1", "brainpoolP256r1"])
def test_every_signature_of_an_association_verifies(kind: str) -> None:
    found = verdicts(record(kind=kind).stream)
    assert [(s.pdu, s.verdict) for s in found] == [
        ("HandshakeReq", "valid"),
        ("HandshakeAcc", "valid"),
        ("ReleaseReq", "valid"),
        ("ReleaseRsp", "valid"),
    ]
    expected = "sha256WithRSAEncryption" if kind == "rsa" else "ecdsa-with-SHA256"
    assert {s.algorithm for s in found} == {expected}


def test_the_covered_octets_are_those_that_matter() -> None:
    """Changing an octet breaks the signature exactly when it is among the covered ones."""
    request = next(m for m in record().messages if verdicts(m))
    (signature,) = verdicts(request)
    ((start, end),) = signature.covered
    # assoID is the one digit between tag 0C 01 or longer; take octets of the Diffie-Hellman keys
    for at, expected in ((end - 400, "invalid"), (start - 90, "valid")):
        changed = request[:at] + bytes((request[at] ^ 1,)) + request[at + 1 :]
        (after,) = verdicts(changed) or [signature]
        assert after.verdict == expected, at


def test_the_a_profile_signs_the_contents_of_time() -> None:
    stream = record("compatibility").stream
    for signature in verdicts(stream):
        ((start, end),) = signature.covered
        assert signature.verdict == "valid"
        assert stream[start:end].endswith(b".")
        assert len(stream[start:end]) == 15
        assert signature.reading == (
            "contents octets, without tag and length of certificate-based.time "
            "(assumption Q3 = content)"
        )


def test_under_the_other_reading_the_signature_is_not_valid_and_says_why() -> None:
    stream = record("compatibility").stream
    for signature in verdicts(stream, {"Q3": "implicit-tlv"}):
        assert signature.verdict == "invalid"
        assert signature.detail == (
            "verifies only so; in force is the reading: whole encoding, with tag and length"
        )
        ((start, end),) = signature.covered
        assert len(stream[start:end]) == 15


def test_a_signature_over_nothing_known() -> None:
    stream = bytearray(record("compatibility").stream)
    ((start, _),) = verdicts(bytes(stream))[0].covered
    stream[start + 13] ^= 1  # a digit of the seconds
    first = verdicts(bytes(stream))[0]
    assert first.verdict == "invalid"
    assert first.detail == "verifies neither over the contents octets nor over the whole encoding"


def test_a_certificate_that_cannot_be_read() -> None:
    request = next(m for m in record("compatibility").messages if verdicts(m))
    at = request.index(b"\x30\x82", request.index(b"\xa0\x82"))
    changed = request[:at] + b"\x31" + request[at + 1 :]
    broken = [s for s in verdicts(changed) if s.verdict == "not verifiable"]
    assert all("certificate cannot be read" in s.detail for s in broken)


def test_segments_give_several_ranges() -> None:
    stream = record(tpdu_size_code=8).stream
    found = verdicts(stream)
    assert {s.verdict for s in found} == {"valid"}
    assert len(found[0].covered) > 3
    assert sum(end - start for start, end in found[0].covered) > 1000
