"""Decoding by the ASN.1 model, on modules made for one feature each."""

from __future__ import annotations

import pytest

from interlock.asn1 import load_modules
from interlock.core.source import SourceFile
from interlock.decode.interpreter import Interpreter
from interlock.decode.octets import Octets
from interlock.decode.tree import MalformedError, Node, Problem
from interlock.decode.values import ValueReader, oid_names

Line = tuple[int, int, str, str]
"""Offset, length, name, value."""


class Surroundings:
    """An environment that knows nothing but a model."""

    def __init__(self, text: str) -> None:
        source = SourceFile("M.asn", f"M DEFINITIONS IMPLICIT TAGS ::= BEGIN {text} END\n")
        self.model = load_modules([source])
        self.values = ValueReader(oid_names(self.model))

    def content_type(self, *_: object) -> None:
        """Open types hold nothing that is known."""

    def structure_read(self, *_: object) -> None:
        """Nothing is learnt."""

    def annotate(self, *_: object) -> None:
        """Nothing is added."""


def decode(text: str, data: str, name: str = "T") -> tuple[list[Line], list[Problem]]:
    problems: list[Problem] = []
    root = Node("input", 0)
    octets = Octets(bytes.fromhex(data))
    interpreter = Interpreter(Surroundings(text), octets, problems)  # type: ignore[arg-type]
    interpreter.definition(f"M.{name}", 0, len(octets.data), root)
    nodes = [node for _, node in root.children[0].walk()]
    return [(n.offset, n.length, n.name, n.value) for n in nodes], problems


def fault(text: str, data: str) -> tuple[str, int, str]:
    with pytest.raises(MalformedError) as caught:
        decode(text, data)
    return caught.value.reason, caught.value.offset, ".".join(caught.value.path)


SEQUENCE = "T ::= SEQUENCE { a INTEGER, b [0] BOOLEAN OPTIONAL, c UTF8String }"


def test_sequence_with_and_without_the_optional_component() -> None:
    lines, problems = decode(SEQUENCE, "3009" + "020105" + "8001ff" + "0c0178")
    assert lines == [
        (0, 11, "T", ""),
        (2, 3, "a", "5"),
        (5, 3, "b", "true"),
        (8, 3, "c", "'x'"),
    ]
    assert problems == []
    lines, _ = decode(SEQUENCE, "3006" + "020105" + "0c0178")
    assert [line[2] for line in lines] == ["T", "a", "c"]


@pytest.mark.parametrize(
    ("data", "reason", "offset", "path"),
    [
        ("3003020105", 'component "c" is missing: the structure ends', 5, "T"),
        ("30060201050201ff", 'component "c" is missing: [UNIVERSAL 2] stands there', 5, "T"),
        (
            "3009" + "020105" + "0c0178" + "020101",
            "element [UNIVERSAL 2] has no place here",
            8,
            "T",
        ),
        ("3106020105" + "0c0178", "tag [UNIVERSAL 17] where [UNIVERSAL 16] should be", 0, "T"),
        ("1006020105" + "0c0178", "element [UNIVERSAL 16] is primitive", 0, "T"),
        ("3007" + "02020105"[:8] + "0c01ff", "octets are not UTF8String", 8, "T.c"),
        ("3005" + "0200" + "0c0178", "INTEGER has no contents", 4, "T.a"),
    ],
)
def test_faults_have_path_and_offset(data: str, reason: str, offset: int, path: str) -> None:
    assert fault(SEQUENCE, data) == (reason, offset, path)


def test_what_was_read_before_a_fault_stays() -> None:
    root = Node("input", 0)
    octets = Octets(bytes.fromhex("3006" + "020105" + "0c01ff"))
    interpreter = Interpreter(Surroundings(SEQUENCE), octets, [])  # type: ignore[arg-type]
    with pytest.raises(MalformedError):
        interpreter.definition("M.T", 0, 8, root)
    assert [node.name for _, node in root.walk()] == ["input", "T", "a", "c"]


def test_an_element_longer_than_the_input_is_read_as_far_as_it_goes() -> None:
    assert fault(SEQUENCE, "3009" + "020105") == (
        'component "c" is missing: the input ends',
        5,
        "T",
    )
    # complete but for octets that the length promises
    reason, offset, _ = fault(SEQUENCE, "3009" + "020105" + "0c0178")
    assert (reason, offset) == ("element of 9 octets where 6 are left", 0)


def test_an_element_longer_than_its_parent_is_refused() -> None:
    assert fault(SEQUENCE, "3003" + "a10505" + "0c0178")[:2] == (
        "element of 5 octets where 1 are left",
        2,
    )


def test_octets_behind_the_end_are_a_problem() -> None:
    _, problems = decode("T ::= INTEGER", "0201050000")
    assert [(p.reason, p.offset) for p in problems] == [("2 octet(s) behind the end", 3)]


def test_set_in_any_order() -> None:
    module = "T ::= SET { a INTEGER, b BOOLEAN }"
    lines, _ = decode(module, "3106" + "0101ff" + "020105")
    assert [line[2] for line in lines] == ["T", "b", "a"]
    assert fault(module, "3103" + "0101ff")[0] == 'component "a" is missing: the structure ends'


def test_extensions_are_shown_and_skipped() -> None:
    module = "T ::= SEQUENCE { a INTEGER, ..., [[ b [0] INTEGER ]], ..., c BOOLEAN }"
    lines, _ = decode(module, "300c" + "020105" + "800107" + "890100" + "010100")
    assert [line[2] for line in lines] == ["T", "a", "b", "(extension)", "c"]


def test_lists_and_their_size() -> None:
    module = "T ::= SEQUENCE SIZE (1) OF INTEGER"
    lines, problems = decode(module, "3006" + "020101" + "020102")
    assert lines[0][3] == "2 element(s)"
    assert [line[2] for line in lines[1:]] == ["0", "1"]
    assert [p.reason for p in problems] == ["2 element(s) where SIZE is 1..1"]


def test_choices() -> None:
    module = "T ::= CHOICE { a [0] INTEGER, b [1] BOOLEAN }"
    lines, _ = decode(module, "8101ff")
    assert lines == [(0, 3, "T", "b"), (0, 3, "b", "true")]
    assert fault(module, "820100") == ("no alternative has tag [2]", 0, "T")
    lines, _ = decode("T ::= CHOICE { a [0] INTEGER, ... }", "820100")
    assert lines[1][2] == "(unknown alternative)"


def test_explicit_tags() -> None:
    module = "T ::= [5] EXPLICIT INTEGER"
    lines, _ = decode(module, "a503020107")
    assert lines == [(0, 5, "T", "7")]
    _, problems = decode(module, "a5060201070201ff"[:16])
    assert problems[0].reason == "octets behind the end of an explicitly tagged value"
    assert fault(module, "8503020107")[0] == "element [5] is primitive"


def test_segmented_strings() -> None:
    lines, _ = decode("T ::= OCTET STRING", "2480" + "0402abcd" + "0401ef" + "0000")
    assert lines == [(0, 11, "T", "abcdef")]
    nested, _ = decode("T ::= OCTET STRING", "2408" + "2404" + "0402abcd" + "0400")
    assert nested[0][3] == "abcd"
    bits, _ = decode("T ::= BIT STRING", "2307" + "0302" + "00ff" + "0301" + "00")
    assert bits[0][3] == "'11111111'B"


def test_segments_of_another_type() -> None:
    reason, offset, _ = fault("T ::= OCTET STRING", "2403" + "020101")
    assert (reason, offset) == ("tag [UNIVERSAL 2] where [UNIVERSAL 4] should be", 2)
    reason, _, _ = fault("T ::= OCTET STRING", "2480" * 20 + "0000" * 20)
    assert reason == "segments are nested too deeply"


def test_open_type_by_its_governor() -> None:
    module = (
        "C ::= CLASS { &id INTEGER UNIQUE, &Type } WITH SYNTAX { &id IS &Type }"
        " one C ::= {1 IS BOOLEAN} two C ::= {2 IS UTF8String} Set C ::= {one | two, ...}"
        " T ::= SEQUENCE { id C.&id({Set}), value C.&Type({Set}{@id}) }"
    )
    lines, _ = decode(module, "3006" + "020101" + "0101ff")
    assert [line[2:] for line in lines] == [
        ("T", ""),
        ("id", "1"),
        ("value", ""),
        ("value", "true"),
    ]
    lines, _ = decode(module, "3006" + "020102" + "0c0178")
    assert lines[-1][3] == "'x'"
    lines, _ = decode(module, "3006" + "020109" + "020103")
    assert lines[-1][2:] == ("(any)", "3")
    assert fault(module, "3006" + "020101" + "0c0178")[2] == "T.value.value"


def test_unknown_content_is_shown_as_far_as_tags_tell() -> None:
    lines, _ = decode("T ::= ANY", "3009" + "060229" + "07" + "80037fffff")
    assert [line[2:] for line in lines] == [
        ("T", ""),
        ("(any)", ""),
        ("-", "1.1.7"),
        ("-", "7fffff"),
    ]


def test_constraints_are_problems_with_a_place() -> None:
    _, problems = decode("T ::= SEQUENCE { n INTEGER (0..7) }", "3003" + "020109")
    assert [(p.reason, p.offset, p.path) for p in problems] == [
        ("9 is outside 0..7", 2, ("T", "n"))
    ]


def test_depth_is_bounded() -> None:
    module = "T ::= SEQUENCE { t T OPTIONAL }"
    data = ""
    for _ in range(300):
        length = len(data) // 2
        data = "3083" + length.to_bytes(3, "big").hex() + data
    assert fault(module, data)[0] == "elements are nested too deeply"


def test_every_truncation_is_a_fault_or_a_shorter_value() -> None:
    whole = "3009" + "020105" + "8001ff" + "0c0178"
    for length in range(2, len(whole), 2):
        reason, offset, _ = fault(SEQUENCE, whole[:length])
        assert reason
        assert offset <= length // 2
