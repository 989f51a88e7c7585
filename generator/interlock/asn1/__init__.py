"""The ASN.1 front end: reads modules (X.680 to X.683), resolves and checks them.

Refuses to know IEC 62351: which modules exist, and what their definitions are for, is the
business of ``interlock.spec``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from interlock.asn1.check_structure import check_structure
from interlock.asn1.flatten import flatten
from interlock.asn1.parser_modules import parse_file
from interlock.asn1.resolve import Resolver, apply_overrides
from interlock.asn1.syntax import ModuleSyntax
from interlock.asn1.types import Asn1Model, TaggingDefault
from interlock.core.diagnostics import Diagnostic
from interlock.core.errors import SpecificationError
from interlock.core.source import SourceFile

__all__ = ["flatten", "load_modules"]

_NO_TAGGING: Mapping[str, TaggingDefault] = MappingProxyType({})
_NO_VALUES: Mapping[tuple[str, str], int] = MappingProxyType({})


def load_modules(
    sources: Iterable[SourceFile],
    *,
    tagging: Mapping[str, TaggingDefault] = _NO_TAGGING,
    values: Mapping[tuple[str, str], int] = _NO_VALUES,
) -> Asn1Model:
    """Read, resolve and check a closed set of modules.

    Args:
        sources: Files of one or more modules each; order is kept in the result.
        tagging: Module name to the tagging environment that replaces the written one.
        values: (module, value name) to the number that replaces an INTEGER value.

    Raises:
        SpecificationError: With every finding. Names are only looked at when all files follow
            the grammar, tags only when all names are known: faults do not follow from faults.
    """
    findings: list[Diagnostic] = []
    modules: list[ModuleSyntax] = []
    for source in sources:
        found, faults = parse_file(source)
        modules.extend(found)
        findings.extend(faults)
    _stop_at(findings)
    overridden, faults = apply_overrides(modules, tagging, values)
    resolver = Resolver(overridden, values)
    model = resolver.build()
    _stop_at([*faults, *resolver.findings])
    _stop_at(check_structure(model))
    return model


def _stop_at(findings: list[Diagnostic]) -> None:
    if findings:
        raise SpecificationError(dict.fromkeys(findings))  # one fault may be met on many ways
