from __future__ import annotations

from iec62351_4.codec import acse_1, iec62351_4_e2e
from interlock.bench import samples


def test_samples_have_the_sizes_of_real_pdus_and_are_legal() -> None:
    request = iec62351_4_e2e.encode_HandshakeReq(samples.handshake_request())
    transfer = iec62351_4_e2e.encode_ClearTransfer(samples.clear_transfer())
    associate = acse_1.encode_AARQApdu(samples.associate_request())
    assert [round(len(octets), -1) for octets in (request, transfer, associate)] == [
        2510,
        270,
        1280,
    ]
    assert iec62351_4_e2e.decode_HandshakeReq(request, der=True) == samples.handshake_request()
    assert iec62351_4_e2e.decode_ClearTransfer(transfer, der=True) == samples.clear_transfer()
    assert acse_1.decode_AARQApdu(associate, der=True) == samples.associate_request()


def test_samples_are_the_same_on_every_call() -> None:
    assert samples.handshake_request() == samples.handshake_request()
