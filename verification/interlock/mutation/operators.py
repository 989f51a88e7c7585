"""The operators: every fault of each kind that the sources have a place for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from interlock.core.errors import UsageError
from interlock.core.source import SourceFile
from interlock.model.project import Project
from interlock.mutation import operators_checks as checks
from interlock.mutation import operators_machines as machines
from interlock.mutation import operators_protection as protection
from interlock.mutation.mutants import Mutant


@dataclass(frozen=True)
class Operator:
    """A kind of fault; ``only_weakens`` where honest parties never notice it.

    A check that no honest message fails can be dropped without any effect on honest runs, so
    questions about those alone need not be asked.
    """

    name: str
    words: str
    make: Callable[[Project], Iterator[Mutant]]
    only_weakens: bool = False


OPERATORS: Mapping[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("drop-check", "a check is not made", checks.drop_check, True),
        Operator("drop-disjunct", "a check looks at less", checks.drop_disjunct, True),
        Operator("accept-more", "a check accepts one more value", checks.accept_more, True),
        Operator("move-bound", "a comparison decides otherwise about equality", checks.move_bound),
        Operator("swap-checks", "two checks are made in the other order", checks.swap_checks, True),
        Operator("tell-cause", "an alarm tells its cause", checks.tell_cause, True),
        Operator("drop-check-list", "a list of checks is not made", machines.drop_check_list, True),
        Operator("other-argument", "checks are given something else", machines.other_argument),
        Operator("other-reaction", "a failure leads to another reaction", machines.other_reaction),
        Operator("drop-row", "a transition is missing", machines.drop_row),
        Operator("other-target", "a transition leads elsewhere", machines.other_target),
        Operator("drop-guard", "a transition has no guard", machines.drop_guard),
        Operator("negate-guard", "a guard means the opposite", machines.negate_guard),
        Operator("drop-action", "an action is not carried out", machines.drop_action),
        Operator("drop-override", "a sent field has its default value", machines.drop_override),
        Operator("drop-requirement", "a demand on the configuration is missing",
                 machines.drop_requirement, True),
        Operator("widen-fallback", "a second attempt is allowed more often",
                 protection.widen_fallback),
        Operator("other-time", "a time of the replay protection is another",
                 protection.other_time, True),
        Operator("unprotect", "a component is outside what protects its message",
                 protection.unprotect_component, True),
        Operator("shrink-coverage", "a signature or ICV covers less",
                 protection.shrink_coverage, True),
    )
}  # fmt: skip
"""Every operator by name."""


def mutants_of(
    root: Path, project: Project, *, operators: Iterable[str] = (), file: str | None = None
) -> tuple[Mutant, ...]:
    """Every mutant of a project, or those of some operators or in one file.

    Args:
        root: Folder with ``models/``.
        project: The sources without fault.
        operators: Names of operators; none for all.
        file: A file of ``spec/`` or ``models/``, or the end of its name.

    Raises:
        UsageError: There is no such operator.
    """
    wanted = tuple(operators) or tuple(OPERATORS)
    for name in wanted:
        if name not in OPERATORS:
            raise UsageError(f'no operator "{name}"; known: {", ".join(OPERATORS)}')
    # the rules of establishment belong to compositions, not to a machine
    rules = SourceFile.read(root / protection.ESTABLISHMENT, protection.ESTABLISHMENT)
    sources = {**project.models.sources, rules.path: rules}
    project = replace(project, models=replace(project.models, sources=sources))
    found = [mutant for name in wanted for mutant in OPERATORS[name].make(project)]
    return tuple(m for m in found if file is None or m.file.endswith(file))
