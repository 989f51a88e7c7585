"""Formatters of target languages, run on texts, never on files of the project.

The formatter decides on bytes, so its version is pinned in ``pyproject.toml`` and its
configuration stands here, independent of any file in the working folder.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from interlock.core.errors import GenerationError

_RUFF_CONFIGURATION = """\
line-length = 100
target-version = "py311"

[lint]
select = ["F401", "I", "RUF022"]

[lint.isort]
known-first-party = ["iec62351_4"]
"""


def _ruff() -> str:
    """The ruff of this environment, else the first on the path."""
    local = Path(sysconfig.get_path("scripts")) / (
        "ruff.exe" if sys.platform == "win32" else "ruff"
    )
    return str(local) if local.exists() else "ruff"


def format_python(texts: Mapping[str, str]) -> dict[str, str]:
    """Format Python files: unused imports dropped, imports sorted, ``ruff format``.

    Args:
        texts: File name (a relative path) to text.

    Raises:
        GenerationError: A text is not Python, or formatting it again changes it.
    """
    once = _run_ruff(texts)
    if _run_ruff(once) != once:
        raise GenerationError("the formatter is not idempotent on the generated text")
    return once


def _run_ruff(texts: Mapping[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "ruff.toml").write_text(_RUFF_CONFIGURATION, encoding="utf-8")
        for name, text in texts.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        common = ["--config", str(root / "ruff.toml"), "--no-cache", "--quiet", "."]
        _call([_ruff(), "check", "--fix", *common], root)
        _call([_ruff(), "format", *common], root)
        return {name: (root / name).read_text(encoding="utf-8") for name in texts}


def _call(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as problem:
        raise GenerationError(f"the formatter does not start: {problem}") from problem
    if done.returncode:
        raise GenerationError(f"the formatter refuses the text: {done.stdout}{done.stderr}")


FORMATTERS: Mapping[str, Callable[[Mapping[str, str]], dict[str, str]]] = {
    "python": format_python,
}
"""Formatter by name, as the targets table refers to it."""
