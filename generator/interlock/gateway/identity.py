"""Who a gateway half is: certificates, keys and trust anchors, read from PEM files.

Two identities are kept apart, as Annex G demands: the application's, which signs SecPDUs and
authentication values, and that of TLS. They may not share a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iec62351_4.certificates import (
    CRL,
    Certificate,
    TrustStore,
    is_separate,
    parse_certificate,
    parse_crl,
    subject_address,
)
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.errors import AssociationError, CertificateError
from iec62351_4.handlers.services import Address, Identity, Station
from iec62351_4.handlers.vocabulary import SignatureAlgorithm
from iec62351_4.transport.tls import TLSConfig
from interlock.core.errors import UsageError
from interlock.gateway import pem

MAX_FILE_OCTETS = 1 << 20

Chosen = tuple[Path | None, Path | None, Path | None, Path | None]
"""Certificate, key, trust anchors and revocation lists, as far as they are named."""


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The PEM files of one identity."""

    certificate: Path
    """Own certificate first, then intermediates towards the trust anchor."""
    key: Path
    """PKCS #8, not encrypted: whoever may read the file is this party."""
    trust: Path
    """Trust anchors of the peers."""
    crl: Path | None = None
    """Revocation lists; None: revocation is not looked up."""


@dataclass(frozen=True, slots=True)
class IdentityFiles:
    """The files of a gateway half."""

    application: KeyFiles
    tls: KeyFiles | None
    """None: TLS is not used."""


@dataclass(frozen=True, slots=True)
class Party:
    """A gateway half that can act."""

    station: Station
    signature_algorithm: SignatureAlgorithm
    """The one that fits the application's key."""
    tls: TLSConfig | None
    """None: TLS is not used."""


def choose_files(folder: Path | None, *, application: Chosen, tls: Chosen | None) -> IdentityFiles:
    """The files that are named one by one, and the others from a folder.

    Args:
        folder: As ``interlock gateway init`` lays it out.
        application: Named files of the application; None stands for the folder's.
        tls: The same for TLS; None when TLS is not used.

    Raises:
        UsageError: A file is neither named nor in a folder.
    """
    return IdentityFiles(
        _choose(folder, "application", application),
        None if tls is None else _choose(folder, "tls", tls),
    )


def _choose(folder: Path | None, name: str, chosen: Chosen) -> KeyFiles:
    certificate, key, trust, crl = chosen
    if folder is not None:
        certificate = certificate or folder / f"{name}.pem"
        key = key or folder / f"{name}.key"
        trust = trust or folder / f"{name}-ca.pem"
        its_crl = folder / f"{name}-crl.pem"
        crl = crl or (its_crl if its_crl.exists() else None)
    if certificate is None or key is None or trust is None:
        raise UsageError(
            f"certificate, key and trust anchors of the {name} are needed: give --identity DIR, "
            "or the files one by one"
        )
    return KeyFiles(certificate, key, trust, crl)


def read_party(files: IdentityFiles) -> Party:
    """Read a gateway half.

    Source: 62351-4, G (the address is the certificate's subject; separation of the keys).

    Raises:
        UsageError: A file cannot be read or does not hold what it should, certificate and key do
            not belong together, or application and TLS share a key. No message quotes a key.
    """
    provider = OpenSSLProvider()
    own, *path = _certificates(files.application.certificate)
    try:
        key = provider.load_private_key(_octets(files.application.key))
        if provider.public_key(key) != own.public_key.spki:
            raise UsageError(f"{files.application.key} is not the key of the certificate")
        identity = Identity(own.encoding, key, _address(own), tuple(c.encoding for c in path))
    except AssociationError as error:
        raise UsageError(f"{files.application.key}: {error}") from error
    anchors = tuple(_certificates(files.application.trust))
    trust = TrustStore(anchors, _revocation_lists(files.application.crl))
    is_rsa = own.public_key.curve is None
    return Party(
        station=Station(identity, trust, provider),
        signature_algorithm=SignatureAlgorithm.sha256WithRSAEncryption
        if is_rsa
        else SignatureAlgorithm.ecdsa_with_SHA256,
        tls=None if files.tls is None else _read_tls(files.tls, own),
    )


def parse_address(text: str) -> Address:
    """Read ``AP-title/AE-qualifier``, e.g. ``1.1.999.2/23``.

    Raises:
        UsageError: It has another form.
    """
    title, slash, qualifier = text.partition("/")
    arcs = title.split(".")
    is_title = len(arcs) > 1 and all(arc.isascii() and arc.isdigit() for arc in arcs)
    if not (is_title and slash and qualifier.isascii() and qualifier.isdigit()):
        raise UsageError(f'a peer is AP-title/AE-qualifier, for example 1.1.999.2/23, not "{text}"')
    return Address(title, int(qualifier))


def _read_tls(files: KeyFiles, application: Certificate) -> TLSConfig:
    own = _certificates(files.certificate)[0]
    if not is_separate(application, own.encoding):
        raise UsageError(
            f"{files.certificate}: TLS and application must not share a key (62351-4, Annex G)"
        )
    return TLSConfig(
        certificate_chain_pem=_octets(files.certificate),
        private_key_pem=_octets(files.key),
        trust_anchors_pem=_octets(files.trust),
        crls_pem=b"" if files.crl is None else _octets(files.crl),
    )


def _address(certificate: Certificate) -> Address:
    value = subject_address(certificate).value
    title, dot, qualifier = value.rpartition(".")
    if not dot or not qualifier.isdigit():
        raise CertificateError("subject", "not an AP-title and an AE-qualifier")
    return Address(title, int(qualifier))


def _octets(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            octets = file.read(MAX_FILE_OCTETS + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    if len(octets) > MAX_FILE_OCTETS:
        raise UsageError(f"{path} is longer than {MAX_FILE_OCTETS} octets")
    return octets


def _blocks(path: Path, label: str) -> tuple[bytes, ...]:
    try:
        blocks = pem.read_blocks(label, _octets(path))
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from error
    if not blocks:
        raise UsageError(f'{path} holds no block "{label}"')
    return blocks


def _certificates(path: Path) -> list[Certificate]:
    try:
        return [parse_certificate(octets) for octets in _blocks(path, pem.CERTIFICATE)]
    except CertificateError as error:
        raise UsageError(f"{path}: {error}") from error


def _revocation_lists(path: Path | None) -> tuple[CRL, ...]:
    if path is None:
        return ()
    try:
        return tuple(parse_crl(octets) for octets in _blocks(path, pem.CRL))
    except CertificateError as error:
        raise UsageError(f"{path}: {error}") from error
