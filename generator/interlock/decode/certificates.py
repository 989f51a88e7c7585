"""Certificates in a few lines: subject, issuer, serial, validity, key.

Read here element by element, because the library refuses certificates that Annex G asks for: a
subject attribute whose value is an OBJECT IDENTIFIER. Nothing is verified.

Source: X.509, 7.2 (Certificate); X.520 for the short names of attributes.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from interlock.asn1 import types as a
from interlock.decode.octets import Element, Octets, read_element
from interlock.decode.tree import MalformedError
from interlock.decode.values import ValueFault, ValueReader, octets_text

_ATTRIBUTES = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
}
_SEQUENCE, _SET, _INTEGER, _OID = 16, 17, 2, 6
_STRINGS = {12: "UTF8String", 19: "PrintableString", 20: "TeletexString", 22: "IA5String"}
_VERSION = a.Tag(a.TagClass.CONTEXT, 0)
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """What is shown of a certificate; ``public_key`` is the SubjectPublicKeyInfo, DER."""

    serial: int
    issuer: str
    not_before: str
    not_after: str
    subject: str
    public_key: bytes


def read_certificate(der: bytes, values: ValueReader) -> CertificateFields:
    """The fields of a certificate.

    Raises:
        MalformedError: Not a certificate; the offset counts from its first octet.
    """
    reader = _Reader(Octets(der), values)
    whole = reader.elements(0, len(der))
    tbs = reader.inside(reader.sole(whole, _SEQUENCE))
    fields = reader.inside(reader.expect(tbs[:1], _SEQUENCE))
    if fields and fields[0].tag == _VERSION:
        fields = fields[1:]
    if len(fields) < 6:
        raise MalformedError("certificate has too few fields", 0)
    serial, _, issuer, validity, subject, key = fields[:6]
    reader.expect([serial], _INTEGER)
    times = reader.inside(reader.expect([validity], _SEQUENCE))
    if len(times) != 2:
        raise MalformedError("validity does not have two times", validity.extent.start)
    return CertificateFields(
        int.from_bytes(reader.content(serial), "big", signed=True),
        reader.name(issuer),
        reader.time(times[0]),
        reader.time(times[1]),
        reader.name(subject),
        der[key.extent.start : key.extent.end],
    )


def public_key(fields: CertificateFields) -> PublicKey | None:
    """The public key, or None where the library does not know such keys."""
    try:
        key = serialization.load_der_public_key(fields.public_key)
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return None
    return key if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else None


def summary(der: bytes, values: ValueReader) -> tuple[str, ...]:
    """What a reader wants to know of a certificate, a line each."""
    try:
        fields = read_certificate(der, values)
    except MalformedError as problem:
        return (f"not a certificate that can be read: {problem}",)
    return (
        f"subject {fields.subject}",
        f"issuer {fields.issuer}",
        f"serial {fields.serial:x}",
        f"valid from {fields.not_before}",
        f"valid to {fields.not_after}",
        f"key {_key_text(fields)}",
    )


def _key_text(fields: CertificateFields) -> str:
    match public_key(fields):
        case rsa.RSAPublicKey(key_size=bits):
            return f"RSA, {bits} bits"
        case ec.EllipticCurvePublicKey(curve=curve):
            return f"EC, {curve.name}"
        case _:
            return "of a kind that is not known"


class _Reader:
    def __init__(self, octets: Octets, values: ValueReader) -> None:
        self._octets = octets
        self._values = values

    def elements(self, start: int, stop: int) -> list[Element]:
        found = []
        while start < stop:
            found.append(read_element(self._octets, start, stop))
            start = found[-1].extent.end
        return found

    def inside(self, element: Element) -> list[Element]:
        return self.elements(element.extent.content, element.extent.content_end)

    def sole(self, elements: list[Element], universal: int) -> Element:
        if len(elements) != 1:
            raise MalformedError(f"{len(elements)} elements where one should be", 0)
        return self.expect(elements, universal)

    def expect(self, elements: list[Element], universal: int) -> Element:
        wanted = a.Tag(a.TagClass.UNIVERSAL, universal)
        if not elements:
            raise MalformedError(f"element {wanted} is missing", 0)
        if elements[0].tag != wanted:
            at = elements[0].extent.start
            raise MalformedError(f"tag {elements[0].tag} where {wanted} should be", at)
        return elements[0]

    def content(self, element: Element) -> bytes:
        return self._octets.data[element.extent.content : element.extent.content_end]

    def time(self, element: Element) -> str:
        text = self.content(element).decode("latin-1")
        if element.tag.number == 23:  # UTCTime; years as X.509 reads them
            text = ("20" if text[:2] < "50" else "19") + text
        try:
            read = self._values.read(a.TimeType(name="", universal=24), text.encode("latin-1"))
        except ValueFault as problem:
            raise MalformedError(str(problem), element.extent.start) from problem
        return read.text.partition("  ")[2]

    def name(self, element: Element) -> str:
        parts = []
        for relative in self.inside(self.expect([element], _SEQUENCE)):
            for attribute in self.inside(self.expect([relative], _SET)):
                pair = self.inside(self.expect([attribute], _SEQUENCE))
                if len(pair) != 2:
                    raise MalformedError("attribute without a value", attribute.extent.start)
                parts.append(self._attribute(*pair))
        return ", ".join(parts) or "(empty)"

    def _attribute(self, kind: Element, value: Element) -> str:
        self.expect([kind], _OID)
        try:
            oid = self._values.read(a.ObjectIdentifierType(), self.content(kind))
            shown = self._value(value)
        except ValueFault as problem:
            raise MalformedError(str(problem), kind.extent.start) from problem
        dotted = str(oid.raw)
        name = _ATTRIBUTES.get(dotted) or self._values.oid_names.get(dotted) or dotted
        return f"{name}={shown}"

    def _value(self, value: Element) -> str:
        content = self.content(value)
        if value.tag.cls is a.TagClass.UNIVERSAL:
            if value.tag.number == _OID:
                return self._values.read(a.ObjectIdentifierType(), content).text
            if value.tag.number in _STRINGS:
                name = _STRINGS[value.tag.number]
                string = a.StringType(name=name, universal=value.tag.number)
                # repr without its quotes: control characters must not reach a terminal
                return repr(self._values.read(string, content).raw)[1:-1]
        return octets_text(content)
