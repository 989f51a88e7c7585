"""Security events and their forms for a log: RFC 5424 line, JSON, ``logging`` record.

Owns the event value and its renderings. It does not decide which event a situation has (the
models do), and it does not send anything: syslog goes over TLS on TCP port 6514, never over
UDP, and that connection belongs to the caller.

An event never holds a key, nonce, password or plaintext; whoever fills ``details`` sees to it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import MappingProxyType

SD_ID = "62351-14@41912"
"""Name of the structured-data element, with IEC's private enterprise number."""

NIL = "-"
"""The RFC 5424 spelling of an absent field."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Severity(Enum):
    """How bad an event is, most severe first."""

    ALARM = "alarm"
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"

    @property
    def priority(self) -> int:
        """The PRI value of RFC 5424: facility 13 (log audit) times 8, plus the severity."""
        return _PRIORITIES[self]


_PRIORITIES = {
    Severity.ALARM: 105,
    Severity.ERROR: 107,
    Severity.WARNING: 108,
    Severity.NOTICE: 109,
}

_LOGGING_LEVELS = {
    Severity.ALARM: logging.CRITICAL,
    Severity.ERROR: logging.ERROR,
    Severity.WARNING: logging.WARNING,
    Severity.NOTICE: logging.INFO,
}


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One occurrence of a security event of 62351-14.

    Source: 62351-14:B.1 (one event per check and SecPDU of 62351-4).
    """

    id: str
    """Domain, colon, group and number, e.g. ``IEC62351-4:1.3``."""
    severity: Severity
    text: str
    """What happened, in plain words; free of secrets."""
    time: int
    """When, in milliseconds since 1970-01-01T00:00:00Z."""
    mnemonic: str | None = None
    """The standard's name of the event, e.g. ``INV_SIGNATURE_ASS_REQ``; None if it has none."""
    association: str | None = None
    """The association identifier (``n`` or ``n:m``), if one is known."""
    peer: str | None = None
    """Address of the peer as text, if one is known."""
    details: Mapping[str, str] = field(default_factory=dict)
    """Further facts by name, in the order in which they are printed; free of secrets."""

    def __post_init__(self) -> None:
        # A private, read-only copy: an event already handed to a sink must not change later.
        object.__setattr__(self, "details", MappingProxyType(dict(self.details)))


def format_rfc3339(time: int) -> str:
    """Format a time as ``YYYY-MM-DDThh:mm:ss.mmmZ``.

    Args:
        time: Milliseconds since 1970-01-01T00:00:00Z.
    """
    moment = _EPOCH + timedelta(milliseconds=time)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def format_syslog(
    event: SecurityEvent,
    *,
    host: str | None = None,
    application: str = "iec62351-4",
    process: str | None = None,
) -> bytes:
    """Render an event as one RFC 5424 message without framing.

    Source: 62351-14:B.1 (PRI values and SD-ID); RFC 5424, 6. The parameter names inside the
    element are not captured from 62351-14; the ones used here are this project's.

    Args:
        event: What to render.
        host: HOSTNAME; None prints the nil value.
        application: APP-NAME.
        process: PROCID; None prints the nil value.

    Returns:
        UTF-8 octets in one line, no control character in it. A message text with characters
        outside ASCII starts with the byte order mark that RFC 5424 asks for.
    """
    header = " ".join(
        (
            f"<{event.severity.priority}>1",
            format_rfc3339(event.time),
            _header_field(host, 255),
            _header_field(application, 48),
            _header_field(process, 128),
            _header_field(event.mnemonic or event.id, 32),
        )
    )
    parameters = [("eventId", event.id), ("severity", event.severity.value)]
    optional = (
        ("mnemonic", event.mnemonic),
        ("associationId", event.association),
        ("peer", event.peer),
    )
    parameters += [(name, value) for name, value in optional if value is not None]
    parameters += event.details.items()
    element = "".join(f' {_parameter_name(n)}="{_parameter_value(v)}"' for n, v in parameters)
    text = _printable(event.text)
    mark = "" if text.isascii() else "\ufeff"
    return f"{header} [{SD_ID}{element}] {mark}{text}".encode("utf-8", "replace")


def format_json(event: SecurityEvent) -> str:
    """Render an event as one line of JSON with the fields' names as keys.

    ``time`` is RFC 3339 text; absent fields are ``null``; ``details`` is an object of strings.
    """
    return json.dumps(
        {
            "time": format_rfc3339(event.time),
            "id": event.id,
            "mnemonic": event.mnemonic,
            "severity": event.severity.value,
            "text": event.text,
            "association": event.association,
            "peer": event.peer,
            "details": dict(event.details),
        },
    )


class LoggingSink:
    """Write events to a standard library logger as RFC 5424 lines.

    The record carries the event itself in its attribute ``security_event``, so that a handler
    of the application can render it in its own way.
    """

    def __init__(self, logger: logging.Logger | None = None, *, host: str | None = None) -> None:
        self._logger = logger or logging.getLogger("iec62351_4.events")
        self._host = host

    def __call__(self, event: SecurityEvent) -> None:
        """Log one event at the level that belongs to its severity."""
        line = format_syslog(event, host=self._host).decode("utf-8")
        level = _LOGGING_LEVELS[event.severity]
        self._logger.log(level, "%s", line, extra={"security_event": event})


def _header_field(value: str | None, limit: int) -> str:
    """Return printable ASCII without spaces, as every header field of RFC 5424 demands."""
    if not value:
        return NIL
    return "".join(c if "!" <= c <= "~" else "_" for c in value)[:limit]


def _parameter_name(name: str) -> str:
    # SD-NAME of RFC 5424: printable ASCII without '=', ']', '"' and space, 1 to 32 characters.
    clean = "".join(c if "!" <= c <= "~" and c not in '="]' else "_" for c in name)
    return clean[:32] or "_"


def _parameter_value(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
    return _printable(escaped)


def _printable(text: str) -> str:
    """Replace control characters by ``#`` and three octal digits, as rsyslog does.

    A line break in a peer's text must not be able to start a forged log line.
    """
    return "".join(c if not _is_control(c) else f"#{ord(c):03o}" for c in text)


def _is_control(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or 0x7F <= code <= 0x9F or code in (0x2028, 0x2029)
