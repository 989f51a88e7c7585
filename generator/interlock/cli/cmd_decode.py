"""``interlock decode``: what octets mean, element by element, and what their signatures cover."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from interlock.cli.loading import assumptions, demand_specification
from interlock.cli.location import find_root
from interlock.cli.options import Assume, Root, output_of
from interlock.core.errors import UsageError

_HEX = frozenset(b"0123456789abcdefABCDEF \t\r\n:")


def command(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Binary or hexadecimal file; - reads stdin.")
    ],
    layer: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="LAYER",
            help="What the octets begin with: auto, tpkt, session, presentation, acse, secpdu, "
            "or an ASN.1 definition (Module.Type).",
        ),
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    assume: Assume = None,
    root: Root = None,
) -> None:
    """Decode octets into an annotated tree.

    Shows offset, length, tag, field, ASN.1 type, clause and value of each element, and verifies
    signatures with the certificates inside. Exit code 1 when the octets are malformed or a
    signature is invalid; what could be read is shown all the same.
    """
    from interlock.decode.decoding import decode
    from interlock.decode.printing import as_data, lines

    data = octets_of(read_input(file))
    spec = demand_specification(find_root(root), assumptions(assume or ()))
    decoded = decode(spec, data, layer)
    output = output_of(context)
    if as_json:
        output.result(json.dumps(as_data(decoded), indent=2, ensure_ascii=False))
    else:
        for line in lines(decoded):
            output.result(line)
    raise typer.Exit(0 if decoded.is_clean else 1)


def read_input(name: str) -> bytes:
    """The octets of a file, or of stdin for ``-``.

    Raises:
        UsageError: The file cannot be read.
    """
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as problem:
        raise UsageError(f'cannot read "{name}": {problem.strerror or problem}') from problem


def octets_of(data: bytes) -> bytes:
    """Binary as it is; hexadecimal text (``#`` begins a comment) converted.

    Nothing but hexadecimal digits, spaces, colons and comments is taken for text: no PDU of these
    protocols consists of such octets alone.

    Raises:
        UsageError: Text with an odd number of digits.
    """
    uncommented = b"\n".join(line.partition(b"#")[0] for line in data.splitlines())
    if not uncommented.strip() or not _HEX.issuperset(uncommented):
        return data
    digits = bytes(octet for octet in uncommented if octet not in b" \t\r\n:")
    if len(digits) % 2:
        raise UsageError(f"hexadecimal text with an odd number of digits ({len(digits)})")
    return bytes.fromhex(digits.decode("ascii"))
