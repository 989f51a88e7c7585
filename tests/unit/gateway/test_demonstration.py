"""The demonstration's files: conforming, separate, private, and never overwritten."""

from __future__ import annotations

import contextlib
import ssl
import time
from pathlib import Path

import pytest

from iec62351_4.certificates import deviations, parse_certificate, subject_address
from iec62351_4.transport.tls import client_context, server_context
from interlock.core.errors import UsageError
from interlock.gateway import pem
from interlock.gateway.demonstration import write_demonstration
from interlock.gateway.identity import choose_files, read_party

NO_FILES = (None, None, None, None)


def certificate_in(path: Path) -> bytes:
    """The first certificate of a file."""
    return pem.read_blocks(pem.CERTIFICATE, path.read_bytes())[0]


def test_application_certificates_conform_to_annex_g(halves: Path) -> None:
    for half in ("client", "server"):
        certificate = parse_certificate(certificate_in(halves / half / "application.pem"))
        assert [deviation.rule.id for deviation in deviations(certificate)] == []
        assert subject_address(certificate).is_strict


def test_keys_differ_and_only_their_owner_can_read_them(halves: Path) -> None:
    keys = list(halves.rglob("*.key"))
    assert len({path.read_bytes() for path in keys}) == 4
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in halves.iterdir()} == {0o700}


def test_the_halves_shake_hands_over_tls(halves: Path) -> None:
    client, server = (
        read_party(choose_files(halves / half, application=NO_FILES, tls=NO_FILES)).tls
        for half in ("client", "server")
    )
    assert client is not None
    assert server is not None
    pipes = [ssl.MemoryBIO() for _ in range(4)]
    ours = client_context(client).wrap_bio(pipes[0], pipes[1])
    theirs = server_context(server).wrap_bio(pipes[2], pipes[3], server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
            pipes[2].write(pipes[1].read())
            pipes[0].write(pipes[3].read())
    assert ours.version() == "TLSv1.3"
    assert theirs.getpeercert(binary_form=True) == certificate_in(halves / "client" / "tls.pem")


def test_nothing_is_overwritten(own_halves: Path) -> None:
    before = {path: path.read_bytes() for path in own_halves.rglob("*.*")}
    with pytest.raises(UsageError, match=r"exists already; nothing was written$"):
        write_demonstration(own_halves, time.time_ns() // 1_000_000)
    assert {path: path.read_bytes() for path in own_halves.rglob("*.*")} == before


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError):
        write_demonstration(tmp_path / "file" / "halves", time.time_ns() // 1_000_000)
