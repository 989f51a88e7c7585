"""An unmodified libiec61850 client: arguments are the port, the reads, the pause between them (ms).

Reads ``MOD1LD/GGIO1.AnIn1.mag.f``, releases the association (ACSE RLRQ), and prints one JSON
object: the error code of the connect (0 is ok), the values read and the error codes of the reads.
Of the GPL, so in a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
import time

REFERENCE = "MOD1LD/GGIO1.AnIn1.mag.f"


def _code(result: object) -> object:
    """The error code of a call: the last element where a value comes with it."""
    return result[-1] if isinstance(result, list | tuple) else result


def main() -> None:
    """Connect, read, release, print."""
    from pyiec61850 import pyiec61850 as lib

    port, reads, pause_ms = (int(argument) for argument in sys.argv[1:4])
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
            time.sleep(pause_ms / 1000)
        lib.IedConnection_release(connection)
    lib.IedConnection_destroy(connection)
    print(json.dumps({"connect": connected, "values": values, "errors": errors}), flush=True)
    # The library's threads may still run; an ordinary exit was seen to crash in them.
    os._exit(0)


if __name__ == "__main__":
    main()
