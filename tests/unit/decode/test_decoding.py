"""From octets to trees: which layer they begin with, whole associations, damaged input."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest

from interlock.core.errors import UsageError
from interlock.decode import decoding
from interlock.decode.decoding import MAX_INPUT_OCTETS, decode
from interlock.decode.printing import lines
from interlock.decode.tree import Decoded
from interlock.spec import Specification, load_specification
from unit.decode.recording import record

ROOT = Path(__file__).parents[3]
CAPTURES = sorted((ROOT / "tests" / "captures").glob("*.hex"))


@cache
def specification() -> Specification:
    return load_specification(ROOT / "spec")


def read(data: bytes, layer: str = "auto") -> Decoded:
    return decode(specification(), data, layer)


def names(decoded: Decoded) -> list[str]:
    return [node.type or node.name for root in decoded.nodes for _, node in root.walk()]


@pytest.mark.parametrize(
    "arguments",
    [
        ("native", "ae"),
        ("native", "cbc"),
        ("native", "clear"),
        ("native", "gmac"),
        ("compatibility", ""),
    ],
)
def test_whole_associations_are_clean(arguments: tuple[str, str]) -> None:
    decoded = read(record(*arguments).stream)
    assert decoded.fault is None
    assert decoded.problems == []
    assert decoded.is_clean
    found = set(names(decoded))
    expected = {"TPKT", "COTP", "CP-type", "CPA-PPDU", "AARQ-apdu", "AARE-apdu", "RLRE-apdu"}
    if arguments[0] == "compatibility":
        expected |= {"MMS-Authentication-value", "MMSpdu"}
    else:
        expected |= {"HandshakeReq", "HandshakeAcc", "ReleaseReq", "ReleaseRsp"}
        expected |= {"EncrTransfer"} if arguments[1] in ("ae", "cbc") else {"ClearTransfer"}
    assert expected <= found


def test_offsets_are_those_of_the_input() -> None:
    """Each element with a tag is where it says, by the tag octet found there."""
    stream = record("compatibility").stream
    checked = 0
    for root in read(stream).nodes:
        for _, node in root.walk():
            if node.tag.startswith("[UNIVERSAL 6]"):
                assert stream[node.offset] == 0x06
                assert stream[node.offset + 1] == node.length - 2
                checked += 1
            assert node.offset + node.length <= len(stream)
    assert checked >= 9


def test_children_lie_inside_their_parents() -> None:
    for root in read(record().stream).nodes:
        for _, node in root.walk():
            for child in node.children:
                assert node.offset <= child.offset
                assert child.offset + child.length <= node.offset + node.length


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_captured_octets(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    (key,) = [line.split("type:")[1].strip() for line in text.splitlines() if "type:" in line]
    data = bytes.fromhex("".join(line.partition("#")[0] for line in text.splitlines()))
    decoded = read(data, key)
    assert decoded.fault is None
    assert decoded.problems == []
    assert decoded.nodes[0].length == len(data)


def test_a_captured_initiate_is_seen_through_its_external() -> None:
    text = (ROOT / "tests" / "captures" / "aarq-user-information.hex").read_text(encoding="utf-8")
    data = bytes.fromhex("".join(line.partition("#")[0] for line in text.splitlines()))
    assert "Initiate-RequestPDU" in names(read(data, "ACSE-1.Association-information"))


# --- which layer -------------------------------------------------------------------------------


def test_layers_are_recognised() -> None:
    packet = next(m for m in record().messages if read(m).signatures)
    spdu = packet[7:]
    assert names(read(packet))[0] == "TPKT"
    assert names(read(spdu))[0] == "SPDU"
    assert read(spdu).is_clean
    user_data = next(n for _, n in read(spdu).nodes[0].walk() if n.name.endswith("user data"))
    ppdu = spdu[user_data.offset + user_data.header :][: user_data.length - user_data.header]
    assert names(read(ppdu))[0] == "CP-type"
    apdu = next(n for _, n in read(ppdu).nodes[0].walk() if n.type == "AARQ-apdu")
    aarq = ppdu[apdu.offset : apdu.offset + apdu.length]
    assert names(read(aarq))[:2] == ["ACSE-apdu", "AARQ-apdu"]
    assert names(read(aarq, "acse"))[:2] == ["ACSE-apdu", "AARQ-apdu"]
    inner = next(n for _, n in read(aarq).nodes[0].walk() if n.type == "HandshakeReq")
    request = aarq[inner.offset : inner.offset + inner.length]
    assert names(read(request))[0] == "HandshakeReq"
    assert read(request, "secpdu").signatures[0].verdict == "valid"


def test_what_can_be_read_in_two_ways_says_so() -> None:
    release = next(m for m in record().messages if "ReleaseRsp" in names(read(m)))
    node = next(n for r in read(release).nodes for _, n in r.walk() if n.type == "ReleaseRsp")
    decoded = read(release[node.offset : node.offset + node.length])
    assert names(decoded)[0] == "ReleaseReq"
    assert any("ReleaseRsp" in note for note in decoded.nodes[0].notes)


def test_an_unknown_layer() -> None:
    with pytest.raises(UsageError, match=r'cannot decode as "sesion": did you mean "session"\?'):
        read(b"\0", "sesion")


# --- bad input ---------------------------------------------------------------------------------


def test_empty_and_oversized_input() -> None:
    assert read(b"").fault is not None
    fault = read(bytes(MAX_INPUT_OCTETS + 1)).fault
    assert fault is not None
    assert str(MAX_INPUT_OCTETS) in fault.reason


@pytest.mark.parametrize("mode", ["native", "compatibility"])
def test_every_truncation_is_a_fault_that_keeps_what_was_read(mode: str) -> None:
    packet = next(m for m in record(mode, kind="rsa").messages if read(m).signatures)
    spdu = packet[7:]
    for length in range(1, len(spdu), 17):
        decoded = read(spdu[:length], "session")
        assert decoded.fault is not None
        assert 0 <= decoded.fault.offset <= length


def test_a_capture_that_was_cut_shows_everything_before_the_cut() -> None:
    packet = next(m for m in record().messages if read(m).signatures)
    whole = [n.offset for root in read(packet).nodes for _, n in root.walk()]
    cut = read(packet[:-300])
    shown = [n.offset for root in cut.nodes for _, n in root.walk()]
    assert cut.fault is not None
    assert cut.fault.path[-1] != "TPKT"
    assert shown == whole[: len(shown)]
    assert len([at for at in whole if at < len(packet) - 300]) - len(shown) <= 1


@pytest.mark.parametrize("seed", range(4))
def test_damaged_octets_lead_to_a_result_whatever_they_are(seed: int) -> None:
    rng = random.Random(seed)
    messages = [
        *record().messages,
        *record("compatibility").messages,
        *record(protection="clear").messages,
    ]
    for _ in range(150):
        data = bytearray(rng.choice(messages))
        for _ in range(rng.choice((1, 1, 3))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if rng.random() < 0.3:
            del data[rng.randrange(1, len(data)) :]
        decoded = read(bytes(data), rng.choice(("auto", "tpkt")))
        assert list(lines(decoded))
        assert decoded.fault is None or decoded.fault.offset <= len(data), seed


@pytest.mark.parametrize(
    "data",
    [b"\x30\x80" * 20_000, b"\xa0\x80" * 100_000, b"\x24\x80" * 20_000, b"\x30" * 500_000],
    ids=["sequences", "wrappers", "strings", "lengths"],
)
@pytest.mark.parametrize("layer", decoding.LAYERS)
def test_deep_nesting_ends_at_once(data: bytes, layer: str) -> None:
    assert read(data, layer).fault is not None
