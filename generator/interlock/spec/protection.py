"""Reader of the protection table: what signatures, ICVs and encryption cover."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.core import data
from interlock.core.source import Span
from interlock.spec.rows import ORIGIN_KEYS, Context, Row, read_rows, unique
from interlock.spec.types import (
    Algorithm,
    CoveredOctets,
    EncryptionRule,
    IcvRule,
    Protection,
    SignatureRule,
)


def read_protection(
    table: data.Mapping, algorithms: Mapping[str, Algorithm], context: Context
) -> dict[str, Protection]:
    """Read ``protection.yaml``. That the paths exist is checked against the ASN.1 modules."""
    rows = read_rows(
        table,
        "protection",
        lambda row: _protection(row, algorithms),
        context,
        required=("pdu", "module", "keep", "end-of-contents", *ORIGIN_KEYS),
        optional=("signature", "icv", "encryption"),
    )
    return unique(rows, lambda p: p.pdu, lambda p: p.origin.span, "PDU", context)


def _protection(row: Row, algorithms: Mapping[str, Algorithm]) -> Protection:
    paths = {path.text: path.span for path in row.scalars("keep")}
    return Protection(
        pdu=row.text("pdu"),
        module=row.text("module"),
        signature=_signature(row, algorithms, paths),
        icv=_icv(row, paths),
        encryption=_encryption(row, paths),
        keep=row.texts("keep"),
        include_end_of_contents=row.flag("end-of-contents"),
        origin=row.origin(),
        paths=paths,
    )


def _path(row: Row, key: str, paths: dict[str, Span]) -> str:
    scalar = row.scalar(key)
    paths.setdefault(scalar.text, scalar.span)
    return scalar.text


def _optional_path(row: Row, key: str, paths: dict[str, Span]) -> str | None:
    return None if row.node(key) is None else _path(row, key, paths)


def _signature(
    row: Row, algorithms: Mapping[str, Algorithm], paths: dict[str, Span]
) -> SignatureRule | None:
    part = row.part(
        "signature",
        required=("signature", "covers", "octets", "certificate"),
        optional=("algorithm", "algorithm-copy", "certificate-path", "fixed-algorithm"),
    )
    if part is None:
        return None
    return SignatureRule(
        signature=_path(part, "signature", paths),
        covers=_path(part, "covers", paths),
        octets=part.choice("octets", CoveredOctets),
        certificate=_path(part, "certificate", paths),
        algorithm=_optional_path(part, "algorithm", paths),
        algorithm_copy=_optional_path(part, "algorithm-copy", paths),
        certificate_path=_optional_path(part, "certificate-path", paths),
        fixed_algorithm=(
            None
            if part.node("fixed-algorithm") is None
            else part.reference("fixed-algorithm", algorithms, "algorithms")
        ),
    )


def _icv(row: Row, paths: dict[str, Span]) -> IcvRule | None:
    part = row.part("icv", required=("icv", "algorithm", "nonce", "covers", "octets", "optional"))
    if part is None:
        return None
    return IcvRule(
        icv=_path(part, "icv", paths),
        algorithm=_path(part, "algorithm", paths),
        nonce=_path(part, "nonce", paths),
        covers=_path(part, "covers", paths),
        octets=part.choice("octets", CoveredOctets),
        optional=part.flag("optional"),
    )


def _encryption(row: Row, paths: dict[str, Span]) -> EncryptionRule | None:
    part = row.part(
        "encryption",
        required=(
            "ciphertext",
            "iv",
            "aead-nonce",
            "additional-data",
            "additional-octets",
            "plaintext-octets",
        ),
    )
    if part is None:
        return None
    return EncryptionRule(
        ciphertext=_path(part, "ciphertext", paths),
        iv=_path(part, "iv", paths),
        aead_nonce=_path(part, "aead-nonce", paths),
        additional_data=_path(part, "additional-data", paths),
        additional_octets=part.choice("additional-octets", CoveredOctets),
        plaintext_octets=part.choice("plaintext-octets", CoveredOctets),
    )
