"""The codec IR: every type of the modules as an encoder or decoder of any language needs it.

Owns the shape only; ``interlock.ir.codec_lower`` makes it from the ASN.1 model. Everything is
resolved: tags are identifier octets, references to simple types are replaced by the types,
inline structures have become definitions of their own, constraints are ready to be printed.
Nothing here belongs to a target language: names are tuples of spec names that each language
joins in its own way.

Three rules carry the design:

- A *definition* that is a structure, list or choice becomes functions of its own; everything
  else (a *leaf*) is written out at each place where it occurs.
- An *occurrence* is a place where a type is used: its explicit wrappers outermost first, its
  own identifier, and what the contents are.
- A decoder of a structure or list gets contents (the caller has read tag and length); a
  decoder of a choice gets the whole element, because the tag is part of its contents.
"""

from __future__ import annotations

from dataclasses import dataclass

from interlock.asn1.types import Interval, Value
from interlock.core.source import Span

# --- identifiers -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identifier:
    """The identifier octets of an element, in the form that DER uses."""

    octets: tuple[int, ...]
    text: str
    """As ASN.1 writes the tag: ``[0]``, ``[APPLICATION 1]``, or the type name for a universal."""

    is_constructed: bool
    may_be_constructed: bool
    """A string: primitive in DER, but BER allows it in pieces."""

    @property
    def constructed_octets(self) -> tuple[int, ...]:
        """The octets with the constructed bit set."""
        return (self.octets[0] | 0x20, *self.octets[1:])


# --- contents ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What stands behind identifier and length. The subclasses are the whole list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Boolean(Contents):
    """BOOLEAN."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Null(Contents):
    """NULL."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Integer(Contents):
    """INTEGER. ``values`` is empty when unconstrained or when the constraint is extensible."""

    values: tuple[Interval, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Enumerated(Contents):
    """ENUMERATED; ``names`` is the key of a ``NameTable``.

    ``permitted`` are the numbers that a constraint leaves; empty for all.
    """

    names: str
    is_extensible: bool
    permitted: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedBits(Contents):
    """BIT STRING with named bits: a set of bit numbers."""

    names: str
    size: tuple[Interval, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Bits(Contents):
    """BIT STRING without named bits; ``size`` in bits."""

    size: tuple[Interval, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Octets(Contents):
    """OCTET STRING; ``size`` in octets. ``containing`` is the key of what the octets encode."""

    size: tuple[Interval, ...] = ()
    containing: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectIdentifier(Contents):
    """OBJECT IDENTIFIER or RELATIVE-OID; ``permitted`` in dotted form, empty for all."""

    is_relative: bool = False
    permitted: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Text(Contents):
    """A character string; ``size`` in characters, ``patterns`` as in ``codec_patterns``."""

    charset: str
    """``utf-8``, ``ascii``, ``latin-1``, ``utf-16-be`` or ``utf-32-be``."""

    size: tuple[Interval, ...] = ()
    patterns: tuple[str, ...] = ()
    permitted: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Time(Contents):
    """GeneralizedTime or UTCTime, kept as octets.

    With ``patterns`` these alone decide on the form, in DER too: a standard that prescribes a
    fraction of three digits overrides the rule of X.690 11.7 against trailing zeros.
    """

    is_generalized: bool
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Open(Contents):
    """Any one element, kept as octets. ``table`` and ``governor``: a component relation."""

    table: str | None = None
    governor: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Call(Contents):
    """A structure, list or choice, by the key of its definition."""

    definition: str
    is_choice: bool


# --- occurrences -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """A place where a type is used."""

    wrappers: tuple[Identifier, ...]
    """Explicit tags around the element, outermost first."""

    identifier: Identifier | None
    """The element's own; None when the contents bring it (choice, open type)."""

    contents: Contents
    first: tuple[Identifier, ...]
    """Identifiers the outermost element may have; empty when any is possible."""

    table: str | None = None
    """Object table whose keys are the only legal values (a closed table constraint)."""

    names: tuple[str, ...] = ()
    """Names of the type, for what a language has to name about it (a compiled pattern)."""

    spelling: str = ""
    """The ASN.1 notation, for comments."""


# --- definitions -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a definition comes from."""

    clause: str | None = None
    confidence: str | None = None
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NameTable:
    """Names of enumeration items or of bits, with the names of the type that holds them."""

    key: str
    names: tuple[str, ...]
    items: tuple[tuple[str, int], ...]
    is_bits: bool
    is_extensible: bool
    origin: Origin


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A component of a structure."""

    name: str
    occurrence: Occurrence
    is_optional: bool = False
    has_default: bool = False
    default: Value | None = None
    keeps_octets: bool = False
    """Its contents octets are kept as received, because a signature or ICV covers them."""

    includes_end_of_contents: bool = False
    """Of an indefinite length, the kept octets include the end-of-contents octets."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What all definitions have."""

    key: str
    module: str
    names: tuple[str, ...]
    """Names of the type: the named type, then the components that lead to an inline one."""

    occurrence: Occurrence
    """The type as a whole element with its own tags."""

    origin: Origin
    is_inline: bool = False
    covered: bool = False
    """A signature or ICV covers its contents octets."""

    span: Span


@dataclass(frozen=True, kw_only=True)
class Structure(Definition):
    """SEQUENCE or SET."""

    class_names: tuple[str, ...]
    """Names of the record type; shared by the instances of a parameterised type."""

    is_first_of_class: bool
    """Whether this definition is the one that declares the record type."""

    is_set: bool
    fields: tuple[Field, ...]
    """Components known, in the order of their encoding in DER."""

    is_extensible: bool
    tail_start: int
    """Index of the first field after the second extension marker; the number of fields if none."""

    not_additions: tuple[Identifier, ...]
    """Identifiers that belong to known components and cannot be those of unknown additions."""

    fixed: tuple[FixedContents, ...] = ()
    """For an identifier-with-parameters structure: complete contents that need no parsing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FixedContents:
    """DER contents octets of a structure that a table fixes entirely, and the two values."""

    octets: bytes
    key: str
    open_octets: bytes | None


@dataclass(frozen=True, kw_only=True)
class ListDefinition(Definition):
    """SEQUENCE OF or SET OF."""

    element: Occurrence
    is_set: bool
    size: tuple[Interval, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceField:
    """An alternative of a choice."""

    name: str
    occurrence: Occurrence


@dataclass(frozen=True, kw_only=True)
class Choice(Definition):
    """CHOICE. An alternative that the module does not know is refused, extensible or not."""

    alternatives: tuple[ChoiceField, ...]


@dataclass(frozen=True, kw_only=True)
class Leaf(Definition):
    """Any other named type."""


def uses(definition: Definition) -> tuple[Occurrence, ...]:
    """The definition's own occurrence, then those inside it."""
    inside: tuple[Occurrence, ...] = ()
    if isinstance(definition, Structure):
        inside = tuple(f.occurrence for f in definition.fields)
    elif isinstance(definition, ListDefinition):
        inside = (definition.element,)
    elif isinstance(definition, Choice):
        inside = tuple(a.occurrence for a in definition.alternatives)
    return (definition.occurrence, *inside)


# --- tables and modules ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectRow:
    """One information object as an open type sees it."""

    name: str
    key: Value
    definition: str | None
    """Key of the definition of the type; None when the object has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectTable:
    """An object set, seen through a key field and a type field."""

    key: str
    module: str
    names: tuple[str, ...]
    rows: tuple[ObjectRow, ...]
    is_extensible: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedOid:
    """A named OBJECT IDENTIFIER value."""

    name: str
    module: str
    dotted: str
    octets: bytes
    origin: Origin


@dataclass(frozen=True, kw_only=True)
class CodecModule:
    """One ASN.1 module."""

    name: str
    origin: Origin
    definitions: tuple[Definition, ...]
    name_tables: tuple[NameTable, ...]
    object_tables: tuple[ObjectTable, ...]
    uses: tuple[str, ...]
    """Names of other modules whose definitions this one calls, sorted."""


@dataclass(frozen=True, kw_only=True)
class CodecModel:
    """All modules in order of use: none uses one that stands behind it."""

    modules: tuple[CodecModule, ...]
    oids: tuple[NamedOid, ...]

    def definition(self, key: str) -> Definition:
        """The definition with ``key``; raises KeyError when there is none."""
        for module in self.modules:
            for definition in module.definitions:
                if definition.key == key:
                    return definition
        raise KeyError(key)
