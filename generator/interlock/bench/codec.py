"""Generated codecs against asn1tools DER, interleaved in one process.

Both sides see the same octets, made from the same modules: asn1tools compiles the flattened
form of ``spec/asn1``. Each round times both, one right after the other and in alternating
order, so that load on the machine and the clock's frequency hit both; what counts is the median
of the ratios. Times are CPU times of this process.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asn1tools

from iec62351_4.codec import acse_1, iec62351_4_e2e
from interlock.asn1.flatten import flatten
from interlock.asn1.types import Asn1Model
from interlock.bench import samples

ROUND_SECONDS = 0.02
"""CPU time that one side gets per round."""


@dataclass(frozen=True)
class _Case:
    """One PDU on both sides."""

    name: str
    octets: bytes
    encode: Callable[[], object]
    decode: Callable[[], object]
    other_encode: Callable[[], object]
    other_decode: Callable[[], object]


def run(rounds: int, model: Asn1Model) -> dict[str, object]:
    """Measure; the result is plain data for ``--json``.

    Args:
        rounds: How often each pair is timed; odd, so that the median is a measured value.
        model: The ASN.1 modules that the generated codecs were made from.

    Raises:
        ValueError: The two sides do not agree on the octets of a sample, so comparing their
            speed means nothing.
    """
    compiled = asn1tools.compile_string(flatten(model), "der")
    results = {}
    for case in _cases(compiled):
        results[case.name] = {
            "octets": len(case.octets),
            "encode": _compare(case.encode, case.other_encode, rounds),
            "decode": _compare(case.decode, case.other_decode, rounds),
        }
    return {
        "against": f"asn1tools {asn1tools.__version__} DER",
        "rounds": rounds,
        "goals": {"encode": 8.0, "decode": 6.0},
        "pdus": results,
    }


def _cases(compiled: Any) -> list[_Case]:
    request, transfer = samples.handshake_request(), samples.clear_transfer()
    associate = samples.associate_request()
    e2e, acse = iec62351_4_e2e, acse_1
    return [
        _case("HandshakeReq", request, e2e.encode_HandshakeReq, e2e.decode_HandshakeReq, compiled),
        _case(
            "ClearTransfer", transfer, e2e.encode_ClearTransfer, e2e.decode_ClearTransfer, compiled
        ),
        _case("AARQ-apdu", associate, acse.encode_AARQApdu, acse.decode_AARQApdu, compiled),
    ]


def _case(
    name: str,
    value: Any,
    encode: Callable[[Any], bytes],
    decode: Callable[[bytes], object],
    compiled: Any,
) -> _Case:
    octets = encode(value)
    other = compiled.decode(name, octets)
    if compiled.encode(name, other) != octets or decode(octets) != value:
        raise ValueError(f"asn1tools and the generated codec do not agree on {name}")
    return _Case(
        name=name,
        octets=octets,
        encode=lambda: encode(value),
        decode=lambda: decode(octets),
        other_encode=lambda: compiled.encode(name, other),
        other_decode=lambda: compiled.decode(name, octets),
    )


def _compare(
    ours: Callable[[], object], other: Callable[[], object], rounds: int
) -> dict[str, object]:
    """Operations per second of both and the median of their ratios."""
    counts = (_operations(ours), _operations(other))
    mine, theirs, ratios = [], [], []
    for number in range(rounds):
        if number % 2:
            b = _seconds(other, counts[1])
            a = _seconds(ours, counts[0])
        else:
            a = _seconds(ours, counts[0])
            b = _seconds(other, counts[1])
        mine.append(1 / a)
        theirs.append(1 / b)
        ratios.append(b / a)
    return {
        "ops_per_second": round(statistics.median(mine)),
        "asn1tools_ops_per_second": round(statistics.median(theirs)),
        "ratio": round(statistics.median(ratios), 2),
        "ratio_min": round(min(ratios), 2),
        "ratio_max": round(max(ratios), 2),
    }


def _operations(call: Callable[[], object]) -> int:
    """How many calls fill a round."""
    number = 16
    while (spent := _seconds(call, number) * number) < ROUND_SECONDS / 4:
        number *= 2
    return max(1, int(number * ROUND_SECONDS / spent))


def _seconds(call: Callable[[], object], number: int) -> float:
    """CPU seconds of one call, over ``number`` of them."""
    start = time.process_time()
    for _ in range(number):
        call()
    return (time.process_time() - start) / number
