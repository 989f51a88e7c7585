"""Configuration of the OSI environment: addresses, presentation contexts, interoperability.

The context tables of the three modes are data; the arc numbers of native mode are an assumption
(Q2) and come from ``iec62351_4.tables``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from iec62351_4.environment.cotp import COTPConfig
from iec62351_4.environment.envelope import (
    ACSE_ABSTRACT_SYNTAX,
    MMS_ABSTRACT_SYNTAX,
    MMS_AUTHENTICATION_SYNTAX,
)
from iec62351_4.environment.presentation import PresentationContext
from iec62351_4.environment.session import UserDataForm
from iec62351_4.tables import E2E_SECURITY_AS

E2E_SECURITY_SYNTAX = E2E_SECURITY_AS
"""The abstract syntax of the SecPDUs, as assumption Q2 has it."""


class Role(Enum):
    """Which side of the association we are."""

    CLIENT = "client"
    SERVER = "server"


class Mode(Enum):
    """Which presentation contexts are offered and accepted."""

    PLAIN = "plain"
    """MMS without security: the inner side of a gateway."""
    COMPAT = "compat"
    """A-profile. Source: 62351-4, 11.1; identifiers as captured."""
    NATIVE = "native"
    """End-to-end security. Source: 62351-4, 15.2."""


def contexts_of(
    mode: Mode, *, e2e_syntax: str = E2E_SECURITY_SYNTAX
) -> tuple[PresentationContext, ...]:
    """The context definition list of a mode, in wire order.

    Captured peers number ACSE 1, MMS 3 and the authentication 5. Plain mode puts ACSE first, as
    libiec61850 does.
    """
    acse = PresentationContext(1, ACSE_ABSTRACT_SYNTAX)
    mms = PresentationContext(3, MMS_ABSTRACT_SYNTAX)
    if mode is Mode.PLAIN:
        return (acse, mms)
    if mode is Mode.COMPAT:
        return (mms, acse, PresentationContext(5, MMS_AUTHENTICATION_SYNTAX))
    return (acse, mms, PresentationContext(5, e2e_syntax))


@dataclass(frozen=True, slots=True)
class Leniency:
    """Departures from the standards that are tolerated, each with the peer that needs it."""

    empty_ap_title: bool = True
    """INTEROP: accept a called-AP-title that is an OBJECT IDENTIFIER of length zero; a commercial
    conformance tester sends it."""


@dataclass(frozen=True, slots=True)
class OSIConfig:
    """Everything an ``OSIEnvironment`` is told."""

    contexts: tuple[PresentationContext, ...]
    """Client: what is offered. Server: the abstract syntaxes that are accepted."""
    cotp: COTPConfig = field(default_factory=COTPConfig)
    local_session_selector: bytes | None = b"\x00\x01"
    remote_session_selector: bytes | None = b"\x00\x01"
    local_presentation_selector: bytes | None = b"\x00\x00\x00\x01"
    remote_presentation_selector: bytes | None = b"\x00\x00\x00\x01"
    user_data_form: UserDataForm = UserDataForm.AUTO
    leniency: Leniency = field(default_factory=Leniency)
