"""A project of one small module, for tests of the generator without the real specification."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from unit.ir.asn1_text import model_of

BODY = """
--@clause 13.1
--@confidence C
A ::= SEQUENCE { tbs SEQUENCE { x INTEGER (0..9) }, sign OCTET STRING }
id-a OBJECT IDENTIFIER ::= {1 0 62351 4}
"""


def project(body: str = BODY, keep: tuple[str, ...] = ("tbs",)) -> Any:
    """What the codec artefacts need of a project."""
    rule = SimpleNamespace(key="M.A", keep=keep, include_end_of_contents=True)
    tables = SimpleNamespace(protection={"A": rule})
    return SimpleNamespace(spec=SimpleNamespace(asn1=model_of(body), tables=tables))
