"""What a mutant is, and the sources that one makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from interlock.core.source import Overlay, SourceFile
from interlock.model.edits import Change
from interlock.model.loader import load_models
from interlock.model.messages import Field, Message, MessageSet, Step
from interlock.model.project import Project, load_project

OUTSIDE = "outside"
"""First step of the path of a component that was taken out of what is protected."""


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        id: Its name, the same as long as what it changes has the same name.
        operator: The kind of fault, a name of ``operators.OPERATORS``.
        file, line: Where the fault is.
        clause: The clause that is broken.
        words: What was changed.
        change: The change of the text of ``file``.
        assume: Values of assumptions instead.
        unprotected: Message and path of the component that its protection no longer covers.
    """

    id: str
    operator: str
    file: str
    line: int
    clause: str
    words: str
    change: Change | None = None
    assume: Mapping[str, str] = field(default_factory=dict)
    unprotected: tuple[str, str] | None = None

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"

    def overlay(self, root: Path, base: Project) -> Overlay:
        """The changed text."""
        if self.change is None:
            return Overlay()
        known = base.sources.get(self.file)
        source = known or SourceFile.read(root / self.file, self.file)
        return Overlay({self.file: self.change.apply(source.text)})

    def project(self, root: Path, base: Project) -> Project:
        """The sources with the fault; ``base`` are those without.

        Raises:
            InputError: They cannot be read any more.
        """
        if self.unprotected is not None:
            return unprotect(base, *self.unprotected)
        # the texts of the base: they may be amended
        texts = Overlay({path: source.text for path, source in base.sources.items()})
        texts = texts.under(self.overlay(root, base))
        if self.change is not None and self.file.startswith("models/"):
            # the specification is as it was; reading it takes most of the time
            return replace(base, models=load_models(root / "models", base.spec, texts))
        changed = load_project(root, self.assume, overlay=texts)
        return replace(changed, amendments=base.amendments, edition=base.edition)


def unprotect(project: Project, message: str, path: str) -> Project:
    """The project with a component of a message moved out of what its protection covers.

    Everything that is read from the component moves with it, as if it stood next to the protected
    part in the ASN.1 type. Which octets are whose stays open, as it is for the component before.
    """
    models = project.models
    messages = {mode: _moved(found, message, path) for mode, found in models.messages.items()}
    machines = {
        name: replace(machine, messages=messages[machine.mode])
        for name, machine in models.machines.items()
    }
    return replace(project, models=replace(models, messages=messages, machines=machines))


def _moved(found: MessageSet, name: str, path: str) -> MessageSet:
    if name not in found.messages:
        return found
    message: Message = found.messages[name]
    fields: dict[str, Field] = {}
    for item in message.fields.values():
        if item.path == path or item.path.startswith(f"{path}."):
            outside = Step(OUTSIDE, is_alternative=False, is_optional=False)
            item = replace(item, steps=(outside, *item.steps[1:]))
        fields[item.name] = item
    return replace(found, messages={**found.messages, name: replace(message, fields=fields)})
