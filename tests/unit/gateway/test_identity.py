"""Reading a half from files: what fits, and every way in which it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from iec62351_4.handlers.services import Address
from iec62351_4.handlers.vocabulary import SignatureAlgorithm
from interlock.core.errors import UsageError
from interlock.gateway.identity import choose_files, parse_address, read_party

NO_FILES = (None, None, None, None)


def read(folder: Path) -> str:
    """The complaint about a folder, without the path in front; empty when it can be read."""
    try:
        read_party(choose_files(folder, application=NO_FILES, tls=NO_FILES))
    except UsageError as problem:
        return str(problem).removeprefix(str(folder) + "/")
    return ""


def test_a_sound_folder(halves: Path) -> None:
    files = choose_files(halves / "server", application=NO_FILES, tls=NO_FILES)
    party = read_party(files)
    assert party.station.identity.address == Address("1.1.999.2", 23)
    assert party.signature_algorithm is SignatureAlgorithm.sha256WithRSAEncryption
    assert len(party.station.trust.anchors) == 1
    assert len(party.station.trust.crls) == 1
    assert party.tls is not None
    assert party.tls.crls_pem
    assert "PRIVATE" not in repr(party)


def test_without_tls_its_files_are_not_needed(own_halves: Path) -> None:
    folder = own_halves / "client"
    for path in folder.glob("tls*"):
        path.unlink()
    assert read_party(choose_files(folder, application=NO_FILES, tls=None)).tls is None
    assert read(folder) == "tls.pem: No such file or directory"


def test_files_one_by_one_replace_those_of_the_folder(halves: Path) -> None:
    client, server = halves / "client", halves / "server"
    other = (server / "application.pem", server / "application.key", None, None)
    party = read_party(choose_files(client, application=other, tls=None))
    assert party.station.identity.address == Address("1.1.999.2", 23)
    with pytest.raises(UsageError, match=r"^certificate, key and trust anchors of the application"):
        choose_files(None, application=other, tls=None)


def test_key_of_another_certificate(own_halves: Path) -> None:
    client, server = own_halves / "client", own_halves / "server"
    (client / "application.key").write_bytes((server / "application.key").read_bytes())
    complaint = f"{client}/application.key is not the key of the certificate"
    assert read(client) == complaint.removeprefix(f"{client}/")


def test_tls_with_the_key_of_the_application(own_halves: Path) -> None:
    folder = own_halves / "client"
    for name in ("pem", "key"):
        (folder / f"tls.{name}").write_bytes((folder / f"application.{name}").read_bytes())
    assert read(folder) == ("tls.pem: TLS and application must not share a key (62351-4, Annex G)")


@pytest.mark.parametrize(
    ("name", "octets", "complaint"),
    [
        ("application.pem", b"", 'application.pem holds no block "CERTIFICATE"'),
        (
            "application.pem",
            b"-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n",
            "application.pem: a block CERTIFICATE is not base64",
        ),
        (
            "application-ca.pem",
            b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
            "application-ca.pem: malformed: element expected at offset 2",
        ),
        (
            "application-crl.pem",
            b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
            "application-crl.pem: malformed: element expected at offset 2",
        ),
        ("application.key", b"secret", "application.key: the private key cannot be read"),
        ("application.pem", bytes((1 << 20) + 1), "application.pem is longer than 1048576 octets"),
    ],
)
def test_unusable_files(own_halves: Path, name: str, octets: bytes, complaint: str) -> None:
    (own_halves / "client" / name).write_bytes(octets)
    assert read(own_halves / "client") == complaint


def test_addresses() -> None:
    assert parse_address("1.1.999.2/23") == Address("1.1.999.2", 23)


@pytest.mark.parametrize(
    "text",
    ["", "1.1.999.2", "1.1.999.2/", "/23", "1/2", "a.b/1", "1..2/3", "1.2/x", "1.2/-1", "1.²/3"],
)
def test_malformed_addresses(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(text)
    assert str(caught.value).endswith(f'not "{text}"')
