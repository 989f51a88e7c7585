"""Verifying signatures with the certificate that comes along, and saying what was covered.

A valid signature means that the holder of that certificate's key signed these octets, nothing
more: whether the certificate is to be trusted is a question for certificate checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from interlock.asn1 import types as a
from interlock.decode.certificates import PublicKey, public_key, read_certificate
from interlock.decode.octets import Octets
from interlock.decode.tree import Extent, MalformedError, Node, SignatureVerdict
from interlock.decode.values import ValueReader
from interlock.spec import Specification
from interlock.spec.types import CoveredOctets, Protection, SignatureRule

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_OID = a.ObjectIdentifierType()
_END_OF_CONTENTS = "Q6"
_READINGS = {
    CoveredOctets.CONTENT: "contents octets, without tag and length",
    CoveredOctets.TLV: "whole encoding, with tag and length",
}


class _NotVerifiable(Exception):
    """A part that verification needs is missing or not supported."""


def verdicts(
    spec: Specification, values: ValueReader, octets: Octets, root: Node
) -> list[SignatureVerdict]:
    """One verdict for each signed PDU in the tree that could be read far enough."""
    found: list[SignatureVerdict] = []
    for _, node in root.walk():
        for protection in spec.tables.protection.values():
            if protection.key == node.key and protection.signature is not None:
                verifier = _Verifier(spec, values, octets, node, protection, protection.signature)
                found.extend(verifier.verdict())
    return found


@dataclass(frozen=True)
class _Verifier:
    """Verifies the signature of one PDU."""

    spec: Specification
    values: ValueReader
    octets: Octets
    pdu: Node
    protection: Protection
    rule: SignatureRule

    def verdict(self) -> Iterator[SignatureVerdict]:
        """At most one verdict: none where signature or signed octets could not be read."""
        signature, covered = self.pdu.at(self.rule.signature), self.pdu.at(self.rule.covers)
        if signature is None or covered is None or not (signature.extent and covered.extent):
            return
        algorithm = "unknown"
        try:
            algorithm = self._algorithm()
            key = self._key()
            value = _content(self.octets, signature.extent)
            reading = self._reading(key, algorithm, value, covered.extent)
        except _NotVerifiable as problem:
            yield SignatureVerdict(
                self.pdu.type, signature.offset, "not verifiable", algorithm, (), "", str(problem)
            )
            return
        in_force = self.rule.octets
        start, end = self._range(covered.extent, reading or in_force)
        yield SignatureVerdict(
            self.pdu.type,
            signature.offset,
            "valid" if reading is in_force else "invalid",
            algorithm,
            self.octets.ranges(start, end),
            f"{_READINGS[reading or in_force]} of {self.rule.covers}"
            f"{self._assumed(covered.extent)}",
            _detail(reading, in_force),
        )

    def _reading(
        self, key: PublicKey, algorithm: str, signature: bytes, covered: Extent
    ) -> CoveredOctets | None:
        """Under which reading it verifies: that in force first, then the other one.

        A peer may have read the clause otherwise; then the report can say so.
        """
        for reading in sorted(_READINGS, key=lambda r: r is not self.rule.octets):
            start, end = self._range(covered, reading)
            if _verifies(self.spec, key, algorithm, signature, self.octets.data[start:end]):
                return reading
        return None

    def _range(self, extent: Extent, reading: CoveredOctets) -> tuple[int, int]:
        if reading is CoveredOctets.TLV:
            return extent.start, extent.end
        with_end = extent.is_indefinite and self.protection.include_end_of_contents
        return extent.content, extent.end if with_end else extent.content_end

    def _assumed(self, covered: Extent) -> str:
        """The answers that the range rests on; that of end-of-contents only where there are any."""
        known = self.spec.tables.assumptions
        asked = [
            id
            for id in self.protection.origin.assumptions
            if id in known and (id != _END_OF_CONTENTS or covered.is_indefinite)
        ]
        named = ", ".join(f"{id} = {known[id].value}" for id in asked)
        return f" (assumption {named})" if named else ""

    def _algorithm(self) -> str:
        """Name of the signature algorithm: carried, or fixed by the profile."""
        if self.rule.algorithm is None:
            return self.rule.fixed_algorithm or "unknown"
        node = self.pdu.at(f"{self.rule.algorithm}.algorithm")
        if node is None or node.extent is None:
            raise _NotVerifiable("no algorithm next to the signature")
        dotted = str(self.values.read(_OID, _content(self.octets, node.extent)).raw)
        for name in self.spec.tables.algorithms:
            if self.spec.oid(name) == dotted:
                return name
        raise _NotVerifiable(f"algorithm {dotted} is not in the table")

    def _key(self) -> PublicKey:
        node = self.pdu.at(self.rule.certificate)
        if node is None or node.extent is None:
            raise _NotVerifiable("no certificate in the PDU")
        try:
            fields = read_certificate(_content(self.octets, node.extent), self.values)
        except MalformedError as problem:
            raise _NotVerifiable(f"the certificate cannot be read: {problem}") from problem
        key = public_key(fields)
        if key is None:
            raise _NotVerifiable("the public key of the certificate cannot be used")
        return key


def _detail(reading: CoveredOctets | None, in_force: CoveredOctets) -> str:
    if reading is None:
        return "verifies neither over the contents octets nor over the whole encoding"
    if reading is in_force:
        return "verifies with the certificate inside; the certificate itself is not checked"
    return f"verifies only so; in force is the reading: {_READINGS[in_force]}"


def _content(octets: Octets, extent: Extent) -> bytes:
    return octets.data[extent.content : extent.content_end]


def _verifies(
    spec: Specification, key: PublicKey, algorithm: str, signature: bytes, signed: bytes
) -> bool:
    entry = spec.tables.algorithms.get(algorithm)
    hash_ = _HASHES.get((entry.hash if entry else None) or "")
    if hash_ is None:
        raise _NotVerifiable(f"algorithm {algorithm} is not supported here")
    try:
        match key:
            case rsa.RSAPublicKey() if "RSA" in algorithm:
                key.verify(signature, signed, padding.PKCS1v15(), hash_)
            case ec.EllipticCurvePublicKey() if "ecdsa" in algorithm:
                key.verify(signature, signed, ec.ECDSA(hash_))
            case _:
                raise _NotVerifiable(f"the key of the certificate does not fit {algorithm}")
    except InvalidSignature:
        return False
    return True
