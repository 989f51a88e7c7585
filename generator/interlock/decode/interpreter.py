"""Decoding by the ASN.1 model: every element with its name, type, clause and value.

This interprets the model, octet by octet, so that a fault shows all that was readable before it.
Generated codecs are something else: they must be fast and give all or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from interlock.asn1 import types as a
from interlock.decode.environment import Environment
from interlock.decode.octets import Element, Octets, read_element
from interlock.decode.tree import MalformedError, Node, Problem
from interlock.decode.values import (
    Raw,
    Value,
    ValueFault,
    ValueReader,
    octets_text,
    size_violation,
    violations,
)
from interlock.ir.codec_resolve import Resolved, resolve
from interlock.ir.codec_tags import universal_tag

MAX_PATH = 150
MAX_SEGMENT_DEPTH = 8
UNKNOWN = ("(unknown alternative)", "(extension)")
"""Names of elements that only an extension marker allows."""
_GENERIC: Mapping[int, a.Type] = {
    1: a.BooleanType(),
    2: a.IntegerType(),
    3: a.BitStringType(),
    4: a.OctetStringType(),
    5: a.NullType(),
    6: a.ObjectIdentifierType(),
    10: a.EnumeratedType(items=(), extensible=True),
    12: a.StringType(name="UTF8String", universal=12),
    18: a.StringType(name="NumericString", universal=18),
    19: a.StringType(name="PrintableString", universal=19),
    22: a.StringType(name="IA5String", universal=22),
    23: a.TimeType(name="UTCTime", universal=23),
    24: a.TimeType(name="GeneralizedTime", universal=24),
    26: a.StringType(name="VisibleString", universal=26),
}


@dataclass
class Frame:
    """A structure being read: its name and the values of the components read so far."""

    key: str | None
    values: dict[str, Raw] = field(default_factory=dict)


class Interpreter:
    """Reads elements of one run of octets."""

    def __init__(
        self,
        environment: Environment,
        octets: Octets,
        problems: list[Problem],
        path: tuple[str, ...] = (),
    ) -> None:
        self._environment = environment
        self._model = environment.model
        self._values: ValueReader = environment.values
        self._octets = octets
        self._problems = problems
        self._path = list(path)
        self._frames: list[Frame] = []

    # --- entries ---------------------------------------------------------------------------

    def definition(self, key: str, start: int, stop: int, parent: Node, name: str = "") -> Node:
        """Read the named type ``key`` from all octets of a range.

        Raises:
            MalformedError: The octets are something else; what was read is below ``parent``.
        """
        reference = a.ReferenceType(definition=key)
        end, _ = self._element(reference, name or self._model.types[key].name, start, stop, parent)
        if end != stop:
            self._problem(f"{stop - end} octet(s) behind the end", end)
        self._octets.refuse_overruns()
        return parent.children[-1]

    # --- faults ----------------------------------------------------------------------------

    def _problem(self, reason: str, at: int) -> None:
        self._problems.append(Problem(reason, self._octets.at(at), tuple(self._path)))

    def _fail(self, reason: str, at: int) -> MalformedError:
        return MalformedError(reason, self._octets.at(at), tuple(self._path))

    @contextmanager
    def _inside(self, name: str, at: int) -> Iterator[None]:
        if len(self._path) >= MAX_PATH:
            raise self._fail("elements are nested too deeply", at)
        self._path.append(name)
        try:
            yield
        except MalformedError as problem:
            if problem.path:
                raise
            path = tuple(self._path)
            raise MalformedError(problem.reason, problem.offset, path) from problem
        finally:
            self._path.pop()

    # --- elements --------------------------------------------------------------------------

    def _element(
        self, type_: a.Type, name: str, start: int, stop: int, parent: Node
    ) -> tuple[int, Raw]:
        """Read one element; gives where it ends, and its value when it is primitive."""
        resolved = resolve(type_, self._model)
        node = self._node(resolved, name, start)
        parent.children.append(node)
        with self._inside(name, start):
            wrappers, own = _tags(resolved)
            outer: list[Element] = []
            at, limit = start, stop
            for tag in wrappers:
                element = self._expect(tag, at, limit, is_constructed=True)
                outer.append(element)
                at, limit = element.extent.content, element.extent.content_end
                self._measure(node, outer)
            end, raw = self._inner(resolved, own, at, limit, node, outer)
            if outer and end != outer[-1].extent.content_end:
                self._problem("octets behind the end of an explicitly tagged value", end)
            return (outer[0].extent.end if outer else end), raw

    def _node(self, resolved: Resolved, name: str, start: int) -> Node:
        definition = self._model.types.get(resolved.named or "")
        note = definition.annotation if definition else a.Annotation()
        return Node(
            name,
            self._octets.at(start),
            type=definition.name if definition else _type_name(resolved),
            key=resolved.named,
            clause=note.clause,
            assumptions=note.assumptions,
        )

    def _measure(self, node: Node, elements: list[Element]) -> None:
        node.length = elements[0].length
        node.header = elements[-1].extent.content - elements[0].extent.start
        node.tag = " ".join(str(element.tag) for element in elements)
        node.extent = elements[-1].extent

    def _read(self, at: int, stop: int) -> Element:
        return read_element(self._octets, at, stop, len(self._path), may_overrun=True)

    def _expect(self, tag: a.Tag, at: int, stop: int, *, is_constructed: bool | None) -> Element:
        element = self._read(at, stop)
        if element.tag != tag:
            raise self._fail(f"tag {element.tag} where {tag} should be", at)
        if is_constructed is not None and element.is_constructed != is_constructed:
            form = "constructed" if element.is_constructed else "primitive"
            raise self._fail(f"element {tag} is {form}", at)
        return element

    def _inner(
        self,
        resolved: Resolved,
        own: a.Tag | None,
        at: int,
        stop: int,
        node: Node,
        outer: list[Element],
    ) -> tuple[int, Raw]:
        base = resolved.base
        if isinstance(base, a.ChoiceType):
            return self._choice(base, at, stop, node, bool(outer))
        if isinstance(base, a.OpenType):
            return self._open(base, at, stop, node), None
        assert own is not None  # every other type has a tag
        compound = isinstance(base, a.StructureType | a.ListType)
        strings = isinstance(base, a.OctetStringType | a.BitStringType | a.StringType | a.TimeType)
        element = self._expect(own, at, stop, is_constructed=None if strings else compound)
        self._measure(node, [*outer, element])
        if isinstance(base, a.StructureType):
            self._structure(base, resolved.named, element, node)
            return element.extent.end, None
        if isinstance(base, a.ListType):
            self._list(base, resolved, element, node)
            return element.extent.end, None
        content = self._content(element, isinstance(base, a.BitStringType))
        try:
            value = self._values.read(base, content)
        except ValueFault as problem:
            raise self._fail(str(problem), element.extent.content) from problem
        node.value = value.text
        for broken in violations(resolved.constraints, base, value, content):
            self._problem(broken, at)
        self._environment.annotate(node, value, content)
        return element.extent.end, value.raw

    def _content(self, element: Element, is_bits: bool) -> bytes:
        """Contents octets of a string, segments joined. Source: X.690, 8.6.4, 8.7.3 and 8.23.1."""
        if not element.is_constructed:
            extent = element.extent
            return self._octets.data[extent.content : extent.content_end]
        segments = list(self._segments(element, a.Tag(a.TagClass.UNIVERSAL, 3 if is_bits else 4)))
        if not is_bits:
            return b"".join(segments)
        # the first octet of each counts unused bits; only the last may have any
        return (segments[-1][:1] if segments else b"\0") + b"".join(s[1:] for s in segments)

    def _segments(self, element: Element, tag: a.Tag, depth: int = 0) -> Iterator[bytes]:
        if depth > MAX_SEGMENT_DEPTH:
            raise self._fail("segments are nested too deeply", element.extent.start)
        at, stop = element.extent.content, element.extent.content_end
        while at < stop:
            segment = self._expect(tag, at, stop, is_constructed=None)
            if segment.is_constructed:
                yield from self._segments(segment, tag, depth + 1)
            else:
                yield self._octets.data[segment.extent.content : segment.extent.content_end]
            at = segment.extent.end

    # --- structures ------------------------------------------------------------------------

    def _structure(
        self, base: a.StructureType, key: str | None, element: Element, node: Node
    ) -> None:
        frame = Frame(key)
        self._frames.append(frame)
        at, stop = element.extent.content, element.extent.content_end
        if base.is_set:
            at = self._set(base, at, stop, node, frame)
        else:
            parts: list[tuple[a.Component, bool]] = [(c, False) for c in base.root]
            parts += [(c, True) for group in base.additions for c in group]
            for component, is_addition in parts:
                at = self._component(component, is_addition, at, stop, node, frame)
            if base.extensible:
                at = self._unknown_additions(base, at, stop, node)
            for component in base.root_after:
                at = self._component(component, False, at, stop, node, frame)
        if at < stop:
            found = self._read(at, stop)
            raise self._fail(f"element {found.tag} has no place here", at)
        self._frames.pop()
        self._environment.structure_read(frame.key, frame.values)

    def _component(
        self,
        component: a.Component,
        is_addition: bool,
        at: int,
        stop: int,
        node: Node,
        frame: Frame,
    ) -> int:
        if at < stop and self._fits(component.type, self._tag_at(at, stop)):
            at, raw = self._element(component.type, component.name, at, stop, node)
            frame.values[component.name] = raw
        elif component.presence is a.Presence.MANDATORY and not is_addition:
            raise self._missing(component, at, stop)
        return at

    def _missing(self, component: a.Component, at: int, stop: int) -> MalformedError:
        if at < stop:
            found = f"{self._tag_at(at, stop)} stands there"
        elif self._octets.overruns and at == len(self._octets.data):
            found = "the input ends"
        else:
            found = "the structure ends"
        return self._fail(f'component "{component.name}" is missing: {found}', at)

    def _set(self, base: a.StructureType, at: int, stop: int, node: Node, frame: Frame) -> int:
        left = list(base.components)
        while at < stop:
            tag = self._tag_at(at, stop)
            component = next((c for c in left if self._fits(c.type, tag)), None)
            if component is None:
                return self._unknown_additions(base, at, stop, node) if base.extensible else at
            left.remove(component)
            at, raw = self._element(component.type, component.name, at, stop, node)
            frame.values[component.name] = raw
        for component in left:
            if component.presence is a.Presence.MANDATORY:
                raise self._missing(component, at, stop)
        return at

    def _unknown_additions(self, base: a.StructureType, at: int, stop: int, node: Node) -> int:
        while at < stop:
            tag = self._tag_at(at, stop)
            if any(self._fits(component.type, tag) for component in base.root_after):
                return at
            at = self._generic(at, stop, node, UNKNOWN[1])
        return at

    def _list(self, base: a.ListType, resolved: Resolved, element: Element, node: Node) -> None:
        at, stop = element.extent.content, element.extent.content_end
        count = 0
        while at < stop:
            at, _ = self._element(base.element, str(count), at, stop, node)
            count += 1
        node.value = f"{count} element(s)"
        broken = size_violation(resolved.constraints, count)
        if broken:
            self._problem(broken, element.extent.start)

    # --- choices and open types ------------------------------------------------------------

    def _choice(
        self, base: a.ChoiceType, at: int, stop: int, node: Node, has_wrapper: bool
    ) -> tuple[int, Raw]:
        tag = self._tag_at(at, stop)
        for alternative in base.alternatives:
            if self._fits(alternative.type, tag):
                node.value = alternative.name
                end, raw = self._element(alternative.type, alternative.name, at, stop, node)
                break
        else:
            if not base.extensible:
                raise self._fail(f"no alternative has tag {tag}", at)
            end, raw = self._generic(at, stop, node, UNKNOWN[0]), None
        if not has_wrapper:
            child = node.children[-1]
            node.length, node.header, node.tag = child.length, 0, ""
            node.extent = child.extent
        return end, raw

    def _open(self, base: a.OpenType, at: int, stop: int, node: Node) -> int:
        element = self._read(at, stop)
        if node.extent is None:
            node.length, node.extent = element.length, element.extent
        type_ = self._governed(base)
        if type_ is None:
            values = [frame.values for frame in reversed(self._frames)]
            keys = [frame.key for frame in reversed(self._frames) if frame.key]
            data = self._octets.data[at : element.extent.end]
            key = self._environment.content_type(base, self._path, keys, values, data)
            type_ = a.ReferenceType(definition=key) if key is not None else None
        if type_ is None:
            return self._generic(at, stop, node, "(any)")
        resolved = resolve(type_, self._model)
        name = resolved.named or ""
        name = self._model.types[name].name if name in self._model.types else "value"
        end, _ = self._element(type_, name, at, stop, node)
        return end

    def _governed(self, base: a.OpenType) -> a.Type | None:
        """The type that a table constraint selects, where the governor is a sibling."""
        if base.governor is None or base.object_set is None or base.field_name is None:
            return None
        levels = base.governor.count("^.")
        name = base.governor.replace("^.", "")
        if levels >= len(self._frames):
            return None
        value = self._frames[-1 - levels].values.get(name)
        for item in base.object_set.objects:
            if any(_plain(known) == value for known in item.values.values()):
                return item.types.get(base.field_name)
        return None

    def _generic(self, at: int, stop: int, parent: Node, name: str) -> int:
        """Read an element of which nothing is known but its tags."""
        element = self._read(at, stop)
        node = Node(name, self._octets.at(at), type="")
        parent.children.append(node)
        self._measure(node, [element])
        with self._inside(name, at):
            if element.is_constructed:
                inner = element.extent.content
                while inner < element.extent.content_end:
                    inner = self._generic(inner, element.extent.content_end, node, "-")
            else:
                extent = element.extent
                content = self._octets.data[extent.content : extent.content_end]
                node.value = self._guess(element.tag, content).text
        return element.extent.end

    def _guess(self, tag: a.Tag, content: bytes) -> Value:
        type_ = _GENERIC.get(tag.number) if tag.cls is a.TagClass.UNIVERSAL else None
        try:
            if type_ is not None:
                return self._values.read(type_, content)
        except ValueFault:
            pass  # shown as octets: nothing demands that an unknown element is well made
        return Value(content, octets_text(content))

    # --- tags ------------------------------------------------------------------------------

    def _tag_at(self, at: int, stop: int) -> a.Tag:
        return self._read(at, stop).tag

    def _fits(self, type_: a.Type, tag: a.Tag) -> bool:
        """Whether an element with ``tag`` can begin a value of the type."""
        resolved = resolve(type_, self._model)
        wrappers, own = _tags(resolved)
        if wrappers:
            return wrappers[0] == tag
        if own is not None:
            return own == tag
        if isinstance(resolved.base, a.ChoiceType):
            return resolved.base.extensible or any(
                self._fits(alternative.type, tag) for alternative in resolved.base.alternatives
            )
        return True  # an open type


def _tags(resolved: Resolved) -> tuple[list[a.Tag], a.Tag | None]:
    """Explicit tags, outermost first, and the element's own; None for a choice or open type."""
    universal = universal_tag(resolved.base)
    chain: list[a.Tag] = [] if universal is None else [universal[0]]
    for prefix in reversed(resolved.prefixes):
        if prefix.explicit:
            chain.insert(0, prefix.tag)
        else:
            chain[0] = prefix.tag
    own = chain.pop() if universal is not None else None
    return chain, own


def _plain(value: a.Value) -> Raw:
    if isinstance(value, a.OidValue):
        return str(value)
    return value if isinstance(value, int | str | bytes) else None


def _type_name(resolved: Resolved) -> str:
    base = resolved.base
    if resolved.named is not None:
        return resolved.named.rpartition(".")[2]  # EXTERNAL, which no module defines
    if isinstance(base, a.ChoiceType):
        return "CHOICE"
    if isinstance(base, a.OpenType):
        return "open type"
    universal = universal_tag(base)
    return universal[1] if universal else ""
