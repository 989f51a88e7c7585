"""Security events to a text stream, a line each: the syslog form of 62351-14, or JSON."""

from __future__ import annotations

import os
import socket
from typing import TextIO

from iec62351_4.events import SecurityEvent, format_json, format_syslog
from interlock.gateway.choices import LogFormat

APPLICATION = "interlock-gateway"


class EventLog:
    """A sink for security events; called from the event loop's thread only."""

    def __init__(self, stream: TextIO, form: LogFormat) -> None:
        self._stream, self._form = stream, form
        self._host, self._process = socket.gethostname(), str(os.getpid())
        self.written = 0
        """How many events were logged."""

    def __call__(self, event: SecurityEvent) -> None:
        """Write one event and flush. A stream that is gone takes no association down."""
        self.written += 1
        try:
            self._stream.write(self._line(event) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return  # closed pipe or closed file: there is nowhere left to say so

    def _line(self, event: SecurityEvent) -> str:
        if self._form is LogFormat.JSON:
            return format_json(event)
        line = format_syslog(event, host=self._host, application=APPLICATION, process=self._process)
        return line.decode("utf-8")
