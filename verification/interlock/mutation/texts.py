"""Where things stand in a YAML text, in characters, and changes of single places.

A mutant is the text of a file with one change. The layout around the change stays as it is, so that
a reader can compare the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from interlock.core.source import SourceFile
from interlock.model.edits import Change

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Place:
    """A value of a YAML document and where it stands; keys lead to further places."""

    source: SourceFile
    node: yaml.nodes.Node
    key: yaml.nodes.Node | None = None

    @classmethod
    def of(cls, source: SourceFile) -> Place:
        """The whole document of a file."""
        node = yaml.compose(source.text, Loader=_LOADER)
        assert node is not None
        return cls(source, node)

    # --- reading -----------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The scalar's value."""
        assert isinstance(self.node, yaml.ScalarNode)
        return str(self.node.value)

    @property
    def is_scalar(self) -> bool:
        """Whether it is one value."""
        return isinstance(self.node, yaml.ScalarNode)

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def items(self) -> list[Place]:
        """The items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            return []
        return [Place(self.source, node) for node in self.node.value]

    @property
    def entries(self) -> Iterator[tuple[str, Place]]:
        """Keys and values of a mapping."""
        if isinstance(self.node, yaml.MappingNode):
            for key, value in self.node.value:
                yield str(key.value), Place(self.source, value, key)

    def get(self, name: str) -> Place | None:
        """The value under a key."""
        return next((value for key, value in self.entries if key == name), None)

    def word(self, name: str, default: str = "") -> str:
        """The text under a key, or the default."""
        value = self.get(name)
        return value.text if value is not None and value.is_scalar else default

    @property
    def start(self) -> int:
        """Offset of its first character."""
        return int(self.node.start_mark.index)

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return int(self.node.end_mark.index)

    @property
    def line(self) -> int:
        """Line, from 1."""
        return int((self.key or self.node).start_mark.line) + 1

    @property
    def written(self) -> str:
        """The text from start to end; a value in block style goes up to the next token."""
        return self.source.text[self.start : self.end]

    # --- changing ----------------------------------------------------------------------------

    def replaced(self, text: str) -> Change:
        """Another text in its place, quoted."""
        return Change(self.start, self.end, json.dumps(text, ensure_ascii=False))

    def without_lines(self) -> Change:
        """It with its key or dash, and every line that it takes."""
        text = self.source.text
        first = (self.key or self.node).start_mark.index
        begin = text.rfind("\n", 0, first) + 1
        end = self.end
        if end > 0 and text[end - 1] != "\n":
            # a block ends where the next token starts; anything else, within a line of its own
            line = text.rfind("\n", 0, end) + 1
            behind = text.find("\n", end)
            end = line if not text[line:end].strip() else len(text) if behind < 0 else behind + 1
        return Change(begin, end, "")

    def without(self, name: str) -> Change:
        """A mapping in flow style without one of its keys."""
        kept = [(key, value) for key, value in self.entries if key != name]
        inside = ", ".join(f"{key}: {value.written}" for key, value in kept)
        return Change(self.start, self.end, "{" + inside + "}")

    def with_entry(self, name: str, text: str) -> Change:
        """A mapping in flow style with one more key."""
        return Change(self.end - 1, self.end - 1, f", {name}: {text}")


def without_item(items: Place, number: int) -> Change:
    """A list without one of its items; an empty list is written as one."""
    places = items.items
    if len(places) == 1:
        # a block list ends where the next token starts: what keeps that apart stays
        written = items.written
        return Change(items.start, items.end, "[]" + written[len(written.rstrip()) :])
    if items.source.text[items.start] == "[":
        kept = [place.written for n, place in enumerate(places) if n != number]
        return Change(items.start, items.end, "[" + ", ".join(kept) + "]")
    return places[number].without_lines()


def exchanged(first: Place, second: Place) -> Change:
    """Two values in flow style, the one in place of the other."""
    between = first.source.text[first.end : second.start]
    return Change(first.start, second.end, second.written + between + first.written)


def numbered(names: Sequence[str]) -> list[str]:
    """The names, later ones of the same name with a number: ``a``, ``a#2``."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return out
