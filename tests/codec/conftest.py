"""The specification and its flattened form in asn1tools, once per session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asn1tools
import pytest

from interlock.asn1.flatten import flatten
from interlock.asn1.types import Asn1Model
from interlock.spec import Specification, load_specification

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def specification() -> Specification:
    return load_specification(ROOT / "spec")


@pytest.fixture(scope="session")
def model(specification: Specification) -> Asn1Model:
    return specification.asn1


@pytest.fixture(scope="session")
def asn1tools_der(model: Asn1Model) -> Any:
    return asn1tools.compile_string(flatten(model), "der")


@pytest.fixture(scope="session")
def asn1tools_ber(model: Asn1Model) -> Any:
    return asn1tools.compile_string(flatten(model), "ber")
