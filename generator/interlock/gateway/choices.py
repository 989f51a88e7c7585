"""The choices that a command line offers. Imports nothing, so that ``--help`` is quick."""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """The two modes of 62351-4."""

    COMPAT = "compat"
    """A-profile (compatibility mode)."""
    NATIVE = "native"
    """End-to-end security."""


class Protection(Enum):
    """How data is protected in native mode. Source: 62351-4, 13.4."""

    AE = "ae"
    """Authenticated encryption (AES-GCM)."""
    CBC = "cbc"
    """AES-CBC, then an ICV (HMAC-SHA256)."""
    CLEAR = "clear"
    """Not encrypted, with an ICV (HMAC-SHA256)."""


class Half(Enum):
    """Which half of the pair."""

    CLIENT = "client"
    SERVER = "server"


class LogFormat(Enum):
    """How a security event is written."""

    SYSLOG = "syslog"
    """RFC 5424 with the structured data of 62351-14; whoever forwards it uses TLS."""
    JSON = "json"
