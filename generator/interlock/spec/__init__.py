"""The standard as data: tables, assumptions and ASN.1 modules of ``spec/``, loaded and checked."""

from interlock.spec.specification import Specification, load_specification
from interlock.spec.tables import load_tables
from interlock.spec.types import SpecTables

__all__ = ["SpecTables", "Specification", "load_specification", "load_tables"]
