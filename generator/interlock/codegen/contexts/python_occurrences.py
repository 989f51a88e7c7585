"""Uses of types as Python expressions: guards, annotations, names of tables."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from interlock.asn1.types import Interval
from interlock.codegen.contexts.python_codec_views import CheckView, HeaderView, OccurrenceView
from interlock.codegen.filters import python as spell
from interlock.codegen.names.python import attribute_name, class_name, constant_name
from interlock.ir import codec


@dataclass
class TableNames:
    """Module-level tables that the occurrences of one module ask for."""

    headers: dict[str, bytes] = field(default_factory=dict)
    integers: dict[str, bytes] = field(default_factory=dict)
    matchers: dict[str, str] = field(default_factory=dict)

    def matcher(self, names: tuple[str, ...], expression: str) -> str:
        """A name for a compiled pattern."""
        stem = "IS_" + constant_name(*names)
        name, n = stem, 1
        while self.matchers.get(name, expression) != expression:
            n += 1
            name = f"{stem}_{n}"
        self.matchers[name] = expression
        return name


def header_view(identifier: codec.Identifier, names: TableNames, level: int = 0) -> HeaderView:
    """The view of an identifier; registers its table of short headers."""
    octets = identifier.octets
    text = bytes(octets).hex().upper()
    names.headers[f"H_{text}"] = bytes(octets)
    if len(octets) > 1:
        literal = spell.octets(octets)
        guard = primitive = f"b.startswith({literal}, i)"
        if identifier.may_be_constructed:
            other = spell.octets(identifier.constructed_octets)
            guard = f"b.startswith(({literal}, {other}), i)"
        unless = f"not {guard}"
    elif identifier.may_be_constructed:
        primitive = f"b[i] == 0x{text}"
        constructed = f"0x{identifier.constructed_octets[0]:02X}"
        guard = f"b[i] | 0x20 == {constructed}"
        unless = f"b[i] | 0x20 != {constructed}"
    else:
        guard = primitive = f"b[i] == 0x{text}"
        unless = f"b[i] != 0x{text}"
    return HeaderView(
        expected=identifier.text,
        length_at=str(len(octets)),
        contents_at=str(len(octets) + 1),
        size_argument="" if len(octets) == 1 else f", {len(octets)}",
        guard=guard,
        unless=unless,
        primitive_guard=primitive,
        tag=spell.octets(octets),
        table=f"H_{text}",
        level=level,
    )


def guards(identifiers: tuple[codec.Identifier, ...]) -> str:
    """The condition that the element at ``i`` has one of the identifiers."""
    if all(len(i.octets) == 1 for i in identifiers):
        values = sorted(
            {i.octets[0] for i in identifiers}
            | {i.constructed_octets[0] for i in identifiers if i.may_be_constructed}
        )
        if len(values) == 1:
            return f"b[i] == 0x{values[0]:02X}"
        return f"b[i] in {{{', '.join(f'0x{v:02X}' for v in values)}}}"
    forms = [i.octets for i in identifiers]
    forms += [i.constructed_octets for i in identifiers if i.may_be_constructed]
    return f"b.startswith(({', '.join(map(spell.octets, forms))},), i)"


class OccurrenceBuilder:
    """Views of the uses of types in one module."""

    def __init__(self, model: codec.CodecModel, module: codec.CodecModule) -> None:
        self.model, self.module = model, module
        self.names = TableNames()
        self.entries = _named_by_tables(model)
        self.by_key = {d.key: d for m in model.modules for d in m.definitions}
        self.tables = {t.key: t for m in model.modules for t in m.object_tables}
        self.enumerations = {t.key: t for m in model.modules for t in m.name_tables}

    # --- names -----------------------------------------------------------------------------

    def function(self, key: str) -> str:
        """The suffix of a definition's functions."""
        return class_name(self.by_key[key].names)

    def type_name(self, key: str) -> str:
        """The annotation of a definition's values."""
        definition = self.by_key[key]
        if isinstance(definition, codec.Structure):
            return class_name(definition.class_names)
        if isinstance(definition, codec.ListDefinition):
            return f"list[{self.annotation(definition.element)}]"
        if isinstance(definition, codec.Choice):
            return class_name(definition.names)
        return self.annotation(definition.occurrence)

    def annotation(self, occurrence: codec.Occurrence) -> str:
        """The annotation of a use."""
        match occurrence.contents:
            case codec.Call(definition=key):
                return self.type_name(key)
            case codec.Enumerated(names=key, is_extensible=extensible):
                name = class_name(self.enumerations[key].names)
                return f"{name} | int" if extensible else name
            case codec.Boolean():
                return "bool"
            case codec.Null():
                return "None"
            case codec.Integer() | codec.NamedBits():
                return "int"
            case codec.Bits():
                return "BitString"
            case codec.ObjectIdentifier() | codec.Text():
                return "str"
        return "bytes"

    # --- occurrences -----------------------------------------------------------------------

    def occurrence(
        self,
        use: codec.Occurrence,
        *,
        at: str,
        target: str,
        source: str,
        sink: str = "octets",
        kept: str = "",
        kept_to: str = "i",
    ) -> OccurrenceView:
        """The view of a use that reads into ``target`` and writes from ``source``."""
        own = header_view(use.identifier, self.names) if use.identifier is not None else None
        wrappers = self._wrappers(use, own)
        complete = isinstance(
            use.contents, codec.Boolean | codec.Null | codec.Integer | codec.Enumerated
        )
        outside = wrappers if complete or own is None else (*wrappers, own)
        outer = (wrappers or ((own,) if own is not None else ()))[:1]
        guard = guards(use.first) if use.first else "True"
        return OccurrenceView(
            spelling=use.spelling,
            at=at,
            target=target,
            source=source,
            sink=sink,
            annotation=self.annotation(use),
            guard=outer[0].guard if outer else guard,
            unless=outer[0].unless if outer else f"not ({guard})",
            is_checked=bool(outer),
            expected=outer[0].expected if outer else "an element",
            wrappers=wrappers,
            closing=tuple(reversed(wrappers)),
            own=own,
            enclosing=tuple(reversed(outside[1:])),
            outermost=outside[0] if outside else None,
            is_direct=not outside,
            read_checks=self._checks(use, target, is_reading=True),
            write_checks=self._checks(use, source, is_reading=False),
            is_kept=bool(kept),
            kept=kept,
            kept_to=kept_to,
            **self._kind(use, own),
        )

    def _wrappers(self, use: codec.Occurrence, own: HeaderView | None) -> tuple[HeaderView, ...]:
        views = [header_view(w, self.names, level) for level, w in enumerate(use.wrappers, 1)]
        for n, view in enumerate(views):
            inner = views[n + 1] if n + 1 < len(views) else own
            if inner is not None:
                views[n] = replace(
                    view,
                    has_inner=True,
                    inner_unless=inner.unless,
                    inner_expected=inner.expected,
                )
        return tuple(views)

    def _kind(self, use: codec.Occurrence, own: HeaderView | None) -> dict[str, Any]:
        bare = not use.wrappers
        match use.contents:
            case codec.Boolean():
                return {
                    "is_boolean": True,
                    "is_primitive": True,
                    "true_element": _element(use, b"\x01\xff"),
                    "false_element": _element(use, b"\x01\x00"),
                }
            case codec.Null():
                return {
                    "is_null": True,
                    "is_primitive": True,
                    "null_element": _element(use, b"\x00"),
                }
            case codec.Integer():
                return {
                    "is_integer": True,
                    "is_primitive": True,
                    "integers": self._integers(own),
                }
            case codec.Enumerated(names=key, is_extensible=extensible):
                return {
                    "is_enumerated": True,
                    "is_primitive": True,
                    "table": self.lookup_name(key),
                    "is_closed_enumeration": not extensible,
                    "integers": self._integers(own),
                }
            case codec.ObjectIdentifier(is_relative=relative):
                return {
                    "is_oid": not relative,
                    "is_relative_oid": relative,
                    "is_primitive": True,
                }
            case codec.NamedBits() | codec.Bits():
                named = isinstance(use.contents, codec.NamedBits)
                return {"is_bit_string": True, "is_named_bits": named, "is_bits": not named}
            case codec.Octets(containing=containing):
                return {
                    "is_string": True,
                    "is_bare_string": bare,
                    "has_containing": containing is not None,
                    "containing": self.function(containing) if containing else "",
                }
            case codec.Text(charset=charset):
                return {
                    "is_string": True,
                    "is_bare_string": bare,
                    "is_text": True,
                    "charset": charset,
                }
            case codec.Time():
                return {"is_string": True, "is_bare_string": bare}
            case codec.Open(table=table, governor=governor):
                if table is None or governor is None:
                    return {"is_open": True}
                return {
                    "is_open": True,
                    "is_table_open": True,
                    "table": self.table_name(table),
                    "governor": f"value.{attribute_name(governor)}",
                }
            case codec.Call(definition=key, is_choice=is_choice):
                return {
                    "is_choice": is_choice,
                    "is_call": not is_choice,
                    "function": self.function(key),
                }
        raise AssertionError(f"no view for {use.contents}")

    # --- constraints -----------------------------------------------------------------------

    def _checks(
        self, use: codec.Occurrence, name: str, *, is_reading: bool
    ) -> tuple[CheckView, ...]:
        """The constraints on the value called ``name``."""
        contents = use.contents
        found: list[CheckView] = []
        match contents:
            case codec.Integer(values=values) if values:
                found.append(_range(values, name, "value"))
            case codec.Octets(size=size) | codec.Text(size=size) if size:
                found.append(_range(size, f"len({name})", "size"))
            case codec.Bits(size=size) if size:
                width = f"8 * len({name}.octets) - {name}.unused"
                found.append(_range(size, width, "size"))
            case codec.NamedBits(size=size) if size:
                # trailing zero bits carry no meaning, so only the upper bound can be violated
                high = size[-1].high
                found += [_range((Interval(None, high),), f"{name}.bit_length()", "size")]
        if (
            isinstance(contents, codec.Text | codec.ObjectIdentifier | codec.Enumerated)
            and contents.permitted
        ):
            allowed = ", ".join(map(spell.literal, contents.permitted))
            found.append(CheckView(violation=f"{name} not in ({allowed},)", reason="not permitted"))
        found += self._form(use, name, is_reading)
        if isinstance(contents, codec.Enumerated) and not (contents.is_extensible or is_reading):
            found.append(
                CheckView(
                    violation=f"{name} not in {self.lookup_name(contents.names)}",
                    reason="enumeration has no such item",
                )
            )
        if isinstance(contents, codec.Open) and not is_reading:
            found.append(
                CheckView(
                    violation=f"not is_framed({name})",
                    reason="not exactly one element",
                )
            )
        if use.table is not None:
            found.append(
                CheckView(
                    violation=f"{name} not in {self.table_name(use.table)}",
                    reason="not an object of the set",
                )
            )
        return tuple(found)

    def _form(self, use: codec.Occurrence, name: str, is_reading: bool) -> list[CheckView]:
        """Patterns and the forms of times."""
        match use.contents:
            case codec.Text(patterns=patterns):
                tables = [
                    self.names.matcher(use.names, f"Matches({spell.raw_string(p)})")
                    for p in patterns
                ]
                reason = "does not match the PATTERN"
                return [CheckView(violation=f"not {t}[{name}]", reason=reason) for t in tables]
            case codec.Time(patterns=patterns) if patterns:
                tests = [
                    self.names.matcher(use.names, f"time_matcher({spell.raw_bytes(p)})")
                    for p in patterns
                ]
                reason = "does not match the PATTERN, or is not a legal time"
                return [CheckView(violation=f"not {t}({name})", reason=reason) for t in tests]
            case codec.Time(is_generalized=generalized):
                test = "is_generalized_time" if generalized else "is_utc_time"
                strict = "der" if is_reading else "True"
                return [
                    CheckView(violation=f"not {test}({name}, {strict})", reason="not a legal time")
                ]
        return []

    def _integers(self, own: HeaderView | None) -> str:
        assert own is not None
        name = "I" + own.table[1:]
        self.names.integers[name] = self.names.headers[own.table]
        return name

    def lookup_name(self, key: str) -> str:
        """The constant that maps numbers to the members of an enumeration."""
        return constant_name(*self.enumerations[key].names) + "_NAMES"

    def table_name(self, key: str) -> str:
        """The constant of an object table."""
        return constant_name(*self.tables[key].names)


def _element(use: codec.Occurrence, rest: bytes) -> str:
    """A complete element with fixed length and contents."""
    assert use.identifier is not None
    return spell.octets(bytes(use.identifier.octets) + rest)


def _range(intervals: tuple[Interval, ...], name: str, what: str) -> CheckView:
    return CheckView(
        violation=f"not ({spell.inside(intervals, name)})",
        reason=f"{what} is not {spell.range_text(intervals)}",
    )


def _named_by_tables(model: codec.CodecModel) -> frozenset[str]:
    """Definitions that object tables and CONTAINING decode on their own."""
    rows = {
        row.definition
        for module in model.modules
        for table in module.object_tables
        for row in table.rows
        if row.definition is not None
    }
    inside: set[str] = set()
    for module in model.modules:
        for item in module.definitions:
            for use in codec.uses(item):
                if isinstance(use.contents, codec.Octets) and use.contents.containing:
                    inside.add(use.contents.containing)
    return frozenset(rows | inside)
