"""Modules written by other people are read unchanged; what is refused is refused for a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.asn1 import flatten, load_modules
from interlock.asn1.parser_modules import parse_file
from interlock.core.errors import SpecificationError
from interlock.core.source import SourceFile
from unit.asn1 import foreign, oracle

# Files with modules that the front end refuses, and why it is right to.
REFUSED = {
    # SIZE of an INTEGER, an undefined name, a quadruple that is no character of IA5String
    "all_types.asn": {"ASN010", "ASN050", "ASN052"},
    # an addition and the component after the second marker are both BOOLEAN
    "extensibility_implied.asn": {"ASN025"},
}
# Files whose imports are not in the distribution.
INCOMPLETE = {
    "cen/dsrc.asn",
    "etsi/mapem_2_1_1.asn",
    "ietf/rfc2986.asn",
    "ietf/rfc3161.asn",
    "ietf/rfc3447.asn",
    "ietf/rfc4210.asn",
}


@pytest.fixture(scope="module")
def folder() -> Path:
    found = foreign.locate()
    if found is None:  # (in CI a skip is a failure)
        pytest.skip("needs foreign modules: fetch with python tests/unit/asn1/foreign.py")
    return found


def read(path: Path, folder: Path) -> SourceFile:
    shown = path.relative_to(folder).as_posix()
    return SourceFile(shown, path.read_text(encoding="utf-8", errors="replace"))


def closures(folder: Path) -> dict[str, list[SourceFile] | None]:
    """Each file with the files that it imports from; None when one is not there."""
    sources = [read(path, folder) for path in sorted(folder.rglob("*.asn"))]
    parsed = {source.path: parse_file(source)[0] for source in sources}
    providers: dict[str, list[SourceFile]] = {}
    for source in sources:
        for module in parsed[source.path]:
            providers.setdefault(module.name, []).append(source)
    result: dict[str, list[SourceFile] | None] = {}
    for source in sources:
        needed: list[SourceFile] | None = [source]
        waiting = list(parsed[source.path])
        known = {module.name for module in waiting}
        while waiting and needed is not None:
            for import_ in waiting.pop().imports:
                if import_.module in known:
                    continue
                provider = providers.get(import_.module, [None])[0]
                if provider is None:
                    needed = None
                    break
                needed.append(provider)
                waiting += parsed[provider.path]
                known |= {module.name for module in parsed[provider.path]}
        result[source.path] = needed
    return result


def test_all_modules_follow_the_grammar(folder: Path) -> None:
    count = 0
    for path in sorted(folder.rglob("*.asn")):
        modules, problems = parse_file(read(path, folder))
        assert not problems, problems[0]
        count += len(modules)
    assert count >= 100


def test_closed_sets_of_modules_are_read_and_flattened(folder: Path) -> None:
    refused: dict[str, set[str]] = {}
    incomplete: set[str] = set()
    accepted = 0
    for path, sources in closures(folder).items():
        if sources is None:
            incomplete.add(path)
            continue
        try:
            model = load_modules(sources)
        except SpecificationError as problem:
            refused[path] = {d.code for d in problem.diagnostics}
            continue
        accepted += 1
        text = flatten(model)
        assert flatten(load_modules([SourceFile(path, text)])) == text, path
    assert (refused, incomplete) == (REFUSED, INCOMPLETE)
    assert accepted >= 45


def test_missing_imports_are_the_only_fault_of_the_incomplete_ones(folder: Path) -> None:
    for path in sorted(INCOMPLETE):
        with pytest.raises(SpecificationError) as raised:
            load_modules([read(folder / path, folder)])
        assert {d.code for d in raised.value.diagnostics} == {"ASN013"}, path


@pytest.mark.requires("pycrate")
def test_object_sets_of_s1ap_agree_with_pycrate(folder: Path) -> None:
    source = read(folder / "3gpp" / "s1ap_14_4_0.asn", folder)
    ours = load_modules([source]).object_sets
    theirs = oracle.read_sets(source.text, list(ours))
    assert len(ours) > 200
    for key, found in ours.items():
        assert oracle.spell(found) == theirs[key], key
