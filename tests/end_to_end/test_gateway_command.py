"""``interlock gateway``, as a user runs it: the three commands of the tour, and wrong ones."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interlock.demo.builtin import PlainServer, read_values

COMMAND = (sys.executable, "-m", "interlock.cli.main", "gateway")
TIME_LIMIT = 30
READS = 5


def gateway(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=TIME_LIMIT, check=False
    )


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``init`` writes."""
    folder = tmp_path_factory.mktemp("tour") / "halves"
    done = gateway("init", str(folder))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(folder / "client"), str(folder / "server")]
    return folder


class Service:
    """A half that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        line = process.stdout.readline()
        assert " -> " in line, line
        self.port = int(line.partition(" -> ")[0].rpartition(":")[2])
        self.errors = ""

    def stop(self, number: signal.Signals) -> int:
        """Send a signal and give the exit code."""
        self._process.send_signal(number)
        _, self.errors = self._process.communicate(timeout=TIME_LIMIT)
        return self._process.returncode


@contextmanager
def half(halves: Path, name: str, *arguments: str) -> Iterator[Service]:
    """Run a half on a free port."""
    command = [*COMMAND, name, "--identity", str(halves / name), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watchdog = threading.Timer(TIME_LIMIT, process.kill)
        watchdog.start()
        try:
            yield Service(process)
        finally:
            watchdog.cancel()
            process.kill()


@pytest.mark.parametrize(
    "options",
    [(), ("--mode", "compat"), ("--protection", "clear", "--no-tls", "--log", "json")],
    ids=["native", "compat", "clear"],
)
def test_the_tour(halves: Path, options: tuple[str, ...]) -> None:
    async def work() -> None:
        plain = PlainServer()
        backend = f"127.0.0.1:{await plain.start()}"
        with half(halves, "server", "--connect", backend, *options) as server:
            remote = f"127.0.0.1:{server.port}"
            with half(halves, "client", "--connect", remote, *options) as client:
                timing = await read_values(client.port, READS)
                assert (len(timing.reads), timing.failed) == (READS, 0)
                assert client.stop(signal.SIGINT) == 0
            assert server.stop(signal.SIGTERM) == 0
        await plain.close()
        has_tls = "--no-tls" not in options
        for errors in (client.errors, server.errors):
            assert errors.count("TLS handshake") == has_tls, errors
            assert len(errors.splitlines()) == has_tls, errors

    asyncio.run(work())


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("client",), 2, "certificate, key and trust anchors of the application are needed"),
        (("client", "--listen", "here"), 2, "an endpoint is host:port"),
        (("client", "--peer", "somebody"), 2, "a peer is AP-title/AE-qualifier"),
        (("client", "--peer", "1.2/3", "--peer", "1.2/4"), 2, "a client half calls exactly one"),
        (("server", "--policy", "missing.yaml"), 2, "missing.yaml: No such file or directory"),
        (("server", "--listen", "192.0.2.1:1"), 1, "cannot listen on 192.0.2.1:1"),
    ],
)
def test_wrong_options(halves: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    identity = () if arguments == ("client",) else ("--identity", str(halves / arguments[0]))
    done = gateway(*arguments, *identity)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("error: " + message), done.stderr


def test_a_wrong_policy_is_shown_with_its_place(halves: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("native:\n  rekey-intervall: 1 h\n", encoding="utf-8")
    identity = str(halves / "server")
    done = gateway("server", "--identity", identity, "--policy", str(policy))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        'error[DAT012]: "native" has no key "rekey-intervall"\n'
        f" --> {policy}:2:3\n"
        "  |\n"
        "2 |   rekey-intervall: 1 h\n"
        "  |   ^^^^^^^^^^^^^^^\n"
        '  = help: did you mean "rekey-interval"?\n'
    )
