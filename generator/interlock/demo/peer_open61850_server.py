"""An unmodified open61850 server on 127.0.0.1: ``python -m`` this module, the port as argument.

Serves ``MOD1LD/GGIO1.AnIn1.mag.f`` (3.5) until standard input closes. Prints ``ready``.
"""

from __future__ import annotations

import sys
from pathlib import Path

MODEL = Path(__file__).with_name("peer_model.cid")


def main() -> None:
    """Serve until standard input closes."""
    from open61850.server.model import IedModel
    from open61850.server.server import MmsServer

    model = IedModel.from_scl(str(MODEL))
    model.set("MOD1LD/GGIO1.AnIn1.mag.f[MX]", 3.5)
    with MmsServer(model, "127.0.0.1", int(sys.argv[1])) as server:
        server.start()
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
