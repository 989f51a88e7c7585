"""Trees as text and as JSON."""

from __future__ import annotations

import json

from interlock.decode.printing import as_data, lines
from interlock.decode.tree import Decoded, MalformedError, Node, Problem, SignatureVerdict

TIME = Node(
    "time", 12, 5, 2, "[1]", "TimeStamp", "M.TimeStamp", "13.1.2", ("Q4",), "now", ["a note"]
)
DECODED = Decoded(
    nodes=[Node("tbs", 10, 30, 2, "[UNIVERSAL 16]", "SEQUENCE", children=[TIME])],
    problems=[Problem("too long", 12, ("tbs", "time"))],
    signatures=[
        SignatureVerdict("P", 40, "valid", "ecdsa", ((12, 17), (20, 22)), "contents", "fine")
    ],
    fault=MalformedError("input ends", 17, ("tbs",)),
)


def test_text() -> None:
    assert list(lines(DECODED)) == [
        "offset octets  tag              field: type = value  [clause]",
        "    10     30  [UNIVERSAL 16]   tbs: SEQUENCE",
        "    12      5  [1]                time: TimeStamp = now  [13.1.2]",
        "                                  | a note",
        "",
        "signature of P at offset 40: valid (ecdsa)",
        "  covers octets 12..16, 20..21: contents",
        "  fine",
        "",
        "problem at offset 12: tbs.time: too long",
        "",
        "malformed at offset 17: tbs: input ends",
    ]


def test_json() -> None:
    data = json.loads(json.dumps(as_data(DECODED)))
    assert data["clean"] is False
    assert data["nodes"][0]["children"][0] == {
        "name": "time",
        "offset": 12,
        "length": 5,
        "header": 2,
        "tag": "[1]",
        "type": "TimeStamp",
        "definition": "M.TimeStamp",
        "clause": "13.1.2",
        "assumptions": ["Q4"],
        "value": "now",
        "notes": ["a note"],
        "children": [],
    }
    assert data["signatures"][0]["covered"] == [{"start": 12, "end": 17}, {"start": 20, "end": 22}]
    assert data["problems"] == [{"reason": "too long", "offset": 12, "path": ["tbs", "time"]}]
    assert data["fault"] == {"reason": "input ends", "offset": 17, "path": ["tbs"]}


def test_nothing_wrong_is_null() -> None:
    assert as_data(Decoded())["fault"] is None
