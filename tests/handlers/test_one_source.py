"""One source: what is changed in ``models/`` or ``spec/`` changes the generated code, and only it.

The changed packages are imported in processes of their own, so that they cannot meet the one
under ``generated/``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from handlers.forgery import with_secpdu
from handlers.scene import Scene, WatchedParty
from iec62351_4.certificates import TrustStore, parse_certificate
from interlock.codegen.generate import render_target
from interlock.model.project import load_project

ROOT = Path(__file__).parents[2]
HANDSHAKE = "models/checks/native-handshake.yaml"
PROVENANCE = re.compile(rb"^# (?:Sources|IR|Clauses): .*\n", re.MULTILINE)

Files = Mapping[str, bytes]


@cache
def rendered(**assume: str) -> Files:
    """The Python target, from the sources as they are; assumption ids with "_" for ".", "-"."""
    chosen = {_ASSUMPTIONS[name]: value for name, value in assume.items()}
    return render_target(load_project(ROOT, chosen), "python")


_ASSUMPTIONS = {"Q1": "Q1", "Q3": "Q3", "Q4": "Q4", "Q12_key_order": "Q12.key-order"}


@dataclass(frozen=True)
class Place:
    """Where sources may be changed and packages generated."""

    path: Path

    def render_with(self, file: str, change: Callable[[str], str]) -> Files:
        """The Python target from sources of which one file is changed."""
        copy = self.path / "sources"
        for folder in ("spec", "models"):
            shutil.copytree(ROOT / folder, copy / folder)
        original = (copy / file).read_text("utf-8")
        changed = change(original)
        assert changed != original
        (copy / file).write_text(changed, "utf-8")
        return render_target(load_project(copy), "python")

    def run(self, files: Files, *tasks: str, of: str = "generated_elsewhere") -> dict[str, Any]:
        """Write a package and run tasks of a module here on it in another process."""
        package = self.path / "package"
        for name, octets in files.items():
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            (package / name).write_bytes(octets)
        paths = os.pathsep.join(map(str, (package, ROOT / "tests")))
        done = subprocess.run(
            [sys.executable, "-m", f"handlers.{of}", *tasks],
            env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=self.path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        outcome: dict[str, Any] = json.loads(done.stdout)
        return outcome


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder of its own for each test."""
    return Place(tmp_path)


def different(first: Files, second: Files) -> set[str]:
    """Paths of the files whose code differs, provenance lines apart; without the package name."""
    names = first.keys() | second.keys()
    found = {name for name in names if _code(first, name) != _code(second, name)}
    return {name.removeprefix("iec62351_4/") for name in found}


def _code(files: Files, name: str) -> bytes:
    return PROVENANCE.sub(b"", files.get(name, b""))


def without(check: str) -> Callable[[str], str]:
    """Delete the line of a check."""
    return lambda text: "".join(
        line for line in text.splitlines(keepends=True) if f"{{id: {check}," not in line
    )


def swapped(first: str, second: str) -> Callable[[str], str]:
    """Exchange the lines of two checks."""

    def change(text: str) -> str:
        lines = text.splitlines(keepends=True)
        one, other = (
            next(number for number, line in enumerate(lines) if f"{{id: {check}," in line)
            for check in (first, second)
        )
        lines[one], lines[other] = lines[other], lines[one]
        return "".join(lines)

    return change


# --- checks --------------------------------------------------------------------------------------


def test_deleted_check_is_gone_and_its_attack_succeeds(place: Place) -> None:
    base = rendered()
    assert any(b"HA-13" in octets for octets in base.values())
    changed = place.render_with(HANDSHAKE, without("HA-13"))
    assert different(base, changed) == {"handlers/native_client_checks.py"}
    for name, octets in changed.items():
        assert b"HA-13" not in octets, name
        assert b"HA_13" not in octets, name
    outcome = place.run(changed, "unoffered", "associate")
    assert outcome["unoffered"] == {"state": "stable", "aead": "aes256-GCM", "events": []}
    assert all(outcome["associate"]["associated"].values()), "all else is as before"


def test_present_check_stops_the_attack(place: Place) -> None:
    outcome = place.run(rendered(), "unoffered", "associate")
    assert outcome["unoffered"] == {
        "state": "closed",
        "aead": "other",
        "events": ["IEC62351-4:2.13"],
    }
    assert all(outcome["associate"]["associated"].values())


def test_swapped_checks_are_made_in_the_new_order(place: Place) -> None:
    base = rendered()
    changed = place.render_with(HANDSHAKE, swapped("HR-09", "HR-10"))
    assert different(base, changed) == {"handlers/native_server_checks.py"}
    assert _order(base, "HR_09", "HR_10")
    assert _order(changed, "HR_10", "HR_09")


def _order(files: Files, first: str, second: str) -> bool:
    text = files["iec62351_4/handlers/native_server_checks.py"].decode()
    return text.index(f"return {first}\n") < text.index(f"return {second}\n")


def test_deleted_transition_is_gone(place: Place) -> None:
    """NS-22c is the only way out for a server whose client never confirms."""

    def drop(text: str) -> str:
        start = text.index("  - id: NS-22c\n")
        return text[:start] + text[text.index("  # --- data transfer", start) :]

    changed = place.render_with("models/machines/native-server.yaml", drop)
    assert different(rendered(), changed) == {"handlers/native_server.py"}
    assert b"NS-22c" not in changed["iec62351_4/handlers/native_server.py"]


# --- assumptions ---------------------------------------------------------------------------------


def native_default(offer: Mapping[str, str], request: str) -> WatchedParty:
    """A native server of the package under ``generated/``, given a foreign client's request."""
    scene = Scene()
    scene.stations[1].trust = _trust(offer["native-anchor"])
    scene.give(scene.server, with_secpdu(scene.request(), bytes.fromhex(offer[request])))
    return scene.server


def compatibility_default(offer: Mapping[str, str]) -> WatchedParty:
    """The same in compatibility mode."""
    scene = Scene("compatibility")
    scene.stations[1].trust = _trust(offer["a-profile-anchor"])
    value = bytes.fromhex(offer["value"])
    scene.give(scene.server, replace(scene.request(), authentication_value=value))
    return scene.server


def _trust(anchor: str) -> TrustStore:
    return TrustStore((parse_certificate(bytes.fromhex(anchor)),))


def test_unchanged_package_elsewhere_is_understood_here(place: Place) -> None:
    """The yardstick for those below."""
    offer = place.run(rendered(), "offer")["offer"]
    for request in ("untagged", "tagged"):
        assert native_default(offer, request).state == "wait-app"
    assert compatibility_default(offer).state == "wait-app"


def test_explicit_tagging_is_consistent_and_another_protocol(place: Place) -> None:
    changed = rendered(Q1="EXPLICIT")
    assert different(rendered(), changed) == {"assumptions.py", "codec/iec62351_4_e2e.py"}
    outcome = place.run(changed, "associate", "offer")
    assert all(outcome["associate"]["associated"].values())
    refused = native_default(outcome["offer"], "tagged")
    assert (refused.state, refused.events) == ("closed", ["IEC62351-4:1.5"])
    assert native_default(outcome["offer"], "untagged").state == "wait-app"
    plain = compatibility_default(outcome["offer"])
    assert plain.state == "wait-app", "the A-profile has a tagging default of its own"


def test_signed_field_tag_is_consistent_and_another_protocol(place: Place) -> None:
    changed = rendered(Q3="implicit-tlv")
    assert different(rendered(), changed) == {
        "assumptions.py",
        "handlers/compatibility_messages.py",
    }
    outcome = place.run(changed, "associate", "offer")
    assert all(outcome["associate"]["associated"].values())
    assert native_default(outcome["offer"], "tagged").state == "wait-app"
    plain = compatibility_default(outcome["offer"])
    assert (plain.state, plain.events) == ("closed", ["Interlock:AP-07"])


def test_form_of_the_time_is_a_constant_of_its_own(place: Place) -> None:
    changed = rendered(Q4="full")
    assert different(rendered(), changed) == {"assumptions.py"}
    outcome = place.run(changed, "associate", "offer")
    assert all(outcome["associate"]["associated"].values())
    assert b"Z" in bytes.fromhex(outcome["offer"]["value"])[-300:]
    plain = compatibility_default(outcome["offer"])
    assert plain.state == "wait-app", "every form of the time is accepted"


def test_order_of_the_keys_is_a_constant_of_its_own(place: Place) -> None:
    changed = rendered(Q12_key_order="direction-first")
    assert different(rendered(), changed) == {"assumptions.py"}
    outcome = place.run(changed, "associate", "order")
    assert all(outcome["associate"]["associated"].values())
    assert outcome["order"]["names"] == [
        "client-icv",
        "client-encryption",
        "server-icv",
        "server-encryption",
    ]


def test_generated_package_is_that_of_the_sources() -> None:
    """The tests of this folder run on what is rendered from the sources as they are."""
    for name, octets in rendered().items():
        assert (ROOT / "generated/python" / name).read_bytes() == octets, name
