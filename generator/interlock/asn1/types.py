"""The resolved ASN.1 model: what the rest of the tool knows of a set of modules.

Everything here is checked and complete: names are bound, tags are computed for the module's
tagging environment (automatic tagging applied, IMPLICIT on a CHOICE or open type turned into
EXPLICIT), parameterised types are instantiated, information object sets are expanded, values
are evaluated. The syntax tree (``interlock.asn1.syntax``) is not reachable from here.

``span`` fields never take part in comparison: two models are equal when they mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from interlock.core.source import Span


class TagClass(IntEnum):
    """Tag classes with their BER bits (X.690 8.1.2.2)."""

    UNIVERSAL = 0
    APPLICATION = 1
    CONTEXT = 2
    PRIVATE = 3


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """A tag: class and number."""

    cls: TagClass
    number: int

    def __str__(self) -> str:
        prefix = "" if self.cls is TagClass.CONTEXT else self.cls.name + " "
        return f"[{prefix}{self.number}]"


@dataclass(frozen=True, slots=True)
class TagPrefix:
    """One written or automatic tag in front of a type."""

    tag: Tag
    explicit: bool


class TaggingDefault(Enum):
    """Tagging environment of a module (X.680 13.2)."""

    EXPLICIT = "EXPLICIT"
    IMPLICIT = "IMPLICIT"
    AUTOMATIC = "AUTOMATIC"


# --- constraints -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of integers; ``None`` is MIN or MAX. Used for values and sizes."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Constraints:
    """The effective constraints on one type occurrence, own and inherited, intersected.

    ``values``/``size`` are unions of intervals in rising order; an empty tuple means
    unconstrained. ``*_extensible`` tells that values outside the root are legal.
    ``patterns`` are X.680 PATTERN texts that must all match; ``alphabet`` is the set of
    permitted characters (FROM). ``permitted`` are single values (strings, names of
    enumeration items). ``containing`` is set for CONTAINING.
    """

    values: tuple[Interval, ...] = ()
    values_extensible: bool = False
    size: tuple[Interval, ...] = ()
    size_extensible: bool = False
    patterns: tuple[str, ...] = ()
    alphabet: str | None = None
    permitted: tuple[str, ...] = ()
    containing: Type | None = None


UNCONSTRAINED = Constraints()


# --- values ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OidValue:
    """An OBJECT IDENTIFIER value."""

    arcs: tuple[int, ...]

    def __str__(self) -> str:
        return ".".join(map(str, self.arcs))


@dataclass(frozen=True, slots=True)
class NamedBits:
    """A BIT STRING value written as a list of named bits; ``numbers`` in rising order."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Structured:
    """A SEQUENCE or SET value: field name to value, or the elements of a SEQUENCE OF."""

    fields: tuple[tuple[str, Value], ...] = ()
    elements: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Null:
    """The value NULL."""


@dataclass(frozen=True, slots=True)
class Name:
    """An enumeration item or a CHOICE-free identifier value."""

    name: str


@dataclass(frozen=True, slots=True)
class Bits:
    """A BIT STRING value written as digits; unused bits of the last octet are zero."""

    octets: bytes
    length: int  # in bits


@dataclass(frozen=True, slots=True)
class Chosen:
    """A CHOICE value."""

    alternative: str
    value: Value


@dataclass(frozen=True, slots=True)
class Typed:
    """The value of an open type, with its type."""

    type: Type
    value: Value


Value = (
    int
    | bool
    | str
    | bytes
    | float
    | OidValue
    | NamedBits
    | Bits
    | Structured
    | Chosen
    | Typed
    | Null
    | Name
)


# --- types -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Type:
    """A type occurrence. ``prefixes`` are its tags, outermost first, without the universal one."""

    prefixes: tuple[TagPrefix, ...] = ()
    constraints: Constraints = UNCONSTRAINED
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class BooleanType(Type):
    """BOOLEAN."""


@dataclass(frozen=True, kw_only=True)
class NullType(Type):
    """NULL."""


@dataclass(frozen=True, kw_only=True)
class IntegerType(Type):
    """INTEGER, with its named numbers in order of writing."""

    names: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class RealType(Type):
    """REAL (accepted in modules; codecs refuse it)."""


@dataclass(frozen=True, kw_only=True)
class EnumeratedType(Type):
    """ENUMERATED: items in order, those of the root first."""

    items: tuple[tuple[str, int], ...]
    additions: tuple[tuple[str, int], ...] = ()
    extensible: bool = False


@dataclass(frozen=True, kw_only=True)
class BitStringType(Type):
    """BIT STRING; with ``names``, trailing zero bits carry no meaning (X.680 22.7)."""

    names: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class OctetStringType(Type):
    """OCTET STRING; see ``constraints.containing``."""


@dataclass(frozen=True, kw_only=True)
class ObjectIdentifierType(Type):
    """OBJECT IDENTIFIER, or RELATIVE-OID when ``relative``."""

    relative: bool = False


@dataclass(frozen=True, kw_only=True)
class StringType(Type):
    """A restricted character string, ObjectDescriptor included; ``name`` as in ``UTF8String``."""

    name: str
    universal: int


@dataclass(frozen=True, kw_only=True)
class TimeType(Type):
    """GeneralizedTime (24) or UTCTime (23), or another useful time type by its number."""

    name: str
    universal: int


class Presence(Enum):
    """Whether a component must be there."""

    MANDATORY = "mandatory"
    OPTIONAL = "optional"
    DEFAULT = "default"


@dataclass(frozen=True, kw_only=True)
class Component:
    """A member of a SEQUENCE or SET."""

    name: str
    type: Type
    presence: Presence = Presence.MANDATORY
    default: Value | None = None
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class StructureType(Type):
    """SEQUENCE (or SET when ``is_set``): root before ``...``, additions, root after it.

    An addition is a group: a single component, or the components of one ``[[ ]]``.
    """

    is_set: bool = False
    root: tuple[Component, ...] = ()
    extensible: bool = False
    additions: tuple[tuple[Component, ...], ...] = ()
    root_after: tuple[Component, ...] = ()

    @property
    def components(self) -> tuple[Component, ...]:
        """All known components in the order of their encoding."""
        added = tuple(c for group in self.additions for c in group)
        return self.root + added + self.root_after


@dataclass(frozen=True, kw_only=True)
class ListType(Type):
    """SEQUENCE OF (or SET OF when ``is_set``); the size is in ``constraints``."""

    element: Type
    is_set: bool = False


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """An alternative of a CHOICE."""

    name: str
    type: Type
    is_addition: bool = False
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class ChoiceType(Type):
    """CHOICE, root alternatives first."""

    alternatives: tuple[Alternative, ...]
    extensible: bool = False


@dataclass(frozen=True, kw_only=True)
class ClassFieldType(Type):
    """A fixed-type field of an object class (``ALGORITHM.&id``): already of a plain type.

    With a table constraint its value must be that field of one object of ``object_set``.
    """

    actual: Type
    class_name: str
    field_name: str
    object_set: ObjectSet | None = None


@dataclass(frozen=True, kw_only=True)
class OpenType(Type):
    """An open type: any one TLV (also ANY and TYPE-IDENTIFIER.&Type).

    With a component relation constraint (``@algorithm``), the sibling component ``governor``
    selects an object of ``object_set``; the TLV must then be of that object's type in
    ``field_name``, or absent where the object has no such type.

    ``governor`` is a path from the innermost SEQUENCE or SET around the type, names joined by
    dots; each leading ``^.`` goes one structure outwards. Of several relations it is the first.
    """

    class_name: str | None = None
    field_name: str | None = None
    object_set: ObjectSet | None = None
    governor: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExternalType(Type):
    """EXTERNAL ([UNIVERSAL 8]); EMBEDDED PDV (11) when ``embedded``; CHARACTER STRING (29)."""

    embedded: bool = False
    character: bool = False


@dataclass(frozen=True, kw_only=True)
class ReferenceType(Type):
    """A use of a named type: ``definition`` is a key of ``Asn1Model.types``.

    ``prefixes`` are those written at this use; those of the definition follow inside.
    """

    definition: str


# --- information objects -----------------------------------------------------------------------


class FieldKind(Enum):
    """The kinds of fields of an object class (X.681 9.4)."""

    TYPE = "type"
    VALUE = "value"
    VALUE_SET = "value set"
    OBJECT = "object"
    OBJECT_SET = "object set"


@dataclass(frozen=True, slots=True)
class ObjectClassField:
    """A field of an object class: ``&id`` (value) or ``&Type`` (type)."""

    name: str
    is_type: bool
    optional: bool  # also where the class has a default
    unique: bool
    type: Type | None = None  # of a fixed-type value field
    kind: FieldKind = FieldKind.VALUE
    class_name: str | None = None  # of an object or object set field: key of its class


@dataclass(frozen=True)
class ObjectClass:
    """An information object class."""

    module: str
    name: str
    fields: tuple[ObjectClassField, ...]
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True)
class InformationObject:
    """An information object; ``name`` is its reference, or None when written in place."""

    name: str | None
    values: Mapping[str, Value]  # "&id" -> OidValue(...)
    types: Mapping[str, Type]  # "&Type" -> type; absent when left out
    objects: Mapping[str, InformationObject] = field(default_factory=dict)  # "&other" -> object
    object_sets: Mapping[str, ObjectSet] = field(default_factory=dict)  # "&Others" -> set
    value_sets: Mapping[str, Constraints] = field(default_factory=dict)  # "&Values"
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True)
class ObjectSet:
    """An object set, expanded; ``extensible`` tells that unknown objects are legal."""

    module: str
    name: str | None
    class_name: str
    objects: tuple[InformationObject, ...]
    extensible: bool
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


# --- modules -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Annotation:
    """What a definition's comment block says about its origin.

    Written directly above a definition, one comment per line: ``--@clause 13.4.2``,
    ``--@confidence C`` (C, M, D or A), ``--@assumption Q13``, ``--@note text``; plain ``--``
    comments there become ``text``.
    """

    clause: str | None = None
    confidence: str | None = None
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class TypeDefinition:
    """A named type. ``key`` is unique in the specification.

    ``key`` is ``Module.Name``; an instance of a parameterised type is ``Module.Name{actual,..}``
    with the actual parameters spelled canonically, and has ``parameters``.
    """

    key: str
    module: str
    name: str
    type: Type
    annotation: Annotation = Annotation()
    parameters: tuple[str, ...] = ()
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True)
class ValueDefinition:
    """A named value."""

    key: str
    module: str
    name: str
    value: Value
    annotation: Annotation = Annotation()
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True)
class Module:
    """One module: names of what it defines, in order of writing (keys of the specification)."""

    name: str
    oid: OidValue | None
    tagging: TaggingDefault
    types: tuple[str, ...]
    values: tuple[str, ...]
    classes: tuple[str, ...]
    object_sets: tuple[str, ...]
    annotation: Annotation = Annotation()
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True)
class Asn1Model:
    """All modules, resolved. Mappings keep the order of modules and of writing."""

    modules: Mapping[str, Module]
    types: Mapping[str, TypeDefinition]
    values: Mapping[str, ValueDefinition]
    classes: Mapping[str, ObjectClass]
    object_sets: Mapping[str, ObjectSet]
    objects: Mapping[str, InformationObject] = field(default_factory=dict)

    def type_named(self, module: str, name: str) -> TypeDefinition:
        """The definition ``name`` of ``module``; raises KeyError when there is none."""
        return self.types[f"{module}.{name}"]
