"""Associations of the generated handlers, recorded as the octets of their TPKT streams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from iec62351_4.environment.config import Mode, OSIConfig, Role, contexts_of
from iec62351_4.environment.cotp import COTPConfig
from iec62351_4.environment.envelope import Envelope
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.selftest import DATA, native_config
from iec62351_4.testing import AssociationPair, Party, make_stations


@dataclass(frozen=True)
class Recording:
    """What each side sent, message by message, and both streams whole."""

    messages: tuple[bytes, ...]

    @property
    def stream(self) -> bytes:
        """All messages in the order in which they were sent."""
        return b"".join(self.messages)


class Recorder(AssociationPair):
    """A pair whose envelopes also go through the OSI environment."""

    def wire(self, mode: Mode, tpdu_size_code: int | None) -> None:
        """Connect the environments."""
        cotp = COTPConfig() if tpdu_size_code is None else COTPConfig(tpdu_size_code=tpdu_size_code)
        config = OSIConfig(contexts=contexts_of(mode), cotp=cotp)
        self.messages: list[bytes] = []
        self._lower = {
            "client": OSIEnvironment(Role.CLIENT, config),
            "server": OSIEnvironment(Role.SERVER, config),
        }
        self._carry("client", self._lower["client"].connect())

    def _carry(self, sender: str, octets: bytes) -> None:
        receiver = "server" if sender == "client" else "client"
        if octets:
            self.messages.append(octets)
            self._lower[receiver].receive_data(octets)
            self._carry(receiver, self._lower[receiver].data_to_send())

    def deliver(
        self, source: Party, change: Callable[[Envelope], Envelope | None] | None = None
    ) -> None:
        """As the pair does, and note the octets."""
        sender = "client" if source is self.client else "server"
        self._carry(sender, self._lower[sender].send(source.queue[0]))
        super().deliver(source, change)


@cache
def record(
    mode: str = "native",
    protection: str = "ae",
    kind: str = "rsa",
    tpdu_size_code: int | None = None,
    as_text: bool = False,
) -> Recording:
    """Associate, carry a PDU each way, release."""
    stations = make_stations(kind, as_text=as_text)
    if mode == "native":
        config = native_config(stations[0], protection)
        pair = Recorder("native", config, config, stations)
        pair.wire(Mode.NATIVE, tpdu_size_code)
    else:
        pair = Recorder("compatibility", stations=stations)
        pair.wire(Mode.COMPAT, tpdu_size_code)
    pair.associate()
    pair.exchange(pair.client, DATA)
    pair.exchange(pair.server, DATA)
    pair.call(pair.client, "release")
    pair.flow()
    return Recording(tuple(pair.messages))
