"""The tables of ``spec/`` as frozen dataclasses.

Owns the shape of the tables and nothing else: reading is in ``interlock.spec.tables``,
the rules that hold between tables and ASN.1 modules are in ``interlock.spec.check``.

Paths of components (``tbs.token1.pkCert``) are relative to the PDU they are given for and use
the identifiers of the ASN.1 module. ``span`` fields never take part in comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from typing import Protocol

from interlock.core.source import SourceFile, Span


class Confidence(Enum):
    """How well an item is known; the letters of ``spec/README.md``."""

    CAPTURED = "C"  # stated in a public source
    MEASURED = "M"  # decoded from captured octets, or computed
    DERIVED = "D"  # by analogy with a sibling document
    ASSUMED = "A"  # a working choice


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row comes from: its clause, confidence and the assumptions it rests on."""

    clause: str  # id in the clause register
    confidence: Confidence
    assumptions: tuple[str, ...] = ()  # ids in the assumption table, or their family ("Q2")
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)  # of the row


# --- clauses and assumptions -------------------------------------------------------------------


class ClauseLevel(Enum):
    """Whether a clause binds."""

    NORMATIVE = "normative"
    INFORMATIVE = "informative"


@dataclass(frozen=True, slots=True)
class Clause:
    """One entry of the clause register."""

    id: str  # "13.4.1"; other documents with their prefix: "62351-14:B.1"
    document: str  # "IEC 62351-4:2018+AMD1:2020"
    title: str  # in this project's words
    level: ClauseLevel
    confidence: Confidence = Confidence.CAPTURED  # of the label: assumed ones are our own guess
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A question that no public source settles, and the answer in force.

    A switchable one has either ``alternatives`` (closed list, the value among them) or the
    range ``minimum`` to ``maximum`` (decimal integer, both inclusive).
    """

    id: str  # "Q3"; one of several parameters of a question: "Q12.zero-octets"
    question: str
    value: str  # the answer in force (after the caller's overrides)
    default: str  # the answer of the file
    alternatives: tuple[str, ...]
    minimum: int | None
    maximum: int | None
    affects: tuple[str, ...]  # "asn1:Module[.Name]", "table:protection", "runtime:key-schedule"
    switchable: bool
    clause: str
    confidence: Confidence = Confidence.ASSUMED
    sets_tagging: str | None = None  # ASN.1 module whose tagging default is the value
    sets_value: str | None = None  # "Module.name" of the INTEGER that is the value
    note: str = ""
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)

    @property
    def family(self) -> str:
        """The question this is a parameter of: ``Q12`` for ``Q12.zero-octets``."""
        return self.id.partition(".")[0]

    @property
    def as_int(self) -> int:
        """The value of an assumption that has a range."""
        return int(self.value)


# --- algorithms, groups, suites ----------------------------------------------------------------


class AlgorithmUse(Enum):
    """What an algorithm is used for; one algorithm may have several uses."""

    PUBLIC_KEY = "public-key"
    CURVE = "curve"
    SIGNATURE = "signature"
    HASH = "hash"
    HMAC = "hmac"  # the HMAC of HKDF (``hmac`` of ClearToken1)
    ENCRYPTION = "encryption"  # unauthenticated: needs an ICV
    AEAD = "aead"
    ICV = "icv"


@dataclass(frozen=True, slots=True)
class OctetRange:
    """Permitted lengths in octets, and the one in force when nothing is said."""

    minimum: int
    maximum: int
    default: int


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm. ``name`` is the reference of its OID value in ``IEC62351-4-Algorithms``.

    Its conformance status is in PICS table 11 (``SpecTables.algorithm_status``).
    """

    name: str
    uses: frozenset[AlgorithmUse]
    origin: Origin
    key_octets: int | None = None  # symmetric key; None where the key has no fixed length
    key_bits_minimum: int | None = None  # asymmetric key
    iv_octets: int | None = None  # CBC
    nonce_octets: int | None = None  # GCM, GMAC
    tag_octets: OctetRange | None = None  # ICV or AEAD tag
    hash: str | None = None  # name of the hash inside a signature or HMAC
    hash_octets: int | None = None  # output of a hash or of the hash inside


class GroupKind(Enum):
    """The two families of Diffie-Hellman groups."""

    MODP = "modp"
    EC = "ec"


@dataclass(frozen=True, slots=True)
class Group:
    """A Diffie-Hellman group. Numbers are the standard's own, not those of a registry."""

    name: str
    number: int
    kind: GroupKind
    public_key_octets: int
    shared_secret_octets: int
    status: str  # "m" or "o"
    origin: Origin


@dataclass(frozen=True, slots=True)
class Suite:
    """A TLS cipher suite and its status per mode: m, o, x (shall not), - (not listed)."""

    name: str
    code_point: int
    native: str
    compatibility: str
    origin: Origin


# --- security events ---------------------------------------------------------------------------


class EventSeverity(Enum):
    """Severities of IEC 62351-14, worst first."""

    ALARM = "alarm"
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class EventGroup:
    """A group of events, usually one per SecPDU."""

    id: str  # "IEC62351-4:1"
    title: str
    pdu: str | None  # SecPDU whose reception the group is about
    origin: Origin


@dataclass(frozen=True, slots=True)
class Event:
    """A security event. ``mnemonic`` is None where no public source gives one."""

    id: str  # "IEC62351-4:1.1"
    group: str  # "IEC62351-4:1"
    mnemonic: str | None
    title: str  # in this project's words
    severity: EventSeverity
    derived: bool  # title (and severity, see assumption Q30) completed by analogy
    diagnostic: str | None  # item of Handshake/DtDiagnostics whose reception the event reports
    origin: Origin


# --- PICS --------------------------------------------------------------------------------------


class PicsRule(Enum):
    """What a condition demands of the rows that carry it."""

    AT_LEAST_ONE = "at-least-one"  # of the rows of the same table with this condition
    MANDATORY = "mandatory"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class PicsCondition:
    """What ``c[n]`` means: ``rule`` holds when any item of ``when`` is supported, else n/a."""

    id: str  # "c[5]"
    text: str  # in this project's words
    rule: PicsRule
    when: tuple[str, ...]  # ids of PICS items; empty means always
    origin: Origin


@dataclass(frozen=True, slots=True)
class PicsItem:
    """A row of a PICS table."""

    id: str  # "osi", "TLS_RSA_WITH_AES_128_CBC_SHA256", "aes128-CBC"
    table: int
    title: str
    status: str  # "m", "o", "x", "i" or "c[n]"
    subject: str | None  # the algorithm or suite that the row is about
    origin: Origin


@dataclass(frozen=True, slots=True)
class PicsTable:
    """One table of Clause 17."""

    number: int
    title: str
    items: tuple[PicsItem, ...]
    origin: Origin


# --- protection --------------------------------------------------------------------------------


class CoveredOctets(Enum):
    """Which octets of a component a signature or ICV is computed over, always as received."""

    CONTENT = "content"  # contents octets, without tag and length
    TLV = "tlv"  # the whole encoding under its own (implicit) tag


@dataclass(frozen=True, slots=True)
class SignatureRule:
    """Where a signature is and what it covers. Paths relative to the PDU."""

    signature: str
    covers: str
    octets: CoveredOctets
    certificate: str  # signer's certificate, DER
    algorithm: str | None  # AlgorithmIdentifier next to the signature; None when fixed
    algorithm_copy: str | None  # signed copy that must be equal
    certificate_path: str | None
    fixed_algorithm: str | None  # algorithm name when it is not carried


@dataclass(frozen=True, slots=True)
class IcvRule:
    """Where an integrity check value is and what it covers."""

    icv: str
    algorithm: str
    nonce: str  # needed by GMAC only
    covers: str
    octets: CoveredOctets
    optional: bool  # left out when an AEAD algorithm protects the PDU


@dataclass(frozen=True, slots=True)
class EncryptionRule:
    """Where ciphertext, IV or nonce and additional authenticated data are.

    The plaintext is one protected-protocol PDU; ``plaintext_octets`` says with or without its
    own tag and length. Without AEAD the ICV covers the ciphertext (encrypt-then-MAC).
    """

    ciphertext: str
    iv: str  # CBC
    aead_nonce: str  # path of the nonce of the AEAD algorithm (assumption Q9)
    additional_data: str
    additional_octets: CoveredOctets
    plaintext_octets: CoveredOctets


@dataclass(frozen=True, slots=True)
class Protection:
    """How one PDU is protected."""

    pdu: str  # name of the type
    module: str
    signature: SignatureRule | None
    icv: IcvRule | None
    encryption: EncryptionRule | None
    keep: tuple[str, ...]  # component paths whose contents octets are kept as received
    include_end_of_contents: bool  # of an indefinite-length covered component (assumption Q6)
    origin: Origin
    paths: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)  # all named

    @property
    def key(self) -> str:
        """Key of the type in the ASN.1 model."""
        return f"{self.module}.{self.pdu}"


# --- OSI environment ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Carrier:
    """Which ACSE APDU carries a SecPDU, and the values of its fixed fields."""

    pdu: str  # SecPDU
    carrier: str  # AARQ, AARE, RLRQ, RLRE, ABRT, DATA
    wrapper: str  # type of IEC62351-4-OSI that is the user information
    alternative: str | None  # path of alternatives inside the wrapper: "assoAbort.dtSecAbort"
    results: tuple[int, ...]  # AARE result; the first is sent by default
    diagnostic: int | None  # AARE result-source-diagnostic, acse-service-user
    abort_source: int | None
    reason: int | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Context:
    """A presentation context that an initiator proposes."""

    name: str  # "acse", "mms", "authentication", "e2e"
    id: int
    abstract_syntax: str  # name of an OID value in IEC62351-4-ObjectIdentifiers
    transfer_syntax: str
    required: bool  # an AARQ without it is refused
    origin: Origin


@dataclass(frozen=True, slots=True)
class OsiProfile:
    """What one mode looks like to the OSI upper layers."""

    mode: str  # "compatibility", "native", or "plain" for the unprotected side of a gateway
    application_context: str
    mechanism_name: str | None
    authentication_unit: bool
    contexts: tuple[Context, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Limit:
    """A named number: a port, a size in octets."""

    name: str
    value: int
    unit: str  # "port", "octets", "seconds"
    origin: Origin


@dataclass(frozen=True, slots=True)
class Osi:
    """The OSI environment."""

    ports: Mapping[str, Limit]  # "secure", "clear"
    limits: Mapping[str, Limit]
    profiles: Mapping[str, OsiProfile]
    carriers: Mapping[str, Carrier]  # by SecPDU


# --- XMPP environment --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Namespace:
    """An XML namespace."""

    name: str
    uri: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Stanza:
    """The stanza that carries a SecPDU or, for transfers, a kind of protected-protocol PDU."""

    pdu: str
    service: str | None  # only for transfers: what is inside
    stanza: str  # "iq", "message"
    type: str  # "set", "get", "result", "normal"
    origin: Origin


@dataclass(frozen=True, slots=True)
class Xmpp:
    """The XMPP environment (data only)."""

    namespaces: Mapping[str, Namespace]  # "e2e", "environment"
    resource: str
    stanzas: tuple[Stanza, ...]


class _Row(Protocol):
    @property
    def origin(self) -> Origin: ...


# --- all tables --------------------------------------------------------------------------------


@dataclass(frozen=True)
class SpecTables:
    """Every table, by its natural key, in file order."""

    clauses: Mapping[str, Clause]
    assumptions: Mapping[str, Assumption]
    algorithms: Mapping[str, Algorithm]
    groups: Mapping[str, Group]  # by name
    suites: Mapping[str, Suite]  # by name
    event_groups: Mapping[str, EventGroup]
    events: Mapping[str, Event]
    pics: Mapping[int, PicsTable]
    pics_conditions: Mapping[str, PicsCondition]
    protection: Mapping[str, Protection]  # by PDU name
    osi: Osi
    xmpp: Xmpp
    sources: Mapping[str, SourceFile] = field(default_factory=dict, compare=False, repr=False)

    def assumed(self, id: str) -> str:
        """The value in force of the assumption ``id``; raises KeyError when there is none."""
        return self.assumptions[id].value

    def origins(self) -> Iterator[Origin]:
        """The origin of every row, in the order of the tables."""
        rows: Iterable[_Row] = chain(
            self.algorithms.values(),
            self.groups.values(),
            self.suites.values(),
            self.event_groups.values(),
            self.events.values(),
            self.pics_conditions.values(),
            self.pics.values(),
            (item for table in self.pics.values() for item in table.items),
            self.protection.values(),
            self.osi.ports.values(),
            self.osi.limits.values(),
            self.osi.profiles.values(),
            (context for profile in self.osi.profiles.values() for context in profile.contexts),
            self.osi.carriers.values(),
            self.xmpp.namespaces.values(),
            self.xmpp.stanzas,
        )
        return (row.origin for row in rows)

    def algorithm_status(self, name: str) -> tuple[str, ...]:
        """The statuses that PICS table 11 gives the algorithm, one per use listed there."""
        return tuple(item.status for item in self.pics[11].items if item.subject == name)

    def group_numbered(self, number: int) -> Group | None:
        """The Diffie-Hellman group with this number, or None."""
        return next((g for g in self.groups.values() if g.number == number), None)
