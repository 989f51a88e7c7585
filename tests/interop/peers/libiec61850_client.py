"""An unmodified libiec61850 client: arguments are the port, the number of reads and the ending.

The ending is ``close`` (MMS conclude), ``abort`` (ACSE ABRT) or ``release`` (ACSE RLRQ).

Reads ``MOD1LD/GGIO1.AnIn1.mag.f`` and prints one JSON object: the error code of the connect (0 is
ok), the values read, the error codes of the reads, and how many attempts it took.
GPLv3 test peer: runs in a process of its own.
"""

import json
import os
import sys
from typing import Any

from pyiec61850 import pyiec61850 as lib

REFERENCE = "MOD1LD/GGIO1.AnIn1.mag.f"
ATTEMPTS = 8
CONNECTION_LOST = 3
ENDINGS = {
    "close": lib.IedConnection_close,
    "abort": lib.IedConnection_abort,
    "release": lib.IedConnection_release,
}


def _code(result: object) -> object:
    """The error code of a call: the last element where a value comes with it."""
    return result[-1] if isinstance(result, list | tuple) else result


def _attempt(port: int, reads: int) -> dict[str, Any]:
    """Connect, read, end as asked."""
    connection = lib.IedConnection_create()
    connected = _code(lib.IedConnection_connect(connection, "127.0.0.1", port))
    values, errors = [], []
    if connected == 0:
        for _ in range(reads):
            value, error = lib.IedConnection_readFloatValue(
                connection, REFERENCE, lib.IEC61850_FC_MX
            )
            values.append(value)
            errors.append(error)
        ENDINGS[sys.argv[3]](connection)
    lib.IedConnection_destroy(connection)
    return {"connect": connected, "values": values, "errors": errors}


def main() -> None:
    """Try until the first read succeeds, print the last result."""
    port, reads = int(sys.argv[1]), int(sys.argv[2])
    attempts = 1
    result = _attempt(port, reads)
    # A race of this library on loopback: connect says ok, then the connection is lost at the
    # first read. Any other error is reported as it is.
    while result["errors"][:1] == [CONNECTION_LOST] and attempts < ATTEMPTS:
        result = _attempt(port, reads)
        attempts += 1
    print(json.dumps(result | {"attempts": attempts}), flush=True)
    # The library's threads may still run; an ordinary exit was seen to crash in them.
    os._exit(0)


if __name__ == "__main__":
    main()
