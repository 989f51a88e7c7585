"""Policies from files and options, and diagnostics with positions for the wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from iec62351_4.environment.session import UserDataForm
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.services import Address
from iec62351_4.handlers.vocabulary import (
    DHGroup,
    EncrMode,
    EncryptionAlgorithm,
    EncryptionDemand,
    SignatureAlgorithm,
)
from interlock.core.errors import UsageError
from interlock.gateway.choices import Mode, Protection
from interlock.gateway.policy import (
    Config,
    Policy,
    PolicyError,
    choose_policy,
    make_config,
    read_policy,
)

RSA = SignatureAlgorithm.sha256WithRSAEncryption
WHOLE = """\
peers: [1.1.999.2/23, 1.1.999.3/1]
user-data-form: c1
native:
  rekey-interval: 15 min
  key-lifetime: 24 h
  time-window: 1500 ms
  dh-groups: [modp14]
  encryption-algorithms: [aes256-CBC]
  max-seq: 1000
  ae-supported: false
compatibility:
  certificate-size-limit: 4096
  bind-subject: false
limits:
  max-connections: 5
  idle-seconds: 30
"""


def policy_of(text: str, tmp_path: Path) -> Policy:
    """Write and read a policy."""
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return read_policy(path)


def config_of(mode: Mode, protection: Protection, policy: Policy | None = None) -> Config:
    """A configuration with TLS and an RSA key."""
    policy = policy or Policy()
    return make_config(mode, protection, policy, uses_tls=True, signature_algorithm=RSA)


def test_a_whole_policy(tmp_path: Path) -> None:
    policy = policy_of(WHOLE, tmp_path)
    assert policy.peers == (Address("1.1.999.2", 23), Address("1.1.999.3", 1))
    assert policy.user_data_form is UserDataForm.C1
    assert (policy.limits.max_connections, policy.limits.idle_seconds) == (5, 30)
    native = config_of(Mode.NATIVE, Protection.CBC, policy)
    assert isinstance(native, NativeConfig)
    assert (native.rekey_interval, native.key_lifetime) == (900_000, 86_400_000)
    assert (native.time_window, native.max_seq) == (1500, 1000)
    assert native.dh_groups == (DHGroup.modp14,)
    assert native.encryption_algorithms == (EncryptionAlgorithm.aes256_CBC,)
    assert not native.ae_supported
    compatibility = config_of(Mode.COMPAT, Protection.AE, policy)
    assert isinstance(compatibility, CompatibilityConfig)
    assert (compatibility.certificate_size_limit, compatibility.bind_subject) == (4096, False)


def test_a_protection_takes_nothing_else() -> None:
    configs = {p: config_of(Mode.NATIVE, p) for p in Protection}
    found = {
        p: (c.encr_mode, c.encryption_demand, c.ae_required, c.wants_encryption)
        for p, c in configs.items()
        if isinstance(c, NativeConfig)
    }
    required, forbidden = EncryptionDemand.required, EncryptionDemand.forbidden
    assert found == {
        Protection.AE: (EncrMode.aea, required, True, True),
        Protection.CBC: (EncrMode.non_aea, required, False, True),
        Protection.CLEAR: (EncrMode.non_aea, forbidden, False, False),
    }


def test_clear_offers_no_encryption_whatever_the_file_says(tmp_path: Path) -> None:
    config = config_of(Mode.NATIVE, Protection.CLEAR, policy_of(WHOLE, tmp_path))
    assert isinstance(config, NativeConfig)
    assert config.encryption_algorithms == ()


def test_compatibility_mode_binds_the_subject_and_wants_rsa() -> None:
    config = config_of(Mode.COMPAT, Protection.AE)
    assert isinstance(config, CompatibilityConfig)
    assert config.bind_subject
    with pytest.raises(UsageError, match=r"^compatibility mode signs with RSA"):
        make_config(
            Mode.COMPAT,
            Protection.AE,
            Policy(),
            uses_tls=True,
            signature_algorithm=SignatureAlgorithm.ecdsa_with_SHA256,
        )


def test_where_a_policy_comes_from(tmp_path: Path) -> None:
    folder = tmp_path / "identity"
    folder.mkdir()
    assert choose_policy(None, folder, ()) == Policy()
    assert choose_policy(None, None, ()) == Policy()
    (folder / "policy.yaml").write_text("peers: [1.2/3]\n", encoding="utf-8")
    assert choose_policy(None, folder, ()).peers == (Address("1.2", 3),)
    assert choose_policy(None, folder, ["1.2/4"]).peers == (Address("1.2", 4),)
    other = tmp_path / "other.yaml"
    other.write_text("peers: [1.2/5]\n", encoding="utf-8")
    assert choose_policy(other, folder, ()).peers == (Address("1.2", 5),)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "1:1 DAT002"),
        ("peers: [", "2:1 DAT001"),
        ("peer: []", "1:1 DAT012"),
        ("peers: 1.2/3", "1:8 DAT010"),
        ("peers: [1.2]", "1:9 DAT014"),
        ("user-data-form: c3", "1:17 DAT014"),
        ("native: []", "1:9 DAT010"),
        ("native:\n  rekey-intervall: 1 h", "2:3 DAT012"),
        ("native:\n  rekey-interval: 900", "2:19 DAT013"),
        ("native:\n  rekey-interval: 0 h", "2:19 DAT013"),
        ("native:\n  rekey-interval: -1 h", "2:19 DAT013"),
        ("native:\n  uses-tls: false", "2:3 DAT012"),
        ("native:\n  encr-mode: aea", "2:3 DAT012"),
        ("native:\n  dh-groups: [modp1]", "2:15 DAT014"),
        ("native:\n  dh-groups: [other]", "2:15 DAT014"),
        ("native:\n  dh-groups: modp14", "2:14 DAT010"),
        ("native:\n  max-seq: 0", "2:12 DAT013"),
        ("native:\n  ae-required: yes", "2:16 DAT014"),
        ("compatibility:\n  ae-required: true", "2:3 DAT012"),
        ("limits:\n  idle-seconds: never", "2:17 DAT013"),
    ],
)
def test_wrong_policies(text: str, where: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_of(text, tmp_path)
    (finding,) = caught.value.diagnostics
    assert f"{finding.span.line}:{finding.span.column} {finding.code}" == where
    assert set(caught.value.sources) == {finding.span.path}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_policy(tmp_path / "missing.yaml")
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"not UTF-8$"):
        read_policy(path)
