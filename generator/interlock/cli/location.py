"""Where ``spec/`` and ``models/`` are: given, here, in the checkout, or inside the wheel."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from interlock.core.errors import UsageError

_FOLDERS = ("spec", "models")


def find_root(given: Path | None) -> Path:
    """The folder that holds ``spec/`` and ``models/``.

    In this order: the one given, the current folder, the checkout that this program runs from,
    the copy inside the installed package.

    Raises:
        UsageError: The one given does not hold both, or there is none at all.
    """
    if given is not None:
        if not _holds_both(given):
            raise UsageError(f'"{given}" does not hold the folders spec and models')
        return given.resolve()
    for candidate in (Path.cwd(), checkout(), _installed()):
        if candidate is not None and _holds_both(candidate):
            return candidate.resolve()
    raise UsageError("no folder with spec and models found; name one with --root")


def checkout() -> Path | None:
    """The checkout that this program runs from; None when it is installed from a wheel."""
    top = Path(__file__).resolve().parents[3]
    return top if (top / "pyproject.toml").is_file() and _holds_both(top) else None


def _installed() -> Path | None:
    data = files("interlock.codegen").joinpath("data")
    return data if isinstance(data, Path) else None


def _holds_both(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in _FOLDERS)
