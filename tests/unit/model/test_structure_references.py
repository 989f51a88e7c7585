"""References into the tables of ``spec/``."""

from __future__ import annotations

import pytest

from unit.model.small_models import Damaged

MACHINE, CHECKS = "machines/small.yaml", "checks/native.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("vocabulary.yaml", 'clause: "13", words: keys}', 'clause: "13", words: keys}', None),
        ("vocabulary.yaml", '{words: keys, clause: "13"}', '{words: keys, clause: "99"}', "SM001"),
        ("policies.yaml", 'clause: "14", words: time', 'clause: "99", words: time', "SM001"),
        ("environments/osi.yaml", 'clause: "15"', 'clause: "99"', "SM001"),
        (
            "messages/native.yaml",
            'clause: "15", words: abort',
            'clause: "99", words: abort',
            "SM001",
        ),
        (CHECKS, 'clause: "14"\n    words: an abort', 'clause: "99"\n    words: an abort', "SM001"),
        (CHECKS, 'id: RQ-01, clause: "14.3"', 'id: RQ-01, clause: "99"', "SM001"),
        (MACHINE, 'clause: "6", confidence: A', 'clause: "99", confidence: A', "SM001"),
        (MACHINE, 'clause: "8", words: HMAC', 'clause: "99", words: HMAC', "SM001"),
        (MACHINE, 'clause: "14", words: takes', 'clause: "99", words: takes', "SM001"),
        (MACHINE, '{log: "IEC62351-4:15.4"}', '{log: "IEC62351-4:15.99"}', "SM002"),
        (MACHINE, 'group: "IEC62351-4:6"', 'group: "IEC62351-4:66"', "SM002"),
        (CHECKS, 'g: "IEC62351-4:6"', 'g: "IEC62351-4:66"', "SM002"),
        (CHECKS, "{id: RQ-02,", "{id: RQ-02, assumption: Q99,", "SM003"),
        (CHECKS, "{id: RQ-02,", "{id: RQ-02, assumption: Q12,", None),  # a family of questions
        (MACHINE, "words: associated", "words: associated (assumption Q99)", "SM003"),
        (MACHINE, "words: refused", "words: refused (assumption Q12.nothing)", "SM003"),
        (
            CHECKS,
            'id: RQ-02, clause: "14.3", confidence: C',
            'id: RQ-02, clause: "14.3", confidence: C / D',
            "SM004",
        ),
    ],
)
def test_reference(damaged: Damaged, file: str, old: str, new: str, code: str | None) -> None:
    if old != new:
        damaged.edit(file, old, new)
    assert {f.code for f in damaged.findings()} == ({code} if code else set())


def test_a_template_row_is_reported_once(damaged: Damaged) -> None:
    damaged.edit(
        CHECKS,
        '{list: dt-sec-abort, p: DA, g: "IEC62351-4:6"}',
        '{list: dt-sec-abort, p: DA, g: "IEC62351-4:6"}\n'
        '      HandshakeSecAbort: {list: hs-abort, p: SA, g: "IEC62351-4:5"}',
    )
    damaged.edit(
        MACHINE,
        "  - {id: S-05,",
        '  - id: S-08\n    from: [open]\n    on: receive HandshakeSecAbort\n    clause: "13"\n'
        "    confidence: C\n    checks:\n      - {list: hs-abort, on-failure: fault}\n"
        '    do: [{log-diagnostic: m.diag, present: "true", group: "IEC62351-4:5"}, '
        "{indicate: aborted}, {close: transport}]\n    to: closed\n"
        "  - {id: S-05,",
    )
    damaged.edit(CHECKS, 'id: "{p}-01", clause: "14.3"', 'id: "{p}-01", clause: "99"')
    assert [f.code for f in damaged.findings()] == ["SM001"]
