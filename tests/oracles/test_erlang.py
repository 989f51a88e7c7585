"""The Erlang oracle: every module compiles unchanged, and real encodings come back as they were."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracles.erlang import ErlangOracle, OracleError, in_order

MODULES = Path(__file__).parents[2] / "spec" / "asn1"
CAPTURES = Path(__file__).parents[1] / "captures"

pytestmark = pytest.mark.requires("erlang")


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ErlangOracle]:
    with ErlangOracle(tmp_path_factory.mktemp("erlang"), MODULES.glob("*.asn")) as running:
        yield running


def tlv(tag: int, *content: bytes) -> bytes:
    """A TLV with a short tag and a definite length."""
    body = b"".join(content)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


OID_SHA256_RSA = bytes.fromhex("06092a864886f70d01010b")
OID_HMAC = bytes.fromhex("06082a864886f70d0209")
OID_GCM = bytes.fromhex("0609608648016503040106")
OID_CBC = bytes.fromhex("0609608648016503040102")
NULL = bytes.fromhex("0500")
TIME = tlv(0x18, b"20260929141404.123Z")
ASSO_ID = tlv(0x0C, b"7:12")
SIGNATURE_ALGORITHM = tlv(0x30, OID_SHA256_RSA, NULL)
SIGNATURE = tlv(0x30, SIGNATURE_ALGORITHM, tlv(0x04, bytes(256)))
VERSION = bytes.fromhex("03020780")
MMS = bytes.fromhex("a003020101")
AEA = tlv(0x30, tlv(0x30, OID_GCM))
NON_AEA = tlv(
    0xA0, tlv(0xA0, tlv(0x30, OID_CBC)), tlv(0xA1, tlv(0x30, OID_GCM), tlv(0x30, OID_HMAC, NULL))
)  # the SET OF in DER order


def token1(encr_mode: bytes) -> bytes:
    return tlv(
        0x30,
        SIGNATURE_ALGORITHM,
        tlv(0x04, bytes(700)),
        VERSION,
        tlv(0x0C, b"7"),
        tlv(0x30, tlv(0x30, bytes.fromhex("02010e"), tlv(0x04, bytes(256)))),
        tlv(0x30, OID_HMAC, NULL),
        TIME,
        encr_mode,
        bytes.fromhex("030206c0"),
    )


TOKEN2 = tlv(0x30, ASSO_ID, TIME, bytes.fromhex("020100"), tlv(0x80, bytes(12)))
TOKEN3 = tlv(0x30, SIGNATURE_ALGORITHM, VERSION, ASSO_ID, TIME, tlv(0x04, bytes(700)))
AUTHENTICATOR = tlv(0x30, tlv(0x30, OID_HMAC, NULL), tlv(0x04, bytes(32)))
PP = tlv(0x0C, b"IEC 61850-8-1")


def handshake(encr_mode: bytes) -> bytes:
    return tlv(0x30, PP, tlv(0x30, token1(encr_mode), MMS), SIGNATURE)


def on_token3(*more: bytes) -> bytes:
    return tlv(0x30, tlv(0x30, TOKEN3, *more), SIGNATURE)


def retagged(tag: int, octets: bytes) -> bytes:
    """The same contents under another tag (IMPLICIT)."""
    return bytes([tag]) + octets[1:]


PDUS = {
    "HandshakeReq": handshake(AEA),
    "HandshakeAcc": handshake(NON_AEA),
    "ApplicationReject": on_token3(MMS),
    "HandshakeSecReject": on_token3(bytes.fromhex("0a010b")),
    "HandshakeSecAbort": on_token3(bytes.fromhex("0a0119")),
    "DtSecAbort": on_token3(bytes.fromhex("0a0104")),
    "ApplAbort": on_token3(),
    "ReleaseReq": on_token3(),
    "ReleaseRsp": on_token3(),
    "ClearTransfer": tlv(0x30, tlv(0x30, TOKEN2, MMS), AUTHENTICATOR),
    "EncrTransfer": tlv(0x30, tlv(0x30, TOKEN2, tlv(0x04, bytes(40)))),
    "HandshakeRsp": retagged(0xA2, on_token3()),
    "AssoAbort": retagged(0xA1, on_token3(bytes.fromhex("0a0109"))),
}


@pytest.mark.parametrize("name", sorted(PDUS))
def test_secpdus_written_by_hand_come_back_unchanged(name: str, oracle: ErlangOracle) -> None:
    assert oracle.transcode("IEC62351-4-E2E", name, PDUS[name]) == PDUS[name]


@pytest.mark.parametrize("name", sorted(PDUS))
def test_a_truncated_secpdu_is_refused(name: str, oracle: ErlangOracle) -> None:
    with pytest.raises(OracleError):
        oracle.transcode("IEC62351-4-E2E", name, PDUS[name][:-1])


def test_trailing_octets_are_refused(oracle: ErlangOracle) -> None:
    with pytest.raises(OracleError, match="trailing"):
        oracle.transcode("IEC62351-4-E2E", "ReleaseReq", PDUS["ReleaseReq"] + b"\0\0")


def test_parameters_must_fit_a_known_algorithm(oracle: ErlangOracle) -> None:
    wrong = tlv(0x30, OID_SHA256_RSA, tlv(0x04, b"x"))
    signature = tlv(0x30, wrong, tlv(0x04, bytes(256)))
    with pytest.raises(OracleError):
        oracle.transcode("IEC62351-4-E2E", "Signature", signature)


def test_osi_wrapper_layout(oracle: ErlangOracle) -> None:
    """30 28 02 01 ctx A0 <PDU>: one EXTERNAL, no direct-reference."""
    octets = tlv(0x30, tlv(0x28, bytes.fromhex("020105"), tlv(0xA0, PDUS["HandshakeReq"])))
    assert oracle.transcode("IEC62351-4-OSI", "AARQ-user-information", octets) == octets


def test_terms_are_encoded_and_decoded(oracle: ErlangOracle) -> None:
    term = "#{dhPublicKey => <<1,2>>,group => secp256r1}"
    octets = oracle.encode("IEC62351-4-E2E", "DiffieHellmanKey", term)
    assert octets == bytes.fromhex("300702011704020102")
    assert oracle.decode("IEC62351-4-E2E", "DiffieHellmanKey", octets) == term


def test_names_that_are_not_asn1_names_never_reach_the_node(oracle: ErlangOracle) -> None:
    with pytest.raises(ValueError, match=r"not ASN\.1 names"):
        oracle.transcode("IEC62351-4-E2E", "A B", b"")


def captured() -> dict[str, tuple[str, str, bytes]]:
    """The captured pieces: file name to module, type and octets."""
    found = {}
    for path in sorted(CAPTURES.glob("*.hex")):
        text = path.read_text(encoding="utf-8")
        type_ = re.search(r"^# type: ([\w-]+)\.([\w-]+)$", text, re.MULTILINE)
        assert type_ is not None, f"{path.name} does not say its type"
        octets = "".join(line.partition("#")[0] for line in text.splitlines())
        found[path.stem] = (type_[1], type_[2], bytes.fromhex(octets))
    return found


@pytest.mark.parametrize("name", sorted(captured()))
def test_captured_octets_come_back_unchanged(name: str, oracle: ErlangOracle) -> None:
    module, type_, octets = captured()[name]
    assert oracle.transcode(module, type_, octets) == octets


def test_imports_come_first() -> None:
    names = [path.stem for path in in_order(MODULES.glob("*.asn"))]
    assert names.index("IEC62351-4-Algorithms") < names.index("IEC62351-4-E2E")
    assert names.index("IEC62351-4-E2E") < names.index("IEC62351-4-OSI")
    assert len(names) == len(list(MODULES.glob("*.asn")))


def test_circular_imports_are_an_error(tmp_path: Path) -> None:
    for name, other in (("A", "B"), ("B", "A")):
        text = f"{name} DEFINITIONS ::= BEGIN IMPORTS T FROM {other}; END"
        (tmp_path / f"{name}.asn").write_text(text)
    with pytest.raises(OracleError, match="circular"):
        in_order(tmp_path.glob("*.asn"))


def test_a_module_that_does_not_compile_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "Bad.asn").write_text("Bad DEFINITIONS ::= BEGIN A ::= Missing END")
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(OracleError, match=r"Bad\.asn1"):
        ErlangOracle(work, [tmp_path / "Bad.asn"])
