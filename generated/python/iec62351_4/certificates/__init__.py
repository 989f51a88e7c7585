"""Certificates: parsing, Annex G, subject binding, paths, revocation, and a demonstration CA."""

from __future__ import annotations

from iec62351_4.certificates.annex_g import RULES, Deviation, Rule, deviations, is_separate
from iec62351_4.certificates.certificate import Certificate, parse_certificate
from iec62351_4.certificates.crl import CRL, CertificateWarning, parse_crl
from iec62351_4.certificates.names import SubjectAddress, bind_jid, bind_osi, subject_address
from iec62351_4.certificates.path import (
    CertificationPath,
    TrustStore,
    check_validity,
    validate_path,
)
from iec62351_4.certificates.verdict import CertificateVerdict, examine_certificate

__all__ = [
    "CRL",
    "RULES",
    "Certificate",
    "CertificateVerdict",
    "CertificateWarning",
    "CertificationPath",
    "Deviation",
    "Rule",
    "SubjectAddress",
    "TrustStore",
    "bind_jid",
    "bind_osi",
    "check_validity",
    "deviations",
    "examine_certificate",
    "is_separate",
    "parse_certificate",
    "parse_crl",
    "subject_address",
    "validate_path",
]
