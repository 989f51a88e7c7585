"""Modules written by other people: the test files in the source distribution of asn1tools.

They are not copied into this repository. ``python tests/unit/asn1/foreign.py`` fetches them with
pip into ``build/foreign-asn1``.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

REPOSITORY = Path(__file__).parents[3]
REQUIREMENT = (
    "asn1tools==0.169.0 "
    "--hash=sha256:3d15caab63d8d27e8ddd0c3ad88975bbd3d48a359070d87be894bba1df767a50"
)
FOLDER = REPOSITORY / "build" / "foreign-asn1"


def locate() -> Path | None:
    """The folder with the modules, or None when they have not been fetched."""
    return FOLDER if any(FOLDER.rglob("*.asn")) else None


def fetch() -> int:
    """Fetch what is missing; returns how many files there are.

    Raises:
        subprocess.CalledProcessError: pip cannot get the distribution.
    """
    if locate() is None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        wanted = FOLDER / "requirement.txt"
        wanted.write_text(f"{REQUIREMENT}\n", encoding="ascii")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes"]
        command += ["--no-deps", "--no-binary", ":all:", "--dest", str(FOLDER), "-r", str(wanted)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        for archive in FOLDER.glob("*.tar.gz"):
            _unpack(archive)
            archive.unlink()
    return len(list(FOLDER.rglob("*.asn")))


def _unpack(archive: Path) -> None:
    """Write the modules below ``tests/files``, by their path there."""
    with tarfile.open(archive) as content:
        for member in content:
            parts = PurePosixPath(member.name).parts
            stream = content.extractfile(member) if member.isfile() else None
            if stream is None or parts[1:3] != ("tests", "files") or ".." in parts:
                continue
            if member.name.endswith(".asn"):
                target = FOLDER.joinpath(*parts[3:])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(stream.read())


if __name__ == "__main__":
    print(f"foreign ASN.1 modules: {fetch()} files in {FOLDER.relative_to(REPOSITORY)}")
