"""The exception tree of the tool. Generated code has its own (``iec62351_4.errors``)."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.core.diagnostics import Diagnostic, render_short


class InterlockError(Exception):
    """Base of everything the tool raises on purpose; never raised itself."""


class InputError(InterlockError):
    """Input files are wrong; carries every finding, each with its position."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        # one faulty line is found once for each place that uses it
        distinct = dict.fromkeys(diagnostics)
        self.diagnostics = tuple(sorted(distinct, key=lambda d: d.sort_key))
        super().__init__(render_short(self.diagnostics, {}))


class SpecificationError(InputError):
    """ASN.1 modules, tables, assumptions or the clause register are wrong."""


class ModelError(InputError):
    """Model files are wrong."""


class UsageError(InterlockError):
    """The caller asked for something impossible (unknown target, contradictory options)."""


class GenerationError(InterlockError):
    """A template, formatter or the writer failed; names artefact, template and line."""

    def __init__(
        self, message: str, *, artefact: str = "", template: str = "", line: int = 0
    ) -> None:
        self.artefact, self.template, self.line = artefact, template, line
        where = f"{template}:{line}: " if template else ""
        super().__init__(f"{where}{message}{f' (artefact {artefact})' if artefact else ''}")


class DriftError(GenerationError):
    """Files below ``generated/`` differ from what the sources generate."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = tuple(paths)
        super().__init__(f"{len(self.paths)} generated file(s) differ: {', '.join(self.paths)}")
