"""What a score is the sum of, by which events, and when it changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest

from events.dates import FOREVER
from events.envelope import Source
from events.rules.evaluation import ScoreModel
from events.types.subject import SubjectKind
from projections.calendar.rules import RulesOfDay
from projections.conclusions.conclusions import GroupTotal, Score, ScoreCap, ScoreItem, ScoreReason
from projections.conclusions.score import points_on_line, score_of
from projections.record.matters import Reading
from projections.signals.evidence import Evidence
from tests.support.said import (
    day,
    piece,
    reading,
    rulebook,
    said,
)

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
