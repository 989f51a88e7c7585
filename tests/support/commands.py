"""Running the command line as a user does."""

from __future__ import annotations

import subprocess
import sys

from support.repository import ROOT


def run(*arguments: str, timeout: int = 110) -> subprocess.CompletedProcess[str]:
    """Run ``interlock`` in the checkout, in a process of its own; seconds until it is ended."""
    command = [sys.executable, "-m", "interlock.cli.main", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )
