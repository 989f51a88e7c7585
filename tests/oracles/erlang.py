"""Erlang's ASN.1 compiler as an independent codec: compiles the modules of ``spec/asn1`` unchanged.

Known differences that are Erlang's own and not findings: it checks neither GeneralizedTime nor
PATTERN nor the SIZE of a SEQUENCE OF, and it rewrites lengths inside open types, so these are
compared as octets elsewhere.
"""

from __future__ import annotations

import re
import selectors
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

_PROGRAM = Path(__file__).parent / "erl" / "oracle.erl"
_OPTIONS = ("-bber", "+der", "+maps", "+undec_rest")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


class OracleError(Exception):
    """Erlang refused: the compiler, or the codec of one type."""


class ErlangOracle:
    """Compiled modules behind a running Erlang node. Use as a context manager.

    Args:
        workdir: An empty folder for compiled files.
        modules: ``.asn`` files, each named after its module.
        timeout: Seconds that one answer may take.

    Raises:
        OracleError: A module does not compile.
    """

    def __init__(self, workdir: Path, modules: Iterable[Path], *, timeout: float = 20.0) -> None:
        self.timeout = timeout
        _compile(in_order(modules), workdir)
        _run(["erlc", "-o", str(workdir), str(_PROGRAM)], workdir)
        self._process = subprocess.Popen(
            ["erl", "-noshell", "-pa", str(workdir), "-s", "oracle", "main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=workdir,
        )

    def __enter__(self) -> ErlangOracle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the node; it stops at the end of its input."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def transcode(self, module: str, type_: str, octets: bytes) -> bytes:
        """Decode BER and encode DER.

        Raises:
            OracleError: The octets are not an encoding of the type, or end too late.
        """
        return self._ask("transcode", module, type_, octets)

    def encode(self, module: str, type_: str, term: str) -> bytes:
        """The DER encoding of a value in Erlang notation (maps): ``#{algorithm => {1,2}}``."""
        return self._ask("encode", module, type_, term.encode("latin-1") + b".")

    def decode(self, module: str, type_: str, octets: bytes) -> str:
        """The value in Erlang notation."""
        return self._ask("decode", module, type_, octets).decode("latin-1")

    def _ask(self, verb: str, module: str, type_: str, octets: bytes) -> bytes:
        # the names become atoms and part of a line of text
        if not _NAME.fullmatch(module) or not _NAME.fullmatch(type_):
            raise ValueError(f"not ASN.1 names: {module!r}, {type_!r}")
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{verb} {module} {type_} {octets.hex() or '-'}\n".encode())
        stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if not selector.select(self.timeout):
                self._process.kill()
                raise OracleError(f"no answer for {module}.{type_} in {self.timeout} s")
        status, _, rest = stdout.readline().decode("latin-1").rstrip("\n").partition(" ")
        if status != "ok":
            raise OracleError(rest or "the node has ended")
        return bytes.fromhex(rest)


def in_order(modules: Iterable[Path]) -> list[Path]:
    """The files ordered so that each comes after those it imports from."""
    paths = {path.stem: path for path in modules}
    needs = {
        name: {m for m in re.findall(r"\bFROM\s+([A-Z][\w-]*)", path.read_text()) if m in paths}
        for name, path in paths.items()
    }
    done: list[str] = []
    while len(done) < len(paths):
        ready = sorted(n for n in paths if n not in done and needs[n] <= set(done))
        if not ready:
            raise OracleError(f"circular imports among {sorted(set(paths) - set(done))}")
        done.extend(ready)
    return [paths[name] for name in done]


def _compile(paths: list[Path], workdir: Path) -> None:
    copies = [workdir / f"{path.stem}.asn1" for path in paths]  # erlc takes only this suffix
    for path, copy in zip(paths, copies, strict=True):
        shutil.copyfile(path, copy)
    folders = ["-I", str(workdir), "-o", str(workdir)]
    _run(["erlc", *_OPTIONS, *folders, *map(str, copies)], workdir)


def _run(command: list[str], workdir: Path) -> None:
    done = subprocess.run(command, cwd=workdir, capture_output=True, text=True, timeout=120)
    # asn1ct reports some faults on stdout and still succeeds
    if done.returncode or "error" in done.stdout.lower():
        raise OracleError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
