"""PEM text: blocks of base64 with a label.

Certificates of 62351-4 may hold a subject that OpenSSL cannot load, so they are read and written
without it.
"""

from __future__ import annotations

import base64
import binascii
import re

CERTIFICATE = "CERTIFICATE"
CRL = "X509 CRL"
PRIVATE = "PRIVATE KEY"

_LINE_CHARACTERS = 64
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s(.*?)-----END \1-----", re.DOTALL)


def write_blocks(label: str, *octets: bytes) -> bytes:
    """Return one block per element of ``octets``, all with the same label."""
    return b"".join(_block(label, item) for item in octets)


def _block(label: str, octets: bytes) -> bytes:
    text = base64.b64encode(octets).decode("ascii")
    lines = [text[at : at + _LINE_CHARACTERS] for at in range(0, len(text), _LINE_CHARACTERS)]
    block = [f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]
    return "\n".join(block).encode("ascii")


def read_blocks(label: str, text: bytes) -> tuple[bytes, ...]:
    """Return the contents of all blocks with a label, in order; other blocks are passed over.

    Raises:
        ValueError: A block is not base64. The message does not quote it.
    """
    found = [body for name, body in _BLOCK.findall(text) if name == label.encode("ascii")]
    try:
        return tuple(base64.b64decode(b"".join(body.split()), validate=True) for body in found)
    except binascii.Error:
        raise ValueError(f"a block {label} is not base64") from None
