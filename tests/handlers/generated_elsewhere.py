"""Run inside another process, on a package generated from changed sources: ``python -m`` this.

Prints one JSON object. The package under test is found by ``PYTHONPATH``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from handlers.forgery import algorithm
from handlers.handshake_cases import GCM_256, accept, answering, setting
from handlers.scene import PROTECTIONS, REQUEST, RESPONSE, Scene
from iec62351_4.handlers.services import _rules
from iec62351_4.testing import INITIATE_REQUEST, INITIATE_RESPONSE, AssociationPair

Result = dict[str, object]


def associate() -> Result:
    """Associate with itself in both modes, with every protection; data and a rekey."""
    outcomes = {name: _course(Scene("native", name)) for name in PROTECTIONS}
    outcomes["A-profile"] = _course(Scene("compatibility"))
    return {"associated": outcomes}


def _course(scene: AssociationPair) -> bool:
    scene.associate(INITIATE_REQUEST, INITIATE_RESPONSE)
    scene.exchange(scene.client, REQUEST)
    scene.exchange(scene.server, RESPONSE)
    return (scene.server.delivered, scene.client.delivered) == ([REQUEST], [RESPONSE])


def offer() -> Result:
    """What a client sends first in both modes, and the CA that vouches for it.

    The request for authenticated encryption has no context-specific tag in it, the other has.
    """
    native, tagged = Scene(), Scene("native", "CBC-128+HMAC")
    plain = Scene("compatibility")
    value = plain.request().authentication_value
    assert value is not None
    return {
        "untagged": native.request().user_information[0].octets.hex(),
        "tagged": tagged.request().user_information[0].octets.hex(),
        "native-anchor": native.pki.authority.certificate.encoding.hex(),
        "value": value.hex(),
        "a-profile-anchor": plain.pki.authority.certificate.encoding.hex(),
    }


def order() -> Result:
    """The order in which keys are cut."""
    return {"names": list(_rules().names)}


def unoffered() -> Result:
    """The accept chooses AES-256-GCM where the client offered AES-128-GCM only (HA-13)."""
    scene = answering()
    scene.give(scene.client, accept(scene, setting(encr_mode=("aea", [algorithm(GCM_256)]))))
    return {
        "state": scene.client.state,
        "aead": scene.client.session.aead.value,
        "events": scene.client.events,
    }


TASKS: dict[str, Callable[[], Result]] = {
    task.__name__: task for task in (associate, offer, order, unoffered)
}

if __name__ == "__main__":
    json.dump({name: TASKS[name]() for name in sys.argv[1:]}, sys.stdout)
