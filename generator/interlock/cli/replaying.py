"""Which handlers a trace is carried out on: those of this process, or some made for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interlock.model.project import Project
    from interlock.replay.elsewhere import Variant
    from interlock.verification.results import Replay, Trace

PACKAGE = "iec62351_4"


class Replayer:
    """Carries out traces on handlers that are generated from the very sources under verification.

    Where these are the ones that ``iec62351_4`` was generated from, that package is used;
    otherwise another one is generated, when it is first needed.
    """

    def __init__(self, project: Project, variant: Variant) -> None:
        self._project = project
        self._variant = variant

    def prepare(self) -> None:
        """Generate the handlers, where others than those of this process are needed."""
        _ = self._is_at_hand

    def __call__(self, trace: Trace) -> Replay:
        """Carry out a trace."""
        from interlock.replay.elsewhere import perform_elsewhere
        from interlock.replay.perform import perform

        if self._is_at_hand:
            return perform(trace, self._project)
        return perform_elsewhere(trace, self._variant, self._rendered)

    @cached_property
    def _rendered(self) -> Mapping[str, bytes]:
        from interlock.codegen.generate import render_target

        return {
            path: octets
            for path, octets in render_target(self._project, "python").items()
            if path.startswith(f"{PACKAGE}/")
        }

    @cached_property
    def _is_at_hand(self) -> bool:
        found = find_spec(PACKAGE)
        if found is None or found.origin is None:
            return False
        folder = Path(found.origin).parents[1]
        try:
            return all((folder / p).read_bytes() == o for p, o in self._rendered.items())
        except OSError:
            return False
