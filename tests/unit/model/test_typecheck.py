"""From text to typed expressions: every kind of node, every complaint at its exact place."""

from __future__ import annotations

import pytest

from interlock.core.data import Scalar
from interlock.core.errors import ModelError
from interlock.core.source import Span
from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.typecheck import Scope, check
from interlock.model.vocabulary import (
    Enumeration,
    Member,
    Operation,
    Parameter,
    Predicate,
    Vocabulary,
)

COLOR = t.Enum("Color")
KEYS = t.Opaque("Keys")
WORDS = Vocabulary(
    {
        "Color": Enumeration(
            "Color", (Member("red"), Member("light-blue")), True, "model", "1", ""
        ),
        "Shape": Enumeration("Shape", (Member("round"),), False, "model", "1", ""),
    },
    {},
    {
        "valid": Predicate("valid", (Parameter("m", t.Message()),), "1", ""),
        "bright": Predicate("bright", (Parameter("c", COLOR), Parameter("n", t.INT)), "1", ""),
    },
    {
        "draw": Operation("draw", (), t.INT, "1", ""),
        "keep": Operation("keep", (Parameter("k", KEYS),), None, "1", ""),
    },
)
SCOPE = Scope(
    WORDS,
    {
        x.Root.MESSAGE: {
            "time": t.TIME,
            "color": COLOR,
            "sig-alg": COLOR,
            "colors": t.ListOf(COLOR),
        },
        x.Root.CONFIG: {"on": t.BOOL, "limit": t.INT, "window": t.DURATION, "set": t.SetOf(COLOR)},
        x.Root.SESSION: {"keys": KEYS, "octets": t.OCTETS, "seq": t.INT},
    },
    t.Message("AARQ"),
    names={"flag": t.BOOL},
    conditions={"named": x.BoolLiteral(value=True)},
)
START = 11
"""Column of the first character of every text of these tests."""


def parse(
    text: str, expected: t.Type = t.BOOL, *, act: bool = False, quoted: bool = False
) -> x.Expression:
    scope = SCOPE.acting() if act else SCOPE
    width = len(text) + 2 * quoted
    return check(Scalar(text, Span("f", 3, START, START + width), quoted), scope, expected)


def refusal(text: str, expected: t.Type = t.BOOL, **options: bool) -> tuple[str, str]:
    """The code, and the part of the text that is marked."""
    with pytest.raises(ModelError) as caught:
        parse(text, expected, **options)
    (found,) = caught.value.diagnostics
    assert found.span.line == 3
    shift = START + options.get("quoted", False)
    return found.code, text[found.span.column - shift : found.span.end_column - shift]


# --- nodes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("true", x.BoolLiteral, t.BOOL),
        ("7", x.IntLiteral, t.INT),
        ("10 min", x.DurationLiteral, t.DURATION),
        ("Color.light-blue", x.EnumLiteral, COLOR),
        ("{Color.red}", x.SetLiteral, t.SetOf(COLOR)),
        ("{}", x.SetLiteral, t.ListOf(COLOR)),
        ("none", x.NoneLiteral, KEYS),
        ("named", x.NamedCondition, t.BOOL),
        ("flag", x.Variable, t.BOOL),
        ("now", x.Variable, t.TIME),
        ("m", x.Variable, t.Message()),
        ("m.sig-alg", x.Variable, COLOR),
        ("config.on", x.Variable, t.BOOL),
        ("not config.on", x.Not, t.BOOL),
        ("config.on and flag", x.AllOf, t.BOOL),
        ("config.on or flag", x.AnyOf, t.BOOL),
        ("config.on implies flag", x.Implies, t.BOOL),
        ("m.color == Color.red", x.Compare, t.BOOL),
        ("m.time < now", x.Compare, t.BOOL),
        ("m.color in config.set", x.Member, t.BOOL),
        ("m.color not in {Color.red}", x.Not, t.BOOL),
        ("session.seq + 1", x.Sum, t.INT),
        ("now - config.window", x.Sum, t.TIME),
        ("config.window + 1 s", x.Sum, t.DURATION),
        ("size(config.set)", x.BuiltinCall, t.INT),
        ("distance(m.time, now)", x.BuiltinCall, t.DURATION),
        ("valid(m)", x.PredicateCall, t.BOOL),
    ],
)
def test_every_kind_of_node(text: str, kind: type[x.Node], expected: t.Type) -> None:
    node = parse(text, expected)
    assert type(node) is kind
    assert t.fits(node.type, expected)


def test_operations_only_where_acting_is_allowed() -> None:
    assert isinstance(parse("draw()", t.INT, act=True), x.OperationCall)
    keep = parse("keep(session.keys)", act=True)
    assert isinstance(keep, x.OperationCall)
    assert keep.acts_only
    assert refusal("draw() == 1") == ("MDL116", "draw()")


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("5 ms", 5), ("5 s", 5_000), ("5 min", 300_000), ("5 h", 18_000_000)]
)
def test_durations(text: str, milliseconds: int) -> None:
    node = parse(text, t.DURATION)
    assert isinstance(node, x.DurationLiteral)
    assert (node.value, node.text) == (milliseconds, text)


def test_precedence_from_weak_to_strong() -> None:
    node = parse("config.on or flag and not named implies flag")
    assert isinstance(node, x.Implies)
    either = node.premise
    assert isinstance(either, x.AnyOf)
    assert isinstance(either.operands[1], x.AllOf)
    assert isinstance(either.operands[1].operands[1], x.Not)


def test_implication_is_right_associative() -> None:
    node = parse("flag implies named implies config.on")
    assert isinstance(node, x.Implies)
    assert isinstance(node.conclusion, x.Implies)


def test_a_literal_list_keeps_its_order() -> None:
    node = parse("{Color.light-blue, Color.red}", t.ListOf(COLOR))
    assert isinstance(node, x.SetLiteral)
    assert node.type == t.ListOf(COLOR)
    assert [e.member for e in node.elements if isinstance(e, x.EnumLiteral)] == [
        "light-blue",
        "red",
    ]


@pytest.mark.parametrize("text", ["orbit", "notable", "info", "android"])
def test_names_may_begin_with_a_keyword(text: str) -> None:
    assert refusal(text) == ("MDL111", text)


def test_nodes_know_their_place() -> None:
    node = parse("config.on and m.color in config.set")
    assert isinstance(node, x.AllOf)
    member = node.operands[1]
    assert (member.span.column, member.span.end_column) == (START + 14, START + 35)
    quoted = parse("config.on", quoted=True)
    assert (quoted.span.column, quoted.span.end_column) == (START + 1, START + 10)


# --- complaints --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("config.on and", "MDL110", ""),
        ("config.on flag", "MDL110", "flag"),
        ("(config.on", "MDL110", ""),
        ("config.on ? flag", "MDL110", "?"),
        ("1 == == 1", "MDL110", "=="),
        ("", "MDL110", ""),
        ("m.colour == Color.red", "MDL111", "colour"),
        ("n.color == Color.red", "MDL111", "n"),
        ("flog", "MDL111", "flog"),
        ("e.result == Color.red", "MDL111", "e"),  # no envelope in this scope
        ("m.color.red == Color.red", "MDL111", "color"),
        ("sizes(config.set) > 0", "MDL111", "sizes"),
        ("m.color == Color.blue", "MDL112", "blue"),
        ("m.color == Shape.round", "MDL113", "Shape.round"),
        ("config.limit", "MDL113", "config.limit"),
        ("flag and config.limit", "MDL113", "config.limit"),
        ("not m.color", "MDL113", "m.color"),
        ("m.color in {Shape.round}", "MDL113", "m.color"),
        ("config.set == {Color.red, Shape.round}", "MDL113", "Shape.round"),
        ("bright(m.color, m.color)", "MDL113", "m.color"),
        ("m.color < Color.red", "MDL114", "<"),
        ("session.keys == session.keys", "MDL114", "session.keys == session.keys"),
        ("m.colors == m.colors", "MDL114", "m.colors == m.colors"),
        ("m.color in config.limit", "MDL114", "config.limit"),
        ("now + now == now", "MDL114", "now + now"),
        ("config.limit in {1, 2}", "MDL110", "1"),
        ("size(m.time) > 0", "MDL114", "size(m.time)"),
        ("{} == config.set", "MDL115", "{}"),
        ("bright(m.color)", "MDL117", "bright(m.color)"),
        ("valid()", "MDL117", "valid()"),
    ],
)
def test_complaints_point_at_the_part(text: str, code: str, marked: str) -> None:
    found = refusal(text)
    assert found[0] == code
    if code == "MDL113" and text.count(marked) > 1:
        assert found[1] == marked
    else:
        assert found == (code, marked)


def test_complaints_in_quoted_text_are_not_shifted() -> None:
    assert refusal("m.color == Color.blue", quoted=True) == ("MDL112", "blue")


def test_depth_is_bounded() -> None:
    code, _ = refusal("not " * 200 + "flag")
    assert code == "MDL118"
    code, _ = refusal("(" * 5000 + "flag" + ")" * 5000 + " and " + "not " * 500 + "flag")
    assert code == "MDL118"


def test_none_needs_an_opaque_type() -> None:
    assert refusal("none") == ("MDL111", "none")


def test_help_names_the_nearest() -> None:
    with pytest.raises(ModelError) as caught:
        parse("m.colour == Color.red")
    assert caught.value.diagnostics[0].help == 'did you mean "color"?'
