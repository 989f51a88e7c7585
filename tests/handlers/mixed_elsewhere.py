"""Two generated packages in one process, one party of each: ``python -m`` this, with two folders.

Prints for each mode, and for each package in the role of the client, whether the two associate and
exchange two PDUs in each direction. Modules of a package know each other and nothing of those of
the other, although they have the same names.
"""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import dataclass, fields, replace
from typing import Any

NAME = "iec62351_4"
PDU = bytes.fromhex("a003020101")


@dataclass(frozen=True)
class Package:
    """One package: its modules, imported apart from those of the other."""

    testing: Any
    envelope: Any
    certificates: Any

    @classmethod
    def load(cls, folder: str) -> Package:
        """Import the package in ``folder`` and take it out of the table of modules again."""
        sys.path.insert(0, folder)
        try:
            return cls(
                importlib.import_module(f"{NAME}.testing"),
                importlib.import_module(f"{NAME}.environment.envelope"),
                importlib.import_module(f"{NAME}.certificates"),
            )
        finally:
            sys.path.remove(folder)
            for name in [name for name in sys.modules if name.split(".")[0] == NAME]:
                del sys.modules[name]

    def received(self, envelope: Any) -> Any:
        """An envelope of another package, as this one's environment would show it."""
        own = {one.name: getattr(envelope, one.name) for one in fields(envelope)}
        own["carrier"] = self.envelope.Carrier(envelope.carrier.value)
        own["user_information"] = tuple(
            self.envelope.UserInformation(one.abstract_syntax, one.octets)
            for one in envelope.user_information
        )
        return self.testing.as_received(self.envelope.Envelope(**own))

    def pair(self, mode: str, stations: Any, foreign: bytes) -> Any:
        """Both parties of this package, who trust a foreign authority as well."""
        trusting = []
        for one in stations:
            anchors = (*one.trust.anchors, self.certificates.parse_certificate(foreign))
            trusting.append(replace(one, trust=self.certificates.TrustStore(anchors)))
        return self.testing.AssociationPair(mode, stations=tuple(trusting))


@dataclass
class Meeting:
    """A client of one package and a server of the other on one wire."""

    packages: tuple[Package, Package]
    client: Any
    server: Any
    now: int

    @classmethod
    def arrange(cls, client_of: Package, server_of: Package, mode: str) -> Meeting:
        """Both parties, each with keys and an authority of its own package."""
        kind = "secp256r1" if mode == "native" else "rsa"
        packages = (client_of, server_of)
        stations = [package.testing.make_stations(kind) for package in packages]
        authorities = [own[0].trust.anchors[0].encoding for own in stations]
        first = client_of.pair(mode, stations[0], authorities[1])
        second = server_of.pair(mode, stations[1], authorities[0])
        return cls(packages, first.client, second.server, first.now)

    def call(self, party: Any, name: str, *arguments: Any) -> None:
        """A primitive, a moment later; then everything that waits is brought over."""
        self.now += 1
        party.take(getattr(party.handler, name)(*arguments, self.now))
        while self.client.queue or self.server.queue:
            is_client = bool(self.client.queue)
            source, target = (self.client, self.server) if is_client else (self.server, self.client)
            envelope = self.packages[is_client].received(source.queue.popleft())
            target.take(target.handler.receive(envelope, self.now))

    def succeeds(self) -> bool:
        """Whether they associate and exchange two PDUs in each direction."""
        testing = self.packages[0].testing
        self.call(self.server, "transport_ready")
        self.call(self.client, "associate", testing.INITIATE_REQUEST)
        self.call(self.client, "transport_ready")
        if self.server.state != "wait-app":
            return False
        self.call(self.server, "accept", testing.INITIATE_RESPONSE)
        for party in (self.client, self.server) * 2:
            if "closed" in (self.client.state, self.server.state):
                return False
            self.call(party, "send_data", PDU)
        return bool(self.client.delivered == self.server.delivered == [PDU, PDU])


def main(folders: list[str]) -> None:
    """Every mode, with each package in each role."""
    first, second = map(Package.load, folders)
    outcomes = {
        mode: [
            Meeting.arrange(*pair, mode).succeeds() for pair in ((first, second), (second, first))
        ]
        for mode in ("native", "compatibility")
    }
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
