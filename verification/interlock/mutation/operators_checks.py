"""Faults in the lists of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from interlock.model import types as t
from interlock.model.edits import Change
from interlock.model.project import Project
from interlock.mutation.conditions import (
    Variation,
    accepting_more,
    moved_bounds,
    without_disjunct,
)
from interlock.mutation.mutants import Mutant
from interlock.mutation.texts import Place, exchanged, without_item

FOLDER = "models/checks/"


@dataclass(frozen=True)
class _Written:
    """A check as written; ``id`` is without the braces of a template's prefix."""

    id: str
    check: Place
    subject: str
    all: Place
    number: int

    @property
    def condition(self) -> str:
        return self.check.word("fails-when")

    def mutant(self, operator: str, change: Change, words: str, suffix: str = "") -> Mutant:
        return Mutant(
            f"{operator}:{self.id}{suffix}",
            operator,
            self.check.source.path,
            self.check.line,
            self.check.word("clause"),
            f"{self.id} ({self.check.word('words')}): {words}",
            change,
        )


def _lists(project: Project) -> Iterator[list[_Written]]:
    """The checks of each list and template, in order."""
    for path, source in sorted(project.models.sources.items()):
        if not path.startswith(FOLDER):
            continue
        top = Place.of(source)
        for kind in ("lists", "templates"):
            group = top.get(kind)
            for one in group.items if group is not None else ():
                yield list(_checks(one))


def _checks(one: Place) -> Iterator[_Written]:
    instances = one.get("instances")
    names = [key for key, _ in instances.entries] if instances is not None else []
    subject = one.word("on", names[0] if names else "")
    found = one.get("checks")
    if found is None:
        return
    for number, check in enumerate(found.items):
        id = check.word("id").replace("{p}", one.word("template"))
        yield _Written(id, check, subject, found, number)


def drop_check(project: Project) -> Iterator[Mutant]:
    """Each check is left out."""
    for checks in _lists(project):
        for one in checks:
            yield one.mutant("drop-check", without_item(one.all, one.number), "is not made")


def swap_checks(project: Project) -> Iterator[Mutant]:
    """Each two neighbours change places."""
    for checks in _lists(project):
        for one, next_ in pairwise(checks):
            change = exchanged(one.check, next_.check)
            yield one.mutant("swap-checks", change, f"comes after {next_.id}", f"+{next_.id}")


def tell_cause(project: Project) -> Iterator[Mutant]:
    """Each alarm tells its cause, in lists whose other checks tell theirs."""
    for checks in _lists(project):
        told = [c.check.word("diagnostic") for c in checks if c.check.word("diagnostic")]
        for one in checks if told else ():
            if not one.check.word("diagnostic"):
                change = one.check.with_entry("diagnostic", "protocol-error")
                yield one.mutant("tell-cause", change, "tells the peer a diagnostic")


def drop_disjunct(project: Project) -> Iterator[Mutant]:
    """Each condition that alone makes a check fail is left out."""
    yield from _varied(project, "drop-disjunct", lambda _, text: without_disjunct(text))


def move_bound(project: Project) -> Iterator[Mutant]:
    """Each comparison decides otherwise about equality."""
    yield from _varied(project, "move-bound", lambda _, text: moved_bounds(text))


def accept_more(project: Project) -> Iterator[Mutant]:
    """Each comparison with what is expected accepts one value more."""

    def vary(one: _Written, text: str) -> Iterator[Variation]:
        return accepting_more(text, lambda name: _members(project, one.subject, name))

    yield from _varied(project, "accept-more", vary)


def _varied(
    project: Project, operator: str, vary: Callable[[_Written, str], Iterator[Variation]]
) -> Iterator[Mutant]:
    for checks in _lists(project):
        for one in checks:
            place = one.check.get("fails-when")
            assert place is not None
            for found in vary(one, one.condition):
                change = place.replaced(found.text)
                yield one.mutant(operator, change, found.words, f"/{found.name}")


def _members(project: Project, subject: str, name: str) -> tuple[str, ...]:
    """What a variable of a check can be, as ``Type.member``."""
    models = project.models
    root, _, field = name.partition(".")
    kind: t.Type | None = None
    if root == "m":
        for messages in models.messages.values():
            message = messages.messages.get(subject)
            if message is not None and field in message.fields:
                kind = message.fields[field].type
    elif root == "e":
        kind = next((fields[field].type for fields in models.envelopes.values()), None)
    elif root == "session":
        for machine in models.machines.values():
            if field in machine.session:
                kind = machine.session[field].type
    if not isinstance(kind, t.Enum):
        return ()
    return tuple(f"{kind.name}.{m}" for m in models.vocabulary.enumerations[kind.name].names)
