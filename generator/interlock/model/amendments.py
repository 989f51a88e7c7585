"""Amendments and editions: small files of edits on ``spec/`` and ``models/``, off by default.

Owns their format, their application in order, and the refusal of two that meet in one place. What
comes out is an ``Overlay``: nothing is written, and everything downstream reads the amended
texts as if they stood in the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from interlock.core import data as d
from interlock.core.diagnostics import Diagnostic, Label, error, similar_name_help
from interlock.core.errors import InputError, ModelError
from interlock.core.source import Overlay, SourceFile, Span
from interlock.model.edits import Change, Edit, How, locate

CURRENT_EDITION = "2018+AMD1"
"""The edition that the sources describe as they are."""

AMENDMENTS = "spec/amendments"
EDITIONS = "spec/editions"

_REQUIRED = ("clause", "words", "rationale", "edits")
_EFFECTS = ("finding", "closes", "cost", "interoperates")
_EDIT_KEYS = ("put", "within", "why", *(how.value for how in How))


@dataclass(frozen=True)
class Amendment:
    """A change of the standard's text, proposed (an amendment) or historical (an edition).

    ``finding`` are ids of findings that it answers, ``closes`` the attack that it ends and
    ``cost`` what it costs in interoperability. ``interoperates`` tells whether a party with it
    can still associate with one without. Editions leave these empty.
    """

    id: str
    clause: str
    words: str
    rationale: str
    edits: tuple[Edit, ...]
    finding: tuple[str, ...] = ()
    closes: str = ""
    cost: str = ""
    interoperates: bool = False
    requires: tuple[str, ...] = ()
    is_edition: bool = False
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)
    requires_at: tuple[Span, ...] = field(default=(), compare=False, repr=False)

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"edition {self.id}" if self.is_edition else self.id


@dataclass(frozen=True)
class Amended:
    """What was applied, and the texts that came out."""

    overlay: Overlay
    amendments: tuple[Amendment, ...] = ()
    edition: Amendment | None = None


def list_amendments(root: Path) -> tuple[Amendment, ...]:
    """Every amendment below ``root``, by name.

    Raises:
        InputError: One is badly written.
    """
    reader = _Reader(root)
    return tuple(reader.read(AMENDMENTS, name) for name in reader.names(AMENDMENTS))


def list_editions(root: Path) -> tuple[Amendment, ...]:
    """Every edition below ``root`` but the one that the sources describe, by name.

    Raises:
        InputError: One is badly written.
    """
    reader = _Reader(root)
    return tuple(reader.read(EDITIONS, name) for name in reader.names(EDITIONS))


def amend_sources(
    root: Path, amend: Sequence[str] = (), edition: str | None = None, base: Overlay | None = None
) -> Amended:
    """Apply an edition, then amendments in the given order.

    Args:
        root: Folder that holds ``spec/`` and ``models/``.
        amend: Ids of amendments.
        edition: Id of an edition; None or ``CURRENT_EDITION`` is the sources as they are.
        base: Texts that stand in for files before anything is applied.

    Raises:
        InputError: Something is unknown, badly written or does not fit; carries all findings of
            the first amendment at fault.
    """
    reader = _Reader(root)
    chosen = None
    if edition is not None and edition != CURRENT_EDITION:
        chosen = reader.read(EDITIONS, edition)
    applied = [reader.read(AMENDMENTS, name) for name in amend]
    patches = _Patches(root, base or Overlay())
    done: dict[str, Amendment] = {}
    for amendment in [chosen, *applied] if chosen is not None else applied:
        if not amendment.is_edition:
            _check_place_in_order(amendment, done, reader)
            done[amendment.id] = amendment
        patches.apply(amendment, _required(amendment, done))
    return Amended(patches.overlay(), tuple(applied), chosen)


def _check_place_in_order(
    amendment: Amendment, done: dict[str, Amendment], reader: _Reader
) -> None:
    if amendment.id in done:
        raise ModelError([error("AMD010", f'"{amendment.id}" is applied twice', amendment.span)])
    known = reader.names(AMENDMENTS)
    findings = []
    for name, at in zip(amendment.requires, amendment.requires_at, strict=True):
        if name not in known:
            findings.append(_unknown("amendment", name, known, at))
        elif name not in done:
            message = f'"{amendment.id}" requires "{name}", which is not applied before it'
            help_ = f"--amend {name} --amend {amendment.id}"
            findings.append(error("AMD007", message, at, help=help_))
    if findings:
        raise ModelError(findings)


def _required(amendment: Amendment, done: dict[str, Amendment]) -> frozenset[str]:
    """Ids of everything that an amendment builds on."""
    found: set[str] = set()
    waiting = list(amendment.requires)
    while waiting:
        name = waiting.pop()
        if name not in found and name in done:
            found.add(name)
            waiting.extend(done[name].requires)
    return frozenset(found)


def _unknown(what: str, name: str, known: Iterable[str], span: Span) -> Diagnostic:
    names = tuple(known)
    help_ = similar_name_help(name, names) or (f"known: {', '.join(names)}" if names else None)
    return error("AMD001", f'unknown {what} "{name}"', span, help=help_)


# --- reading -----------------------------------------------------------------------------------


class _Reader:
    """Reads the files of amendments and editions below one root."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._clauses = _clause_ids(root)

    def names(self, folder: str) -> tuple[str, ...]:
        return tuple(path.stem for path in sorted((self._root / folder).glob("*.yaml")))

    def read(self, folder: str, name: str) -> Amendment:
        is_edition = folder == EDITIONS
        what = "edition" if is_edition else "amendment"
        known = self.names(folder)
        if name not in known:
            names = (*known, CURRENT_EDITION) if is_edition else known
            raise ModelError([_unknown(what, name, names, Span(folder, 1, 1, 2))])
        shown = f"{folder}/{name}.yaml"
        try:
            source = SourceFile.read(self._root / shown, shown)
        except (OSError, UnicodeDecodeError) as problem:
            message = f'{what} "{name}" cannot be read: {_why(problem)}'
            raise ModelError([error("AMD001", message, Span(shown, 1, 1, 2))]) from problem
        effects = _EFFECTS if not is_edition else ()
        top = d.as_mapping(
            d.read_data(source),
            what,
            required=(what, *_REQUIRED, *effects),
            optional=("requires",) if not is_edition else (),
        )
        return self._amendment(top, what, name)

    def _amendment(self, top: d.Mapping, what: str, name: str) -> Amendment:
        findings: list[Diagnostic] = []
        id = d.as_scalar(top.need(what), what)
        if id.text != name:
            message = f'{what} "{id.text}" is in the file "{name}.yaml"'
            findings.append(error("AMD002", message, id.span))
        clause = d.as_scalar(top.need("clause"), "clause")
        if self._clauses and clause.text not in self._clauses:
            help_ = similar_name_help(clause.text, self._clauses)
            message = f'clause "{clause.text}" is not in spec/clauses.yaml'
            findings.append(error("AMD008", message, clause.span, help=help_))
        edits = []
        for node in d.as_sequence(top.need("edits"), "edits"):
            try:
                edits.append(self._edit(node))
            except InputError as problem:
                findings.extend(problem.diagnostics)
        if findings:
            raise ModelError(findings)
        interoperates = top.get("interoperates")
        requires = _texts(top, "requires")
        return Amendment(
            id=name,
            clause=clause.text,
            words=_prose(top, "words"),
            rationale=_prose(top, "rationale"),
            edits=tuple(edits),
            finding=tuple(item.text for item in _texts(top, "finding")),
            closes=_prose(top, "closes"),
            cost=_prose(top, "cost"),
            interoperates=interoperates is not None and d.as_bool(interoperates, "interoperates"),
            requires=tuple(item.text for item in requires),
            is_edition=what == "edition",
            span=id.span,
            requires_at=tuple(item.span for item in requires),
        )

    def _edit(self, node: d.Data) -> Edit:
        body = d.as_mapping(node, "edit", required=("file",), optional=_EDIT_KEYS)
        hows = [how for how in How if body.get(how.value) is not None]
        put = body.get("put")
        if len(hows) != 1:
            names = ", ".join(how.value for how in How)
            raise _badly(f"an edit has exactly one of {names}", body.span)
        how = hows[0]
        anchor = d.as_scalar(body.need(how.value), how.value)
        if not anchor.text.strip():
            raise _badly(f'the text of "{how.value}" is empty', anchor.span)
        if (put is None) != (how is How.DELETE):
            has = "has no" if how is How.DELETE else "needs"
            raise _badly(f'an edit with "{how.value}" {has} "put"', anchor.span)
        within, why = body.get("within"), body.get("why")
        return Edit(
            self._file(d.as_scalar(body.need("file"), "file")),
            how,
            anchor.text,
            d.as_text(put, "put") if put is not None else "",
            d.as_text(within, "within") if within is not None else None,
            d.as_text(why, "why") if why is not None else "",
            anchor.span,
            within.span if within is not None else anchor.span,
        )

    def _file(self, file: d.Scalar) -> str:
        parts = PurePosixPath(file.text).parts
        inside = file.text.startswith(("spec/", "models/")) and ".." not in parts
        if not inside or file.text.startswith((f"{AMENDMENTS}/", f"{EDITIONS}/")):
            message = f'"{file.text}" is not a file that amendments may change'
            help_ = "a file below spec/ or models/"
            raise ModelError([error("AMD006", message, file.span, help=help_)])
        if not (self._root / file.text).is_file():
            message = f'there is no file "{file.text}"'
            folder = (self._root / file.text).parent
            near = [path.relative_to(self._root).as_posix() for path in folder.glob("*.*")]
            nearest = similar_name_help(file.text, near)
            raise ModelError([error("AMD006", message, file.span, help=nearest)])
        return file.text


def _why(problem: OSError | UnicodeDecodeError) -> str:
    return (isinstance(problem, OSError) and problem.strerror) or "it is not UTF-8 text"


def _badly(message: str, span: Span) -> ModelError:
    return ModelError([error("AMD009", message, span)])


def _prose(top: d.Mapping, key: str) -> str:
    """A text of several lines as one line; empty where the key is missing."""
    node = top.get(key)
    return " ".join(d.as_text(node, key).split()) if node is not None else ""


def _texts(top: d.Mapping, key: str) -> tuple[d.Scalar, ...]:
    node = top.get(key)
    return tuple(d.as_scalar(item, key) for item in d.as_sequence(node, key)) if node else ()


def _clause_ids(root: Path) -> frozenset[str]:
    """The registered clauses; none where the register cannot be read, which is said elsewhere."""
    path = root / "spec" / "clauses.yaml"
    try:
        top = d.read_data(SourceFile.read(path, "spec/clauses.yaml"))
        rows = d.as_sequence(d.as_mapping(top, "clauses").need("clauses"), "clauses")
        return frozenset(d.as_mapping(row, "clause").text("id") for row in rows)
    except (InputError, OSError, UnicodeDecodeError):
        return frozenset()


# --- application -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Region:
    """Characters of the present text that an edit put there; empty where it deleted."""

    start: int
    end: int
    owner: Amendment
    edit: Edit

    def meets(self, change: Change) -> bool:
        """Whether a change takes characters away from here, or puts some in between."""
        return change.start < self.end and self.start < change.end

    def after(self, change: Change) -> _Region:
        """The region in the changed text."""
        grown = len(change.put) - (change.end - change.start)
        if self.end <= change.start:
            return self
        if self.start >= change.end:
            return _Region(self.start + grown, self.end + grown, self.owner, self.edit)
        start, end = min(self.start, change.start), max(self.end, change.end) + grown
        return _Region(start, end, self.owner, self.edit)


@dataclass
class _Patch:
    """One file as it is by now, what was put where, and the text before each edit."""

    text: str
    regions: list[_Region] = field(default_factory=list)
    history: list[tuple[str, Amendment, Edit]] = field(default_factory=list)

    def apply(self, edit: Edit, owner: Amendment, required: frozenset[str]) -> None:
        """Make one edit.

        Raises:
            ModelError: AMD003, AMD004, AMD005.
        """
        try:
            change = locate(self.text, edit)
        except ModelError as problem:
            self._blame(edit, owner)
            raise problem from None
        for region in self.regions:
            foreign = region.owner is not owner and region.owner.id not in required
            if foreign and region.meets(change):
                raise _conflict(edit, owner, region.owner, region.edit)
        self.history.append((self.text, owner, edit))
        self.regions = [region.after(change) for region in self.regions]
        self.regions.append(_Region(change.start, change.start + len(change.put), owner, edit))
        self.text = change.apply(self.text)

    def _blame(self, edit: Edit, owner: Amendment) -> None:
        """Refuse an edit that another amendment has made impossible; else do nothing."""
        for text, other, cause in reversed(self.history):
            try:
                locate(text, edit)
            except ModelError:
                continue
            if other is not owner:
                raise _conflict(edit, owner, other, cause)
            return


class _Patches:
    """All files that amendments have changed so far."""

    def __init__(self, root: Path, base: Overlay) -> None:
        self._root = root
        self._base = base
        self._files: dict[str, _Patch] = {}

    def apply(self, amendment: Amendment, required: frozenset[str]) -> None:
        """Make all edits of an amendment.

        Raises:
            ModelError: With every edit that does not fit.
        """
        findings: list[Diagnostic] = []
        for edit in amendment.edits:
            try:
                self._patch(edit).apply(edit, amendment, required)
            except ModelError as problem:
                findings.extend(problem.diagnostics)
        if findings:
            raise ModelError(findings)

    def _patch(self, edit: Edit) -> _Patch:
        if edit.file not in self._files:
            try:
                text = self._base.read(self._root / edit.file, edit.file).text
            except (OSError, UnicodeDecodeError) as problem:
                message = f'"{edit.file}" cannot be read: {_why(problem)}'
                raise ModelError([error("AMD006", message, edit.span)]) from problem
            self._files[edit.file] = _Patch(text)
        return self._files[edit.file]

    def overlay(self) -> Overlay:
        """The texts that came out, each with the names of those who changed it."""
        texts, notes = {}, {}
        for file, patch in self._files.items():
            texts[file] = patch.text
            names = dict.fromkeys(owner.name for _, owner, _ in patch.history)
            notes[file] = f"amended by {', '.join(names)}"
        return self._base.under(Overlay(texts, notes))


def _conflict(edit: Edit, owner: Amendment, other: Amendment, cause: Edit) -> ModelError:
    return ModelError(
        [
            error(
                "AMD005",
                f'"{owner.name}" and "{other.name}" touch the same place of "{edit.file}"',
                edit.span,
                labels=[Label(cause.span, f'the edit of "{other.name}"')],
                help=f'if it builds on "{other.id}", say so: requires: [{other.id}]',
            )
        ]
    )
