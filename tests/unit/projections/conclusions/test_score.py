"""What a score is the sum of, by which events, and when it changes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from events.dates import FOREVER
from events.envelope import Source
from events.rules.catalogue import load_catalogue
from events.rules.evaluation import ScoreModel, ScoreVersion
from events.types.subject import SubjectKind
from projections.calendar.rules import RulesOfDay
from projections.conclusions.conclusions import GroupTotal, Score, ScoreCap, ScoreItem, ScoreReason
from projections.conclusions.score import points_on_line, score_of
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


def an_indicator(code: str, points: int, unknown: int, **changes: Any) -> dict[str, Any]:
    named = {"code": code, "name_zh": code, "name_en": code, "group": "basic"}
    return named | {"points": points, "unknown": unknown} | changes


def a_model(*indicators: dict[str, Any], **version: Any) -> ScoreModel:
    given = {
        "from": "2000-01-01",
        "reference": "assumption",
        "indicators": list(indicators),
        "grades": [
            {"code": "good", "name_zh": "良好", "name_en": "Good", "at_least": 700},
            {"code": "poor", "name_zh": "较差", "name_en": "Poor", "at_least": 0},
            {"code": "bad", "name_zh": "差", "name_en": "Bad"},
        ],
    }
    model = {"id": "score.x", "title": "X", "kinds": ["enterprise"], "in_force": [given | version]}
    return msgspec.convert(model, ScoreModel)


LAW = an_indicator(
    "law",
    600,
    600,
    group="law",
    deductions=[
        {"signal": "penalties", "points_each": 200, "window_months": 12},
        {"signal": "honours", "points_each": -100, "domains": ["market"]},
        {"signal": "arrears_fen", "points_each": 50, "domains": ["tax"]},
    ],
)
FUNDS = an_indicator(
    "funds",
    400,
    240,
    reported=["asset_liability_ratio", "quick_ratio"],
    deductions=[{"signal": "defaults", "points_each": 30}],
)


def score(
    on: str,
    evidence: dict[str, Sequence[Evidence]] | None = None,
    readings: Sequence[Reading] = (),
    model: ScoreModel | None = None,
    counts_until: dict[str, date] | None = None,
) -> Score:
    rules = RulesOfDay(rulebook(scores=[model or a_model(LAW, FUNDS)]), day(on))
    found, _ = score_of(said(rules, evidence, readings, counts_until), FIRM)
    assert found is not None
    return found


def items(found: Score) -> dict[str, ScoreItem]:
    return {item.indicator: item for item in found.items}


def test_where_nothing_is_known_each_indicator_counts_its_points_of_the_unknown() -> None:
    assert score("2025-01-01") == Score(
        "score.x",
        date(2000, 1, 1),
        840,
        "good",
        (GroupTotal("law", 600, 600), GroupTotal("basic", 240, 400)),
        (),
        (),
    )


@pytest.mark.requirement(38, 84)
def test_evidence_deducts_by_the_piece_and_is_named() -> None:
    evidence = {"penalties": [piece("2024-06-01"), piece("2025-01-10", "tax")]}
    found = score("2025-02-01", evidence)

    assert found.items == (
        ScoreItem(
            "law",
            "law",
            200,
            600,
            known=True,
            events=("2024-06-01 market", "2025-01-10 tax"),
            why=(ScoreReason("penalties", 2, -400),),
        ),
    )
    assert found.points == 440
    assert found.grade == "poor"
    assert found.groups == (GroupTotal("law", 200, 600), GroupTotal("basic", 240, 400))


def test_points_are_held_within_nothing_and_those_of_the_indicator() -> None:
    penalties = {"penalties": [piece(f"2025-01-0{n}") for n in range(1, 5)]}
    honours = {"honours": [piece("2025-01-01")]}

    assert items(score("2025-02-01", penalties))["law"].points == 0
    assert items(score("2025-02-01", honours))["law"].points == 600
    both = penalties | {"honours": [piece("2025-01-01"), piece("2025-01-02"), piece("2025-01-03")]}
    assert items(score("2025-02-01", both))["law"].points == 100


def test_a_deduction_asks_its_own_domains_only() -> None:
    elsewhere = {"honours": [piece("2025-01-01", "tax")], "penalties": [piece("2025-01-01", "tax")]}
    law = items(score("2025-02-01", elsewhere))["law"]

    assert law.why == (ScoreReason("penalties", 1, -200),)


@pytest.mark.parametrize(("fen", "points"), [(1, 550), (900_000_000, 550)])
def test_amounts_count_by_the_piece_and_not_by_their_fen(fen: int, points: int) -> None:
    arrears = {"arrears_fen": [piece("2025-01-01", "tax", weight=fen)]}
    law = items(score("2025-02-01", arrears))["law"]

    assert law.points == points
    assert law.why == (ScoreReason("arrears_fen", 1, -50),)


@pytest.mark.parametrize(
    ("on", "points"),
    [("2025-01-09", 600), ("2025-01-10", 400), ("2026-01-09", 400), ("2026-01-10", 600)],
)
def test_a_deduction_lasts_for_its_window(on: str, points: int) -> None:
    found = score(on, {"penalties": [piece("2025-01-10")]})
    assert found.groups[0].points == points


@pytest.mark.parametrize(
    ("value", "worst", "best", "points"),
    [
        (0, 0, 100, 0),
        (100, 0, 100, 50),
        (1, 0, 100, 0),
        (2, 0, 100, 1),
        (99, 0, 100, 49),
        (-7, 0, 100, 0),
        (107, 0, 100, 50),
        (950, 950, 400, 0),
        (400, 950, 400, 50),
        (675, 950, 400, 25),
        (949, 950, 400, 0),
        (1000, 950, 400, 0),
        (0, 950, 400, 50),
        (0, -50, 150, 12),
    ],
)
def test_a_value_is_read_on_its_line_and_rounded_down(
    value: int, worst: int, best: int, points: int
) -> None:
    assert points_on_line(value, worst, best, 50) == points


def test_several_reported_indicators_share_the_points_equally() -> None:
    best = reading("asset_liability_ratio", "2024", 400, "2025-03-01")
    worst = reading("quick_ratio", "2024", 300, "2025-03-01")
    ratio, both = score("2025-04-01", readings=[best]), score("2025-04-01", readings=[best, worst])

    assert items(ratio)["funds"] == ScoreItem(
        "funds",
        "basic",
        (400 + 240) // 2,
        400,
        known=True,
        events=(best.event_id,),
        why=(ScoreReason("asset_liability_ratio", 400, 200),),
    )
    assert items(both)["funds"].points == 200
    assert items(both)["funds"].events == (best.event_id, worst.event_id)


def test_what_is_deducted_where_nothing_was_reported_lowers_the_points_of_the_unknown() -> None:
    funds = items(score("2025-02-01", {"defaults": [piece("2025-01-01")]}))["funds"]

    assert (funds.points, funds.known) == (210, False)


def test_the_newest_period_is_read_and_of_one_period_the_newest_report() -> None:
    readings = [
        reading("quick_ratio", "2023", 300, "2025-05-01"),
        reading("quick_ratio", "2024", 1200, "2025-03-01"),
        reading("quick_ratio", "2024", 300, "2025-06-01"),
    ]

    def known(on: str) -> tuple[str, ...]:
        return items(score(on, readings=readings))["funds"].events

    assert known("2025-05-31") == ("quick_ratio 2024 2025-03-01",)
    assert known("2025-06-01") == ("quick_ratio 2024 2025-06-01",)
    assert items(score("2025-05-31", readings=readings[::-1]))["funds"].points == 320


def test_a_reading_does_not_count_before_its_day_nor_when_repealed_nor_of_oneself() -> None:
    told = reading("quick_ratio", "2024", 1200, "2025-03-01")
    own = reading("quick_ratio", "2024", 1200, "2025-03-01", source=Source.SELF_DECLARED)

    assert score("2025-02-28", readings=[told]).items == ()
    assert score("2025-03-01", readings=[told]).items != ()
    assert score("2025-03-01", readings=[own]).items == ()
    until = {told.event_id: date(2025, 6, 1)}
    assert score("2025-05-31", readings=[told], counts_until=until).items != ()
    assert score("2025-06-01", readings=[told], counts_until=until).items == ()


def test_the_days_on_which_readings_begin_and_end_are_foretold() -> None:
    readings = [
        reading("quick_ratio", "2024", 1200, "2025-03-01"),
        reading("quick_ratio", "2025", 1200, "2026-03-01"),
    ]
    until = {readings[0].event_id: date(2025, 6, 1)}
    rules = RulesOfDay(rulebook(scores=[a_model(LAW, FUNDS)]), date(2025, 3, 1))

    def due(on: str) -> date:
        known = said(rules.seen_from(day(on)), {}, readings, until)
        return score_of(known, FIRM)[1]

    assert due("2025-02-28") == date(2025, 3, 1)
    assert due("2025-03-01") == date(2025, 6, 1)
    assert due("2025-06-01") == date(2026, 3, 1)
    assert due("2026-03-01") == FOREVER


def test_a_veto_caps_the_sum_gives_its_grade_and_names_its_events() -> None:
    model = a_model(LAW, FUNDS, vetoes=[{"signal": "fled", "at_most": 300, "grade": "bad"}])
    fled = {"fled": [piece("2025-01-10", end="2025-06-01")]}
    found = score("2025-02-01", fled, model=model)

    assert (found.points, found.grade) == (300, "bad")
    assert found.caps == (ScoreCap("fled", 300, ("2025-01-10 market",)),)
    assert sum(group.points for group in found.groups) == 840
    assert score("2025-06-01", fled, model=model).grade == "good"
    assert score("2025-01-09", fled, model=model).points == 840


def test_a_veto_does_not_raise_and_without_a_grade_leaves_that_of_the_points() -> None:
    model = a_model(LAW, FUNDS, vetoes=[{"signal": "fled", "at_most": 699}])
    many = {"penalties": [piece(f"2025-01-0{n}") for n in range(1, 4)]}
    fled = {"fled": [piece("2025-01-10")]}

    assert (score("2025-02-01", fled, model=model).points) == 699
    assert score("2025-02-01", fled, model=model).grade == "poor"
    assert score("2025-02-01", fled | many, model=model).points == 240


@pytest.mark.requirement(87)
@pytest.mark.parametrize(("held", "grade"), [(700, "good"), (699, "poor")])
def test_a_grade_begins_at_its_very_points(held: int, grade: str) -> None:
    model = a_model(an_indicator("all", 1000, held))
    assert score("2025-01-01", model=model).grade == grade


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
