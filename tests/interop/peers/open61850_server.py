"""An unmodified open61850 server on 127.0.0.1: arguments are the port and a CID file.

Serves ``MOD1LD/GGIO1.AnIn1.mag.f`` (3.5) until standard input closes; prints ``ready``.
"""

import sys

from open61850.server.model import IedModel
from open61850.server.server import MmsServer


def main() -> None:
    """Serve until standard input closes."""
    model = IedModel.from_scl(sys.argv[2])
    model.set("MOD1LD/GGIO1.AnIn1.mag.f[MX]", 3.5)
    with MmsServer(model, "127.0.0.1", int(sys.argv[1])) as server:
        server.start()
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
