from __future__ import annotations

import dataclasses

import pytest

from interlock.codegen.contexts.rendering import Rendering


def test_a_rendering_does_not_change() -> None:
    rendering = Rendering("a/b.py", context=None, ir=(), sources=("m.asn",))
    assert rendering.clauses == ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        rendering.path = "c.py"  # type: ignore[misc]
