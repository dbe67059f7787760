"""The models of the benchmark evaluation that are shipped, and what holds of every score."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from events.dates import FOREVER
from events.rules.catalogue import load_catalogue
from events.rules.evaluation import ScoreModel, ScoreVersion
from events.types.subject import SubjectKind
from projections.calendar.rules import RulesOfDay
from projections.conclusions.conclusions import GroupTotal, Score, ScoreCap, ScoreItem, ScoreReason
from projections.conclusions.score import score_of
from projections.evaluation.region_index import ComponentIndex, RegionIndex
from projections.record.matters import Reading
from projections.signals.evidence import Evidence
from projections.signals.signals import SIGNALS
from tests.support.said import (
    day,
    piece,
    reading,
    rulebook,
    said,
    shipped_models,
)

MODELS = shipped_models()
VERSIONS = [(model, version) for model in MODELS for version in model.in_force]
NAMED = [f"{model.id}@{version.start}" for model, version in VERSIONS]
BOOK = rulebook(scores=MODELS)
FIRM = SubjectKind.ENTERPRISE


def items(found: Score) -> dict[str, ScoreItem]:
    return {item.indicator: item for item in found.items}


@pytest.mark.requirement(28)
def test_a_person_has_points_and_no_grade() -> None:
    rules = RulesOfDay(BOOK, date(2025, 1, 1))
    evidence = {"penalties": [piece("2024-12-01")]}
    for known in (said(rules), said(rules, evidence)):
        found, _ = score_of(known, SubjectKind.NATURAL_PERSON)
        assert found is not None
        assert found.points in (850, 830)
        assert found.grade is None


@pytest.mark.requirement(38)
@pytest.mark.parametrize(
    ("kind", "on", "model"),
    [
        (None, "2025-01-01", None),
        (SubjectKind.OTHER, "2025-01-01", None),
        (SubjectKind.ENTERPRISE, "2006-12-31", None),
        (SubjectKind.ENTERPRISE, "2007-01-01", "score.enterprise@2007-01-01"),
        (SubjectKind.ENTERPRISE, "2020-08-16", "score.enterprise@2007-01-01"),
        (SubjectKind.ENTERPRISE, "2020-08-17", "score.enterprise@2020-08-17"),
        (SubjectKind.ENTERPRISE, "2023-12-05", "score.enterprise@2023-12-05"),
        (SubjectKind.INDIVIDUAL_BUSINESS, "2023-12-04", None),
        (SubjectKind.INDIVIDUAL_BUSINESS, "2023-12-05", "score.individual_business@2023-12-05"),
        (SubjectKind.NATURAL_PERSON, "2020-08-16", None),
        (SubjectKind.NATURAL_PERSON, "2020-08-17", "score.person@2020-08-17"),
        (SubjectKind.GOVERNMENT_BODY, "2018-08-13", "score.government@2018-08-13"),
        (SubjectKind.INSTITUTION, "2018-08-13", "score.institution@2018-08-13"),
        (SubjectKind.ASSOCIATION, "2018-08-13", "score.association@2018-08-13"),
    ],
)
def test_each_kind_of_subject_is_scored_by_the_model_of_the_day(
    kind: SubjectKind | None, on: str, model: str | None
) -> None:
    found, due = score_of(said(RulesOfDay(BOOK, day(on))), kind)

    assert (f"{found.model}@{found.model_from}" if found else None) == model
    assert due == FOREVER


@pytest.mark.parametrize(("model", "version"), VERSIONS, ids=NAMED)
def test_a_model_has_a_thousand_points_and_the_unknown_get_an_ordinary_grade(
    model: ScoreModel, version: ScoreVersion
) -> None:
    codes = [indicator.code for indicator in version.indicators]

    assert len(set(codes)) == len(codes)
    assert sum(indicator.points for indicator in version.indicators) == 1000
    assert all(0 <= i.unknown <= i.points for i in version.indicators)
    known = said(RulesOfDay(BOOK, version.start))
    found, _ = score_of(known, model.kinds[0])
    assert found is not None
    persons = model.kinds == [SubjectKind.NATURAL_PERSON]
    assert found.grade == (None if persons else "good")


@pytest.mark.parametrize(("model", "version"), VERSIONS, ids=NAMED)
def test_a_model_names_signals_indicators_and_domains_of_the_catalogue_and_its_own_grades(
    model: ScoreModel, version: ScoreVersion
) -> None:
    catalogue = load_catalogue()
    reported = [code for indicator in version.indicators for code in indicator.reported]
    domains = {d for i in version.indicators for each in i.deductions for d in each.domains}
    signals = {each.signal for i in version.indicators for each in i.deductions}

    assert signals | {veto.signal for veto in version.vetoes} <= set(SIGNALS)
    assert set(reported) <= set(catalogue.indicators)
    assert len(set(reported)) == len(reported)
    assert domains <= set(catalogue.domains)
    assert {veto.grade for veto in version.vetoes} <= {None, *(g.code for g in version.grades)}
    limits = [grade.at_least for grade in version.grades if grade.at_least is not None]
    assert limits == sorted(limits, reverse=True)
    assert limits[-1:] in ([0], [])
    for code in reported:
        assert set(model.kinds) <= set(catalogue.indicators[code].kinds)


@pytest.mark.requirement(88)
def test_the_model_of_the_plan_reads_every_indicator_reported_of_enterprises() -> None:
    """栏6: basic and review indicators, and behaviour indicators of nine departments."""
    plan = MODELS[0].in_force[0]
    read = {code for indicator in plan.indicators for code in indicator.reported}
    catalogue = load_catalogue().indicators.values()

    assert read == {i.code for i in catalogue if FIRM in i.kinds and i.group != "regional"}
    assert len([i for i in plan.indicators if i.group == "behaviour"]) == 9


def test_the_groups_of_2020_have_the_points_of_the_provincial_table() -> None:
    version = next(v for v in MODELS[0].in_force if v.start == date(2020, 8, 17))
    totals: dict[str, int] = {}
    for indicator in version.indicators:
        totals[indicator.group] = totals.get(indicator.group, 0) + indicator.points

    assert (totals["situation"], totals["finance_tax"], totals["governance"]) == (80, 195, 90)
    assert totals["law"] + totals["responsibility"] == 635


def test_a_grade_by_veto_alone_is_given_to_no_points() -> None:
    rules = RulesOfDay(BOOK, date(2025, 1, 1))
    nothing_left = {
        name: [piece(f"2024-0{m}-0{n}", domain) for m in range(5, 10) for n in range(1, 6)]
        for name in ("penalties", "enforcements", "convictions", "wage_arrears", "defaults")
        for domain in ("labour",)
    }
    low, _ = score_of(said(rules, nothing_left), FIRM)
    listed = {"serious_lists": [piece("2024-01-01", "tax")]}
    vetoed, _ = score_of(said(rules, listed), FIRM)

    assert low is not None
    assert vetoed is not None
    assert low.points < vetoed.points == 599
    assert (low.grade, vetoed.grade) == ("poor", "bad")


def some_evidence(seed: int) -> tuple[dict[str, list[Evidence]], list[Reading]]:
    """Give a subject with many a record and reading within two years."""
    dice = random.Random(seed)
    indicators = [i for _, version in VERSIONS for i in version.indicators]
    signals = sorted({d.signal for i in indicators for d in i.deductions})
    found: dict[str, list[Evidence]] = {}
    for n in range(14):
        start = date(2023, 1, 1) + timedelta(dice.randrange(900))
        end = start + timedelta(dice.randrange(1, 900))
        domain = dice.choice(["market", "tax", "labour", "quality", "finance", "court"])
        signal = dice.choice(signals)
        found.setdefault(signal, []).append(piece(str(start), domain, str(end), event_id=f"e{n}"))
    codes = sorted({code for i in indicators for code in i.reported})
    readings = [
        reading(
            dice.choice(codes),
            str(dice.randrange(2022, 2025)),
            dice.randrange(-100, 2000),
            str(date(2023, 1, 1) + timedelta(dice.randrange(900))),
        )
        for _ in range(8)
    ]
    return found, readings


CASES = [(seed, kind) for seed in range(6) for kind in list(SubjectKind)[:-1]]


@pytest.mark.parametrize(("seed", "kind"), CASES)
def test_points_lie_within_a_thousand_are_the_sum_of_items_and_change_as_foretold(
    seed: int, kind: SubjectKind
) -> None:
    evidence, readings = some_evidence(seed)
    rules = RulesOfDay(BOOK, date(2024, 1, 1))
    _, version = rules.scores.get(kind, (None, None))
    before, due = score_of(said(rules, evidence, readings), kind)
    changes = 0
    for n in range(1, 730):
        on = rules.on + timedelta(n)
        known = said(rules.seen_from(on), evidence, readings)
        found, next_due = score_of(known, kind)
        assert found is not None
        assert due >= on
        assert next_due > on
        if on < due:
            assert (found, next_due) == (before, due)
        else:
            check_sum(found, version)
        changes += found != before
        before, due = found, next_due
    assert changes > 0


def check_sum(found: Score, version: ScoreVersion) -> None:
    known = items(found)
    of_each = {
        i.code: known[i.code].points if i.code in known else i.unknown for i in version.indicators
    }
    total = sum(of_each.values())

    assert all(0 <= of_each[i.code] <= i.points for i in version.indicators)
    assert total == sum(group.points for group in found.groups)
    assert found.points == min([total, *(cap.at_most for cap in found.caps)])
    assert 0 <= found.points <= 1000
    for item in found.items:
        assert item.events
        assert item.why


@pytest.mark.parametrize("seed", range(12))
def test_the_order_in_which_records_came_does_not_matter(seed: int) -> None:
    evidence, readings = some_evidence(seed)
    reverse = {name: pieces[::-1] for name, pieces in reversed(evidence.items())}
    rules = RulesOfDay(BOOK, date(2024, 9, 1))
    once = score_of(said(rules, evidence, readings), FIRM)

    assert once[0] is not None
    assert once == score_of(said(rules, reverse, readings[::-1]), FIRM)


@pytest.mark.requirement(99)
def test_a_score_names_no_place_among_others() -> None:
    """政府不得组织或者变相组织企业信用评比: no field of a score looks at another subject."""
    words = ("rank", "percentile", "place", "average", "better")
    shapes = (Score, ScoreItem, ScoreReason, ScoreCap, GroupTotal, RegionIndex, ComponentIndex)
    fields = {name for shape in shapes for name in shape.__struct_fields__}

    assert [name for name in fields if any(word in name for word in words)] == []
