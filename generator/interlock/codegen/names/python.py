"""Spec names to Python identifiers.

One rule per kind of name, applied nowhere else:

- types: parts joined, hyphens removed, the first letter of each part raised, other letters
  kept (``MMS-Authentication-value`` is ``MMSAuthenticationValue``; the inline type of ``tbs``
  in ``HandshakeReq`` is ``HandshakeReqTbs``);
- components: ``-`` becomes ``_``, case kept, a reserved word gets ``_`` behind it;
- modules: lower case with ``_``;
- constants: upper case with ``_`` between words.

Names that the generator invents end in ``_`` or stand in a place of their own, so they cannot
meet a spec name. Two spec names that become one identifier are an error of the caller's scope
(``unique``), not silently merged.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence

from interlock.core.errors import GenerationError


def class_name(names: Sequence[str]) -> str:
    """The class, alias or function suffix of a type."""
    return "".join(
        word[:1].upper() + word[1:] for name in names for word in name.split("-") if word
    )


def attribute_name(name: str) -> str:
    """The attribute of a component."""
    plain = name.replace("-", "_")
    return plain + "_" if keyword.iskeyword(plain) else plain


def module_name(name: str) -> str:
    """The module file name, without ``.py``."""
    return name.lower().replace("-", "_")


def constant_name(*names: str) -> str:
    """An upper-case constant: ``e2eMmsAC`` is ``E2E_MMS_AC``."""
    words = [word for name in names for part in name.split("-") for word in _words(part)]
    return "_".join(words).upper()


def _words(part: str) -> list[str]:
    """Words of a camel-case name; digits stay with the letters before them."""
    return re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z][a-z0-9]*|[A-Z]+[0-9]*|[0-9]+", part)


def member_name(name: str) -> str:
    """A member of an enumeration: case kept, as in ``HandshakeDiagnostics.ae_not_used``."""
    plain = name.replace("-", "_")
    # "name" and "value" mean something else on a member of an enumeration
    return plain + "_" if keyword.iskeyword(plain) or plain in ("name", "value", "mro") else plain


def unique(scope: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Check that different spec names have different identifiers.

    Args:
        scope: What the names belong to, for the message.
        pairs: (spec name, identifier).

    Raises:
        GenerationError: Two spec names map to one identifier.
    """
    seen: dict[str, str] = {}
    for spec_name, identifier in pairs:
        other = seen.setdefault(identifier, spec_name)
        if other != spec_name:
            raise GenerationError(
                f'"{other}" and "{spec_name}" of {scope} are both "{identifier}" in Python'
            )
