"""What a handler asks its surroundings to do.

A handler never acts: each call returns a tuple of these, in the order in which they must be
carried out. The runner (``iec62351_4.transport.runner``) carries them out; a vendor's own
event loop may do so instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from iec62351_4.environment.envelope import Envelope
from iec62351_4.events import SecurityEvent


class Indication(Enum):
    """What the user of the association is told."""

    ASSOCIATED = "associated"  # data may flow; for a client, the peer's answer is in ``octets``
    ASSOCIATE_REQUESTED = "associate-requested"  # server: answer with ``accept`` or ``refuse``
    REJECTED = "rejected"  # the peer refused; the association is over
    ABORTED = "aborted"  # either side aborted; the association is over
    RELEASED = "released"  # orderly end
    REKEYED = "rekeyed"  # new keys are in use in both directions


@dataclass(frozen=True, slots=True)
class Connect:
    """Open the transport, with TLS if ``secure``; then call ``transport_ready``."""

    secure: bool


@dataclass(frozen=True, slots=True)
class Send:
    """Send one EnvPDU to the peer."""

    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand one protected-protocol PDU (a complete MMSpdu TLV) to its user."""

    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Indicate:
    """Tell the user about the association.

    ``octets`` is the protected-protocol PDU that belongs to the indication (the MMS
    initiate-Request, -Response or -Error), if there is one. ``details`` is safe to log.
    """

    kind: Indication
    octets: bytes | None = field(default=None, repr=False)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Log:
    """Record a security event (62351-14)."""

    event: SecurityEvent


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Call ``timer(name, now)`` at ``at_ms`` (milliseconds since the epoch, UTC); restarts it."""

    name: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Forget the timer ``name``, running or not."""

    name: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the transport; nothing follows."""


Output = Connect | Send | Deliver | Indicate | Log | StartTimer | StopTimer | Close
