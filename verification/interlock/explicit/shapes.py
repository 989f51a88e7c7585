"""What the ASN.1 types make of the fields of a message.

What is inside an alternative of a CHOICE is there only where that one was chosen, what is inside an
optional component only where that is present; a message that is not well-formed has no fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from interlock.explicit.evaluate import Evaluator, Value
from interlock.model import types as t
from interlock.model.messages import Message

Record = dict[str, Value]


@dataclass(frozen=True)
class _Shape:
    empty: Record
    chosen: tuple[tuple[str, str, str], ...]
    """Field that reads the branch, field inside an alternative, the alternative."""
    present: tuple[tuple[str, str, Value], ...]
    """Field that tells presence, field of the component, what it holds where nothing is said."""


class Shapes:
    """Gives records the shape that their types allow."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._known: dict[str, _Shape] = {}

    def empty(self, message: Message) -> Record:
        """Every field empty."""
        return dict(self._of(message).empty)

    def sent(self, message: Message, fields: Record) -> Record:
        """What of the fields that are put into a message gets into it."""
        shape = self._of(message)
        out = dict(fields)
        for choice, item, alternative in shape.chosen:
            if choice in out and item in out and out[choice] != alternative:
                out[item] = shape.empty[item]
        return out

    def received(self, message: Message, record: Record) -> Record:
        """The nearest record that a decoder can yield."""
        shape = self._of(message)
        if not record["well-formed"]:
            return {**record, **shape.empty}
        out = self.sent(message, record)
        for presence, item, something in shape.present:
            if not out[presence]:
                out[item] = shape.empty[item]
            elif something is not None and out[item] == shape.empty[item]:
                out[item] = something
        return out

    def _of(self, message: Message) -> _Shape:
        if message.name not in self._known:
            self._known[message.name] = self._shape(message)
        return self._known[message.name]

    def _shape(self, message: Message) -> _Shape:
        fields = list(message.fields.values())
        chosen = []
        present = []
        for outer in fields:
            depth = len(outer.steps)
            for item in fields:
                if outer.projection == "branch" and item.path.startswith(f"{outer.path}."):
                    if item.steps[depth].is_alternative:
                        chosen.append((outer.name, item.name, item.steps[depth].name))
                elif outer.projection == "present" and item.path == outer.path and item != outer:
                    present.append((outer.name, item.name, self._something(item.type)))
        empty = {f.name: self._evaluator.empty(f.type) for f in fields}
        return _Shape(empty, tuple(chosen), tuple(present))

    def _something(self, kind: t.Type) -> Value:
        """A value of a component that is there; None where an empty one is possible."""
        match self._evaluator.abstraction.seen_as(kind):
            case t.ListOf() | t.SetOf():
                return ("other",)
            case t.Enum(name="Share"):
                return "attacker"
            case t.Text() | t.Octets():
                return ("something",)
        return None
