"""The syntax tree: what is written in the modules, with positions, names not yet bound.

Braces whose meaning depends on what a name turns out to be (value, object, object set, actual
parameters) are kept as ``Braced``: their tokens, parsed later by whoever knows the governor.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from interlock.asn1.lexer import Token
from interlock.asn1.types import Annotation, TagClass, TaggingDefault
from interlock.core.source import SourceFile, Span


@dataclass(frozen=True, slots=True, eq=False)
class Braced:
    """The tokens between two braces (those left out), or of one actual parameter."""

    source: SourceFile
    tokens: tuple[Token, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """``[Module.]name[{actual, ...}]``; ``actuals`` is None without a parameter list."""

    module: str | None
    name: str
    actuals: tuple[Braced, ...] | None
    span: Span


# --- values ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A number, TRUE, FALSE, NULL (as ``None``), a real number or a character string."""

    value: int | bool | float | str | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class BitsLiteral:
    """``'0101'B`` (``base`` 2) or ``'0AF'H`` (``base`` 16)."""

    digits: str
    base: int
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ValueReference:
    """A lower-case name: a value, an enumeration item, a named number, an object field."""

    reference: Reference
    fields: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ChosenValue:
    """``alternative : value``."""

    alternative: str
    value: ValueSyntax
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class OpenValue:
    """``Type : value``."""

    type: TypeSyntax
    value: ValueSyntax
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class BracedValue:
    """``{ ... }``: an OID, a structure, a list, named bits or a character tuple."""

    body: Braced

    @property
    def span(self) -> Span:
        """Where the opening brace stands."""
        return self.body.span


ValueSyntax = Literal | BitsLiteral | ValueReference | ChosenValue | OpenValue | BracedValue


# --- constraints -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class SingleValue:
    """One value."""

    value: ValueSyntax
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ValueRange:
    """``low..high``; ``None`` is MIN or MAX; ``*_open`` is ``<`` (the end left out)."""

    low: ValueSyntax | None
    low_open: bool
    high: ValueSyntax | None
    high_open: bool
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ContainedSubtype:
    """A type (INCLUDES may be left out) or a value set."""

    type: TypeSyntax
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class SizeOf:
    """SIZE (...)."""

    constraint: Constraint
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Alphabet:
    """FROM (...)."""

    constraint: Constraint
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """PATTERN value."""

    value: ValueSyntax
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Inner:
    """WITH COMPONENT (no names) or WITH COMPONENTS (the names and their constraints)."""

    components: tuple[tuple[str, Span, Constraint | None], ...]
    element: Constraint | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Union:
    """``a | b``."""

    parts: tuple[Elements, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Intersection:
    """``a ^ b``."""

    parts: tuple[Elements, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Except:
    """``base EXCEPT left_out``; ``base`` None is ALL."""

    base: Elements | None
    left_out: Elements
    span: Span


Elements = (
    SingleValue
    | ValueRange
    | ContainedSubtype
    | SizeOf
    | Alphabet
    | Pattern
    | Inner
    | Union
    | Intersection
    | Except
)


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """CONTAINING type (``type`` None with ENCODED BY alone)."""

    type: TypeSyntax | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class AtPath:
    """``@a.b`` (``dots`` 0, from the outermost type) or ``@.a`` (one dot per level)."""

    dots: int
    names: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """``({Set}{@path, ...})``."""

    object_set: Braced
    paths: tuple[AtPath, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class UserDefined:
    """CONSTRAINED BY {...}: a comment with braces, never checked."""

    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Constraint:
    """One parenthesised constraint; ``additions`` are the elements after ``...``."""

    body: Elements | Contents | Table | UserDefined | None
    extensible: bool
    additions: Elements | None
    span: Span


# --- types -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class NamedNumber:
    """``name(value)`` of an INTEGER, BIT STRING or ENUMERATED; a lone name has no value."""

    name: str
    value: ValueSyntax | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Builtin:
    """A type of one or two words, ANY included. ``governor`` is of ANY DEFINED BY."""

    name: str
    span: Span
    governor: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NumberedType:
    """INTEGER or BIT STRING with names; ``name`` tells which."""

    name: str
    names: tuple[NamedNumber, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Enumeration:
    """ENUMERATED."""

    root: tuple[NamedNumber, ...]
    additions: tuple[NamedNumber, ...]
    extensible: bool
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A component or alternative."""

    name: str
    type: TypeSyntax
    optional: bool
    default: ValueSyntax | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ComponentsOf:
    """COMPONENTS OF type."""

    type: TypeSyntax
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """SEQUENCE, SET or CHOICE (``word``); an addition is one member or a ``[[ ]]`` group."""

    word: str
    root: tuple[Member | ComponentsOf, ...]
    extensible: bool
    additions: tuple[tuple[Member | ComponentsOf, ...], ...]
    root_after: tuple[Member | ComponentsOf, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ListOf:
    """SEQUENCE OF or SET OF; a constraint in front of OF is in ``constraint``.

    ``element_name`` occurs in value notation only (X.680 26.3).
    """

    is_set: bool
    element_name: str | None
    element: TypeSyntax
    constraint: Constraint | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """``[CLASS number] IMPLICIT|EXPLICIT type``; ``explicit`` None when not written."""

    cls: TagClass
    number: ValueSyntax
    explicit: bool | None
    type: TypeSyntax
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Constrained:
    """A type followed by a constraint."""

    type: TypeSyntax
    constraint: Constraint
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class TypeReference:
    """A named type."""

    reference: Reference
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class FieldType:
    """``CLASS.&field``, ``object.&Type`` or ``Set.&field``; ``fields`` keep their ``&``."""

    reference: Reference
    fields: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """``alternative < Choice``."""

    alternative: str
    type: TypeSyntax
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class InstanceOf:
    """INSTANCE OF class."""

    reference: Reference
    span: Span


TypeSyntax = (
    Builtin
    | NumberedType
    | Enumeration
    | Structure
    | ListOf
    | Tagged
    | Constrained
    | TypeReference
    | FieldType
    | Selection
    | InstanceOf
)


# --- classes -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field of a class.

    ``type`` is the type or class of a value, set, object or object set field; ``by_field`` names
    the type field that governs a variable-type field; both None make a type field.
    """

    name: str
    type: TypeSyntax | None
    by_field: str | None
    unique: bool
    optional: bool
    default: Braced | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A literal word (or comma) of WITH SYNTAX."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class FieldUse:
    """A field name of WITH SYNTAX."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class OptionalGroup:
    """``[ ... ]`` of WITH SYNTAX."""

    items: tuple[Word | FieldUse | OptionalGroup, ...]


SyntaxItem = Word | FieldUse | OptionalGroup


@dataclass(frozen=True, slots=True, eq=False)
class ClassSyntax:
    """CLASS {...} [WITH SYNTAX {...}]."""

    fields: tuple[Field, ...]
    with_syntax: tuple[SyntaxItem, ...] | None
    span: Span


# --- assignments and modules -------------------------------------------------------------------


class Form(Enum):
    """What the left side and the first words of an assignment tell."""

    TYPE = "type"  # Name ::= Type; an alias may turn out to name a class
    CLASS = "class"
    VALUE = "value"  # name Governor ::= ...: a value or an object
    SET = "set"  # Name Governor ::= {...}: a value set or an object set


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A dummy parameter with its governor, if any."""

    governor: TypeSyntax | None
    name: str
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """``body`` is of a type or class, ``right`` of a value or object (a value) or set (braces)."""

    form: Form
    name: str
    parameters: tuple[Parameter, ...] | None
    governor: TypeSyntax | None
    body: TypeSyntax | ClassSyntax | None
    right: Braced | ValueSyntax | None
    annotation: Annotation
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Import:
    """The names taken from one module; ``oid`` are the tokens of its identification."""

    names: tuple[tuple[str, Span], ...]
    module: str
    oid: Braced | ValueReference | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ModuleSyntax:
    """One module as written. ``exports`` None is EXPORTS ALL (or nothing said)."""

    name: str
    oid: Braced | None
    tagging: TaggingDefault
    extensibility_implied: bool
    exports: tuple[tuple[str, Span], ...] | None
    imports: tuple[Import, ...]
    assignments: tuple[Assignment, ...]
    annotation: Annotation
    source: SourceFile
    span: Span
