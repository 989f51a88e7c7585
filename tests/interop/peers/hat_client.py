"""An unmodified hat-drivers ACSE client on 127.0.0.1.

Arguments: port, abstract syntax and application context (dotted). Associates with a value of that
syntax, sends one value, expects it back, and prints ``associated echoed``.
"""

import asyncio
import sys

from hat import asn1
from hat.asn1 import ber
from hat.drivers import acse, tcp

VALUE = ber.Entity(asn1.ClassType.UNIVERSAL, 4, ber.PrimitiveContent(b"value"))


def _arcs(dotted: str) -> tuple[int, ...]:
    return tuple(int(arc) for arc in dotted.split("."))


async def main() -> None:
    """Associate, exchange one value, close."""
    syntax, context = _arcs(sys.argv[2]), _arcs(sys.argv[3])
    value = syntax, VALUE
    connection = await acse.connect(
        tcp.Address("127.0.0.1", int(sys.argv[1])), [syntax], context, value
    )
    words = ["associated"]
    await connection.send(value)
    name, entity = await connection.receive()
    if tuple(name) == syntax and bytes(entity.content.value) == b"value":
        words.append("echoed")
    await connection.async_close()
    print(*words, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
