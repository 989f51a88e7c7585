"""The names that the template of a Python codec module sees; all ready to print or to test."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.asn1.types import Interval
from interlock.ir import codec


@dataclass(frozen=True, kw_only=True)
class HeaderView:
    """Identifier octets as reading and writing need them."""

    expected: str  # for messages
    length_at: str  # "1": distance from the identifier to the length octet
    contents_at: str  # "2"
    size_argument: str  # "" or ", 3": identifier size for the slow path
    guard: str  # condition that the element at i has this identifier
    unless: str  # its negation
    primitive_guard: str  # condition for the primitive form; strings only
    tag: str  # bytes literal
    table: str  # name of the table of short headers
    level: int = 0
    has_inner: bool = False  # the next identifier inside can be checked
    inner_unless: str = ""
    inner_expected: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckView:
    """A constraint: when it is violated, and how the error says so."""

    violation: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OccurrenceView:
    """A place where a type is used."""

    spelling: str
    at: str  # what the path of an error calls it
    target: str  # what reading assigns to
    source: str  # what writing takes from
    sink: str  # what writing assigns to
    annotation: str
    guard: str  # condition that the element at i is this one
    unless: str
    is_checked: bool  # the identifier is checked before the element is read
    expected: str
    wrappers: tuple[HeaderView, ...]
    closing: tuple[HeaderView, ...]  # the wrappers, innermost first
    own: HeaderView | None
    enclosing: tuple[HeaderView, ...]  # what writing puts around, except the outermost
    outermost: HeaderView | None
    is_direct: bool  # writing appends the expression as it is
    read_checks: tuple[CheckView, ...]
    write_checks: tuple[CheckView, ...]
    is_kept: bool
    kept: str  # attribute for the octets as received
    kept_to: str  # "i" or "j"
    function: str = ""  # suffix of read_ and write_
    table: str = ""  # object table, or names of an enumeration
    governor: str = ""
    charset: str = ""
    integers: str = ""  # table of small integers
    containing: str = ""
    true_element: str = ""
    false_element: str = ""
    null_element: str = ""
    is_primitive: bool = False  # not string, open, choice or call
    is_boolean: bool = False
    is_null: bool = False
    is_integer: bool = False
    is_enumerated: bool = False
    is_closed_enumeration: bool = False
    is_oid: bool = False
    is_relative_oid: bool = False
    is_string: bool = False
    is_bare_string: bool = False  # no wrappers: form and identifier can be checked at once
    is_bit_string: bool = False
    is_named_bits: bool = False
    is_bits: bool = False
    is_text: bool = False
    has_containing: bool = False
    is_open: bool = False
    is_table_open: bool = False
    is_choice: bool = False
    is_call: bool = False


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """A component: class attribute, reading, writing."""

    name: str
    occurrence: OccurrenceView
    annotation: str  # with "| None"
    initial: str  # " = None" or "" or " = 0"
    is_optional: bool
    is_omittable: bool  # optional or default
    has_default: bool
    default: str
    is_default: str  # condition that the value is the default
    differs: str  # its negation
    absent: str  # what reading assigns when it is not there
    is_present: str  # condition that there is something to write
    condition: str  # condition to read it
    bit: int = 0  # of SET components
    keeps_octets: bool = False


@dataclass(frozen=True, kw_only=True)
class DefinitionView:
    """A type with functions of its own."""

    name: str  # suffix of the functions
    type_name: str  # annotation of its values
    spec_name: str
    doc: str
    clause: str
    occurrence: OccurrenceView
    is_structure: bool = False
    is_sequence: bool = False
    is_set: bool = False
    is_list: bool = False
    is_choice: bool = False
    is_leaf: bool = False
    declares_class: bool = False
    declares_alias: bool = False
    is_public: bool = True
    has_entry: bool = True  # decode_ and encode_
    is_covered: bool = False
    fields: tuple[FieldView, ...] = ()
    head: tuple[FieldView, ...] = ()
    tail: tuple[FieldView, ...] = ()
    kept: tuple[str, ...] = ()
    is_extensible: bool = False
    more: str = "i < e"  # condition to skip an unknown addition
    known: str = ""  # condition that it is not unknown
    has_known: bool = False
    mandatory: tuple[FieldView, ...] = ()
    has_fields: bool = False
    has_fixed: bool = False
    fixed_key: str = ""
    fixed_open: str = ""
    expected: str = ""  # of a choice
    fixed: tuple[codec.FixedContents, ...] = ()
    fixed_name: str = ""
    alternatives: tuple[OccurrenceView, ...] = ()
    element: OccurrenceView | None = None
    is_set_of: bool = False
    has_size: bool = False
    size: tuple[Interval, ...] = ()
    alias: str = ""


@dataclass(frozen=True, kw_only=True)
class ItemView:
    """A member of an enumeration."""

    name: str
    number: int


@dataclass(frozen=True, kw_only=True)
class TagTableView:
    """A module-level table per identifier."""

    name: str
    tag: str


@dataclass(frozen=True, kw_only=True)
class MatcherView:
    """A compiled pattern."""

    name: str
    expression: str


@dataclass(frozen=True, kw_only=True)
class NamesView:
    """An enumeration class."""

    name: str
    doc: str
    items: tuple[ItemView, ...]
    is_bits: bool
    is_numbers: bool
    lookup: str  # name of the table from number to member


@dataclass(frozen=True, kw_only=True)
class RowView:
    """A row of an object table."""

    key: str
    value: str
    comment: str


@dataclass(frozen=True, kw_only=True)
class TableView:
    """An object table."""

    name: str
    rows: tuple[RowView, ...]
    comment: str


@dataclass(frozen=True, kw_only=True)
class ImportView:
    """An import from another codec module; the formatter drops what is not used."""

    module: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CodecModuleContext:
    """The whole of one module."""

    header: str
    spec_name: str
    doc: str
    imports: tuple[ImportView, ...]
    exports: tuple[str, ...]
    enumerations: tuple[NamesView, ...]
    definitions: tuple[DefinitionView, ...]
    tables: tuple[TableView, ...]
    header_tables: tuple[TagTableView, ...]
    integer_tables: tuple[TagTableView, ...]
    matchers: tuple[MatcherView, ...]
    has_integers: bool
    has_matchers: bool


@dataclass(frozen=True, kw_only=True)
class OidView:
    """A named object identifier."""

    name: str
    spec_name: str
    dotted: str
    octets: bytes
    doc: str


@dataclass(frozen=True, kw_only=True)
class ObjectIdentifiersContext:
    """All named object identifiers."""

    header: str
    doc: str
    oids: tuple[OidView, ...]
    distinct: tuple[OidView, ...]  # one per value
