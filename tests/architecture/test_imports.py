"""Who may import whom: down only, and generated code imports nothing of the tool."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.repository import GENERATED, ROOT, SUPPORT, files, shown, tool_modules, tree

LAYERS: dict[str, tuple[str, ...]] = {
    "core": (),
    "asn1": ("core",),
    "spec": ("core", "asn1"),
    "model": ("core", "asn1", "spec"),
    "ir": ("core", "asn1", "spec", "model"),
    "codegen": ("core", "asn1", "spec", "model", "ir"),
    "verification": ("core", "asn1", "spec", "model", "ir"),
    "report": ("core", "asn1", "spec", "model", "verification"),
    "replay": ("core", "asn1", "spec", "model", "verification"),
    "explicit": ("core", "asn1", "spec", "model", "verification"),
    "mutation": ("core", "asn1", "spec", "model", "verification", "explicit"),
    "decode": ("core", "asn1", "spec", "model", "ir"),
    "gateway": ("core",),
    "demo": ("core", "gateway"),
    "bench": ("core", "asn1", "spec", "gateway", "demo"),
}
"""Sub-package of ``interlock`` to those that it may import; ``cli`` may import all of them.

``codegen`` and ``verification`` know nothing of each other.
"""

LIBRARIES: dict[str, tuple[str, ...]] = {
    "core": ("yaml",),
    "model": ("lark", "networkx"),
    "ir": ("networkx",),
    "codegen": ("jinja2",),
    "verification": ("cvc5", "networkx", "z3"),
    "report": ("jinja2", "networkx"),
    "replay": ("cryptography", "iec62351_4", "z3"),
    "explicit": ("networkx",),
    "mutation": ("networkx", "yaml", "z3"),
    "decode": ("cryptography", "iec62351_4"),
    "bench": ("asn1tools", "cryptography", "iec62351_4"),
    "gateway": ("cryptography", "iec62351_4"),
    "demo": ("cryptography", "iec62351_4", "rich"),
    "cli": ("rich", "typer"),
}
"""Sub-package to packages from outside that it may import, besides the standard library."""

PEERS = {
    "interlock.demo.peer_libiec61850_client",
    "interlock.demo.peer_libiec61850_server",
    "interlock.demo.peer_open61850_server",
}
"""Programs around a peer. They run as processes of their own; nothing imports them, so that no
peer (some are under the GPL) becomes part of the tool."""

PEER_PACKAGES = {"pyiec61850", "open61850", "hat"}

HEAVY = {"z3", "networkx", "asn1tools", "jinja2"}
"""Packages that ``cli`` modules import only inside the command that needs them."""

TARGET_LIBRARIES = ("cryptography",)
"""What generated Python code may import besides itself and the standard library."""

Import = tuple[int, str]


def imports(path: Path) -> Iterator[Import]:
    """Line and full name of everything a file imports, also inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def violations_of_layers(sub_package: str, names: Iterator[Import]) -> Iterator[str]:
    """What a sub-package imports and may not."""
    for line, name in names:
        top, _, rest = name.partition(".")
        if top == "":
            yield f"{line}: relative import {name}"
        elif top == "interlock":
            other = rest.split(".")[0]
            allowed = LAYERS if sub_package == "cli" else (*LAYERS[sub_package], sub_package)
            if other not in allowed and other != sub_package:
                yield f"{line}: {sub_package} imports {name}"
        elif top not in sys.stdlib_module_names and top not in LIBRARIES.get(sub_package, ()):
            yield f"{line}: {sub_package} imports {name}"


def test_every_sub_package_is_a_layer() -> None:
    present = {name.split(".")[1] for _, name in tool_modules()}
    assert present <= {*LAYERS, "cli"}, "give a new sub-package its row in LAYERS"


def test_the_layers_form_no_circle() -> None:
    order = list(LAYERS)
    for name, below in LAYERS.items():
        assert all(order.index(other) < order.index(name) for other in below), name


def test_the_tool_imports_only_downwards() -> None:
    found = [
        f"{shown(path)}:{text}"
        for path, name in tool_modules()
        for text in violations_of_layers(
            name.split(".")[1],
            (i for i in imports(path) if name not in PEERS or not _is_peer(i[1])),
        )
    ]
    assert found == []


def test_nothing_imports_the_programs_around_peers() -> None:
    found = [
        f"{shown(path)}:{line}: {imported}"
        for path, _ in tool_modules()
        for line, imported in imports(path)
        if imported in PEERS
    ]
    assert found == []
    assert {name for _, name in tool_modules()} >= PEERS


def _is_peer(name: str) -> bool:
    return name.partition(".")[0] in PEER_PACKAGES


def test_heavy_packages_are_imported_where_a_command_needs_them() -> None:
    found = [
        f"{shown(path)}:{node.lineno}"
        for path, name in tool_modules()
        if name.startswith("interlock.cli")
        for node in tree(path).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and {n.split(".")[0] for n in _names(node)} & HEAVY
    ]
    assert found == []


def _names(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]


@pytest.mark.parametrize("folder", [GENERATED / "python", SUPPORT / "python"], ids=shown)
def test_generated_code_stands_alone(folder: Path) -> None:
    paths = list(files(folder, suffix=".py"))
    assert paths
    found = [
        f"{shown(path)}:{line}: {name}"
        for path in paths
        for line, name in imports(path)
        if (top := name.partition(".")[0]) != "iec62351_4"
        and top not in sys.stdlib_module_names
        and top not in TARGET_LIBRARIES
    ]
    assert found == []


def test_nothing_imports_the_tests() -> None:
    ours = {path.stem for path in (ROOT / "tests").iterdir()} - {"codec", "vectors"}
    found = [
        f"{shown(path)}:{line}: {name}"
        for path, _ in tool_modules()
        for line, name in imports(path)
        if name.partition(".")[0] in ours
    ]
    assert found == []


@pytest.mark.parametrize(
    ("sub_package", "name", "complaint"),
    [
        ("core", "interlock.asn1.types", "core imports interlock.asn1.types"),
        ("codegen", "interlock.verification", "codegen imports interlock.verification"),
        ("verification", "interlock.codegen.writer", "verification imports interlock.codegen"),
        ("asn1", "asn1tools", "asn1 imports asn1tools"),
        ("model", ".types", "relative import"),
        ("cli", "z3", "cli imports z3"),
    ],
)
def test_a_planted_violation_is_found(sub_package: str, name: str, complaint: str) -> None:
    found = list(violations_of_layers(sub_package, iter([(7, name)])))
    assert len(found) == 1
    assert found[0].startswith("7: ")
    assert complaint in found[0]
