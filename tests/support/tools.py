"""The programs and packages that some tests need and the project does not depend on.

``@pytest.mark.requires("erlang")`` names a row of ``TOOLS``. Without the tool the test is skipped
with a reason that says how to install it; with ``CI=true`` it fails, so that green means executed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class Tool:
    """How a tool is found and where it comes from.

    ``programs`` must be on the path, ``modules`` importable; ``probe``, called only when they
    are, returns whether the tool really works.
    """

    source: str
    programs: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    probe: Callable[[], bool] | None = None


def _erlang_compiles_asn1() -> bool:
    """Whether Erlang has its ASN.1 compiler, which Debian packages by itself."""
    question = "halt(case code:lib_dir(asn1) of {error, _} -> 1; _ -> 0 end)."
    command = ["erl", "-noshell", "-eval", question]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


_SYSTEM = "scripts/setup-system.sh"
_PEERS = 'the extra "peers" (Linux only)'

TOOLS: Mapping[str, Tool] = {
    "erlang": Tool(_SYSTEM, programs=("erlc", "erl"), probe=_erlang_compiles_asn1),
    "tshark": Tool(_SYSTEM, programs=("tshark", "text2pcap")),
    "text2pcap": Tool(_SYSTEM, programs=("text2pcap",)),
    "openssl": Tool(_SYSTEM, programs=("openssl",)),
    "pycrate": Tool('the extra "oracles"', modules=("pycrate_asn1c", "pycrate_asn1rt")),
    "pyiec61850": Tool(_PEERS, modules=("pyiec61850",)),
    "hat": Tool(_PEERS, modules=("hat.drivers",)),
    "open61850": Tool('the extra "peers"', modules=("open61850",)),
}
"""Every name that ``requires`` takes."""


def in_ci() -> bool:
    """Whether tests may not be skipped."""
    return os.environ.get("CI") == "true"


@cache
def why_missing(name: str) -> str | None:
    """What of a tool is missing and where it comes from; None when it is there.

    Raises:
        KeyError: There is no such row.
    """
    tool = TOOLS[name]
    missing = [program for program in tool.programs if shutil.which(program) is None]
    missing += [module for module in tool.modules if not _is_importable(module)]
    if not missing and tool.probe is not None and not tool.probe():
        missing = [f"a working {name}"]
    if not missing:
        return None
    return f"needs {', '.join(missing)}: install with {tool.source}"


def _is_importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the parent package is not there
        return False
