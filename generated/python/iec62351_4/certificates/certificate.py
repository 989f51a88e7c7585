"""Certificates as parsed values: what is in them, not whether it is acceptable.

Owns the X.509 structure (RFC 5280, 4.1) and the extensions that the standard names. Annex G is
checked in ``annex_g``, names in ``names``, trust in ``path``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from iec62351_4.certificates import der
from iec62351_4.certificates.der import Element, Reader
from iec62351_4.errors import CertificateError

MAX_CERTIFICATE_OCTETS = 8192
"""Largest certificate that is read at all (62351-4, 11.2)."""

_MAX_EXTENSIONS = 64

SIGNATURE_ALGORITHMS = {
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
}
"""Signature algorithms that can be verified, by object identifier (Q26)."""

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
EC_PUBLIC_KEY = "1.2.840.10045.2.1"
CURVES = {"1.2.840.10045.3.1.7": "secp256r1", "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1"}
"""Permitted curves by object identifier."""

SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
BASIC_CONSTRAINTS = "2.5.29.19"
CRL_DISTRIBUTION_POINTS = "2.5.29.31"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1"
OCSP = "1.3.6.1.5.5.7.48.1"
CA_ISSUERS = "1.3.6.1.5.5.7.48.2"
IEC_USER_ROLES = "1.2.840.10070.8.1"
"""The role extension of 62351-8. INTERPRETATION (ADR-0011): the last two arcs are recalled."""

DIGITAL_SIGNATURE, KEY_AGREEMENT, KEY_CERT_SIGN, CRL_SIGN = 0, 4, 5, 6
"""Bit numbers of KeyUsage."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AlgorithmIdentifier:
    """An algorithm with its parameters."""

    oid: str
    parameters: bytes | None
    """The complete element; None if absent."""

    @property
    def name(self) -> str | None:
        """The name of a signature algorithm that can be verified, else None."""
        return SIGNATURE_ALGORITHMS.get(self.oid)


@dataclass(frozen=True, slots=True)
class NameAttribute:
    """One attribute of a distinguished name."""

    type: str
    """Object identifier of the attribute type."""
    tag: int
    """Identifier octet of the value."""
    value: bytes
    """Content octets of the value."""


@dataclass(frozen=True, slots=True)
class Name:
    """A distinguished name.

    Two names are equal when their encodings are: no case folding or white-space rules. CAs copy
    their own name octet for octet, and a looser comparison only adds ways to collide.
    """

    encoding: bytes = field(repr=False)
    rdns: tuple[tuple[NameAttribute, ...], ...] = field(compare=False)
    """The relative distinguished names, outermost first; none is empty."""


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension as it stands in the certificate or CRL."""

    oid: str
    is_critical: bool
    value: bytes = field(repr=False)
    """Content octets of extnValue."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A subject public key."""

    spki: bytes = field(repr=False)
    """The complete SubjectPublicKeyInfo."""
    algorithm: str
    """Object identifier of the key's type."""
    curve: str | None
    """Object identifier of the named curve of an EC key, else None."""
    bits: int | None
    """Size of the RSA modulus, else None."""
    key_octets: bytes = field(repr=False)
    """Content of the BIT STRING, what a key identifier is commonly the hash of."""


@dataclass(frozen=True, slots=True)
class BasicConstraints:
    """The extension of the same name."""

    is_ca: bool
    path_length: int | None
    """Most intermediate certificates below; None if not limited."""


@dataclass(frozen=True, slots=True)
class AuthorityKeyIdentifier:
    """The extension of the same name, as far as it is used."""

    key_identifier: bytes | None
    serial: int | None


@dataclass(frozen=True, slots=True)
class DistributionPoint:
    """One element of the CRLDistributionPoints extension."""

    has_name: bool
    """Whether ``distributionPoint`` is present."""
    uris: tuple[str, ...]
    has_reasons: bool
    has_crl_issuer: bool


@dataclass(frozen=True, slots=True)
class AccessDescription:
    """One element of the AuthorityInfoAccess extension."""

    method: str
    """Object identifier, e.g. of OCSP."""
    uri: str | None
    """None if the location is not a URI."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One X.509 certificate; made by ``parse_certificate``."""

    encoding: bytes = field(repr=False)
    tbs: bytes = field(repr=False)
    """The complete TBSCertificate, what the signature covers."""
    version: int
    """1, 2 or 3."""
    serial: int
    inner_algorithm: AlgorithmIdentifier
    """The one inside TBSCertificate."""
    issuer: Name
    not_before: int
    """Milliseconds since the epoch."""
    not_after: int
    """Milliseconds since the epoch; still valid at this instant."""
    subject: Name
    public_key: PublicKey
    has_issuer_unique_id: bool
    has_subject_unique_id: bool
    extensions: tuple[Extension, ...]
    """In their order; no type occurs twice."""
    outer_algorithm: AlgorithmIdentifier
    signature: bytes = field(repr=False)
    key_usage: frozenset[int] | None
    """Numbers of the bits set; None if the extension is absent."""
    basic_constraints: BasicConstraints | None
    subject_key_identifier: bytes | None
    authority_key_identifier: AuthorityKeyIdentifier | None
    distribution_points: tuple[DistributionPoint, ...] | None
    """None if the extension is absent."""
    access_descriptions: tuple[AccessDescription, ...] | None
    """None if the extension is absent."""

    @property
    def ocsp_uris(self) -> tuple[str, ...]:
        """Where an OCSP responder can be asked."""
        return tuple(
            access.uri
            for access in self.access_descriptions or ()
            if access.method == OCSP and access.uri is not None
        )

    @property
    def is_ca(self) -> bool:
        """Whether basicConstraints says that the subject is a CA."""
        return self.basic_constraints is not None and self.basic_constraints.is_ca


def parse_certificate(octets: bytes) -> Certificate:
    """Parse one DER certificate.

    Source: RFC 5280, 4.1 and 4.2.

    Raises:
        CertificateError: ``too-large`` or ``malformed``; the latter says what and where.
    """
    if len(octets) > MAX_CERTIFICATE_OCTETS:
        raise CertificateError("too-large", f"{len(octets)} octets")
    outer = der.read_whole(octets).children()
    tbs = outer.read(der.SEQUENCE)
    outer_algorithm = read_algorithm(outer.read(der.SEQUENCE))
    signature = outer.read(der.BIT_STRING).whole_octets()
    outer.finish()

    body = tbs.children()
    version = _read_version(body)
    serial = body.read(der.INTEGER).integer()
    inner_algorithm = read_algorithm(body.read(der.SEQUENCE))
    issuer = read_name(body.read(der.SEQUENCE))
    not_before, not_after = _read_validity(body.read(der.SEQUENCE))
    subject = read_name(body.read(der.SEQUENCE))
    public_key = read_public_key(body.read(der.SEQUENCE))
    issuer_unique_id = body.read_optional(der.context(1, constructed=False))
    subject_unique_id = body.read_optional(der.context(2, constructed=False))
    wrapped = body.read_optional(der.context(3))
    body.finish()
    extensions = read_extensions(wrapped)
    if wrapped is not None and version != 3:
        raise wrapped.error("extensions need version 3")
    if (issuer_unique_id or subject_unique_id) and version == 1:
        raise tbs.error("unique identifiers need version 2")

    values = {extension.oid: extension.value for extension in extensions}
    return Certificate(
        encoding=octets,
        tbs=tbs.encoding,
        version=version,
        serial=serial,
        inner_algorithm=inner_algorithm,
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        subject=subject,
        public_key=public_key,
        has_issuer_unique_id=issuer_unique_id is not None,
        has_subject_unique_id=subject_unique_id is not None,
        extensions=extensions,
        outer_algorithm=outer_algorithm,
        signature=signature,
        key_usage=_parse_value(values, KEY_USAGE, der.BIT_STRING, Element.named_bits),
        basic_constraints=_parse_value(
            values, BASIC_CONSTRAINTS, der.SEQUENCE, _read_basic_constraints
        ),
        subject_key_identifier=_parse_value(
            values, SUBJECT_KEY_IDENTIFIER, der.OCTET_STRING, lambda element: element.content
        ),
        authority_key_identifier=_parse_value(
            values, AUTHORITY_KEY_IDENTIFIER, der.SEQUENCE, read_authority_key_identifier
        ),
        distribution_points=_parse_value(
            values, CRL_DISTRIBUTION_POINTS, der.SEQUENCE, _read_distribution_points
        ),
        access_descriptions=_parse_value(
            values, AUTHORITY_INFO_ACCESS, der.SEQUENCE, _read_access_descriptions
        ),
    )


def read_algorithm(element: Element) -> AlgorithmIdentifier:
    """Read an AlgorithmIdentifier."""
    reader = element.children()
    oid = reader.read(der.OBJECT_IDENTIFIER).object_identifier()
    parameters = reader.read().encoding if reader.has_more else None
    reader.finish()
    return AlgorithmIdentifier(oid, parameters)


def read_name(element: Element) -> Name:
    """Read a distinguished name."""
    rdns = []
    for rdn in element.children().read_all(der.SET):
        attributes = []
        for pair in rdn.children().read_all(der.SEQUENCE):
            reader = pair.children()
            kind = reader.read(der.OBJECT_IDENTIFIER).object_identifier()
            value = reader.read()
            reader.finish()
            attributes.append(NameAttribute(kind, value.tag, value.content))
        if not attributes:
            raise rdn.error("empty relative distinguished name")
        rdns.append(tuple(attributes))
    return Name(element.encoding, tuple(rdns))


def read_extensions(wrapped: Element | None) -> tuple[Extension, ...]:
    """Read the Extensions inside their explicit tag; None gives none.

    Raises:
        CertificateError: ``malformed``, also for an empty list, an extension that occurs
            twice, or more than 64 of them.
    """
    if wrapped is None:
        return ()
    outer = wrapped.children()
    sequence = outer.read(der.SEQUENCE)
    outer.finish()
    return read_extension_list(sequence)


def read_extension_list(sequence: Element) -> tuple[Extension, ...]:
    """Read Extensions without an outer tag; errors as for ``read_extensions``."""
    extensions: dict[str, Extension] = {}
    for element in sequence.children().read_all(der.SEQUENCE):
        extension = _read_extension(element)
        if extension.oid in extensions or len(extensions) == _MAX_EXTENSIONS:
            raise element.error("extension occurs twice, or too many extensions")
        extensions[extension.oid] = extension
    if not extensions:
        raise sequence.error("empty list of extensions")
    return tuple(extensions.values())


def read_authority_key_identifier(element: Element) -> AuthorityKeyIdentifier:
    """Read the value of an AuthorityKeyIdentifier extension."""
    reader = element.children()
    key = reader.read_optional(der.context(0, constructed=False))
    issuer = reader.read_optional(der.context(1))
    serial = reader.read_optional(der.context(2, constructed=False))
    reader.finish()
    if (issuer is None) != (serial is None):
        raise element.error("authority issuer and serial number go together")
    return AuthorityKeyIdentifier(
        None if key is None else key.content, None if serial is None else serial.integer()
    )


def _read_version(body: Reader) -> int:
    wrapped = body.read_optional(der.context(0))
    if wrapped is None:
        return 1
    reader = wrapped.children()
    number = reader.read(der.INTEGER).integer()
    reader.finish()
    if number not in (1, 2):  # DER leaves the default out
        raise wrapped.error("unknown version, or the default encoded")
    return number + 1


def _read_validity(element: Element) -> tuple[int, int]:
    reader = element.children()
    not_before, not_after = reader.read().time(), reader.read().time()
    reader.finish()
    return not_before, not_after


def read_public_key(element: Element) -> PublicKey:
    """Read a SubjectPublicKeyInfo; an unknown type of key is read, too."""
    reader = element.children()
    algorithm = read_algorithm(reader.read(der.SEQUENCE))
    octets = reader.read(der.BIT_STRING).whole_octets()
    reader.finish()
    curve = bits = None
    if algorithm.oid == RSA_ENCRYPTION:
        numbers = der.read_whole(octets).children()
        bits = numbers.read(der.INTEGER).integer().bit_length()
        numbers.read(der.INTEGER)
        numbers.finish()
    elif algorithm.oid == EC_PUBLIC_KEY and algorithm.parameters is not None:
        parameters = Reader(algorithm.parameters).read()
        if parameters.tag == der.OBJECT_IDENTIFIER:
            curve = parameters.object_identifier()
    return PublicKey(element.encoding, algorithm.oid, curve, bits, octets)


def _read_extension(element: Element) -> Extension:
    reader = element.children()
    oid = reader.read(der.OBJECT_IDENTIFIER).object_identifier()
    critical = reader.read_optional(der.BOOLEAN)
    if critical is not None and not critical.boolean():
        raise critical.error("default value encoded")
    value = reader.read(der.OCTET_STRING)
    reader.finish()
    return Extension(oid, critical is not None, value.content)


def _read_basic_constraints(element: Element) -> BasicConstraints:
    reader = element.children()
    flag = reader.read_optional(der.BOOLEAN)
    if flag is not None and not flag.boolean():
        raise flag.error("default value encoded")
    length = reader.read_optional(der.INTEGER)
    reader.finish()
    limit = None if length is None else length.integer()
    if limit is not None and (limit < 0 or flag is None):
        raise element.error("path length is negative, or without cA")
    return BasicConstraints(flag is not None, limit)


def _read_distribution_points(element: Element) -> tuple[DistributionPoint, ...]:
    return tuple(_read_distribution_point(e) for e in element.children().read_all(der.SEQUENCE))


def _read_distribution_point(element: Element) -> DistributionPoint:
    reader = element.children()
    name = reader.read_optional(der.context(0))
    reasons = reader.read_optional(der.context(1, constructed=False))
    crl_issuer = reader.read_optional(der.context(2))
    reader.finish()
    uris: list[str] = []
    if name is not None:
        inner = name.children()
        full_name = inner.read()
        inner.finish()
        if full_name.tag == der.context(0):
            names = full_name.children()
            while names.has_more:
                uris += _uri(names.read()) or ()
    return DistributionPoint(
        name is not None, tuple(uris), reasons is not None, crl_issuer is not None
    )


def _read_access_descriptions(element: Element) -> tuple[AccessDescription, ...]:
    descriptions = []
    for pair in element.children().read_all(der.SEQUENCE):
        reader = pair.children()
        method = reader.read(der.OBJECT_IDENTIFIER).object_identifier()
        uris = _uri(reader.read())
        reader.finish()
        descriptions.append(AccessDescription(method, uris[0] if uris else None))
    return tuple(descriptions)


def _uri(name: Element) -> tuple[str, ...]:
    """Return the text of a GeneralName that is a URI, as a tuple of one, else of none."""
    return (name.text(),) if name.tag == der.context(6, constructed=False) else ()


def _parse_value(
    values: dict[str, Any], oid: str, tag: int, parse: Callable[[Element], T]
) -> T | None:
    """Parse an extension's value, or return None if the extension is absent."""
    value = values.get(oid)
    return None if value is None else parse(der.read_whole(value, tag))
