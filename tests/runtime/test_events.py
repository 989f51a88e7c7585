"""Security events: syslog line, JSON, logging record."""

from __future__ import annotations

import json
import logging

import pytest

from iec62351_4.events import (
    LoggingSink,
    SecurityEvent,
    Severity,
    format_json,
    format_rfc3339,
    format_syslog,
)

EVENT = SecurityEvent(
    id="IEC62351-4:1.3",
    severity=Severity.ALARM,
    text="signature of HandshakeReq does not verify",
    time=1_790_000_000_123,
    mnemonic="INV_SIGNATURE_ASS_REQ",
    association="7",
    peer="192.0.2.1:50000",
    details={"check": "HR-03"},
)


def test_syslog_line_in_full() -> None:
    assert format_syslog(EVENT, host="ied1", process="42").decode() == (
        "<105>1 2026-09-21T14:13:20.123Z ied1 iec62351-4 42 INV_SIGNATURE_ASS_REQ "
        '[62351-14@41912 eventId="IEC62351-4:1.3" severity="alarm" '
        'mnemonic="INV_SIGNATURE_ASS_REQ" associationId="7" peer="192.0.2.1:50000" '
        'check="HR-03"] signature of HandshakeReq does not verify'
    )


def test_syslog_line_with_everything_absent() -> None:
    event = SecurityEvent("IEC62351-4:1.3", Severity.NOTICE, "done", 0)
    assert format_syslog(event) == (
        b"<109>1 1970-01-01T00:00:00.000Z - iec62351-4 - IEC62351-4:1.3 "
        b'[62351-14@41912 eventId="IEC62351-4:1.3" severity="notice"] done'
    )


@pytest.mark.parametrize(
    ("severity", "priority"),
    [
        (Severity.ALARM, 105),
        (Severity.ERROR, 107),
        (Severity.WARNING, 108),
        (Severity.NOTICE, 109),
    ],
)
def test_priorities(severity: Severity, priority: int) -> None:
    assert severity.priority == priority


def test_forged_log_line_by_text_of_the_peer() -> None:
    """Quotes, brackets and line breaks from outside cannot leave their place."""
    hostile = 'a"] x\n<105>1 \\ \x7f\x85\u2028'
    event = SecurityEvent("i", Severity.ERROR, hostile, 0, peer=hostile, details={'k"= ]': hostile})
    line = format_syslog(event, host="a b\nc").decode()
    assert not any(ord(c) < 0x20 or ord(c) in (0x7F, 0x85, 0x2028) for c in line)
    value = r"a\"\] x#012<105>1 \\ #177#205#20050"
    assert f' peer="{value}"' in line
    assert f' k____="{value}"' in line
    assert " a_b_c " in line


def test_text_outside_ascii_is_marked_as_utf8() -> None:
    line = format_syslog(SecurityEvent("i", Severity.ERROR, "Schlüssel", 0))
    assert line.endswith(b"] \xef\xbb\xbfSchl\xc3\xbcssel")


def test_lone_surrogates_do_not_break_the_log() -> None:
    assert format_syslog(SecurityEvent("i", Severity.ERROR, "a\ud800b", 0)).endswith(b"a?b")


def test_json_has_every_field() -> None:
    line = format_json(EVENT)
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2026-09-21T14:13:20.123Z",
        "id": "IEC62351-4:1.3",
        "mnemonic": "INV_SIGNATURE_ASS_REQ",
        "severity": "alarm",
        "text": "signature of HandshakeReq does not verify",
        "association": "7",
        "peer": "192.0.2.1:50000",
        "details": {"check": "HR-03"},
    }


def test_details_are_a_copy_and_read_only() -> None:
    details = {"a": "1"}
    event = SecurityEvent("i", Severity.ERROR, "t", 0, details=details)
    details["a"] = "2"
    assert event.details == {"a": "1"}
    with pytest.raises(TypeError):
        event.details["a"] = "3"  # type: ignore[index]


def test_logging_sink(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "iec62351_4.events"):
        LoggingSink(host="ied1")(EVENT)
    (record,) = caplog.records
    assert record.levelno == logging.CRITICAL
    assert record.getMessage() == format_syslog(EVENT, host="ied1").decode()
    assert record.__dict__["security_event"] is EVENT


def test_rfc3339_before_the_epoch() -> None:
    assert format_rfc3339(-1) == "1969-12-31T23:59:59.999Z"
