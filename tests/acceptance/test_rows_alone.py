"""What the plan asks of the catalogue and of every record, shown of all of them and not of a sample."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from events.admission.admission import Submission, check
from events.admission.rejection import Rejection
from events.envelope import CHINA, Disclosure, Platform, Source
from events.event import EVENT_TYPES, ORIGINALS, Event, event_type
from events.rules.archives import Archive
from events.rules.catalogue import Category, Department, Polarity, PublicationClass
from events.rules.rulebook import Rulebook, load_rulebook
from ops.dictionary.records import envelope_fields, records
from projections.calendar.rules import RuleCalendar
from projections.profile.archive import facets_of, narrowed, selection
from tests.support import builders as a
from tests.support.given import Projection, given, said

RULEBOOK = load_rulebook()
NOON = datetime(2025, 6, 15, 12, tzinfo=CHINA)
TODAY = date(2025, 6, 15)
ORGANISATION = Platform.ORGANISATION


def submitted(event: Event, rulebook: Rulebook = RULEBOOK) -> Event | Rejection:
    blank = msgspec.structs.replace(event.envelope, event_id="")
    event = msgspec.structs.replace(event, envelope=blank)
    topic = event.envelope.department
    return check(
        Submission(platform=ORGANISATION, department=topic, submitted_at=NOON, event=event),
        rulebook,
    )


@pytest.mark.requirement(4)
def test_there_are_90_kinds_of_enterprise_information_and_545_items_that_are_distinct() -> None:
    """An item is a field of one type, an indicator, or an item of a category (信息项), each counted once.

    Categories that share a type share its items, and what every event has is none. The plan's 844 are what
    a database held in 2006, by a catalogue that nobody has; they are no measure of ours.
    """
    fields = {r["record"].removeprefix("credit."): r["fields"] for r in records()}
    kinds = [row for rows in RULEBOOK.categories.values() for row in rows[-1:]]
    of_firms = [row for row in kinds if ORGANISATION in row.platforms and row.code != "operation"]
    own = {
        row.code: {(kind, field["name"]) for kind in row.event_types for field in fields[kind]}
        for row in of_firms
    }
    common = {field["name"] for field in envelope_fields()}
    distinct = {pair for pairs in own.values() for pair in pairs if pair[0] != "ItemsReported"}

    assert len(of_firms) >= 90
    assert all(own.values())
    kept = {item.name_zh for sets in RULEBOOK.item_sets.values() for item in sets[-1].items}
    assert len(kept) >= 355
    assert len(distinct) + len(RULEBOOK.indicators) + len(kept) >= 545
    assert not common & {name for _, name in distinct} - {"region", "department"}


def _with_weather() -> Rulebook:
    category = Category(
        code="penalty.weather",
        name_zh="气象行政处罚",
        name_en="Administrative penalty, weather",
        event_types=["PenaltyImposed", "ObligationSettled"],
        polarity=Polarity.BAD,
        domain="weather",
        platforms=(ORGANISATION,),
        disclosure=Disclosure.PUBLIC,
        publication=PublicationClass.PENALTY,
        start=date(2025, 1, 1),
        reference="assumption",
    )
    department = Department(
        code="weather-zj",
        name_zh="浙江省气象局",
        name_en="Zhejiang Meteorology",
        region="330000",
        sources=[Source.DEPARTMENT],
        platforms=[ORGANISATION],
        categories=["penalty.weather", "indicator"],
        legal_basis="assumption",
    )
    archive = Archive(
        code="weather",
        name_zh="气象信用档案",
        name_en="Weather credit archive",
        platforms=[ORGANISATION],
        domains=["weather"],
        start=date(2025, 1, 1),
        reference="assumption",
    )
    some = next(iter(RULEBOOK.indicators.values()))
    return msgspec.structs.replace(
        RULEBOOK,
        categories=RULEBOOK.categories | {category.code: [category]},
        departments=RULEBOOK.departments | {department.code: department},
        archives=RULEBOOK.archives | {archive.code: archive},
        indicators=RULEBOOK.indicators
        | {"storm_damage": msgspec.structs.replace(some, code="storm_damage")},
    )


@pytest.mark.requirement(4, 14)
def test_a_row_alone_brings_a_kind_of_record_from_admission_to_its_archive() -> None:
    more = _with_weather()
    penalties = [
        a.a_penalty(n, f"2025-0{n}-10", department="weather-zj", category="penalty.weather")
        for n in (3, 4)
    ]
    some = next(iter(RULEBOOK.indicators.values()))
    figure = a.an_indicator(indicator="storm_damage", value=some.best, department="weather-zj")
    events: list[Event] = []
    for event in [*penalties, figure]:
        found = submitted(event, more)
        assert not isinstance(found, Rejection), found.reasons
        assert isinstance(submitted(event), Rejection)
        events.append(found)
    projection = Projection(RuleCalendar(more))
    projection.apply(said(*events))
    profile = projection.profile(TODAY)
    view = selection(more, ORGANISATION, TODAY, archive="weather")
    assert view is not None
    archive = narrowed(profile, view, more)

    assert [r.category for r in archive.records] == ["penalty.weather"] * 2
    assert all(r.shown.public and r.shown.public_until for r in archive.records)
    assert [(w.rule, w.domain) for w in archive.warnings] == [("warning.penalties", "weather")]
    assert [r.details["indicator"] for r in profile.of("IndicatorReported")] == ["storm_damage"]


ORIGINAL_NAMES = {kind.__name__ for kind in ORIGINALS}
KEPT = [
    event
    for event in a.one_of_each()
    if event_type(event) in ORIGINAL_NAMES and not isinstance(submitted(event), Rejection)
]


@pytest.mark.requirement(26)
@pytest.mark.parametrize("event", KEPT, ids=event_type)
def test_every_kind_of_record_has_basis_openness_period_and_privacy_class(event: Event) -> None:
    envelope = event.envelope
    profile = given(event).on(TODAY)
    facets = facets_of([envelope.category], RULEBOOK, TODAY)[envelope.category]
    without = msgspec.structs.replace(event, envelope=_blank(envelope, legal_basis=""))
    refused = submitted(without)

    assert envelope.legal_basis
    assert envelope.disclosure in Disclosure
    assert isinstance(refused, Rejection)
    assert "legal_basis_missing" in {each.code for each in refused.reasons}
    assert facets.sensitivity is not None
    for record in profile.records:
        rule, _, start = record.shown.rule.partition("@")
        assert rule in {each.id for each in RULEBOOK.disclosure}
        assert date.fromisoformat(start) <= TODAY
        assert record.shown.clock_basis


def _blank(envelope: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(envelope, **changes)


def test_nearly_every_kind_is_looked_at() -> None:
    assert len(KEPT) >= len(ORIGINALS) - 4
    assert set(EVENT_TYPES) >= ORIGINAL_NAMES


@pytest.mark.requirement(60)
def test_each_publication_class_rests_on_disclosure_rules_of_its_own() -> None:
    rules: dict[PublicationClass, set[str]] = {}
    for event in (
        a.a_licence(on="2024-01-10", valid_until="2030-01-09"),
        a.a_grade(on="2024-01-10"),
        a.a_penalty(on="2024-01-10", department="ecology-zj", category="penalty.environment"),
    ):
        (record,) = given(event).on("2024-02-01").records
        facets = facets_of([record.category], RULEBOOK, date(2024, 2, 1))[record.category]
        rules.setdefault(facets.publication, set()).add(record.shown.rule.partition("@")[0])

    assert set(rules) == set(PublicationClass)
    assert len(set().union(*rules.values())) == len(PublicationClass)
