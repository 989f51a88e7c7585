"""A self-test of the generated package: ``python -m iec62351_4.selftest``.

Associates in memory in each mode and with each protection, carries data both ways, changes keys
and releases. It shows that the parts fit together on this machine and with this cryptographic
library; it is no conformance test.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from iec62351_4.handlers.configuration import NativeConfig
from iec62351_4.handlers.outputs import Indication
from iec62351_4.handlers.services import Station
from iec62351_4.handlers.vocabulary import EncrMode, IcvAlgorithm
from iec62351_4.testing import AssociationPair, algorithm_of, make_stations

DATA = bytes.fromhex("a0090202004ba403020101")


@dataclass(frozen=True, slots=True)
class Result:
    """How one test went."""

    name: str
    error: str | None
    seconds: float


def native_config(station: Station, protection: str) -> NativeConfig:
    """A configuration for ``ae``, ``cbc``, ``clear`` or ``gmac``."""
    algorithm = algorithm_of(station)
    match protection:
        case "ae":
            return NativeConfig(signature_algorithm=algorithm, encr_mode=EncrMode.aea)
        case "cbc":
            return NativeConfig(signature_algorithm=algorithm, encr_mode=EncrMode.non_aea)
        case "clear" | "gmac":
            icv = IcvAlgorithm.hmacWithSHA256 if protection == "clear" else IcvAlgorithm.aes128_GCM
            return NativeConfig(
                signature_algorithm=algorithm,
                encr_mode=EncrMode.non_aea,
                wants_encryption=False,
                encryption_algorithms=(),
                icv_algorithms=(icv,),
            )
        case _:
            raise ValueError(protection)


def run_native(protection: str, kind: str) -> None:
    """One association of native mode from handshake to release, with a change of keys."""
    stations = make_stations(kind)
    config = native_config(stations[0], protection)
    pair = AssociationPair("native", config, config, stations)
    pair.associate()
    for source, target in ((pair.client, pair.server), (pair.server, pair.client)):
        pair.exchange(source, DATA)
        _demand(target.delivered == [DATA], "data were delivered")
    pair.call(pair.client, "timer", "t-rekey")
    for source in (pair.client, pair.server, pair.client):
        pair.exchange(source, DATA)
    _demand(Indication.REKEYED in pair.client.indications, "the client changed its keys")
    _demand(Indication.REKEYED in pair.server.indications, "the server changed its keys")
    _release(pair)


def run_compatibility() -> None:
    """One association of compatibility mode from AARQ to release."""
    pair = AssociationPair("compatibility", stations=make_stations("rsa"))
    pair.associate()
    pair.exchange(pair.client, DATA)
    _demand(pair.server.delivered == [DATA], "data were delivered")
    _release(pair)


def _release(pair: AssociationPair) -> None:
    pair.call(pair.client, "release")
    pair.flow()
    for party in (pair.client, pair.server):
        _demand(party.indications[-1] is Indication.RELEASED, "both sides were released")
        _demand(party.state == "closed", "both sides are closed")
        _demand(party.events == [], "no security event was raised")


def _demand(condition: bool, words: str) -> None:
    if not condition:
        raise AssertionError(f"not so: {words}")


TESTS: dict[str, Callable[[], None]] = {
    "native, AES-GCM": lambda: run_native("ae", "secp256r1"),
    "native, AES-CBC with HMAC": lambda: run_native("cbc", "brainpoolP256r1"),
    "native, clear with HMAC": lambda: run_native("clear", "rsa"),
    "native, clear with GMAC": lambda: run_native("gmac", "secp256r1"),
    "compatibility": run_compatibility,
}


def run(report: Callable[[Result], None]) -> bool:
    """Run every test; True when all passed."""
    passed = True
    for name, test in TESTS.items():
        start = time.perf_counter()
        error: str | None = None
        try:
            test()
        except Exception as fault:
            error = f"{type(fault).__name__}: {fault}"
            passed = False
        report(Result(name, error, time.perf_counter() - start))
    return passed


def main() -> int:
    """Print one line per test; 0 when all passed."""

    def report(result: Result) -> None:
        outcome = "ok" if result.error is None else f"FAILED ({result.error})"
        print(f"{result.name:<28} {outcome}")

    return 0 if run(report) else 1


if __name__ == "__main__":
    sys.exit(main())
