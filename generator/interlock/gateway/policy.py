"""The policy of a gateway half: a YAML file and the choice of a protection become a configuration.

The file has up to five keys: ``peers`` (a list of AP-title/AE-qualifier), ``native`` and
``compatibility`` (fields of the configuration of that mode, spelled as in
``models/policies.yaml``), ``limits`` (fields of ``iec62351_4.transport.runner.Limits``), and
``user-data-form`` (``auto``, ``c1`` or ``c2``: how session user data are sent). What
the command line decides (mode, TLS, protection, the kind of the own key) cannot be set there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from iec62351_4.environment.session import UserDataForm
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.services import Address
from iec62351_4.handlers.vocabulary import EncrMode, EncryptionDemand, SignatureAlgorithm
from iec62351_4.transport.runner import Limits
from interlock.core import data
from interlock.core.diagnostics import error
from interlock.core.errors import InputError, UsageError
from interlock.core.source import SourceFile
from interlock.gateway.choices import Mode, Protection
from interlock.gateway.identity import parse_address

Config = NativeConfig | CompatibilityConfig


_PROTECTIONS: Mapping[Protection, Mapping[str, Any]] = {
    # A half asks for exactly this and takes nothing else, whatever the peer would prefer.
    Protection.AE: {
        "encr_mode": EncrMode.aea,
        "encryption_demand": EncryptionDemand.required,
        "ae_required": True,
    },
    Protection.CBC: {
        "encr_mode": EncrMode.non_aea,
        "encryption_demand": EncryptionDemand.required,
    },
    Protection.CLEAR: {
        "encr_mode": EncrMode.non_aea,
        "encryption_demand": EncryptionDemand.forbidden,
        "wants_encryption": False,
        "encryption_algorithms": (),
    },
}

_DECIDED_ELSEWHERE = frozenset(
    {"application_security", "uses_tls", "signature_algorithm", "encr_mode", "wants_encryption"}
)
_DURATIONS = frozenset(
    {
        "time_window",
        "association_limit",
        "release_limit",
        "confirm_limit",
        "rekey_interval",
        "rekey_limit",
        "key_lifetime",
    }
)
_KEYS = ("peers", "native", "compatibility", "limits", "user-data-form")
_UNITS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"([0-9]{1,9}) ?(ms|s|min|h)", re.ASCII)


class PolicyError(InputError):
    """A policy file is wrong; carries the file for the excerpts."""

    def __init__(self, problem: InputError, source: SourceFile) -> None:
        self.sources = {source.path: source}
        super().__init__(problem.diagnostics)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy file says; empty where it says nothing."""

    peers: tuple[Address, ...] = ()
    native: Mapping[str, Any] = field(default_factory=dict)
    """Field name of ``NativeConfig`` to value."""
    compatibility: Mapping[str, Any] = field(default_factory=dict)
    """Field name of ``CompatibilityConfig`` to value."""
    limits: Limits = field(default_factory=Limits)
    user_data_form: UserDataForm = UserDataForm.AUTO
    """INTEROP: see ``iec62351_4.transport.security.Security``."""


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        UsageError: The file cannot be read.
        PolicyError: It says something that there is not; with positions.
    """
    try:
        source = SourceFile.read(path)
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "not UTF-8"
        raise UsageError(f"{path}: {reason}") from problem
    try:
        return _policy(data.read_data(source))
    except InputError as problem:
        raise PolicyError(problem, source) from problem


def choose_policy(path: Path | None, folder: Path | None, peers: Sequence[str]) -> Policy:
    """The policy of a file, or of ``policy.yaml`` in an identity's folder, or an empty one.

    Args:
        path: A policy file, if one is named.
        folder: The identity's, if it has one.
        peers: AP-title/AE-qualifier; if there are any, they replace those of the file.

    Raises:
        UsageError, PolicyError: See ``read_policy``; a peer is malformed.
    """
    if path is None and folder is not None and (folder / "policy.yaml").exists():
        path = folder / "policy.yaml"
    policy = Policy() if path is None else read_policy(path)
    return replace(policy, peers=tuple(map(parse_address, peers))) if peers else policy


def make_config(
    mode: Mode,
    protection: Protection,
    policy: Policy,
    *,
    uses_tls: bool,
    signature_algorithm: SignatureAlgorithm,
) -> Config:
    """Make the configuration of a half.

    Raises:
        UsageError: The A-profile is asked for with a key that is not RSA.
    """
    if mode is Mode.COMPAT:
        if signature_algorithm is not SignatureAlgorithm.sha256WithRSAEncryption:
            raise UsageError("compatibility mode signs with RSA; the application's key is another")
        # Assumption Q34 leaves it open; a half that names its peers wants them to be these.
        values = {"bind_subject": True, **policy.compatibility, "uses_tls": uses_tls}
        return CompatibilityConfig(**values)
    values = {**_PROTECTIONS[protection], **policy.native}
    if protection is Protection.CLEAR:
        values["encryption_algorithms"] = ()
    return NativeConfig(
        **{**values, "uses_tls": uses_tls, "signature_algorithm": signature_algorithm}
    )


# --- reading ------------------------------------------------------------------------------------


def _policy(node: data.Data) -> Policy:
    top = data.as_mapping(node, "a policy", optional=_KEYS)
    peers, limits, form = top.get("peers"), top.get("limits"), top.get("user-data-form")
    return Policy(
        peers=() if peers is None else tuple(map(_peer, data.as_sequence(peers, "peers"))),
        native=_section(top, "native", NativeConfig),
        compatibility=_section(top, "compatibility", CompatibilityConfig),
        limits=Limits() if limits is None else Limits(**_section(top, "limits", Limits)),
        user_data_form=UserDataForm.AUTO
        if form is None
        else _scalar(form, '"user-data-form"', UserDataForm),
    )


def _peer(node: data.Data) -> Address:
    scalar = data.as_scalar(node, "a peer")
    try:
        return parse_address(scalar.text)
    except UsageError as problem:
        raise data.DataFileError([error("DAT014", str(problem), scalar.span)]) from problem


def _section(top: data.Mapping, key: str, kind: type) -> dict[str, Any]:
    node = top.get(key)
    if node is None:
        return {}
    names = [f.name for f in fields(kind) if f.name not in _DECIDED_ELSEWHERE]
    spelled = {name.replace("_", "-"): name for name in names}
    types = get_type_hints(kind)
    section = data.as_mapping(node, f'"{key}"', optional=tuple(spelled))
    return {
        spelled[entry.key.text]: _value(entry, spelled[entry.key.text], types) for entry in section
    }


def _value(entry: data.Entry, name: str, types: Mapping[str, Any]) -> Any:
    what = f'"{entry.key.text}"'
    if name in _DURATIONS:
        return _duration(entry.value, what)
    kind = types[name]
    container = get_origin(kind)
    if container in (tuple, frozenset):
        member = get_args(kind)[0]
        members = [_scalar(n, what, member) for n in data.as_sequence(entry.value, what)]
        return tuple(members) if container is tuple else frozenset(members)
    if container is UnionType:
        kind = next(arm for arm in get_args(kind) if arm is not NoneType)
    return _scalar(entry.value, what, kind)


def _scalar(node: data.Data, what: str, kind: Any) -> Any:
    if issubclass(kind, Enum):
        names = [str(member.value) for member in kind if member.value != "other"]
        return kind(data.as_choice(node, what, names))
    if kind is bool:
        return data.as_bool(node, what)
    number = data.as_int(node, what)
    if number <= 0:
        span = node.span
        raise data.DataFileError([error("DAT013", f"{what} must be greater than 0", span)])
    return kind(number)


def _duration(node: data.Data, what: str) -> int:
    """Milliseconds."""
    scalar = data.as_scalar(node, what)
    found = _DURATION.fullmatch(scalar.text)
    if found is None or int(found[1]) == 0:
        message = f'{what} must be a duration such as "15 min", not "{scalar.text}"'
        help_ = f"units: {', '.join(_UNITS)}"
        raise data.DataFileError([error("DAT013", message, scalar.span, help=help_)])
    return int(found[1]) * _UNITS[found[2]]
