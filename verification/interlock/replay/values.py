"""Values as traces write them, turned into the values that the generated handlers take.

A trace spells values as the models do: ``EncrMode.aea``, ``{DHGroup.secp256r1}``, ``true``,
``600 s``. The enumerations are those of the generated code, whose values are the exact spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from iec62351_4.handlers import vocabulary
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.vocabulary import DHGroup, EncrMode, EncryptionDemand, SignatureAlgorithm
from interlock.model import types as t
from interlock.model.machine import ConfigField
from interlock.verification.results import Party

Config = NativeConfig | CompatibilityConfig

NOT_A_HANDLERS_MATTER = ("fallback", "certificate", "certification-path")
"""Fields of the models' configuration that change nothing in how a handler runs here."""

STAGING = ("expects", "station")
"""What a party's configuration may say besides: whom a client expects, which station a party is."""

_UNITS = {"": 1, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"([+-]?\d+)\s*(ms|s|min|h)?")


class CannotReplay(Exception):
    """No way is known to carry out what a trace asks for; the text says what is missing."""


def python_name(name: str) -> str:
    """The name of a field of the models in generated Python code."""
    return name.replace("-", "_")


def duration(text: str) -> int:
    """A length of time in milliseconds, perhaps with a sign: ``+600 s``."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise CannotReplay(f'"{text}" is no duration')
    return int(found[1]) * _UNITS[found[2] or ""]


def member(text: str, enumeration: str) -> Enum:
    """A member of an enumeration of the models: ``EncrMode.aea``, or ``aea`` alone."""
    kind: type[Enum] = getattr(vocabulary, enumeration)
    try:
        return kind(text.strip().removeprefix(f"{enumeration}."))
    except ValueError:
        raise CannotReplay(f'"{text}" is no member of {enumeration}') from None


def value(text: str, kind: t.Type) -> Any:
    """The value of a type of the models.

    Raises:
        CannotReplay: The text is none, or the type has no values that can be written.
    """
    match kind:
        case t.Bool():
            if text not in ("true", "false"):
                raise CannotReplay(f'"{text}" is neither true nor false')
            return text == "true"
        case t.Int():
            try:
                return int(text)
            except ValueError:
                raise CannotReplay(f'"{text}" is no integer') from None
        case t.Duration():
            return duration(text)
        case t.Enum(name=name):
            return member(text, name)
        case t.SetOf(element=element):
            return frozenset(_members(text, element.name))
        case t.ListOf(element=element):
            return tuple(_members(text, element.name))
        case _:
            raise CannotReplay(f'no value of type {kind} can be made of "{text}"')


def _members(text: str, enumeration: str) -> list[Enum]:
    names = text.strip().strip("{}[]").split(",")
    return [member(name, enumeration) for name in names if name.strip()]


def _wanted(groups: Iterable[Any]) -> set[Any]:
    return {DHGroup.secp256r1, *groups} - {DHGroup.other}


class Configurations:
    """The configurations of the parties of a trace.

    Args:
        parties: Of the trace.
        known: Fields of the configuration by mode.
        mentioned: Groups that steps name, as traces write them.

    Where a trace says nothing, a native party has what makes a replay fast and fits the others:
    the group secp256r1 (and those that another party names), and ECDSA unless a party does not
    accept it.
    """

    def __init__(
        self,
        parties: Iterable[Party],
        known: Mapping[str, Mapping[str, ConfigField]],
        mentioned: Iterable[str] = (),
    ) -> None:
        self._fields = known
        self.given = {one.name: self._given(one) for one in parties}
        values = self.given.values()
        groups = {group for one in values for group in one.get("dh_groups", ())}
        groups |= {group for text in mentioned for group in _members(text, "DHGroup")}
        self._groups = tuple(g for g in DHGroup if g in _wanted(groups))
        ecdsa = SignatureAlgorithm.ecdsa_with_SHA256
        is_accepted = all(ecdsa in one.get("signature_algorithms", (ecdsa,)) for one in values)
        self._algorithm = ecdsa if is_accepted else SignatureAlgorithm.sha256WithRSAEncryption

    def _given(self, party: Party) -> dict[str, Any]:
        mode = party.machine.partition("-")[0]
        if mode not in self._fields:
            raise CannotReplay(f'party {party.name}: there is no machine "{party.machine}"')
        given: dict[str, Any] = {}
        for name, text in party.configuration:
            if name in NOT_A_HANDLERS_MATTER + STAGING or not text:
                continue
            field = self._fields[mode].get(name)
            if field is None:
                raise CannotReplay(
                    f'party {party.name}: the configuration of {mode} mode has no field "{name}"'
                )
            given[python_name(name)] = value(text, field.type)
        return given

    def make(self, mode: str, given: Mapping[str, Any]) -> Config:
        """A configuration of which ``given`` is what differs from the default."""
        if mode == "compatibility":
            return CompatibilityConfig(**given)
        default = {"dh_groups": self._groups, "signature_algorithm": self._algorithm}
        return NativeConfig(**{**default, **given})


# --- configurations of other partners -------------------------------------------------------------


def fitting_clients(server: NativeConfig) -> list[NativeConfig]:
    """Clients that a server may accept: each encryption mode, with and without encryption."""
    base: dict[str, Any] = {
        "dh_groups": server.dh_groups,
        "protected_protocol": server.protected_protocol,
        "signature_algorithm": server.signature_algorithm,
        "aead_algorithms": server.aead_algorithms,
        "icv_algorithms": server.icv_algorithms,
    }
    clear: dict[str, Any] = {"encryption_algorithms": (), "wants_encryption": False}
    return [
        NativeConfig(**base, encr_mode=EncrMode.aea),
        NativeConfig(
            **base, encr_mode=EncrMode.non_aea, encryption_algorithms=server.encryption_algorithms
        ),
        NativeConfig(**base, **clear, encr_mode=EncrMode.non_aea),
    ]


def fitting_server(client: NativeConfig) -> NativeConfig:
    """A server that accepts whatever a client offers."""
    return NativeConfig(
        dh_groups=client.dh_groups,
        protected_protocol=client.protected_protocol,
        signature_algorithm=client.signature_algorithm,
        encryption_demand=EncryptionDemand.allowed,
    )


def changed_config(config: NativeConfig, said: Mapping[str, Any]) -> NativeConfig:
    """A client's configuration with what is said, and what follows from it."""
    given = {one.name: getattr(config, one.name) for one in fields(config)} | dict(said)
    if given["encr_mode"] is EncrMode.aea:
        given["wants_encryption"] = True
    elif "wants_encryption" in said and not said["wants_encryption"]:
        given["encryption_algorithms"] = ()
    given["wants_encryption"] = (
        given["encr_mode"] is EncrMode.aea or len(given["encryption_algorithms"]) > 0
    )
    return NativeConfig(**given)
