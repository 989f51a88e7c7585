"""What a handler asks of its surroundings while it decides: predicates and operations.

Every predicate and operation of ``models/vocabulary.yaml`` is a method here, under the same
name; those that only amendments ask for are in ``amended``. A predicate answers and changes
nothing. An operation that makes something uses the crypto provider; one that remembers something
writes to the station's memory, which all associations share.

``Station`` is what all associations of one device have in common. ``Services`` belongs to one
association.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from iec62351_4 import assumptions
from iec62351_4.certificates import Certificate, CertificateVerdict, TrustStore, parse_certificate
from iec62351_4.certificates.names import bind_osi
from iec62351_4.certificates.verdict import examine_certificate
from iec62351_4.codec._ber import is_element
from iec62351_4.crypto.algorithm import CBC_IV_OCTETS, GCM_NONCE_OCTETS
from iec62351_4.crypto.key_schedule import (
    AssociationKeys,
    KeyScheduleRules,
    derive_keys,
    first_salt,
    next_salt,
)
from iec62351_4.crypto.protection import ProtectionSuite, TransferReceiver, TransferSender
from iec62351_4.crypto.provider import AgreementKey, CryptoProvider, PrivateKey
from iec62351_4.environment.envelope import Carrier
from iec62351_4.errors import (
    AssociationError,
    CertificateError,
    ConfigurationError,
    IntegrityError,
)
from iec62351_4.handlers.amended import AmendedServices
from iec62351_4.handlers.vocabulary import (
    AeadAlgorithm,
    DHGroup,
    EncryptionAlgorithm,
    IcvAlgorithm,
    MacAlgorithm,
    Protection,
    SignatureAlgorithm,
)
from iec62351_4.replay import (
    ReplayCache,
    ReplayKey,
    not_before_after_restart,
)

if TYPE_CHECKING:
    from iec62351_4.handlers.association import ReceivedMessage, SignedMessage, TransferMessage


@dataclass(frozen=True, slots=True)
class Address:
    """An application's OSI address: AP-title (dotted) and AE-qualifier."""

    ap_title: str
    ae_qualifier: int | None = None

    def __str__(self) -> str:
        return (
            self.ap_title if self.ae_qualifier is None else f"{self.ap_title}/{self.ae_qualifier}"
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are: certificate, its path, the handle of its key, our address."""

    certificate: bytes = field(repr=False)
    key: PrivateKey = field(repr=False)
    address: Address
    certification_path: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class DHShare:
    """A Diffie-Hellman public key on the wire."""

    group: DHGroup
    public: bytes = field(repr=False)


ValueT = TypeVar("ValueT")
DHShares = tuple[DHShare, ...]
Salt = bytes


class DHKeyPairs:
    """Own key pairs by group; the private halves stay behind their handles."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Sequence[tuple[DHGroup, AgreementKey, bytes]]) -> None:
        self._pairs = tuple(pairs)

    @property
    def shares(self) -> DHShares:
        """The public halves, in order."""
        return tuple(DHShare(group, public) for group, _, public in self._pairs)

    def key_of(self, group: DHGroup) -> AgreementKey | None:
        """The private handle for a group."""
        return next((key for name, key, _ in self._pairs if name is group), None)

    def forget(self) -> None:
        """Overwrite the private halves. May be called twice."""
        for _, key, _ in self._pairs:
            key.forget()

    def __repr__(self) -> str:
        return f"<DHKeyPairs: {', '.join(g.value for g, _, _ in self._pairs)}>"


class Keys:
    """The keys of one association for one period, with their directions."""

    __slots__ = ("iv", "receiver", "secret", "sender", "suite")

    def __init__(
        self, provider: CryptoProvider, suite: ProtectionSuite, keys: AssociationKeys, role: str
    ) -> None:
        own, peer = (keys.client, keys.server) if role == "client" else (keys.server, keys.client)
        self.secret = keys
        self.suite = suite
        self.iv = b""
        self.sender = TransferSender(provider, suite, own)
        self.receiver = TransferReceiver(provider, suite, peer)

    @property
    def prefixes_nonce(self) -> bool:
        """Whether the nonce of AES-GCM stands before the ciphertext (assumption Q9)."""
        return self.suite.is_authenticated_encryption and assumptions.Q9 == "ciphertext-prefix"

    def forget(self) -> None:
        """Overwrite the keys. May be called twice."""
        self.secret.forget()
        self.iv = b""

    def __repr__(self) -> str:
        return "<Keys>"


@dataclass(slots=True)
class Station:
    """What all associations of one device share.

    ``allowed_peers`` restricts who may be at the other end: None admits every address whose
    certificate the trust anchors vouch for. ``demand_annex_g`` applies to native mode; the
    certificates of deployed A-profile peers do not conform to Annex G. A peer's attribute
    certificate is refused unless ``verify_attribute_certificate`` is given: it gets the
    certificate of the signer and the attribute certificate.

    A restart loses the memory against replays. With ``started`` (milliseconds since the epoch)
    everything that may have been accepted before the start is refused (assumption Q17.restart,
    finding V7); that includes honest peers for the length of the time window, so it is a choice.
    """

    identity: Identity
    trust: TrustStore
    provider: CryptoProvider
    started: int | None = None
    handshakes: ReplayCache = field(init=False)
    times: ReplayCache = field(init=False)
    allowed_peers: frozenset[Address] | None = None
    demand_annex_g: bool = True
    verify_attribute_certificate: Callable[[bytes, bytes], bool] | None = None
    _numbers: int = 0

    def __post_init__(self) -> None:
        self.handshakes, self.times = _replay_cache(self.started), _replay_cache(self.started)

    def next_number(self) -> int:
        """A number from 1 to 999 for an assoID, in turn."""
        self._numbers = self._numbers % 999 + 1
        return self._numbers


@dataclass(slots=True)
class _Memory:
    """What one association remembers of its peer."""

    certificate: bytes = b""
    address: Address | None = None


class Services(AmendedServices):
    """Predicates and operations of one association.

    Args:
        station: What all associations share.
        role: ``client`` or ``server``.
        expected_peer: The address that the peer must have, if it is known beforehand (a client
            knows whom it calls).
    """

    def __init__(self, station: Station, role: str, expected_peer: Address | None = None) -> None:
        self.station = station
        self.role = role
        self.expected_peer = expected_peer
        self._provider = station.provider
        self._memory = _Memory()
        self._verdicts: dict[tuple[bytes, tuple[bytes, ...], int], CertificateVerdict] = {}
        self._opened: tuple[object, object, bytes | None] = (None, None, None)
        self._remembered: list[tuple[ReplayCache, ReplayKey]] = []

    # --- for the handler's base class --------------------------------------------------------

    def mark(self) -> _Memory:
        """What ``restore`` needs to undo a step."""
        self._remembered.clear()
        return _Memory(self._memory.certificate, self._memory.address)

    def restore(self, mark: _Memory) -> None:
        """Undo what was remembered since ``mark``, here and in the station's replay memories.

        A nonce or an association number that was used up stays so.
        """
        self._memory = mark
        for cache, key in self._remembered:
            cache.withdraw(key)
        self._remembered.clear()

    @property
    def peer_address(self) -> str | None:
        """The peer's address for the log."""
        address = self._memory.address or self.expected_peer
        return None if address is None else str(address)

    @property
    def certificate(self) -> bytes:
        """The own certificate, DER."""
        return self.station.identity.certificate

    @property
    def certification_path(self) -> tuple[bytes, ...]:
        """The own certification path, DER certificates."""
        return self.station.identity.certification_path

    def sign(self, algorithm: SignatureAlgorithm, octets: bytes) -> bytes:
        """Sign with the own key."""
        return self._provider.sign(self.station.identity.key, algorithm.value, octets)

    # --- predicates on signed messages -------------------------------------------------------

    def signature_valid(self, m: SignedMessage) -> bool:
        """Source: 62351-4, 13.4.1 and 11.2: over the octets as received."""
        try:
            certificate = parse_certificate(m.certificate)
            self._provider.verify(
                m.signature_algorithm,
                certificate.public_key.spki,
                m.signature,
                m.signature_input,
            )
        except (IntegrityError, CertificateError, ConfigurationError):
            return False
        return True

    def certificate_usable(self, m: SignedMessage) -> bool:
        """Source: 62351-4, Annex G; 62351-9 for validity."""
        return self._verdict(m).usability is None

    def certificate_path_valid(self, m: SignedMessage) -> bool:
        """Source: 62351-4, Annex G."""
        return self._verdict(m).path is None

    def certificate_trustworthy(self, m: SignedMessage) -> bool:
        """Source: 62351-9: a revoked or forged certificate is an alarm."""
        return self._verdict(m).alarm is None

    def _verdict(self, m: SignedMessage) -> CertificateVerdict:
        key = (m.certificate, m.cert_path, m.received_at)
        if key not in self._verdicts:
            self._verdicts = {
                key: examine_certificate(
                    m.certificate,
                    m.cert_path,
                    self.station.trust,
                    m.received_at,
                    self._provider,
                    demand_annex_g=self.station.demand_annex_g,
                )
            }
        return self._verdicts[key]

    def subject_matches(self, m: SignedMessage) -> bool:
        """Source: 62351-4, G.6: subject, sender's address and expected peer are one.

        An APDU that names no sender (ABRT, RLRQ, RLRE) comes from the address of the handshake.
        """
        claimed = self._claimed_address(m) or self._memory.address or self.expected_peer
        if claimed is None:
            return False
        if self.expected_peer is not None and claimed != self.expected_peer:
            return False
        allowed = self.station.allowed_peers
        if allowed is not None and claimed not in allowed:
            return False
        try:
            bind_osi(parse_certificate(m.certificate), claimed.ap_title, claimed.ae_qualifier)
        except AssociationError:
            return False
        return True

    @staticmethod
    def _claimed_address(m: ReceivedMessage) -> Address | None:
        e = m.envelope
        if e.carrier is Carrier.AARQ and e.calling_ap_title:
            return Address(e.calling_ap_title, e.calling_ae_qualifier)
        if e.carrier is Carrier.AARE and e.responding_ap_title:
            return Address(e.responding_ap_title, e.responding_ae_qualifier)
        return None

    def same_signer(self, m: SignedMessage) -> bool:
        """Source: 62351-4, 14.5 (derived): rejects, aborts and releases come from the peer."""
        return m.certificate == self._memory.certificate

    def attribute_certificate_valid(self, m: SignedMessage) -> bool:
        """Source: 62351-4, 13.3.1.2; 62351-8, profile B. Refused without a verifier."""
        verify = self.station.verify_attribute_certificate
        octets = getattr(m, "att_cert", b"")
        return verify is not None and verify(m.certificate, octets)

    def seen_before(self, m: SignedMessage) -> bool:
        """Source: 62351-4, 14.3; key and retention are assumption Q17."""
        return self._replayed(self.station.handshakes, _handshake_key(m), m)

    def time_seen_before(self, m: SignedMessage) -> bool:
        """Source: 62351-4, 11.2; key is assumption Q17."""
        return self._replayed(self.station.times, _a_profile_key(m), m)

    @staticmethod
    def _replayed(cache: ReplayCache, key: tuple[bytes | int, ...], m: SignedMessage) -> bool:
        # What could not be remembered could be replayed, so a full memory refuses everything.
        return cache.is_replay(key, _time_of(m)) or not cache.has_room(m.received_at)

    # --- predicates on transfers -------------------------------------------------------------

    def iv_usable(self, m: TransferMessage, protection: Protection) -> bool:
        """Source: 62351-4, 13.4.3; the place of the nonce is assumption Q9."""
        if protection is Protection.encrypt_then_mac:
            return len(m.iv) == CBC_IV_OCTETS
        if protection is Protection.authenticated_encryption:
            iv, _ = _nonce_and_ciphertext(m)
            return len(iv) == GCM_NONCE_OCTETS
        return not m.iv

    def authentic(self, m: TransferMessage, keys: Keys | None) -> bool:
        """Source: 62351-4, 13.4.2 and 13.4.3. What was opened is kept for ``plaintext``."""
        if keys is None or not m.well_formed:
            return False
        if self._opened[0] is not m or self._opened[1] is not keys:
            self._opened = (m, keys, self._open(m, keys))
        return self._opened[2] is not None

    @staticmethod
    def _open(m: TransferMessage, keys: Keys) -> bytes | None:
        try:
            if not m.is_encrypted:
                keys.receiver.open_clear(m.tbp, m.nonce, m.icv or b"")
                return m.appl_data
            iv, ciphertext = m.iv, m.appl_data
            if keys.suite.is_authenticated_encryption:
                iv, ciphertext = _nonce_and_ciphertext(m)
            opened = keys.receiver.open_encrypted(
                m.token2_content, iv or None, ciphertext, tbp=m.tbp, nonce=m.nonce, icv=m.icv
            )
        except AssociationError:
            return None
        return opened if is_element(opened) else None  # a PrPDU is one complete TLV

    def extends_asso_id(self, answer: str, request: str) -> bool:
        """Source: 62351-4, 13.3.1.2 (derived): ``n`` becomes ``n:m``."""
        client, separator, server = answer.partition(":")
        return client == request and separator == ":" and server.isdigit()

    def shares_usable(self, shares: DHShares | None) -> bool:
        """Source: 62351-4, 13.3.1.2: of each known group, a public key of that group."""
        try:
            for share in shares or ():
                if share.group is not DHGroup.other:
                    self._provider.check_agreement_public(share.group.value, share.public)
        except IntegrityError:
            return False
        return True

    # --- operations --------------------------------------------------------------------------

    def new_asso_id(self) -> str:
        """A locally unique association number."""
        return str(self.station.next_number())

    def complete_asso_id(self, request: str) -> str:
        """The client's number completed with ours."""
        return f"{request}:{self.station.next_number()}"

    def generate_dh(self, groups: Sequence[DHGroup]) -> DHKeyPairs:
        """Fresh key pairs, one per group, in the order given."""
        return DHKeyPairs(
            [(group, *self._provider.generate_agreement_key(group.value)) for group in groups]
        )

    def generate_dh_for(self, group: DHGroup) -> DHKeyPairs:
        """A fresh key pair."""
        return self.generate_dh((group,))

    def public_shares(self, pairs: DHKeyPairs | None) -> DHShares:
        """The public halves of key pairs."""
        return () if pairs is None else pairs.shares

    def first_salt(self, request: bytes, answer: bytes) -> Salt:
        """Source: 62351-4, 13.3.1.3."""
        return first_salt(self._provider, request, answer, _rules())

    def next_salt(self, rekey: bytes, salt: Salt | None) -> Salt:
        """Source: 62351-4, 13.3.1.3; assumption Q11."""
        return next_salt(self._provider, rekey, _there(salt, "salt"))

    def derive_keys(
        self,
        pairs: DHKeyPairs | None,
        shares: DHShares | None,
        salt: Salt | None,
        hmac: MacAlgorithm,
        protection: Protection,
        aead: AeadAlgorithm,
        encryption: EncryptionAlgorithm,
        icv: IcvAlgorithm,
    ) -> Keys:
        """Source: 62351-4, 13.3.1.3.

        The group is the first of the peer's shares that one of the own pairs is of: either side
        has a single one by now.
        """
        own = _there(pairs, "key pairs")
        for share in _there(shares, "public keys"):
            key = own.key_of(share.group)
            if key is None:
                continue
            suite = _suite(protection, aead, encryption, icv)
            keys = derive_keys(
                self._provider,
                self._provider.agree(key, share.public),
                _there(salt, "salt"),
                suite.plan,
                _rules(),
                hmac=hmac.value,
            )
            return Keys(self._provider, suite, keys, self.role)
        raise ConfigurationError("no Diffie-Hellman group in common")

    def fresh_iv(self, keys: Keys | None) -> bytes:
        """Source: 62351-4, 13.4.3. Empty where ``iv`` is not used (also assumption Q9)."""
        own = _there(keys, "keys")
        own.iv = own.sender.next_iv() or b""
        return b"" if own.prefixes_nonce else own.iv

    def plaintext(self, m: TransferMessage) -> bytes:
        """What the last successful ``authentic`` opened."""
        opened, _, octets = self._opened
        if opened is not m or octets is None:
            raise IntegrityError
        return octets

    def remember_handshake(self, m: SignedMessage) -> None:
        """Source: 62351-4, 14.3; only after the signature was verified."""
        self._remember(self.station.handshakes, _handshake_key(m), m)

    def remember_time(self, m: SignedMessage) -> None:
        """Source: 62351-4, 11.2; only after the signature was verified."""
        self._remember(self.station.times, _a_profile_key(m), m)

    def _remember(self, cache: ReplayCache, key: ReplayKey, m: SignedMessage) -> None:
        cache.insert(key, _time_of(m), m.received_at)
        self._remembered.append((cache, key))

    def remember_peer(self, m: SignedMessage) -> None:
        """Keep the peer's certificate and address for the rest of the association."""
        self._memory = _Memory(m.certificate, self._claimed_address(m) or self.expected_peer)

    def forget_opened(self) -> None:
        """Drop what was opened last."""
        self._opened = (None, None, None)

    # --- for building transfers --------------------------------------------------------------

    def encrypt(self, keys: Keys | None, token2: bytes, octets: bytes) -> bytes:
        """Ciphertext of a protected-protocol PDU."""
        own = _there(keys, "keys")
        ciphertext = own.sender.encrypt(token2, octets)
        return own.iv + ciphertext if own.prefixes_nonce else ciphertext

    def authenticate(self, keys: Keys | None, tbp: bytes) -> tuple[bytes | None, bytes]:
        """Nonce and ICV over the contents octets of ``tbp``."""
        return _there(keys, "keys").sender.authenticate(tbp)


def peer_certificate(octets: bytes) -> Certificate:
    """The parsed certificate of a peer, for displays."""
    return parse_certificate(octets)


def _replay_cache(started: int | None) -> ReplayCache:
    """Retention and tolerated step back of the clock are assumption Q17 (finding V7)."""
    not_before = None
    if started is not None:
        not_before = not_before_after_restart(started, window=assumptions.Q18 * 1000)
    retention = (assumptions.Q17 + assumptions.Q17_CLOCK_STEP) * 1000
    return ReplayCache(retention=retention, not_before=not_before)


def _there(value: ValueT | None, what: str) -> ValueT:
    if value is None:
        raise ConfigurationError(f"there are no {what} yet")
    return value


def _rules() -> KeyScheduleRules:
    return KeyScheduleRules(
        zero_form=assumptions.Q12_ZERO_OCTETS, key_order=assumptions.Q12_KEY_ORDER
    )


def _suite(
    protection: Protection,
    aead: AeadAlgorithm,
    encryption: EncryptionAlgorithm,
    icv: IcvAlgorithm,
) -> ProtectionSuite:
    if protection is Protection.authenticated_encryption:
        return ProtectionSuite(encryption=aead.value, icv=None)
    if protection is Protection.encrypt_then_mac:
        return ProtectionSuite(encryption=encryption.value, icv=icv.value)
    return ProtectionSuite(encryption=None, icv=icv.value)


def _nonce_and_ciphertext(m: TransferMessage) -> tuple[bytes, bytes]:
    """The nonce of AES-GCM and what it encrypts; its place is assumption Q9."""
    if assumptions.Q9 == "ciphertext-prefix":
        return m.appl_data[:GCM_NONCE_OCTETS], m.appl_data[GCM_NONCE_OCTETS:]
    return m.iv, m.appl_data


def _handshake_key(m: SignedMessage) -> tuple[bytes | int, ...]:
    asso_id: str = getattr(m, "asso_id", "")
    return (_fingerprint(m.certificate), _time_of(m), asso_id.encode())


def _a_profile_key(m: SignedMessage) -> tuple[bytes | int, ...]:
    return (_fingerprint(m.certificate), _time_of(m))


def _fingerprint(certificate: bytes) -> bytes:
    return hashlib.sha256(certificate).digest()


def _time_of(m: SignedMessage) -> int:
    time: int = getattr(m, "time", 0)
    return time
