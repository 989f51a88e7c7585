from __future__ import annotations

from dataclasses import replace

from interlock.report.data import MutationScore
from interlock.verification.results import Status
from unit.report import sample


def test_verdicts_are_found_by_property_and_variant() -> None:
    results = sample.results()
    found = results.verdict("A-1", "pp-signed")
    assert found is not None
    assert (found.property, found.variant) == ("A-1", "pp-signed")
    assert results.verdict("A-1", "no such variant") is None
    assert results.verdict("no such property", "captured") is None


def test_verdicts_of_a_property_are_in_the_order_of_the_variants() -> None:
    shuffled = replace(sample.results(), verdicts=sample.VERDICTS[::-1])
    order = [variant.id for variant in sample.VARIANTS]
    found = [verdict.variant for verdict in shuffled.verdicts_of("S-13")]
    assert found == sorted(found, key=order.index)
    assert len(found) == 5


def test_groups_keep_the_order_and_lose_nothing() -> None:
    groups = sample.results().groups
    assert [name for name, _ in groups][:2] == ["downgrade resistance", "agreement"]
    assert sorted(text.id for _, texts in groups for text in texts) == sorted(
        text.id for text in sample.PROPERTIES
    )


def test_an_unknown_or_unannounced_verdict_is_not_as_expected() -> None:
    results = sample.results()
    unexpected = set(results.unexpected)
    for verdict in results.verdicts:
        good = verdict.status is not Status.UNKNOWN and verdict.status.value == verdict.expected
        assert (verdict in unexpected) is not good
    assert sum(results.count(status) for status in Status) == len(results.verdicts)


def test_the_mutation_score_is_the_sum_of_its_rows() -> None:
    score = sample.results().mutation
    assert score is not None
    assert (score.mutants, score.killed, score.equivalent) == (111, 105, 3)
    assert MutationScore(()).mutants == 0


def test_a_pair_that_was_not_looked_at_has_no_cell() -> None:
    matrix = sample.matrix(3)
    assert matrix.cell("AE-0", "any-2") is not None
    assert matrix.cell("AE-0", "AE-9") is None


def test_texts_of_properties_are_found_by_id() -> None:
    text = sample.results().property_text("DR-7")
    assert text is sample.PROPERTIES[7]
    assert sample.results().property_text("DR-8") is None
