"""The verdict keeps unusable, without path, and alarm apart."""

from __future__ import annotations

from dataclasses import replace

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates.certificate import Certificate
from iec62351_4.certificates.issue import DAY_MS
from iec62351_4.certificates.path import TrustStore
from iec62351_4.certificates.verdict import CertificateVerdict, examine_certificate
from runtime.pki import NOW, PROVIDER, make_pki

PKI = make_pki()


def examine(
    certificate: Certificate | bytes,
    trust: TrustStore | None = None,
    *,
    demand_annex_g: bool = True,
) -> CertificateVerdict:
    octets = certificate if isinstance(certificate, bytes) else certificate.encoding
    return examine_certificate(
        octets,
        [PKI.intermediate.certificate.encoding],
        trust or PKI.trust(*PKI.fresh_crls()),
        NOW,
        PROVIDER,
        demand_annex_g=demand_annex_g,
    )


def reasons(verdict: CertificateVerdict) -> tuple[str | None, ...]:
    faults = (verdict.usability, verdict.path, verdict.alarm)
    return tuple(fault.reason if fault else None for fault in faults)


def test_good_certificate() -> None:
    certificate = PKI.issue()
    verdict = examine(certificate)
    assert reasons(verdict) == (None, None, None)
    assert verdict.error is None
    assert (verdict.certificate, verdict.deviations, verdict.warnings) == (certificate, (), ())


def test_warnings_alone_are_no_fault() -> None:
    verdict = examine(PKI.issue(), PKI.trust())
    assert verdict.error is None
    assert [warning.reason for warning in verdict.warnings] == ["crl-unavailable"] * 2


def test_octets_that_are_no_certificate() -> None:
    verdict = examine(b"\x30\x00")
    assert reasons(verdict) == ("malformed", None, None)
    assert verdict.certificate is None


def test_deviation_from_annex_g_counts_only_when_demanded() -> None:
    certificate = PKI.issue(lambda f: f.without_extension(x509.KEY_USAGE))
    assert reasons(examine(certificate)) == ("annex-g", None, None)
    lenient = examine(certificate, demand_annex_g=False)
    assert lenient.error is None
    assert [deviation.rule.id for deviation in lenient.deviations] == ["G-10"]


def test_no_path_is_no_alarm() -> None:
    assert reasons(examine(PKI.issue(), TrustStore(()))) == (None, "no-path", None)


def test_expired_is_unusable_and_no_alarm() -> None:
    certificate = PKI.issue(lambda f: replace(f, not_after=NOW - DAY_MS))
    assert reasons(examine(certificate)) == ("expired", "expired", None)


def test_unknown_critical_extension_is_unusable() -> None:
    certificate = PKI.issue(lambda f: f.with_extension("1.2.3", b"", is_critical=True))
    assert reasons(examine(certificate))[0] == "critical-extension"


def test_revoked_is_an_alarm_and_nothing_else() -> None:
    certificate = PKI.issue()
    verdict = examine(certificate, PKI.trust(*PKI.fresh_crls({certificate.serial: NOW - 1000})))
    assert reasons(verdict) == (None, None, "revoked")
    assert verdict.error is verdict.alarm


def test_forged_certificate_with_deviations_is_both() -> None:
    """An alarm is reported first, whatever else is wrong."""
    key = PROVIDER.generate_private_key("secp256r1")
    impostor = replace(PKI.intermediate, key=key)
    fields = PKI.fields(PKI.intermediate).without_extension(x509.KEY_USAGE)
    verdict = examine(impostor.issue(fields))
    assert reasons(verdict) == ("annex-g", None, "forged")
    assert verdict.error is verdict.alarm


def test_algorithm_mismatch_is_an_alarm() -> None:
    certificate = PKI.issue(lambda f: replace(f, outer_algorithm="sha256WithRSAEncryption"))
    assert reasons(examine(certificate)) == (None, None, "annex-g")
