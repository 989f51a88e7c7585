"""An unmodified hat-drivers ACSE listener on 127.0.0.1 that echoes: the port is the argument.

Answers each association request with its user data, and each value with itself; prints ``ready``
and ends when standard input closes.
"""

import asyncio
import sys

from hat.drivers import acse, copp, tcp


async def _echo(connection: acse.Connection) -> None:
    try:
        while True:
            await connection.send(await connection.receive())
    except ConnectionError:
        await connection.async_close()


def _validate(
    syntax_names: copp.SyntaxNames, user_data: copp.IdentifiedEntity
) -> copp.IdentifiedEntity:
    return user_data


async def main() -> None:
    """Serve until standard input closes."""
    tasks = set()

    def start(connection: acse.Connection) -> None:
        tasks.add(asyncio.create_task(_echo(connection)))

    address = tcp.Address("127.0.0.1", int(sys.argv[1]))
    server = await acse.listen(_validate, start, address)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.async_close()


if __name__ == "__main__":
    asyncio.run(main())
