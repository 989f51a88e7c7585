"""The browser that shows reports, as a tool that may be missing."""

from __future__ import annotations

from typing import cast

from support.tools import TOOLS, Tool

# Its row in the table of tools: only tests of this folder need a browser.
cast(dict[str, Tool], TOOLS).setdefault(
    "chromium", Tool("scripts/setup-system.sh", programs=("chromium",))
)
