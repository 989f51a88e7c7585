"""Certificates for demonstrations: two authorities, and the files of a client and a server half.

The keys of the authorities are thrown away, so nothing more can be issued; the keys of the
halves lie in files that only their owner can read, not encrypted. Worth nothing in a substation.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from iec62351_4.certificates import parse_certificate
from iec62351_4.certificates.issue import Authority, make_authority, osi_subject
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.crypto.provider import PrivateKey
from iec62351_4.handlers.services import Address
from interlock.core.errors import UsageError
from interlock.gateway import pem

CLIENT_ADDRESS = Address("1.1.999.1", 12)
SERVER_ADDRESS = Address("1.1.999.2", 23)

DAYS = 730
DAY_MS = 86_400_000
APPLICATION_KEY = "rsa"
"""The A-profile signs with RSA only; native mode takes it, too."""
TLS_KEY = "secp256r1"

POLICY = """\
# Read by "interlock gateway" when --policy is not given. Every field of the configurations in
# models/policies.yaml may be set here, by mode; durations have a unit.
peers: [{peer}]
native:
  rekey-interval: 1 h
limits:
  max-connections: 64
"""


@dataclass(frozen=True, slots=True)
class _Issued:
    """PEM texts of one identity."""

    certificate: bytes
    key: bytes


class DemonstrationCA:
    """An authority of one kind of key; ``now`` is milliseconds since the epoch."""

    def __init__(self, name: str, kind: str, now: int) -> None:
        self._provider = OpenSSLProvider()
        self._kind = kind
        self._now = now
        self._begin = (now - DAY_MS) // 1000 * 1000
        key = self._provider.generate_private_key(kind)
        self._authority: Authority = make_authority(self._provider, name, key, self._begin)

    @property
    def certificate(self) -> bytes:
        """The trust anchor, DER."""
        return self._authority.certificate.encoding

    def issue(self, key: PrivateKey, address: Address, *, as_text: bool = False) -> bytes:
        """A certificate that conforms to Annex G, DER.

        ``as_text`` writes the subject so that OpenSSL can load it.
        """
        subject = osi_subject(address.ap_title, address.ae_qualifier or 0, as_text=as_text)
        public = self._provider.public_key(key)
        fields = self._authority.end_entity_fields(subject, public, self._begin, days=DAYS)
        return self._authority.issue(fields)

    def revocation_list(self, *revoked: bytes) -> bytes:
        """A list of the given certificates (DER), current for the validity of all, DER."""
        serials = {parse_certificate(octets).serial: self._begin for octets in revoked}
        return self._authority.issue_crl(serials, self._begin, self._begin + DAYS * DAY_MS)

    def make(self, address: Address, *, as_text: bool) -> _Issued:
        """A fresh key and its certificate."""
        key = self._provider.generate_private_key(self._kind)
        certificate = self.issue(key, address, as_text=as_text)
        return _Issued(
            pem.write_blocks(pem.CERTIFICATE, certificate),
            self._provider.export_private_key(key),
        )


def write_demonstration(folder: Path, now: int) -> tuple[Path, Path]:
    """Make the folders ``client`` and ``server`` of two halves that trust each other.

    Args:
        folder: Made when it is missing.
        now: Milliseconds since the epoch; validity begins a day before.

    Returns:
        The two folders.

    Raises:
        UsageError: Something is there already, or the folder cannot be written.
    """
    places = {"client": folder / "client", "server": folder / "server"}
    for place in places.values():
        if place.exists():
            raise UsageError(f"{place} exists already; nothing was written")
    authorities = {
        "application": DemonstrationCA("Demonstration application CA", APPLICATION_KEY, now),
        "tls": DemonstrationCA("Demonstration TLS CA", TLS_KEY, now),
    }
    addresses = {"client": (CLIENT_ADDRESS, SERVER_ADDRESS)}
    addresses["server"] = addresses["client"][::-1]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for half, place in places.items():
            place.mkdir(mode=0o700)
            own, peer = addresses[half]
            for name, authority in authorities.items():
                issued = authority.make(own, as_text=name == "tls")
                _write(place / f"{name}.pem", issued.certificate)
                _write(place / f"{name}.key", issued.key)
                anchor = pem.write_blocks(pem.CERTIFICATE, authority.certificate)
                _write(place / f"{name}-ca.pem", anchor)
                lists = pem.write_blocks(pem.CRL, authority.revocation_list())
                _write(place / f"{name}-crl.pem", lists)
            _write(place / "policy.yaml", POLICY.format(peer=peer).encode("ascii"))
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: {error.strerror}") from error
    return places["client"], places["server"]


def _write(path: Path, octets: bytes) -> None:
    """Write a new file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
