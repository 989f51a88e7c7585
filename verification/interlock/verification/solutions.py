"""Solutions of the solver as plain values: what each field of a message is worth in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import z3

from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.messages import Field
from interlock.model.vocabulary import OTHER
from interlock.verification.terms import Members, Terms

FieldValue: TypeAlias = bool | int | str | tuple[str, ...]
"""Bool, Int and Time as they are; a member of an enumeration by name; a set or list of members."""

LONGEST_LIST = 16
"""A solution may repeat elements of a list without end; so many are shown."""


def message_values(
    machine: m.Machine, terms: Terms, message: str, model: z3.ModelRef
) -> Mapping[str, FieldValue]:
    """What a solution says about the fields of a message, ``well-formed`` among them.

    Fields that the solution leaves open, and those of which only equality is known, are left out.
    """
    found: dict[str, FieldValue] = {}
    well_formed = value_in(model, terms, terms.variable("m.well-formed", t.BOOL), t.BOOL)
    if well_formed is not None:
        found["well-formed"] = well_formed
    for field in machine.messages.messages[message].fields.values():
        value = value_in(model, terms, terms.variable(f"m.{field.name}", field.type), field.type)
        if value is not None:
            found[field.name] = value
    return found


def value_in(
    model: z3.ModelRef, terms: Terms, term: z3.ExprRef | Members, kind: t.Type
) -> FieldValue | None:
    """The value of a term in a solution; None where it is open or uninterpreted."""
    if isinstance(term, Members):
        return _members(model, term)
    value = model.eval(term)
    match kind:
        case t.Bool():
            return None if z3.is_const(value) and not _is_truth(value) else z3.is_true(value)
        case t.Int() | t.Time() | t.Duration():
            return value.as_long() if z3.is_int_value(value) else None
        case t.Enum(name=name):
            _, members = terms.enumeration(name)
            return next((key for key, member in members.items() if value.eq(member)), None)
        case _:
            return None


def _members(model: z3.ModelRef, term: Members) -> tuple[str, ...] | None:
    count = model.eval(term.count)
    if not z3.is_int_value(count):
        return None
    names = [name for name, there in term.present.items() if z3.is_true(model.eval(there))]
    missing = min(count.as_long(), LONGEST_LIST) - len(names)
    return (*names, *names[:1] * max(missing, 0))


def _is_truth(value: z3.ExprRef) -> bool:
    return bool(z3.is_true(value) or z3.is_false(value))


LATEST = 4_102_444_800_000
"""1 January 2100 in milliseconds: times of a solution that is to be shown lie before it."""

GREATEST = 2**31 - 1


def has_octets(machine: m.Machine, terms: Terms, message: str) -> Iterator[z3.BoolRef]:
    """That a PDU can have the values of a solution: what the fields of a message share.

    Times and numbers are such as are met with, only the alternative that was taken has content,
    and a component that is present is not empty. A solution need not be so: one that is not has
    no PDU to show.
    """
    fields = machine.messages.messages[message].fields
    yield terms.variable("m.well-formed", t.BOOL)
    for field in fields.values():
        value = terms.variable(f"m.{field.name}", field.type)
        if isinstance(value, Members):
            branch = _branch_above(field, fields)
            is_taken = True
            if branch is not None:
                other = terms.variable(f"m.{branch[0].name}", branch[0].type)
                assert isinstance(branch[0].type, t.Enum)
                is_taken = other == terms.enumeration(branch[0].type.name)[1][branch[1]]
            yield z3.Implies(value.count > 0, is_taken)
            if field.steps and not field.steps[-1].is_optional:
                yield z3.Implies(is_taken, value.count > 0)
            yield value.count <= LONGEST_LIST
            yield from _presence(terms, field, fields, value)
        elif isinstance(field.type, t.Time):
            yield z3.And(value >= 0, value < LATEST)
        elif isinstance(field.type, t.Int):
            yield z3.And(value >= 0, value <= GREATEST)
        elif field.projection == "branch":
            assert isinstance(field.type, t.Enum)
            yield value != terms.enumeration(field.type.name)[1][OTHER]


def _branch_above(field: Field, fields: Mapping[str, Field]) -> tuple[Field, str] | None:
    for at, step in enumerate(field.steps):
        for other in fields.values():
            if (
                step.is_alternative
                and other.projection == "branch"
                and other.steps == field.steps[:at]
            ):
                return other, step.name
    return None


def _presence(
    terms: Terms, field: Field, fields: Mapping[str, Field], value: Members
) -> Iterator[z3.BoolRef]:
    for other in fields.values():
        if other.projection == "present" and other.steps == field.steps:
            yield terms.variable(f"m.{other.name}", other.type) == (value.count > 0)
