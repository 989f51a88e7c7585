"""Rules for templates, checked on their syntax trees: templates print, they do not think.

A context has every name and condition ready, so a template needs no arithmetic, no comparison,
no string building and no state. What the rules refuse would be a decision that other target
languages would have to repeat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, nodes

MAX_TEMPLATE_LINES = 130
MAX_MACRO_LINES = 26
MAX_MACRO_PARAMETERS = 3
MAX_IF_DEPTH = 2

RULES: dict[str, str] = {
    "TPL001": "arithmetic or string concatenation",
    "TPL002": "comparison",
    "TPL003": "Boolean operator",
    "TPL004": "index or slice",
    "TPL005": "call of something that is not a macro",
    "TPL006": "assignment",
    "TPL007": "list, dictionary or tuple written in a template",
    "TPL008": "printed literal",
    "TPL009": "if nested too deeply",
    "TPL010": "macro too long or with too many parameters",
    "TPL011": "template too long",
    "TPL012": "test with 'is'",
    "TPL013": "template named by an expression",
}
"""Code to what is refused."""

_REFUSED: tuple[tuple[type[nodes.Node] | tuple[type[nodes.Node], ...], str], ...] = (
    ((nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow), "TPL001"),
    ((nodes.Concat, nodes.Neg, nodes.Pos), "TPL001"),
    (nodes.Compare, "TPL002"),
    ((nodes.And, nodes.Or), "TPL003"),
    ((nodes.Getitem, nodes.Slice), "TPL004"),
    ((nodes.Assign, nodes.AssignBlock, nodes.NSRef), "TPL006"),
    ((nodes.List, nodes.Dict), "TPL007"),
    (nodes.Test, "TPL012"),
)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A place in a template that breaks a rule."""

    template: str
    line: int
    code: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.template}:{self.line}: {self.code} {RULES[self.code]} {self.detail}".rstrip()


def lint(environment: Environment, templates: Path) -> list[Finding]:
    """Check every ``.j2`` file below ``templates``; sorted by place."""
    found: list[Finding] = []
    for path in sorted(templates.rglob("*.j2")):
        name = path.relative_to(templates).as_posix()
        found.extend(lint_text(environment, name, path.read_text(encoding="utf-8")))
    return sorted(found)


def lint_text(environment: Environment, name: str, text: str) -> Iterator[Finding]:
    """Check one template."""
    tree = environment.parse(text, name)
    lines = text.count("\n")
    if lines > MAX_TEMPLATE_LINES:
        yield Finding(name, lines, "TPL011", f"({lines} lines)")
    for kinds, code in _REFUSED:
        for node in tree.find_all(kinds):
            yield Finding(name, node.lineno, code)
    yield from _calls(tree, name)
    yield from _printed_literals(tree, name)
    yield from _macros(tree, name, text)
    yield from _ifs(tree, name, 0)
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        if not isinstance(getattr(node, "template", None), nodes.Const):
            yield Finding(name, node.lineno, "TPL013")


def _calls(tree: nodes.Template, name: str) -> Iterator[Finding]:
    macros = {node.name for node in tree.find_all(nodes.Macro)}
    for node in tree.find_all(nodes.FromImport):
        macros.update(n if isinstance(n, str) else n[1] for n in node.names)
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name in macros):
            yield Finding(name, call.lineno, "TPL005")


def _printed_literals(tree: nodes.Template, name: str) -> Iterator[Finding]:
    for output in tree.find_all(nodes.Output):
        for node in output.nodes:
            if isinstance(node, nodes.Const | nodes.Tuple):
                yield Finding(name, node.lineno, "TPL008")


def _macros(tree: nodes.Template, name: str, text: str) -> Iterator[Finding]:
    for macro in tree.find_all(nodes.Macro):
        end = next(
            n for n, line in enumerate(text.splitlines()[macro.lineno - 1 :]) if "endmacro" in line
        )
        if end - 1 > MAX_MACRO_LINES or len(macro.args) > MAX_MACRO_PARAMETERS:
            yield Finding(name, macro.lineno, "TPL010", f'("{macro.name}", {end - 1} lines)')


def _ifs(node: nodes.Node, name: str, depth: int) -> Iterator[Finding]:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.If):
            if depth == MAX_IF_DEPTH:
                yield Finding(name, child.lineno, "TPL009")
            for branch in (*child.body, *child.else_):
                yield from _ifs_of(branch, name, depth + 1)
            for other in child.elif_:
                for branch in other.body:
                    yield from _ifs_of(branch, name, depth + 1)
        else:
            yield from _ifs(child, name, depth)


def _ifs_of(node: nodes.Node, name: str, depth: int) -> Iterator[Finding]:
    """``_ifs`` for a node that may itself be an ``if``."""
    holder = nodes.Scope([node])
    yield from _ifs(holder, name, depth)
