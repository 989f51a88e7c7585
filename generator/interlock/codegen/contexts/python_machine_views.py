"""What the templates of handler and checks modules see: names and texts, all ready."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.codegen.contexts.python_messages import ImportView


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action as the text of statements; ``branches`` instead for a choice."""

    statements: tuple[str, ...]
    branches: tuple[BranchView, ...] = ()


@dataclass(frozen=True, slots=True)
class BranchView:
    """One branch of a choice."""

    keyword: str
    condition: str
    id: str
    actions: tuple[ActionView, ...]


@dataclass(frozen=True, slots=True)
class CheckUseView:
    """A check list in a row and what its failure leads to."""

    call: str
    reaction: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A transition as a method."""

    id: str
    method: str
    parameters: str
    summary: str
    notes: str
    uses_message: bool
    uses_envelope: bool
    uses_config: bool
    uses_session: bool
    uses_services: bool
    uses_sent: bool
    checks: tuple[CheckUseView, ...]
    actions: tuple[ActionView, ...]
    sources: str
    event: str
    target: str
    clause: str
    target_name: str | None


@dataclass(frozen=True, slots=True)
class GuardView:
    """A row with the condition under which it is taken."""

    keyword: str
    condition: str
    call: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """What an event does in some states."""

    states: str
    guards: tuple[GuardView, ...]
    is_guarded: bool
    call: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class DispatchView:
    """An event and its cases."""

    name: str
    method: str
    view: str
    words: str
    parameters: str
    arguments: str
    bound: str
    cases: tuple[CaseView, ...]
    fallback: str
    event: str
    uses_envelope: bool
    uses_services: bool
    uses_session: bool
    uses_config: bool


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check."""

    id: str
    constant: str
    condition: str
    comment: str
    arguments: str


@dataclass(frozen=True, slots=True)
class CheckListView:
    """A list of checks as a function."""

    function: str
    parameters: str
    words: str
    clause: str
    checks: tuple[CheckView, ...]
    uses: str


@dataclass(frozen=True, slots=True)
class NamedView:
    """A name with what belongs to it."""

    name: str
    value: str
    words: str
    clause: str


@dataclass(frozen=True, slots=True)
class ConditionView:
    """A named condition as a method."""

    name: str
    value: str
    words: str
    uses_config: bool
    uses_session: bool
    uses_envelope: bool = False
    uses_services: bool = False


@dataclass(frozen=True, slots=True)
class EventView:
    """A security event."""

    constant: str
    id: str
    mnemonic: str | None
    severity: str
    title: str


@dataclass(frozen=True, slots=True)
class DiagnosticsView:
    """Events by received diagnostic of one event group."""

    constant: str
    alarm: str
    rows: tuple[NamedView, ...]


@dataclass(frozen=True, slots=True)
class MachineContext:
    """Context of ``handlers/<machine>.py``."""

    header: str
    name: str
    class_name: str
    words: str
    clause: str
    mode: str
    role: str
    config: str
    messages_module: str
    imports: tuple[ImportView, ...]
    states: tuple[NamedView, ...]
    initial: str
    final: str
    secrets: str
    requirements: tuple[NamedView, ...]
    conditions: tuple[ConditionView, ...]
    timers: tuple[NamedView, ...]
    receives: tuple[DispatchView, ...]
    locals: tuple[DispatchView, ...]
    timer_events: tuple[DispatchView, ...]
    transport_events: tuple[DispatchView, ...]
    rows: tuple[RowView, ...]
    reactions: tuple[RowView, ...]
    checks_module: str


@dataclass(frozen=True, slots=True)
class ChecksContext:
    """Context of ``handlers/<machine>_checks.py``."""

    header: str
    name: str
    mode: str
    config: str
    module: str
    imports: tuple[ImportView, ...]
    events: tuple[EventView, ...]
    diagnostics: tuple[DiagnosticsView, ...]
    session: tuple[NamedView, ...]
    lists: tuple[CheckListView, ...]
