"""What an ``OSIEnvironment`` tells its owner."""

from __future__ import annotations

from dataclasses import dataclass

from iec62351_4.environment.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Connected:
    """The transport connection is open: a client may send its AARQ."""


@dataclass(frozen=True, slots=True)
class Received:
    """An EnvPDU arrived."""

    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The transport connection is over without an abort (COTP DISCONNECT REQUEST or ERROR)."""

    reason: str


@dataclass(frozen=True, slots=True)
class ProtocolFault:
    """The peer broke the upper layers. The environment is closed.

    What ``data_to_send`` holds then (an abort, if one can be sent) should still go out.
    """

    event_id: str
    """Event of 62351-14, domain IEC62351-4: ``15.1`` protocol error, ``15.2`` indirect-reference,
    ``15.3`` presentation context identifier, ``15.4`` ACSE protocol error."""
    detail: str
    """For the local log; no octets of the peer."""


EnvironmentEvent = Connected | Received | Disconnected | ProtocolFault
