"""PEM blocks in and out."""

from __future__ import annotations

import pytest

from interlock.gateway.pem import CERTIFICATE, CRL, read_blocks, write_blocks


@pytest.mark.parametrize("length", [0, 1, 47, 48, 49, 1000])
def test_a_block_comes_back(length: int) -> None:
    octets = bytes(range(256)) * 4
    text = write_blocks(CERTIFICATE, octets[:length])
    assert all(len(line) <= 64 for line in text.splitlines())
    assert read_blocks(CERTIFICATE, text) == (octets[:length],)


def test_several_blocks_keep_their_order_and_other_labels_are_passed_over() -> None:
    text = b"subject: x\n" + write_blocks(CRL, b"c") + write_blocks(CERTIFICATE, b"a", b"b")
    assert read_blocks(CERTIFICATE, text) == (b"a", b"b")
    assert read_blocks(CRL, text.replace(b"\n", b"\r\n")) == (b"c",)
    assert read_blocks(CERTIFICATE, b"") == ()


def test_a_block_that_is_not_base64() -> None:
    text = write_blocks(CERTIFICATE, b"abc").replace(b"YWJj", b"YW*j")
    with pytest.raises(ValueError, match=r"^a block CERTIFICATE is not base64$"):
        read_blocks(CERTIFICATE, text)


def test_a_block_that_does_not_end_is_none() -> None:
    assert read_blocks(CERTIFICATE, write_blocks(CERTIFICATE, b"abc")[:-5]) == ()
