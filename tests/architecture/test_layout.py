"""Files where they belong, of a size that can be read, each with its test."""

from __future__ import annotations

from pathlib import Path

from support.repository import (
    GENERATED,
    ROOT,
    SUPPORT,
    TOOL_ROOTS,
    files,
    is_generated,
    shown,
    tool_modules,
)

MAX_LINES = 600
"""Longer files are split. Generated files and data are exempt."""

LONG_FILES: dict[str, str] = {}
"""Path to the reason why a file is longer than ``MAX_LINES``."""

_BY_HANDLERS = (
    "tests/handlers/test_transitions.py",
    "what it prepares is the text of handlers: every row of every machine is carried out there, "
    "and the drift check compares the text",
)
_BY_RUNNING = "what it does shows when the command runs"

_BY_SOLVER = "it needs the solver"

_SHAPES = "it holds shapes without behaviour of their own"

TESTED_ELSEWHERE: dict[str, tuple[str, str]] = {
    "asn1.syntax": ("tests/unit/asn1/test_parser_core.py", _SHAPES),
    "asn1.types": ("tests/unit/asn1/test_resolve.py", _SHAPES),
    "codegen.contexts.python_handler_": _BY_HANDLERS,
    "codegen.contexts.python_machine": _BY_HANDLERS,
    "codegen.contexts.python_message": _BY_HANDLERS,
    "ir.handler": _BY_HANDLERS,
    "cli.cmd_bench": ("tests/end_to_end/test_bench_command.py", _BY_RUNNING),
    "cli.cmd_demo": ("tests/end_to_end/test_demo.py", _BY_RUNNING),
    "cli.cmd_gateway": ("tests/end_to_end/test_gateway_command.py", _BY_RUNNING),
    "demo.": ("tests/end_to_end/test_demo.py", _BY_RUNNING),
    "gateway.choices": ("tests/end_to_end/test_gateway_command.py", _BY_RUNNING),
    "verification.guards": ("tests/verification/test_guards.py", _BY_SOLVER),
    "verification.questions": ("tests/verification/test_guards.py", _BY_SOLVER),
    "verification.solutions": ("tests/verification/test_witness.py", _BY_SOLVER),
    "verification.symbolic": ("tests/verification/test_graph.py", _BY_SOLVER),
    "verification.steps": ("tests/verification/test_graph.py", _BY_SOLVER),
    "verification.graph": ("tests/verification/test_graph.py", _BY_SOLVER),
    "verification.timers": ("tests/verification/test_product.py", _BY_SOLVER),
    "verification.honest": ("tests/verification/test_product.py", _BY_SOLVER),
    "verification.product": ("tests/verification/test_product.py", _BY_SOLVER),
    "verification.handshake": ("tests/verification/test_capability.py", _BY_SOLVER),
    "verification.capability": ("tests/verification/test_capability.py", _BY_SOLVER),
    "verification.outcomes": ("tests/verification/test_structure.py", _BY_SOLVER),
    "verification.matrix": ("tests/verification/test_matrix.py", _BY_SOLVER),
    "verification.rules": ("tests/verification/test_structure.py", _BY_SOLVER),
    "verification.structure": ("tests/verification/test_structure.py", _BY_SOLVER),
    "explicit.": ("tests/verification/test_explicit.py", "its whole is compared with the solver"),
    "verification.reading": ("tests/verification/test_reading.py", _BY_SOLVER),
    "verification.deciding": ("tests/verification/test_deciding.py", _BY_SOLVER),
    "verification.abstraction": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.actor": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.attacker": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.composition": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.coverage": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.fingerprint": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.freshness": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.options": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.other_runs": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.properties": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.results": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.rowwise": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.run_properties": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.scene": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.solving": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.strand": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.traces": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.verifier": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.world": ("tests/verification/test_properties.py", _BY_SOLVER),
    "verification.property_rules": ("tests/verification/test_property_files.py", _BY_SOLVER),
    "verification.demonstrations": ("tests/verification/test_demonstrations.py", _BY_SOLVER),
    "verification.order": ("tests/verification/test_order.py", _BY_SOLVER),
    "replay.elsewhere": ("tests/verification/replay/test_elsewhere.py", _BY_RUNNING),
    "cli.replaying": ("tests/verification/replay/test_elsewhere.py", _BY_RUNNING),
    "report.assemble": ("tests/end_to_end/test_verify_command.py", _BY_RUNNING),
    "cli.cmd_verify": ("tests/end_to_end/test_verify_command.py", _BY_RUNNING),
    "cli.cmd_mutate": ("tests/end_to_end/test_mutate_command.py", _BY_RUNNING),
    "cli.cmd_explain": ("tests/end_to_end/test_verify_command.py", _BY_RUNNING),
    "cli.cmd_matrix": ("tests/end_to_end/test_verify_command.py", _BY_RUNNING),
    "replay.witness": ("tests/verification/test_witness.py", _BY_SOLVER),
    "codegen.contexts.python_expressions": (
        "tests/unit/verification/test_terms.py",
        "what it prints is executed there and compared with the solver's reading",
    ),
}
"""Start of a module name to the test file that exercises it and why that is the better place."""

ALONE = {"test_diagnostics.py", "test_foreign.py", "test_pycrate.py"}
"""Test files of a sub-package as a whole: samples of each code, modules written by others."""

_TEXT = (".py", ".j2", ".sh", ".erl", ".toml")


def test_namespace_roots_have_no_init() -> None:
    """With one, the other root would vanish from the import path."""
    for root in TOOL_ROOTS:
        assert (root / "interlock").is_dir()
        assert not (root / "interlock" / "__init__.py").exists(), shown(root)
        assert not list((root / "interlock").glob("*.py")), "modules live in sub-packages"


def test_sub_packages_are_typed() -> None:
    """``py.typed`` counts only inside a sub-package of a namespace."""
    untyped = [
        shown(folder)
        for root in TOOL_ROOTS
        for folder in sorted((root / "interlock").iterdir())
        if folder.is_dir() and folder.name != "__pycache__" and not (folder / "py.typed").exists()
    ]
    assert untyped == []


def test_files_can_be_read_in_one_go() -> None:
    long = {
        shown(path): lines
        for path in files(
            ROOT / "generator", ROOT / "verification", ROOT / "tests", ROOT / "scripts"
        )
        if path.suffix in _TEXT and not is_generated(path)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert sorted(long) == sorted(LONG_FILES), f"longer than {MAX_LINES} lines: {long}"


def test_texts_end_with_one_newline_and_have_no_trailing_space() -> None:
    folders = [
        ROOT / name for name in ("generator", "verification", "spec", "models", "docs", "scripts")
    ]
    found = []
    for path in files(*folders):
        if path.suffix not in (*_TEXT, ".md", ".yaml", ".asn", ".lark"):
            continue
        text = path.read_text(encoding="utf-8")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            found.append(f"{shown(path)}: end of file")
        found += [
            f"{shown(path)}:{number}: space at the end"
            for number, line in enumerate(text.splitlines(), 1)
            if line != line.rstrip()
        ]
    assert found == []


def test_support_files_are_in_generated_unchanged() -> None:
    """They are copied byte for byte; whoever edits the copy edits the wrong file."""
    for target in sorted(p for p in SUPPORT.iterdir() if p.is_dir()):
        for path in files(target):
            copy = GENERATED / target.name / path.relative_to(target)
            assert copy.is_file(), f"{shown(copy)} is missing: interlock generate"
            assert copy.read_bytes() == path.read_bytes(), f"{shown(copy)} differs from its source"


def _modules() -> list[str]:
    """Tool modules that hold code, by name without ``interlock.``."""
    return [
        name.removeprefix("interlock.")
        for path, name in tool_modules()
        if path.name != "__init__.py"
    ]


def _tests_of(name: str) -> list[Path]:
    """Where the tests of a module may stand: under its own name, or under that of its family.

    ``resolve_types`` and ``resolve_values`` are one piece of work in several files and may share
    ``test_resolve.py``.
    """
    package, _, module = name.rpartition(".")
    words = module.strip("_").split("_")
    folder = ROOT / "tests" / "unit" / package.replace(".", "/")
    return [folder / f"test_{'_'.join(words[:n])}.py" for n in range(len(words), 0, -1)]


def test_every_module_has_its_test_file() -> None:
    elsewhere = tuple(TESTED_ELSEWHERE)
    missing = [
        f"{name}: {shown(_tests_of(name)[0])}"
        for name in _modules()
        if not name.startswith(elsewhere) and not any(path.exists() for path in _tests_of(name))
    ]
    assert missing == []


def test_every_unit_test_file_has_its_module() -> None:
    expected = {path for name in _modules() for path in _tests_of(name)}
    orphans = [
        shown(path)
        for path in files(ROOT / "tests" / "unit", suffix=".py")
        if path.name.startswith("test_") and path.name not in ALONE and path not in expected
    ]
    assert orphans == []


def test_exceptions_are_still_needed() -> None:
    for name, (test, reason) in TESTED_ELSEWHERE.items():
        assert reason
        assert (ROOT / test).exists(), f"{name}: {test} is gone"
        assert any(module.startswith(name) for module in _modules()), f"{name} is gone"
