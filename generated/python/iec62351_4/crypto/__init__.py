"""Cryptography of the handlers: provider interface, key schedule, transfer protection.

No primitive is implemented here; ``openssl`` calls the ``cryptography`` package, and another
``CryptoProvider`` may take its place.
"""

from __future__ import annotations

from iec62351_4.crypto.key_schedule import (
    AssociationKeys,
    DirectionKeys,
    KeyPlan,
    KeyScheduleRules,
    derive_keys,
    first_salt,
    next_salt,
)
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.crypto.protection import (
    NonceSequence,
    ProtectionSuite,
    TransferReceiver,
    TransferSender,
)
from iec62351_4.crypto.provider import AgreementKey, CryptoProvider, PrivateKey

__all__ = [
    "AgreementKey",
    "AssociationKeys",
    "CryptoProvider",
    "DirectionKeys",
    "KeyPlan",
    "KeyScheduleRules",
    "NonceSequence",
    "OpenSSLProvider",
    "PrivateKey",
    "ProtectionSuite",
    "TransferReceiver",
    "TransferSender",
    "derive_keys",
    "first_salt",
    "next_salt",
]
