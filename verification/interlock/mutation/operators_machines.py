"""Faults in the machines: rows, guards, actions, reactions and what the configuration must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from interlock.model.edits import Change
from interlock.model.project import Project
from interlock.mutation.mutants import Mutant
from interlock.mutation.texts import Place, numbered, without_item

FOLDER = "models/machines/"
_OTHER_ARGUMENT = {
    "session.receive-keys": "session.pending-keys",
    "session.pending-keys": "session.receive-keys",
    "true": "false",
    "false": "true",
}


@dataclass(frozen=True)
class _Part:
    """A row, reaction or procedure of a machine."""

    name: str
    place: Place
    machine: Place
    clause: str

    def mutant(
        self, operator: str, at: Place, change: Change, words: str, suffix: str = ""
    ) -> Mutant:
        return Mutant(
            f"{operator}:{self.name}{suffix}",
            operator,
            at.source.path,
            at.line,
            self.clause,
            f"{self.name}: {words}",
            change,
        )

    @property
    def bodies(self) -> Iterator[tuple[str, Place]]:
        """Lists of actions: its own, and those of its branches."""
        body = self.place.get("do")
        if body is not None:
            yield "", body
        for branch in self.branches:
            inside = branch.get("do")
            if inside is not None:
                yield f"[{branch.word('id')}]", inside

    @property
    def branches(self) -> list[Place]:
        found = self.place.get("branches")
        return found.items if found is not None else []


def _machines(project: Project) -> Iterator[Place]:
    for path, source in sorted(project.models.sources.items()):
        if path.startswith(FOLDER):
            yield Place.of(source)


def _rows(project: Project) -> Iterator[_Part]:
    for machine in _machines(project):
        rows = machine.get("transitions")
        for row in rows.items if rows is not None else ():
            yield _Part(row.word("id"), row, machine, row.word("clause"))


def _parts(project: Project) -> Iterator[_Part]:
    """Rows, reactions and procedures."""
    yield from _rows(project)
    yield from _named(project, "reactions")
    yield from _named(project, "procedures")


def _named(project: Project, section: str) -> Iterator[_Part]:
    for machine in _machines(project):
        found = machine.get(section)
        for name, place in found.entries if found is not None else ():
            yield _Part(f"{machine.word('machine')}.{name}", place, machine, machine.word("clause"))


# --- rows ----------------------------------------------------------------------------------------


def drop_row(project: Project) -> Iterator[Mutant]:
    """Each row is left out."""
    for row in _rows(project):
        yield row.mutant("drop-row", row.place, row.place.without_lines(), "is missing")


def other_target(project: Project) -> Iterator[Mutant]:
    """Each row and reaction leads to another state: over, or if it is over, back."""
    for part in (*_rows(project), *_named(project, "reactions")):
        target = part.place.get("to")
        assert target is not None
        states = part.machine.get("states")
        assert states is not None
        names = [name for name, _ in states.entries]
        final = next(name for name, place in states.entries if place.word("final") == "true")
        sources = part.place.get("from")
        first = sources.items[0].text if sources is not None else names[-2]
        ways = [first] if target.text == final else [final]
        if target.text not in (final, "same"):
            middle = [name for name in names[1:] if name not in (final, target.text)]
            ways += middle[:1]
        for way in ways:
            change = target.replaced(way)
            words = f'leads to "{way}" instead of "{target.text}"'
            yield part.mutant("other-target", target, change, words, f"/{way}")


def drop_guard(project: Project) -> Iterator[Mutant]:
    """Each row with a guard has none."""
    for row in _rows(project):
        guard = row.place.get("when")
        if guard is not None:
            change = guard.without_lines()
            yield row.mutant("drop-guard", guard, change, "applies without a condition")


def negate_guard(project: Project) -> Iterator[Mutant]:
    """Each guard of a row and each condition of a branch means the opposite."""
    for part in _parts(project):
        guard = part.place.get("when")
        if guard is not None:
            change = guard.replaced(f"not ({guard.text})")
            yield part.mutant("negate-guard", guard, change, "applies where it did not")
        for branch in part.branches:
            when = branch.get("when")
            if when is not None:
                change = when.replaced(f"not ({when.text})")
                words = f"branch {branch.word('id')} applies where it did not"
                yield part.mutant("negate-guard", when, change, words, f"[{branch.word('id')}]")


# --- checks of rows ------------------------------------------------------------------------------


def _uses(project: Project) -> Iterator[tuple[_Part, Place, str, int, Place]]:
    """Row, its uses of check lists, name and number of one, and that one."""
    for row in _rows(project):
        uses = row.place.get("checks")
        for number, use in enumerate(uses.items if uses is not None else ()):
            listed = use.get("list")
            assert listed is not None
            assert uses is not None
            name = listed.text if listed.is_scalar else "/".join(v.text for _, v in listed.entries)
            yield row, uses, name, number, use


def drop_check_list(project: Project) -> Iterator[Mutant]:
    """Each list of checks of a row is not made."""
    for row, uses, name, number, use in _uses(project):
        change = without_item(uses, number)
        yield row.mutant("drop-check-list", use, change, f"{name} is not made", f"/{name}")


def other_argument(project: Project) -> Iterator[Mutant]:
    """Each argument of a list of checks is another: other keys, the opposite truth value."""
    for row, _, name, _, use in _uses(project):
        given = use.get("with")
        for parameter, value in given.entries if given is not None else ():
            other = _OTHER_ARGUMENT.get(value.text)
            if other is not None:
                words = f'{name} is given "{other}" as {parameter} instead of "{value.text}"'
                suffix = f"/{name}.{parameter}"
                yield row.mutant("other-argument", use, value.replaced(other), words, suffix)


def other_reaction(project: Project) -> Iterator[Mutant]:
    """Each failure leads to another reaction of the machine."""
    for row, _, name, _, use in _uses(project):
        reaction = use.get("on-failure")
        known = row.machine.get("reactions")
        assert reaction is not None
        assert known is not None
        names = [key for key, _ in known.entries]
        # the next one of those that are made for a failed check
        others = [key for key in names if key not in (reaction.text, "fault")]
        if others:
            other = others[names.index(reaction.text) % len(others)]
            words = f'a failure of {name} leads to "{other}" instead of "{reaction.text}"'
            suffix = f"/{name}.{other}"
            yield row.mutant("other-reaction", use, reaction.replaced(other), words, suffix)


# --- actions -------------------------------------------------------------------------------------


def drop_action(project: Project) -> Iterator[Mutant]:
    """Each action is not carried out, each assignment of a ``set`` by itself."""
    for part in _parts(project):
        found: list[tuple[str, Place, Change]] = []
        run = part.place.get("run")
        if run is not None:
            found.append((f"run={run.text}", run, run.without_lines()))
        for inside, body in part.bodies:
            for number, action in enumerate(body.items):
                found += _dropped(inside, body, number, action)
        names = numbered([name for name, _, _ in found])
        for name, (_, at, change) in zip(names, found, strict=True):
            yield part.mutant("drop-action", at, change, f"{name} is not done", f"/{name}")


def _dropped(
    inside: str, body: Place, number: int, action: Place
) -> Iterator[tuple[str, Place, Change]]:
    assigned = action.get("set")
    if assigned is not None:
        names = [name for name, _ in assigned.entries]
        for name in names:
            change = assigned.without(name) if len(names) > 1 else without_item(body, number)
            yield f"{inside}set={name}", action, change
        return
    kind, value = next(iter(action.entries))
    yield f"{inside}{kind}={_name_of(value)}", action, without_item(body, number)


def _name_of(value: Place) -> str:
    return value.text.partition("(")[0] if value.is_scalar else "-"


def drop_override(project: Project) -> Iterator[Mutant]:
    """Each value that a sent message is given is the default instead."""
    for part in _parts(project):
        found = []
        for inside, body in part.bodies:
            for action in body.items:
                sent = action.get("send") or action.get("send-envelope")
                given = action.get("with")
                if sent is None or given is None:
                    continue
                for name, _ in given.entries:
                    found.append((f"{inside}{sent.text}.{name}", action, given.without(name)))
        names = numbered([name for name, _, _ in found])
        for name, (_, at, change) in zip(names, found, strict=True):
            words = f"{name} has its default value"
            yield part.mutant("drop-override", at, change, words, f"/{name}")


def drop_requirement(project: Project) -> Iterator[Mutant]:
    """Each demand on the configuration is left out."""
    for machine in _machines(project):
        found = machine.get("requires")
        for number, item in enumerate(found.items if found is not None else (), 1):
            assert found is not None
            part = _Part(machine.word("machine"), item, machine, item.word("clause"))
            change = without_item(found, number - 1)
            words = f"not demanded: {item.word('words')}"
            yield part.mutant("drop-requirement", item, change, words, f"/{number}")
