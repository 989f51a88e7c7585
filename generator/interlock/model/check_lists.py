"""Check lists as written: read once, typed for each machine that makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from interlock.core import data as d
from interlock.core.diagnostics import Diagnostic, error, similar_name_help
from interlock.core.errors import InputError, ModelError
from interlock.core.source import Span
from interlock.model import types as t
from interlock.model.machine import Check, CheckList
from interlock.model.typecheck import Scope, check
from interlock.model.vocabulary import Parameter, Vocabulary, parameters


@dataclass(frozen=True)
class WrittenCheckList:
    """A check list before typing. ``subject`` is the message or carrier it is written for."""

    name: str
    subject: str
    parameters: tuple[Parameter, ...]
    clause: str
    words: str
    checks: tuple[d.Mapping, ...]
    substitutions: Mapping[str, str]
    span: Span

    def typed(self, message: str, role: str, diagnostics: str | None, scope: Scope) -> CheckList:
        """The list for one machine and message.

        ``diagnostics`` names the enumeration of diagnostics of this kind of PDU.

        Raises:
            ModelError: With every finding.
        """
        scope = replace(scope, names={p.name: p.type for p in self.parameters})
        findings: list[Diagnostic] = []
        checks = []
        for node in self.checks:
            try:
                roles = node.get("roles")
                if roles is None or role in [
                    d.as_choice(r, "role", ("client", "server"))
                    for r in d.as_sequence(roles, "roles")
                ]:
                    checks.append(self._check(node, diagnostics, scope))
            except InputError as problem:
                findings.extend(problem.diagnostics)
        if findings:
            raise ModelError(findings)
        return CheckList(
            self.name,
            message,
            self.parameters,
            tuple(checks),
            self.clause,
            self.words,
            self.span,
        )

    def _fill(self, data: d.Data | None, what: str) -> str | None:
        if data is None:
            return None
        text = d.as_text(data, what)
        for name, value in self.substitutions.items():
            text = text.replace("{" + name + "}", value)
        return text

    def _check(self, node: d.Mapping, diagnostics: str | None, scope: Scope) -> Check:
        condition = node.need("fails-when")
        diagnostic_node = node.get("diagnostic")
        if diagnostic_node is not None:
            names = (
                scope.vocabulary.enumerations[diagnostics].names if diagnostics is not None else ()
            )
            name = d.as_scalar(diagnostic_node, "diagnostic")
            if name.text not in names:
                raise ModelError(
                    [
                        error(
                            "MDL142",
                            f'"{name.text}" is no diagnostic of this kind of PDU',
                            name.span,
                            help=similar_name_help(name.text, names),
                        )
                    ]
                )
        acse = node.get("acse")
        if acse is not None:
            d.as_choice(acse, "acse", scope.vocabulary.enumerations["AcseDiagnostic"].names)
        return Check(
            self._fill(node.get("id"), "id") or "",
            check(d.as_scalar(condition, "fails-when"), scope, t.BOOL),
            self._fill(node.get("clause"), "clause") or "",
            self._fill(node.get("confidence"), "confidence") or "",
            self._fill(node.get("words"), "words") or "",
            self._fill(diagnostic_node, "diagnostic"),
            self._fill(node.get("event"), "event"),
            self._fill(acse, "acse"),
            self._fill(node.get("assumption"), "assumption"),
            self._fill(node.get("unreachable"), "unreachable"),
            node.span,
        )


_CHECK_REQUIRED = ("id", "clause", "confidence", "fails-when", "words")
_CHECK_OPTIONAL = ("diagnostic", "event", "acse", "roles", "assumption", "unreachable")


def read_check_lists(data: d.Data, words: Vocabulary) -> list[WrittenCheckList]:
    """Read one file of ``models/checks``; names are not compared here.

    Raises:
        InputError: Shape errors, with position.
    """
    top = d.as_mapping(data, "check file", optional=("lists", "templates"))
    found: list[WrittenCheckList] = []
    lists = top.get("lists")
    for item in d.as_sequence(lists, "lists") if lists else ():
        node = d.as_mapping(
            item,
            "check list",
            required=("list", "on", "clause", "words", "checks"),
            optional=("parameters",),
        )
        found.append(_written(node, node.text("list"), node.text("on"), {}, words, node.span))
    templates = top.get("templates")
    for item in d.as_sequence(templates, "templates") if templates else ():
        node = d.as_mapping(
            item,
            "check list template",
            required=("template", "instances", "clause", "words", "checks"),
            optional=("parameters",),
        )
        instances = node.need("instances")
        for entry in d.as_mapping(instances, "instances"):
            values = {
                e.key.text: d.as_text(e.value, e.key.text)
                for e in d.as_mapping(entry.value, "instance", required=("list",))
            }
            name = values.pop("list")
            found.append(_written(node, name, entry.key.text, values, words, entry.key.span))
    return found


def _written(
    node: d.Mapping,
    name: str,
    subject: str,
    values: Mapping[str, str],
    words: Vocabulary,
    span: Span,
) -> WrittenCheckList:
    checks = node.need("checks")
    return WrittenCheckList(
        name,
        subject,
        parameters(node.get("parameters"), words),
        node.text("clause"),
        node.text("words"),
        tuple(
            d.as_mapping(c, "check", required=_CHECK_REQUIRED, optional=_CHECK_OPTIONAL)
            for c in d.as_sequence(checks, "checks")
        ),
        values,
        span,
    )
