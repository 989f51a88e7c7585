"""Trees of decoded elements."""

from __future__ import annotations

from interlock.decode.tree import Decoded, MalformedError, Node, Problem, SignatureVerdict


def tree() -> Node:
    leaf = Node("leaf", 4)
    return Node("root", 0, children=[Node("other", 2), Node("inner", 3, children=[leaf])])


def test_paths() -> None:
    root = tree()
    found = root.at("inner.leaf")
    assert found is not None
    assert found.offset == 4
    assert root.at("inner.twig") is None
    assert root.at("twig.leaf") is None


def test_walking() -> None:
    assert [(depth, node.name) for depth, node in tree().walk()] == [
        (0, "root"),
        (1, "other"),
        (1, "inner"),
        (2, "leaf"),
    ]


def test_what_is_clean() -> None:
    def signature(verdict: str) -> SignatureVerdict:
        return SignatureVerdict("P", 0, verdict, "a", (), "", "")

    assert Decoded().is_clean
    assert Decoded(signatures=[signature("valid"), signature("not verifiable")]).is_clean
    assert not Decoded(signatures=[signature("invalid")]).is_clean
    assert not Decoded(problems=[Problem("x", 0, ())]).is_clean
    assert not Decoded(fault=MalformedError("x", 0)).is_clean


def test_an_error_says_where() -> None:
    problem = MalformedError("too short", 7, ("tbs", "time"))
    assert str(problem) == "tbs.time: too short (at offset 7)"
    assert str(MalformedError("empty", 0)) == "empty (at offset 0)"
