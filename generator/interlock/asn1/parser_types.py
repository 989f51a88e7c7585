"""Type notation (X.680 clauses 17 to 48, X.681 clause 14, X.683)."""

from __future__ import annotations

from interlock.asn1.lexer import Kind, Token
from interlock.asn1.parser_constraints import ConstraintParser
from interlock.asn1.syntax import (
    Builtin,
    ComponentsOf,
    Constrained,
    Constraint,
    Enumeration,
    FieldType,
    InstanceOf,
    ListOf,
    Member,
    NamedNumber,
    NumberedType,
    Reference,
    Selection,
    SizeOf,
    Structure,
    Tagged,
    TypeReference,
    TypeSyntax,
    ValueSyntax,
)
from interlock.asn1.types import TagClass

STRING_TYPES = {
    "UTF8String": 12,
    "NumericString": 18,
    "PrintableString": 19,
    "TeletexString": 20,
    "T61String": 20,
    "VideotexString": 21,
    "IA5String": 22,
    "GraphicString": 25,
    "VisibleString": 26,
    "ISO646String": 26,
    "GeneralString": 27,
    "UniversalString": 28,
    "BMPString": 30,
    "ObjectDescriptor": 7,
    "OID-IRI": 35,
    "RELATIVE-OID-IRI": 36,
}
TIME_TYPES = {
    "UTCTime": 23,
    "GeneralizedTime": 24,
    "TIME": 14,
    "DATE": 31,
    "TIME-OF-DAY": 32,
    "DATE-TIME": 33,
    "DURATION": 34,
}
_ONE_WORD = frozenset(
    ("BOOLEAN", "NULL", "REAL", "RELATIVE-OID", "EXTERNAL", *STRING_TYPES, *TIME_TYPES)
)
_TWO_WORDS = {"OCTET": "STRING", "OBJECT": "IDENTIFIER", "EMBEDDED": "PDV", "CHARACTER": "STRING"}
_TAG_CLASSES = {name: TagClass[name] for name in ("UNIVERSAL", "APPLICATION", "PRIVATE")}

# Reserved words that a definition cannot be named after (X.680 12.38); the names of types that
# stand in a type's place are not here, they are read as types before a name is looked for.
# fmt: off
RESERVED = frozenset((
    "ABSENT", "ABSTRACT-SYNTAX", "ALL", "ANY", "APPLICATION", "AUTOMATIC", "BEGIN", "BIT",
    "BOOLEAN", "BY", "CHARACTER", "CHOICE", "CLASS", "COMPONENT", "COMPONENTS", "CONSTRAINED",
    "CONTAINING", "DEFAULT", "DEFINITIONS", "EMBEDDED", "ENCODED", "END", "ENUMERATED", "EXCEPT",
    "EXPLICIT", "EXPORTS", "EXTENSIBILITY", "EXTERNAL", "FALSE", "FROM", "IDENTIFIER", "IMPLICIT",
    "IMPLIED", "IMPORTS", "INCLUDES", "INSTANCE", "INTEGER", "INTERSECTION", "MAX", "MIN", "NULL",
    "OBJECT", "OCTET", "OF", "OPTIONAL", "PATTERN", "PDV", "PRESENT", "PRIVATE", "REAL",
    "RELATIVE-OID", "SEQUENCE", "SET", "SIZE", "STRING", "SYNTAX", "TAGS", "TYPE-IDENTIFIER",
    "TRUE", "UNION", "UNIQUE", "UNIVERSAL", "WITH",
))
# fmt: on


class TypeParser(ConstraintParser):
    """Reads types."""

    def parse_type(self) -> TypeSyntax:
        """Read a type with its tags and constraints."""
        with self.nested():
            first = self.token
            type_ = self._tagged() if self.at("[") else self._unconstrained()
            if isinstance(type_, Tagged):
                return type_
            while self.at("("):
                type_ = Constrained(type_, self.parse_constraint(), self.span_from(first))
            return type_

    def _tagged(self) -> Tagged:
        opening = self.expect("[")
        cls = TagClass.CONTEXT
        if self.token.text in _TAG_CLASSES:
            cls = _TAG_CLASSES[self.take().text]
        if self.token.kind not in (Kind.NUMBER, Kind.LOWER):
            raise self.expected("a tag number")
        number = self.parse_value()
        self.expect("]", "after the tag")
        span = self.span_from(opening)
        explicit = None
        if self.at("IMPLICIT", "EXPLICIT"):
            explicit = self.take().text == "EXPLICIT"
        return Tagged(cls, number, explicit, self.parse_type(), span)

    def _unconstrained(self) -> TypeSyntax:
        first = self.token
        if first.kind is Kind.LOWER:
            return self._selection_or_object_field()
        if first.kind is not Kind.UPPER:
            raise self.expected("a type")
        word = first.text
        if word in _ONE_WORD:
            self.take()
            return Builtin(word, self.span(first))
        if word in _TWO_WORDS and self.peek().text == _TWO_WORDS[word]:
            self.position += 2
            return Builtin(f"{word} {_TWO_WORDS[word]}", self.span_from(first))
        if word in ("INTEGER", "BIT"):
            return self._numbered()
        if word == "ENUMERATED":
            return self._enumeration()
        if word in ("SEQUENCE", "SET", "CHOICE"):
            return self._constructed()
        if word == "ANY":
            return self._any()
        if word == "INSTANCE":
            self.expect_words("INSTANCE", "OF")
            return InstanceOf(self.parse_reference(Kind.UPPER, "a class"), self.span_from(first))
        return self._named()

    def _named(self) -> TypeSyntax:
        first = self.token
        if first.text in RESERVED and first.text not in ("TYPE-IDENTIFIER", "ABSTRACT-SYNTAX"):
            raise self.expected("a type")
        reference = self.parse_reference(Kind.UPPER, "a type")
        return self._field_or_name(first, reference)

    def _field_or_name(self, first: Token, reference: Reference) -> TypeSyntax:
        fields = self.parse_field_names()
        if fields:
            return FieldType(reference, fields, self.span_from(first))
        return TypeReference(reference, self.span_from(first))

    def _selection_or_object_field(self) -> TypeSyntax:
        first = self.token
        if self.peek().text == "<":
            self.position += 2
            return Selection(first.text, self.parse_type(), self.span_from(first))
        reference = self.parse_reference(Kind.LOWER, "a type")
        fields = self.parse_field_names()
        if not fields:
            raise self.failure("ASN001", f'expected a type, found "{first.text}"', first)
        return FieldType(reference, fields, self.span_from(first))

    def _any(self) -> Builtin:
        first, governor = self.take(), None
        if self.accept("DEFINED"):
            self.expect("BY")
            governor = self.expect_kind(Kind.LOWER, "a component name").text
        return Builtin("ANY", self.span_from(first), governor)

    # --- types with numbered names ---

    def _numbered(self) -> TypeSyntax:
        first = self.take()
        name = "INTEGER"
        if first.text == "BIT":
            self.expect("STRING", "after BIT")
            name = "BIT STRING"
        names: list[NamedNumber] = []
        if self.accept("{"):
            while not self.at("}"):
                names.append(self._named_number(must_have_value=True))
                if not self.accept(","):
                    break
            self.expect("}", "or a comma in the list of names")
        return NumberedType(name, tuple(names), self.span_from(first))

    def _named_number(self, *, must_have_value: bool) -> NamedNumber:
        first = self.expect_kind(Kind.LOWER, "a name")
        value: ValueSyntax | None = None
        if must_have_value or self.at("("):
            self.expect("(", "and the number of the name")
            signed_or_reference = self.token.kind in (Kind.LOWER, Kind.UPPER)
            value = self.parse_value() if signed_or_reference else self.parse_number()
            self.expect(")", "after the number")
        return NamedNumber(first.text, value, self.span(first))

    def _enumeration(self) -> Enumeration:
        first = self.take()
        self.expect("{", "of an ENUMERATED")
        parts: list[list[NamedNumber]] = [[]]
        while True:
            if self.at("..."):
                if len(parts) == 2:
                    raise self.expected("an item, for there was an extension marker before")
                self.take()
                self._exception()
                parts.append([])
            else:
                parts[-1].append(self._named_number(must_have_value=False))
            if not self.accept(","):
                break
        self.expect("}", "or a comma after the item")
        additions = tuple(parts[1]) if len(parts) == 2 else ()
        span = self.span_from(first)
        return Enumeration(tuple(parts[0]), additions, len(parts) == 2, span)

    # --- constructed types ---

    def _constructed(self) -> TypeSyntax:
        first = self.take()
        word = first.text
        if word == "CHOICE" or self.at("{"):
            return self._structure(first)
        constraint = None
        if self.at("SIZE"):
            constraint = self._size_constraint()
        elif self.at("("):
            constraint = self.parse_constraint()
        self.expect("OF", f'or "{{" after {word}')
        name = None
        if self.token.kind is Kind.LOWER and self.peek().text not in ("<", "."):
            name = self.take().text
        return ListOf(word == "SET", name, self.parse_type(), constraint, self.span(first))

    def _structure(self, first: Token) -> Structure:
        self.expect("{", f"after {first.text}")
        parts: list[list[tuple[Member | ComponentsOf, ...]]] = [[]]
        while not self.at("}"):
            if self.at("..."):
                self._extension_marker(first, parts)
            elif self.at_double("["):
                if len(parts) != 2:
                    raise self.expected("a component, for a version group stands between markers")
                parts[-1].append(self._version_group(first.text))
            else:
                parts[-1].append((self._member(first.text),))
            if not self.accept(","):
                break
        self.expect("}", "or a comma after the component")
        if first.text == "CHOICE" and len(parts) == 3:
            parts[0] += parts.pop()  # (after a second marker X.680 29.1 has none; 1997 texts do)
        flat = [tuple(member for group in part for member in group) for part in parts]
        return Structure(
            first.text,
            flat[0],
            len(parts) > 1,
            tuple(parts[1]) if len(parts) > 1 else (),
            flat[2] if len(parts) > 2 else (),
            self.span(first),
        )

    def _extension_marker(
        self, first: Token, parts: list[list[tuple[Member | ComponentsOf, ...]]]
    ) -> None:
        if len(parts) == 3:
            raise self.expected(f'"}}", for the {first.text} has two extension markers')
        self.take()
        self._exception()
        parts.append([])

    def _version_group(self, word: str) -> tuple[Member | ComponentsOf, ...]:
        self.position += 2
        if self.token.kind is Kind.NUMBER and self.peek().text == ":":
            self.position += 2
        members = [self._member(word)]
        while self.accept(","):
            members.append(self._member(word))
        if not self.at_double("]"):
            raise self.expected('"]]" or a comma in the version group')
        self.position += 2
        return tuple(members)

    def _member(self, word: str) -> Member | ComponentsOf:
        first = self.token
        if word != "CHOICE" and self.at("COMPONENTS"):
            self.expect_words("COMPONENTS", "OF")
            return ComponentsOf(self.parse_type(), self.span_from(first))
        if first.kind is not Kind.LOWER:
            what = "alternative" if word == "CHOICE" else "component"
            raise self.expected(f"the name of a{'n' if what[0] == 'a' else ''} {what}")
        self.take()
        type_ = self.parse_type()
        optional, default = False, None
        if word != "CHOICE":
            optional = self.accept("OPTIONAL")
            if not optional and self.accept("DEFAULT"):
                default = self.parse_value()
        return Member(first.text, type_, optional, default, self.span(first))

    def _size_constraint(self) -> Constraint:
        """``SIZE (...)`` in front of OF, without parentheses of its own."""
        first = self.expect("SIZE")
        size = SizeOf(self.parse_constraint(), self.span_from(first))
        return Constraint(size, False, None, size.span)
