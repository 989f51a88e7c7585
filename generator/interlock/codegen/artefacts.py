"""The table of what is generated.

A row says: this target, this template, and a function that lists the files it makes with
their contexts. Adding a row and its template is all it takes to generate something new; the
rest of the package does not know what the artefacts are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from interlock.codegen.contexts import python_artefacts, python_handler_artefacts
from interlock.codegen.contexts.rendering import Rendering
from interlock.codegen.filters import python as python_filters

if TYPE_CHECKING:
    from interlock.model.project import Project


@dataclass(frozen=True)
class Target:
    """A language, and how its texts are spelled and formatted."""

    name: str
    filters: Mapping[str, Callable[..., str]]
    formatter: str  # key of ``formatters.FORMATTERS``
    suffixes: tuple[str, ...]  # files that the formatter takes
    comment: str  # what a comment line starts with


@dataclass(frozen=True)
class Artefact:
    """One template and the files it becomes."""

    target: str
    template: str
    files: Callable[[Project], Iterable[Rendering]]
    """Makes the file list; every context is a frozen dataclass whose fields the template sees,
    with a field ``header`` that the generator fills in."""


TARGETS: Mapping[str, Target] = {
    "python": Target(
        name="python",
        filters=python_filters.FILTERS,
        formatter="python",
        suffixes=(".py",),
        comment="#",
    ),
}

ARTEFACTS: tuple[Artefact, ...] = (
    Artefact("python", "python/codec/codec.py.j2", python_artefacts.codec_modules),
    Artefact(
        "python", "python/codec/object_identifiers.py.j2", python_artefacts.object_identifiers
    ),
    Artefact("python", "python/handlers/vocabulary.py.j2", python_handler_artefacts.vocabulary),
    Artefact(
        "python", "python/handlers/configuration.py.j2", python_handler_artefacts.configuration
    ),
    Artefact("python", "python/handlers/messages.py.j2", python_handler_artefacts.messages),
    Artefact("python", "python/handlers/checks.py.j2", python_handler_artefacts.checks),
    Artefact("python", "python/handlers/machine.py.j2", python_handler_artefacts.machines),
    Artefact("python", "python/handlers/constants.py.j2", python_handler_artefacts.assumptions),
    Artefact("python", "python/handlers/constants.py.j2", python_handler_artefacts.tables),
)


def context_of(value: Any) -> dict[str, object]:
    """The names that a template sees: the fields of the context, not their insides."""
    return {f.name: getattr(value, f.name) for f in fields(value)}
