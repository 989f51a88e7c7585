"""An unmodified libiec61850 server on 127.0.0.1: ``python -m`` this module, the port as argument.

Serves one measured value ``MOD1LD/GGIO1.AnIn1.mag.f`` (3.5, read-only) until standard input
closes. Prints ``ready`` when it listens. Of the GPL, so in a process of its own.
"""

from __future__ import annotations

import sys

VALUE = 3.5


def main() -> int:
    """Serve until standard input closes."""
    from pyiec61850 import pyiec61850 as lib

    model = lib.IedModel_create("MOD1")
    device = lib.LogicalDevice_create("LD", model)
    lib.LogicalNode_create("LLN0", device)
    node = lib.LogicalNode_create("GGIO1", device)
    analogue = lib.CDC_MV_create("AnIn1", lib.toModelNode(node), 0, False)
    magnitude = lib.ModelNode_getChild(lib.toModelNode(analogue), "mag")
    value = lib.toDataAttribute(lib.ModelNode_getChild(magnitude, "f"))
    server = lib.IedServer_create(model)
    lib.IedServer_setLocalIpAddress(server, "127.0.0.1")
    lib.IedServer_updateFloatAttributeValue(server, value, VALUE)
    lib.IedServer_start(server, int(sys.argv[1]))
    if not lib.IedServer_isRunning(server):
        print("cannot listen", flush=True)
        return 1
    print("ready", flush=True)
    sys.stdin.read()
    lib.IedServer_stop(server)
    return 0


if __name__ == "__main__":
    sys.exit(main())
