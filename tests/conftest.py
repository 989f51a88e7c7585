"""Options of the whole test run: tools that may be missing, and reproducible random input.

Fixtures and helpers stand next to the tests that use them, or in ``support``.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import settings

from support.tools import TOOLS, in_ci, why_missing

# Without a deadline: the first example pays for imports, and machines are shared. In CI the
# examples are the same on every run; elsewhere new ones are tried, and a failing one is printed
# in a form that reproduces it.
settings.register_profile("interlock", deadline=None, print_blob=True, derandomize=in_ci())
settings.load_profile("interlock")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names that ``requires`` does not know, even where nothing would be skipped."""
    for item in items:
        for name in _required(item):
            if name not in TOOLS:
                raise pytest.UsageError(
                    f'{item.nodeid}: no tool "{name}"; known: {", ".join(TOOLS)}'
                )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose tools are missing."""
    reasons = [reason for name in _required(item) if (reason := why_missing(name))]
    if reasons:
        pytest.skip("; ".join(reasons))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn every skip into a failure in CI, whoever asked for it."""
    report = yield
    return _unskipped(report) if isinstance(report, pytest.TestReport) else report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself."""
    report = yield
    if in_ci() and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {_reason(report.longrepr)}"
    return report


def _unskipped(report: pytest.TestReport) -> pytest.TestReport:
    expected_failure = hasattr(report, "wasxfail")
    if in_ci() and report.skipped and not expected_failure:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {_reason(report.longrepr)}"
    return report


def _reason(longrepr: object) -> str:
    """The text of a skip; pytest keeps it with file and line."""
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


def _required(item: pytest.Item) -> list[str]:
    """The names in all ``requires`` marks of a test, its class and its module."""
    return [name for mark in item.iter_markers("requires") for name in mark.args]
