"""What a region's index is read from: the region that an event names, subjects counted upwards."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from events.envelope import Platform, Source
from events.event import Event
from events.types.subject import SubjectKind
from projections.as_of.question import Part, Question
from projections.as_of.state import concluded_as_of
from projections.conclusions.score import newest_readings
from projections.day.record_on_day import RecordOnDay
from projections.evaluation.region_figures import RegionFigures, RegionReading, regional_readings
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.given import CALENDAR, said

ON = date(2025, 12, 31)
RULES = CALENDAR.on(ON)
BODY = "11330100PDY00002X8"


def a_figure(code: str, value: int, on: str = "2025-02-01", **changes: Any) -> Event:
    return a.an_indicator(code, value, on, **({"subject_id": a.SUBJECT} | changes))


def readings_of(*events: Event, on: date = ON) -> dict[tuple[str, str], RegionReading]:
    _, record, _ = concluded_as_of(
        [read(each) for each in said(*events)],
        Question(platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=on),
        Part(0, len(events)),
        CALENDAR,
    )
    found = regional_readings(record, CALENDAR.on(on), a.SUBJECT)
    assert len({(each.region, each.indicator) for each in found}) == len(found)
    return {(each.region, each.indicator): each for each in found}


def values(*events: Event, on: date = ON) -> dict[tuple[str, str], int]:
    return {place: each.value for place, each in readings_of(*events, on=on).items()}


def test_a_body_reports_of_the_region_that_its_event_names_and_may_of_several() -> None:
    assert values(
        a_figure("gdp_per_head", 9_000_000, region="330100"),
        a_figure("gdp_per_head", 7_000_000, region="330200", document_no="另"),
    ) == {("330100", "gdp_per_head"): 9_000_000, ("330200", "gdp_per_head"): 7_000_000}


def test_the_newest_period_holds_whichever_came_first() -> None:
    newer = a_figure("gdp_per_head", 9_000_000, "2025-02-01", period="2024")
    older = a_figure("gdp_per_head", 8_000_000, "2025-03-01", period="2023")
    assert values(newer, older) == values(older, newer) == {("330100", "gdp_per_head"): 9_000_000}


def test_what_lies_ahead_or_is_said_by_itself_or_is_not_regional_counts_for_nothing() -> None:
    assert values(a_figure("gdp_per_head", 1, "2025-02-01"), on=date(2025, 1, 31)) == {}
    assert values(a_figure("gdp_per_head", 1, source=Source.SELF_DECLARED)) == {}
    assert values(a_figure("quick_ratio", 900)) == {}
    assert values(a_figure("no_such_indicator", 900)) == {}


def test_a_figure_annulled_is_as_if_never_reported() -> None:
    figure = a_figure("gdp_per_head", 9_000_000)
    assert values(figure, a.a_revocation(figure, kind="annulled", on="2025-05-01")) == {}


def test_of_one_region_it_reads_as_the_score_does() -> None:
    """The score of a body reads its own newest values; of one region these are the same."""
    events = [
        a_figure("government_openness", 60, "2024-03-01", period="2023"),
        a_figure("government_openness", 90, "2025-03-01", period="2024"),
        a_figure("government_contracts_kept", 950, "2025-03-02", period="2024"),
        a_figure("gdp_per_head", 1, "2026-03-02", period="2025"),
    ]
    _, record, _ = concluded_as_of(
        [read(each) for each in said(*events)],
        Question(platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=ON),
        Part(0, 4),
        CALENDAR,
    )
    scored, _ = newest_readings(RecordOnDay(record, RULES))
    assert {code: each.event_id for code, each in scored.items()} == {
        each.indicator: each.event_id for each in readings_of(*events).values()
    }
    assert len(scored) == 2


def reading(region: str, value: int, period: str = "2024", body: str = BODY) -> RegionReading:
    return RegionReading(region, "gdp_per_head", period, date(2025, 2, 1), body, body, value)


def test_a_subject_counts_for_its_county_its_city_and_its_province() -> None:
    figures = RegionFigures(RULES)
    figures.count({"enterprise/330106/good/-": 3, "enterprise/330100/-/listed": 1})
    known = {region: figures.evaluation(region).tallies for region in figures.regions()}
    assert {region: each["enterprise.known"] for region, each in known.items()} == {
        "330000": 4,
        "330100": 4,
        "330106": 3,
    }
    assert known["330100"] == known["330000"]
    assert known["330100"] == {
        "enterprise.bad": 0,
        "enterprise.excellent": 0,
        "enterprise.good": 3,
        "enterprise.graded": 3,
        "enterprise.known": 4,
        "enterprise.listed": 1,
        "enterprise.medium": 0,
        "enterprise.poor": 0,
    }


def test_counts_come_in_any_portions() -> None:
    whole, portions = RegionFigures(RULES), RegionFigures(RULES)
    whole.count({"enterprise/330106/good/-": 3, "enterprise/330106/-/listed": 2})
    portions.count({"enterprise/330106/-/listed": 2})
    for _ in range(3):
        portions.count({"enterprise/330106/good/-": 1})
    assert whole.evaluation("330106") == portions.evaluation("330106")


def test_a_kind_without_grades_has_no_graded_and_a_kind_of_none_has_no_count() -> None:
    figures = RegionFigures(RULES)
    figures.count({"natural_person/330106/-/-": 3})
    assert figures.evaluation("330106").tallies == {
        "natural_person.known": 3,
        "natural_person.listed": 0,
    }


def test_a_seat_in_no_known_place_counts_for_no_region() -> None:
    figures = RegionFigures(RULES)
    figures.count({"enterprise/999999/good/-": 3})
    assert figures.regions() == []


@pytest.mark.requirement(89)
def test_a_figure_of_a_city_is_the_citys_own_and_moves_its_index_alone() -> None:
    figures = RegionFigures(RULES)
    figures.count({"enterprise/330106/good/-": 9, "enterprise/330106/poor/-": 1})
    before = {region: figures.evaluation(region) for region in figures.regions()}
    figures.read([reading("330100", 20_000_000)])
    after = {region: figures.evaluation(region) for region in figures.regions()}

    assert [region for region in after if after[region] != before[region]] == ["330100"]
    index = after["330100"].index
    assert index is not None
    # Economy by one figure; enterprises by two, 900 per mille graded good and none listed.
    known = {each.component: each.index for each in index.components if each.index is not None}
    assert known == {"economy": 1000, "enterprises": 1000}
    # Three of eighteen figures are too few to stand for the region.
    assert (index.known, index.of, index.enough) == (3, 18, False)
    assert (index.index, index.symbol) == (None, None)
    assert index.groups == {"environment": None, "subjects": None}
    assert after["330100"].readings == (reading("330100", 20_000_000),)
    assert after["330000"].readings == ()


def test_of_several_bodies_the_newest_figure_of_a_region_holds() -> None:
    one, other = reading("330100", 1, "2023"), reading("330100", 2, "2024", body="another")
    for order in ((one, other), (other, one)):
        figures = RegionFigures(RULES)
        figures.read(order)
        assert figures.evaluation("330100").readings == (other,)


def test_a_region_is_named_and_one_of_which_nothing_is_known_has_no_index() -> None:
    found = RegionFigures(RULES).evaluation("330100")
    assert (found.name, found.on) == ("杭州市", ON)
    assert found.index is not None
    assert found.index.index is None


def test_every_kind_of_subject_can_be_counted() -> None:
    figures = RegionFigures(RULES)
    figures.count({f"{kind}/330106/-/-": 1 for kind in SubjectKind})
    assert {name.partition(".")[0] for name in figures.evaluation("330106").tallies} == {
        kind.value for kind in SubjectKind
    }
