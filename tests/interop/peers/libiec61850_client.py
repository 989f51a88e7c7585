"""An unmodified libiec61850 client: run as a program with port and number of reads as arguments.

Reads ``MOD1LD/GGIO1.AnIn1.mag.f`` and prints one JSON object: the error code of the connect (0 is
ok), the values read and the error codes of the reads. GPLv3 test peer: a process of its own.
"""

import json
import os
import sys

from pyiec61850 import pyiec61850 as lib

REFERENCE = "MOD1LD/GGIO1.AnIn1.mag.f"


def _code(result: object) -> object:
    """The error code of a call: the last element where a value comes with it."""
    return result[-1] if isinstance(result, list | tuple) else result


def main() -> None:
    """Connect, read, close."""
    port, reads = int(sys.argv[1]), int(sys.argv[2])
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
        lib.IedConnection_close(connection)
    lib.IedConnection_destroy(connection)
    print(json.dumps({"connect": connected, "values": values, "errors": errors}), flush=True)
    # The library's threads may still run; an ordinary exit was seen to crash in them.
    os._exit(0)


if __name__ == "__main__":
    main()
