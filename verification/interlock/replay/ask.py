"""What a step of a trace asks for: the message, its origin, and what it has to look like.

The fields of a step are those that matter. Where they leave something open, the check that the
trace sees failing tells what the message must get wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from iec62351_4.environment.envelope import Carrier
from interlock.model import expression as x
from interlock.model.machine import Check, Machine
from interlock.model.messages import Field
from interlock.replay import fields as f
from interlock.replay.stage import Stage, Strand
from interlock.verification.results import Origin, Step

_SIGNATURE_FIELDS = ("sign-algorithm", "sig-alg")


@dataclass(frozen=True)
class Ask:
    """One message that somebody is to receive.

    Attributes:
        stage: Where it happens.
        step: The receive step.
        victim: Who receives it.
    """

    stage: Stage
    step: Step
    victim: Strand

    @property
    def message(self) -> str:
        """The message type as the victim shall read it."""
        return self.step.event.removeprefix("receive ")

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        assert self.step.origin is not None
        return self.step.origin

    @property
    def sent_as(self) -> str:
        """The message type as which it was sent."""
        return self.origin.sent_as or self.message

    @property
    def machine(self) -> Machine:
        """The model of the victim."""
        return self.stage.project.models.machines[f"{self.victim.mode}-{self.victim.role}"]

    @property
    def values(self) -> dict[str, str]:
        """Field (``m.`` or ``e.``) to shown value: the ones that matter and the replaced ones."""
        return dict(self.step.fields) | dict(self.origin.changed)

    def of_root(self, root: str) -> dict[str, str]:
        """The values of one root, ``m`` or ``e``, by the name behind it."""
        head = f"{root}."
        return {k.removeprefix(head): v for k, v in self.values.items() if k.startswith(head)}

    def message_fields(self) -> list[tuple[Field, str]]:
        """The fields of the message that have a path in it, with their values."""
        known = self.machine.messages.messages[self.message].fields
        found = [(known[name], text) for name, text in self.of_root("m").items() if name in known]
        seen = [pair for pair in found if self._can_be_seen(pair[0], found)]
        # The encryption mode comes first, because its lists lie inside it.
        return sorted(seen, key=lambda pair: pair[0].projection != "branch")

    def _can_be_seen(self, field: Field, found: list[tuple[Field, str]]) -> bool:
        """Whether a field has a place beside the others; a solver gives all of them a value."""
        for other, text in found:
            is_inside = f"{field.path}.".startswith(f"{other.path}.") and field is not other
            if is_inside and other.projection == "present" and text == "false":
                return False
            if other.projection == "branch" and field.path.startswith(f"{other.path}."):
                chosen = text.rpartition(".")[2]
                return field.path.removeprefix(f"{other.path}.").split(".")[0] == chosen
        return not (field.name in _SIGNATURE_FIELDS and self._signs_honestly(found))

    def _signs_honestly(self, found: list[tuple[Field, str]]) -> bool:
        """Whether the signature algorithm is of no interest: it is known, and stated alike."""
        said = {text for field, text in found if field.name in _SIGNATURE_FIELDS}
        is_known = len(said) == 1 and not said.pop().endswith(".other")
        return is_known and not self.fails_on(*_SIGNATURE_FIELDS)

    @property
    def is_malformed(self) -> bool:
        """Whether the PDU cannot be decoded."""
        said = self.values.get("m.well-formed")
        return said == "false" or (said is None and self._fails_only_on("well-formed"))

    def _check(self) -> Check | None:
        lists = self.machine.check_lists.values()
        found = (c for one in lists for c in one.checks if c.id == self.step.failed_check)
        return next(found, None)

    def _fails_only_on(self, name: str) -> bool:
        """Whether the check that fails is about one message field and nothing else."""
        check = self._check()
        if check is None:
            return False
        operand = check.fails_when.operand if isinstance(check.fails_when, x.Not) else None
        return (
            isinstance(operand, x.Variable)
            and operand.root is x.Root.MESSAGE
            and operand.name == name
        )

    def fails_on(self, *names: str) -> bool:
        """Whether the check that fails is about one of these predicates or message fields."""
        check = self._check()
        if check is None:
            return False
        for part in x.walk(check.fails_when):
            if isinstance(part, x.PredicateCall) and part.predicate in names:
                return True
            if isinstance(part, x.Variable) and part.root is x.Root.MESSAGE and part.name in names:
                return True
        return False

    def fails_on_envelope(self, *names: str) -> bool:
        """Whether the check that fails is about one of these fields of the EnvPDU."""
        check = self._check()
        return check is not None and any(
            isinstance(part, x.Variable) and part.root is x.Root.ENVELOPE and part.name in names
            for part in x.walk(check.fails_when)
        )

    @property
    def is_outside_window(self) -> bool:
        """Whether the message shall be too old."""
        check = self._check()
        return check is not None and any(
            isinstance(part, x.BuiltinCall) and part.function == "distance"
            for part in x.walk(check.fails_when)
        )

    @property
    def is_replay(self) -> bool:
        """Whether the victim's station shall have received the message before."""
        return self.fails_on("seen-before", "time-seen-before")

    @property
    def is_of_other_association(self) -> bool:
        """Whether the identifier shall be one that does not fit."""
        said = self.values.get("m.asso-id", "")
        explained = self.is_malformed or "m.protected-protocol" in self.values
        return said == "other" or (self.fails_on("asso-id") and not explained)

    @property
    def wanted_diagnostic(self) -> int | None:
        """The number of the diagnostic that the victim shall read; None for none."""
        if self.values.get("m.has-diag") != "true":
            return None
        field = self.machine.messages.messages[self.message].fields["diag"]
        kind = str(field.type)
        return f.number_of(field, self.values.get("m.diag", f"{kind}.no-reason-given"))

    @property
    def carrier(self) -> Carrier:
        """The APDU that brings the message to the victim."""
        return Carrier(self.machine.messages.carrier_of(self.message))
