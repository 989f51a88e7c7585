from __future__ import annotations

import json
from pathlib import Path

import pytest

from interlock.verification.results import (
    Check,
    Obligation,
    Origin,
    OriginKind,
    Party,
    Replay,
    ReplayStatus,
    Status,
    Step,
    Trace,
    Verdict,
)
from interlock.verification.results_json import ResultsError, from_json, to_json

PLAIN = Verdict("DS-1", "captured", Status.PROVED, "proved", "run")

FULL = Verdict(
    property="DS-1",
    variant="request-hash+pp-signed",
    status=Status.VIOLATED,
    expected="violated",
    method="invariant",
    obligations=tuple(
        Obligation(f"NC-{n}", 'words with "quotes", \\ and Ω', check, Check.UNSAT, 2**40 + n)
        for n, check in enumerate(Check)
    ),
    twin=Check.SAT,
    trace=Trace(
        parties=(Party("client", "native-client", "words", (("modes", "native"),)),),
        steps=tuple(
            Step(
                n, "client", "receive HandshakeAcc", "NC-03", "close", "HA-01", "14.3.2", "a", "b",
                ("X", "Y"), ("associated",), bool(n % 2),
                Origin(kind, "server", "DtSecAbort", n if n else None, (("m.pp", "v"),)),
                (("m.time", "0"),), "words",
            )
            for n, kind in enumerate(OriginKind)
        ),
        attacker=(("insider", "true"),),
        conclusion="wrong",
    ),
    replay=Replay(ReplayStatus.DIVERGED, 3, "stops", (("client.state", "stable"),)),
    reason="why",
    bound=18,
)  # fmt: skip


def every_verdict() -> list[Verdict]:
    status = [Verdict("P", "captured", s, "", "step") for s in Status]
    replays = [
        Verdict("P", "v", Status.VIOLATED, "", "run", trace=Trace((), ()), replay=Replay(r))
        for r in ReplayStatus
    ]
    twins = [Verdict("P", "v", Status.PROVED, "", "run", twin=check) for check in Check]
    return [PLAIN, FULL, *status, *replays, *twins]


def test_nothing_is_lost() -> None:
    verdicts = every_verdict()
    assert from_json(to_json(verdicts)) == tuple(verdicts)
    assert from_json(to_json([])) == ()


def test_the_same_octets_every_time() -> None:
    text = to_json(every_verdict())
    assert text == to_json(from_json(text))
    assert text.endswith("]\n")
    assert json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n" == text


def test_it_says_nothing_of_machine_or_time() -> None:
    text = to_json(every_verdict())
    assert str(Path.home()) not in text
    assert set(json.loads(text)[0]) == {
        "bound", "expected", "method", "obligations", "property", "reason", "replay", "status",
        "trace", "twin", "variant",
    }  # fmt: skip


def changed(path: str, value: object) -> str:
    """The full verdict with one value replaced, or removed where it is Ellipsis."""
    data = json.loads(to_json([FULL]))
    *way, last = path.split(".")
    place = data[0]
    for name in way:
        place = place[int(name)] if isinstance(place, list) else place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "$: a list of verdicts is expected"),
        ("[1]", "$[0]: an object is expected"),
        (changed("status", "true"), "$[0].status: no Status 'true'"),
        (changed("bound", True), "$[0].bound: int is expected"),
        (changed("bound", "1"), "$[0].bound: int is expected"),
        (changed("reason", None), "$[0].reason: str is expected"),
        (changed("twin", ...), "$[0]: missing: twin"),
        (changed("extra", 1), "$[0]: unknown: extra"),
        (changed("obligations", {}), "$[0].obligations: a list is expected"),
        (changed("trace.steps.0.delivers", 1), "$[0].trace.steps[0].delivers: bool is expected"),
        (changed("trace.attacker", [["a"]]), "$[0].trace.attacker[0]: 2 items are expected"),
    ],
)
def test_bad_input_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ResultsError) as caught:
        from_json(text)
    assert str(caught.value) == message


def test_text_that_is_not_json_is_refused() -> None:
    with pytest.raises(ResultsError, match=r"^not JSON: "):
        from_json("[")
