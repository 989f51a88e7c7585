"""Events on a stream, in both forms."""

from __future__ import annotations

import io
import json
import re

from iec62351_4.events import SecurityEvent, Severity
from interlock.gateway.choices import LogFormat
from interlock.gateway.eventlog import EventLog

EVENT = SecurityEvent(
    id="IEC62351-4:1.3", severity=Severity.ALARM, text="line\nbreak", time=0, peer="1.2/3"
)


def test_syslog_form_is_one_line() -> None:
    stream = io.StringIO()
    log = EventLog(stream, LogFormat.SYSLOG)
    log(EVENT)
    log(EVENT)
    first, second = stream.getvalue().splitlines()
    assert first == second
    assert re.fullmatch(
        r"<105>1 1970-01-01T00:00:00\.000Z \S+ interlock-gateway [0-9]+ IEC62351-4:1\.3 "
        r'\[62351-14@41912 eventId="IEC62351-4:1\.3" severity="alarm" peer="1\.2/3"\] '
        r"line#012break",
        first,
    )
    assert log.written == 2


def test_json_form() -> None:
    stream = io.StringIO()
    EventLog(stream, LogFormat.JSON)(EVENT)
    found = json.loads(stream.getvalue())
    assert (found["id"], found["severity"], found["text"]) == (EVENT.id, "alarm", "line\nbreak")


def test_a_stream_that_is_gone_ends_nothing() -> None:
    stream = io.StringIO()
    log = EventLog(stream, LogFormat.JSON)
    stream.close()
    log(EVENT)
    assert log.written == 1
