"""A model from the text of one module, for the tests of the lowering."""

from __future__ import annotations

from interlock.asn1 import load_modules
from interlock.asn1.types import Asn1Model
from interlock.core.source import SourceFile
from interlock.ir import codec
from interlock.ir.codec_lower import Keep, lower_codec


def model_of(body: str, tagging: str = "IMPLICIT") -> Asn1Model:
    """The model of a module ``M`` with ``body``."""
    text = f"M DEFINITIONS {tagging} TAGS ::= BEGIN\n{body}\nEND\n"
    return load_modules([SourceFile("m.asn", text)])


def lowered(body: str, *keep: Keep) -> codec.CodecModel:
    """The codec IR of a module ``M`` with ``body``."""
    return lower_codec(model_of(body), keep)


def structure(model: codec.CodecModel, name: str) -> codec.Structure:
    """The structure ``M.name``."""
    found = model.definition(f"M.{name}")
    assert isinstance(found, codec.Structure)
    return found
