"""Requirements of the plan: warnings, joint measures, classes and archives of the fields."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from events.event import Event
from events.rules.divisions import level_of
from projections.notices.notice import WarningNotice
from projections.writing.outbox import decode_headers, outbox_rows
from tests.support import builders as a
from tests.support.given import Projection, given, said
from tests.support.required import ORGANISATION, RULEBOOK, TODAY, admitted, classes, why_not

# Warnings, classes and measures.


@pytest.mark.requirement(16, 42)
def test_a_supervisor_hears_of_a_city_by_topic_and_of_field_and_level_by_header() -> None:
    projection = Projection()
    projection.apply(said(admitted(a.a_court_listing(region="330200"))))
    rows = outbox_rows(ORGANISATION, 0, 1, projection.notices)
    told = {row.topic: dict(decode_headers(row.headers)) for row in rows}

    warning = told["credit.organisation.warnings.330200"]
    assert (warning["domain"], warning["level"], warning["kind"]) == (b"court", b"red", b"warning")
    assert told["credit.organisation.lists.v1"]["list"] == b"judgment_defaulter"
    assert all(row.key == a.SUBJECT.encode() for row in rows)


@pytest.mark.requirement(61)
def test_a_warning_told_again_has_the_id_by_which_the_repeat_is_dropped() -> None:
    def told() -> list[str]:
        projection = Projection()
        projection.apply(said(admitted(a.arrears()), admitted(a.a_court_listing())))
        return [n.warning_id for n in projection.notices if isinstance(n, WarningNotice)]

    assert told() == told()
    assert len(set(told())) == len(told()) > 1


@pytest.mark.requirement(54, 84, 96)
def test_one_listing_is_recorded_disclosed_warned_of_classed_and_answered_by_a_measure() -> None:
    listing = a.a_court_listing(on="2025-01-10")
    measure = a.a_measure(
        listing, "2025-02-01", measure="procurement_ban", department="ndrc-zj", targets=("tax-zj",)
    )
    profile = given(admitted(listing), admitted(measure)).on("2025-02-02")
    entry = listing.envelope.event_id
    record = next(record for record in profile.records if record.event_id == entry)
    (ban,) = profile.measures

    assert record.shown.public
    assert entry in {e for warning in profile.warnings for e in warning.evidence}
    assert all(each.evidence for each in profile.supervision if each.class_code == "D")
    assert entry in {e for each in profile.supervision for e in each.evidence}
    assert (ban.status, ban.because, ban.waiting_for) == ("initiated", entry, ("tax-zj",))


@pytest.mark.requirement(55)
def test_a_notice_warns_first_and_an_entry_without_one_punishes_nobody() -> None:
    notice = a.a_notice(on="2024-12-01")
    noticed = a.a_tax_listing(on="2025-01-10", notified_on=None)
    warned = given(admitted(notice)).on("2024-12-02")
    unwarned = given(admitted(noticed)).on("2025-01-11")
    heard = given(admitted(notice), admitted(noticed)).on("2025-01-11")

    assert [w.rule for w in warned.warnings] == ["warning.listing_notice"]
    assert [m.status for m in warned.lists] == []
    assert [(m.status, m.why) for m in unwarned.lists] == [("no_effect", "no_prior_notice")]
    assert unwarned.warnings == []
    assert [m.status for m in heard.lists] == ["in_effect"]


@pytest.mark.requirement(56)
def test_a_measure_reaches_province_city_and_county_and_each_answers() -> None:
    model = RULEBOOK.departments["market-zj"]
    places = {"market-zj": "330000", "market-hz": "330100", "market-xh": "330106"}
    named = {
        code: msgspec.structs.replace(model, code=code, region=region)
        for code, region in places.items()
    }
    more = msgspec.structs.replace(RULEBOOK, departments=RULEBOOK.departments | named)
    listing = a.a_court_listing(on="2025-01-10")
    measure = a.a_measure(
        listing, "2025-02-01", measure="key_supervision", targets=tuple(places), department="tax-zj"
    )
    first = a.a_measure_answer(measure, "2025-02-05", department="market-zj")
    second = a.a_measure_answer(measure, "2025-02-06", "not_applicable", department="market-xh")
    events = [admitted(each, rulebook=more) for each in (listing, measure, first, second)]
    (found,) = given(*events).on("2025-02-07").measures

    assert {level_of(region).value for region in places.values()} == {"province", "city", "county"}
    assert [(each.department, each.answer) for each in found.answers] == [
        ("market-zj", "applied"),
        ("market-xh", "not_applicable"),
    ]
    assert found.waiting_for == ("market-hz",)
    assert why_not(measure) == ["department_unknown"]


@pytest.mark.requirement(72)
def test_a_class_changes_with_the_very_event_and_not_later() -> None:
    events = [admitted(a.a_penalty(n, f"2025-0{n}-10")) for n in (1, 2, 3)]
    projection = Projection()
    found = []
    for message in said(*events):
        projection.apply([message])
        day = date(2025, message.offset + 1, 10)
        found.append(classes(projection.profile(day))["supervision.market"])

    assert found == ["B", "C", "C"]


@pytest.mark.requirement(73)
def test_a_recall_names_product_and_batch_and_warns_where_it_happened() -> None:
    recall = admitted(a.a_recall(batch_no="20250101", region="330300"))
    profile = given(recall).on(TODAY)
    (record,) = profile.records
    (warning,) = profile.warnings

    assert (record.details["product"], record.details["batch_no"]) == ("电热水壶", "20250101")
    assert (warning.level, warning.region, warning.domain) == ("orange", "330300", "quality")


_OF_FOOD = (
    a.a_licence(category="licence.food_drug"),
    a.an_inspection(category="inspection.food_drug"),
    a.a_recall(category="recall.food"),
    a.a_penalty(category="penalty.food_drug"),
)
_OF_LABOUR = (
    a.a_grade("B", scheme="labour"),
    a.a_default(category="default.wage"),
    a.a_penalty(category="penalty.labour", department="labour-zj"),
)
_OF_CONSTRUCTION = (
    a.a_licence(category="licence.construction", department="construction-zj"),
    a.an_inspection(category="inspection.construction", department="construction-zj"),
    a.a_penalty(1, category="penalty.construction", department="construction-zj"),
    a.a_penalty(2, category="penalty.construction", department="construction-zj"),
)


@pytest.mark.requirement(67, 74, 75)
@pytest.mark.parametrize(
    ("domain", "events"),
    [("food_drug", _OF_FOOD), ("labour", _OF_LABOUR), ("construction", _OF_CONSTRUCTION)],
    ids=["food_drug", "labour", "construction"],
)
def test_a_field_has_its_archive_of_records_and_class_with_every_event_as_it_comes(
    domain: str, events: tuple[Event, ...]
) -> None:
    projection = Projection()
    for count, message in enumerate(said(*(admitted(event) for event in events)), start=1):
        projection.apply([message])
        profile = projection.profile(date.fromisoformat(TODAY))
        of_domain = [r for r in profile.records if _domain(r.category) == domain]
        assert len(of_domain) == count
    assert domain in {each.domain for each in profile.supervision if each.evidence}


def _domain(category: str) -> str:
    found = RULEBOOK.category_of(category)
    assert found is not None
    return found.domain


@pytest.mark.requirement(64)
def test_good_standing_lowers_sampling_and_opens_the_fast_lane() -> None:
    honour = a.a_commendation(on="2025-01-10")
    reward = a.a_measure(honour, "2025-02-01", measure="fast_lane", targets=("tax-zj",))
    profile = given(admitted(honour), admitted(reward)).on("2025-02-02")
    (found,) = profile.measures
    ordinary = {
        rule.id: rule.in_force[-1].sampling_per_mille[rule.in_force[-1].otherwise]
        for rule in RULEBOOK.supervision
    }

    assert profile.supervision
    assert all(each.sampling_per_mille < ordinary[each.rule] for each in profile.supervision)
    assert (found.reward, found.status) == (True, "initiated")
    assert found.because_what == "honour:commendation.general"


@pytest.mark.requirement(95)
def test_an_entry_in_one_city_binds_in_every_field_of_the_province_until_its_removal() -> None:
    entry = a.a_court_listing(on="2025-01-10", region="330200")
    story = given(admitted(entry), admitted(a.a_removal(entry, "2025-05-01", region="330200")))
    listed, removed = story.on("2025-04-30"), story.on("2025-05-01")
    worst = {each.department for each in listed.supervision if each.class_code == "D"}

    assert {"bidding-zj", "finance-zj", "financial-zj"} <= worst
    assert {m.region for m in listed.lists} == {"330200"}
    assert [m.status for m in removed.lists] == ["ended"]
    assert "D" not in {each.class_code for each in removed.supervision}
    assert story.lists_told("2025-05-02") == [
        ("2025-01-10", "in_effect"),
        ("2025-05-01", "ended"),
    ]
