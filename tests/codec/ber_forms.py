"""The same value in other legal BER forms than DER."""

from __future__ import annotations


def elements(octets: bytes) -> list[tuple[bytes, bytes]]:
    """(identifier, contents) of a row of elements in DER."""
    found = []
    i = 0
    while i < len(octets):
        start = i
        i += 1
        if octets[start] & 0x1F == 0x1F:
            while octets[i] & 0x80:
                i += 1
            i += 1
        identifier = octets[start:i]
        n = octets[i]
        i += 1
        if n & 0x80:
            size = n & 0x7F
            n = int.from_bytes(octets[i : i + size], "big")
            i += size
        found.append((identifier, octets[i : i + n]))
        i += n
    return found


def _length(n: int, size: int) -> bytes:
    return bytes((0x80 | size,)) + n.to_bytes(size, "big")


def long_lengths(octets: bytes, size: int = 4) -> bytes:
    """Every length in ``size`` octets."""
    out = b""
    for identifier, contents in elements(octets):
        if identifier[0] & 0x20:
            contents = long_lengths(contents, size)
        out += identifier + _length(len(contents), size) + contents
    return out


def indefinite_lengths(octets: bytes) -> bytes:
    """Every constructed element with indefinite length."""
    out = b""
    for identifier, contents in elements(octets):
        if identifier[0] & 0x20:
            out += identifier + b"\x80" + indefinite_lengths(contents) + b"\0\0"
        else:
            out += identifier + _minimal(len(contents)) + contents
    return out


def _minimal(n: int) -> bytes:
    return bytes((n,)) if n < 128 else _length(n, (n.bit_length() + 7) // 8)


def in_pieces(contents: bytes, *, nested: bool = False) -> bytes:
    """Contents of a string as the contents of its constructed form."""
    half = len(contents) // 2
    pieces = [b"\x04" + _minimal(len(p)) + p for p in (contents[:half], contents[half:])]
    if nested:
        return b"\x24\x80" + pieces[0] + b"\0\0" + pieces[1]
    return b"".join(pieces)
