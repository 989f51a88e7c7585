"""What a case of a failing check is; the tables of cases are in the ``*_cases`` modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.scene import Scene
from iec62351_4.environment.envelope import Envelope


@dataclass(frozen=True)
class Case:
    """How to make one check fail, and what must follow.

    The values expected are those of the fact base, written down here once more on purpose: a
    wrong number in a model must not agree with itself.
    """

    machine: str
    check: str
    reaction: str
    event: str
    """Group and number within ``IEC62351-4``, or the whole id."""
    scene: Callable[[], Scene]
    """Brings the party under test to the state in which it makes the check."""
    spoilt: Callable[[Scene], Envelope]
    """The envelope that fails this check and no earlier one."""
    diagnostic: int | None = None
    """Number on the wire; None for an alarm, or where nothing is answered."""
    acse: int = 1
    """ACSE diagnostic of a refusal without SecPDU; 1 is no-reason-given."""
    variant: str = ""
    raw: bool = False
    """The references in the envelope are those of the wire already."""

    @property
    def id(self) -> str:
        """For the test report."""
        parts = (self.machine, self.check, self.reaction, self.variant)
        return "-".join(part for part in parts if part)

    @property
    def event_id(self) -> str:
        """The complete id of the security event."""
        return self.event if ":" in self.event else f"IEC62351-4:{self.event}"
