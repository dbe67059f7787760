"""What the plan asks for and no test of a single module shows: each test names its requirements.

Pure but for a request to the service's own description. Whatever is reported goes through
admission first, so nothing is shown of events that a department could not submit.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from starlette.testclient import TestClient

from events.admission.admission import Submission, check
from events.admission.rejection import Rejection
from events.envelope import CHINA, Disclosure, Platform, Source
from events.event import ORIGINALS, Event
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.catalogue import (
    Compartment,
    Department,
    Information,
    PublicationClass,
    Sensitivity,
)
from events.rules.code_lists import Indicator
from events.rules.divisions import level_of
from events.rules.rulebook import load_rulebook
from events.topics import ACCESS_TOPIC, submissions_topic
from events.types.subject import Alias, AliasScheme
from events.wire.schemas import load_schemas
from ops.generator.codes import synthetic_credit_code_at
from projections.conclusions import conclusions
from projections.evaluation import region_figures, region_index, yearly
from projections.http.application import create_service
from projections.http.openapi import describe
from projections.http.operation.requests import REGISTRY
from projections.http.routes import ROUTES
from projections.notices.notice import WarningNotice
from projections.profile import shapes as shown
from projections.quality.quality import missing_periods
from projections.queries import (
    evaluation_report,
    overview,
    quality_report,
    region_now,
)
from projections.queries.operation import ControlNow, ReadModelsNow, control_now, read_models_now
from projections.queries.overview import PartitionPosition
from projections.queries.subject import cases, profile, state
from projections.store.admission import AdmissionNow as AdmissionProgress
from projections.store.admission import (
    DepartmentWaits,
    RoleAtWork,
    admission_of,
    submissions_behind,
)
from projections.store.progress import Latency, latency_of
from projections.writing.outbox import decode_headers, outbox_rows
from streams.topics import topic_table
from tests.support import builders as a
from tests.support.asking import LOCAL, client_of, gate, noon
from tests.support.given import CALENDAR, Projection, given, said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.rules.rulebook import Rulebook
    from projections.profile.shapes import Profile

RULEBOOK = load_rulebook()
ROWS = [versions[-1] for versions in RULEBOOK.categories.values()]
NOON = datetime(2025, 6, 15, 12, tzinfo=CHINA)
TODAY = "2025-06-15"
ORGANISATION, PERSON = Platform.ORGANISATION, Platform.PERSON
SHARED, AUTHORISED = Disclosure.SHARED, Disclosure.AUTHORISED
OF_A_PERSON: dict[str, Any] = {"subject_id": a.PERSON, "subject_name": None}


def reported(
    event: Event,
    platform: Platform = ORGANISATION,
    rulebook: Rulebook = RULEBOOK,
    on: str | None = None,
) -> Event | Rejection:
    """Submit an event on its department's own topic, or on that of another."""
    name = msgspec.structs.replace(event.envelope, event_id="")
    event = msgspec.structs.replace(event, envelope=name)
    topic_of = on or event.envelope.department
    return check(
        Submission(platform=platform, department=topic_of, submitted_at=NOON, event=event), rulebook
    )


def admitted(event: Event, platform: Platform = ORGANISATION, **setting: Any) -> Event:
    found = reported(event, platform, **setting)
    assert not isinstance(found, Rejection), found.reasons
    return found


def why_not(event: Event, platform: Platform = ORGANISATION, **setting: Any) -> list[str]:
    found = reported(event, platform, **setting)
    return [each.code.value for each in found.reasons] if isinstance(found, Rejection) else []


def of_a_person(*events: Event, on: str = TODAY) -> Profile:
    """Give the archive of a person of whom this was admitted."""
    projection = Projection()
    projection.apply(said(*(admitted(event, PERSON) for event in events)))
    return projection.profile(date.fromisoformat(on), a.PERSON)


def classes(profile: Profile) -> dict[str, str]:
    return {each.rule: each.class_code for each in profile.supervision}


# Collecting.


@pytest.mark.requirement(1, 44)
def test_government_finance_and_society_report_each_on_a_legal_basis() -> None:
    society = {
        "department": "association-zj",
        "category": "conduct.industry_rules",
        "source": Source.ASSOCIATION,
        "disclosure": SHARED,
    }
    for event in (a.arrears(), a.a_default(category="default.loan"), a.a_conduct(**society)):
        assert admitted(event).envelope.legal_basis
        assert why_not(_without_basis(event)) == ["legal_basis_missing"]
    as_government = a.a_conduct(**(society | {"source": Source.DEPARTMENT}))
    assert why_not(as_government) == ["source_not_of_department"]
    assert [code for code, row in RULEBOOK.departments.items() if not row.legal_basis] == []


def _without_basis(event: Event) -> Event:
    blank = msgspec.structs.replace(event.envelope, legal_basis="")
    return msgspec.structs.replace(event, envelope=blank)


@pytest.mark.requirement(2, 14)
def test_a_hundred_departments_more_are_a_hundred_rows_and_change_nothing_for_others() -> None:
    new = {
        f"new-{n}": Department(
            code=f"new-{n}",
            name_zh="新增部门",
            name_en="New",
            region="330000",
            sources=[Source.DEPARTMENT],
            platforms=[ORGANISATION],
            categories=["penalty.culture"],
            legal_basis="assumption",
        )
        for n in range(100)
    }
    more = msgspec.structs.replace(RULEBOOK, departments=RULEBOOK.departments | new)
    before, after = topic_table(RULEBOOK), topic_table(more)
    event = a.a_penalty(department="new-7", category="penalty.culture")

    assert [topic for topic in after if topic not in before] == [
        topic for topic in after if new.keys() & {*topic.writers, *topic.readers}
    ]
    assert [topic for topic in before if topic not in after] == []
    assert {t.name for t in after if "new-7" in t.writers} == {
        submissions_topic(ORGANISATION, "new-7")
    }
    assert admitted(event, rulebook=more).envelope.department == "new-7"
    assert why_not(event, rulebook=more, on="new-8") == ["department_not_of_topic"]
    assert why_not(event, on="new-7") == ["department_unknown"]
    assert sum(Source.DEPARTMENT in row.sources for row in RULEBOOK.departments.values()) >= 39


@pytest.mark.requirement(3)
def test_the_plans_795248_enterprises_lie_evenly_in_partitions_of_state() -> None:
    step = 11  # Every eleventh of them: codes are made and hashed one by one.
    found = Counter(partition_of(synthetic_credit_code_at(n)) for n in range(0, 795_248, step))
    mean = sum(found.values()) / LEDGER_PARTITIONS
    tables = (files("projections.store") / "schema.sql").read_text("utf-8")
    states = re.search(
        r"CREATE TABLE profile \(.*?\) PARTITION BY LIST \(partition\);", tables, re.DOTALL
    )

    assert len(found) == LEDGER_PARTITIONS
    assert all(abs(count - mean) < mean / 20 for count in found.values())
    assert states is not None


@pytest.mark.requirement(5)
def test_what_is_collected_is_put_in_order_and_then_disclosed_each_on_its_basis() -> None:
    sloppy = a.a_penalty(subject_id=f" {a.SUBJECT.lower()[:9]}-{a.SUBJECT.lower()[9:]} ")
    event = admitted(sloppy)
    (record,) = given(event).on("2025-02-01").records
    rule, _, start = record.shown.rule.partition("@")
    (law,) = [
        version.reference
        for each in RULEBOOK.disclosure
        for version in each.in_force
        if (each.id, version.start) == (rule, date.fromisoformat(start))
    ]

    assert event.envelope.subject_id == a.SUBJECT
    assert event.envelope.legal_basis == "《中华人民共和国行政处罚法》第三十三条"
    assert record.shown.public
    assert "市场监督管理行政处罚信息公示规定" in law


@pytest.mark.requirement(6)
@pytest.mark.parametrize(
    ("domain", "event"),
    [
        ("信贷", a.a_default(category="default.loan")),
        ("纳税", a.arrears()),
        ("合同履约", a.a_commendation(category="commendation.contract")),
        ("质量", a.an_inspection()),
        ("环保", a.a_penalty(department="ecology-zj", category="penalty.environment")),
        ("劳动", a.a_default(category="default.wage")),
        ("司法", a.a_judgment()),
        ("进出口", a.a_grade("registered", scheme="customs", period=None)),
        ("食品药品", a.a_recall(category="recall.food")),
    ],
)
def test_each_of_the_nine_domains_reports_under_one_envelope(domain: str, event: Event) -> None:
    profile = given(admitted(event)).on(TODAY)

    assert type(event.envelope) is type(a.a_penalty().envelope), domain
    assert list(profile.categories) == [event.envelope.category]


@pytest.mark.requirement(26)
def test_basis_openness_period_and_privacy_class_are_told_of_every_record() -> None:
    for kind in ORIGINALS:
        schema = json.loads(load_schemas().current(f"credit.{kind.__name__}").text)
        (envelope,) = [f["type"] for f in schema["fields"] if f["name"] == "envelope"]
        required = {f["name"] for f in envelope["fields"] if "default" not in f}
        assert {"legal_basis", "disclosure"} <= required
    assert {row.sensitivity for row in ROWS} == set(Sensitivity)
    (record,) = given(admitted(a.a_penalty())).on("2025-01-10").records
    assert None not in (record.shown.public_until, record.shown.shared_until)
    wider = a.a_default(category="default.loan", disclosure=Disclosure.PUBLIC)
    assert why_not(wider) == ["disclosure_too_open"]


@pytest.mark.requirement(34)
def test_another_province_reports_through_a_topic_of_its_own_and_is_told_by_its_code() -> None:
    listing = a.a_court_listing(
        department="credit-sh", region="310000", source=Source.IMPORTED, authority="上海某法院"
    )
    (record,) = given(admitted(listing)).on(TODAY).records

    assert "credit.organisation.submissions.credit-sh" in {t.name for t in topic_table(RULEBOOK)}
    assert (record.region, record.source) == ("310000", Source.IMPORTED)
    assert why_not(a.a_court_listing(department="credit-sh", region="310000")) == [
        "source_not_of_department"
    ]


@pytest.mark.requirement(35)
def test_a_subject_has_one_identifier_and_its_other_numbers_lead_to_it() -> None:
    registration = msgspec.structs.replace(
        a.a_registration(), aliases=[Alias(AliasScheme.REGISTRATION_NO, "330100000000018")]
    )

    assert given(admitted(registration)).on(TODAY).aliases == ["registration_no:330100000000018"]
    wrong = a.SUBJECT[:-1] + ("0" if a.SUBJECT[-1] != "0" else "1")
    assert why_not(a.a_penalty(subject_id=wrong)) == ["credit_code_check_digit_wrong"]


@pytest.mark.requirement(69, 70)
@pytest.mark.parametrize(
    ("department", "category", "months"),
    [("tax-zj", "arrears.tax", 3), ("tax-zj", "grade.tax", 12)],
)
def test_arrears_are_announced_every_quarter_and_taxpayers_graded_every_year(
    department: str, category: str, months: int
) -> None:
    (cadence,) = [
        c for c in RULEBOOK.cadences if (c.department, c.category) == (department, category)
    ]
    said_once = {(department, category): {date(2022, 1, 1)}}
    missing = missing_periods([cadence], said_once, date(2022, 1, 1), date(2024, 1, 1))

    assert cadence.every_months == months
    assert [each.since.isoformat() for each in missing] == [
        f"{2022 + n // 12}-{n % 12 + 1:02}-01" for n in range(months, 24, months)
    ]


# Persons.


@pytest.mark.requirement(23)
@pytest.mark.parametrize(
    ("what", "event"),
    [
        ("公用事业缴费", a.a_default(category="default.utility", **OF_A_PERSON)),
        ("纳税", a.arrears(disclosure=SHARED, **OF_A_PERSON)),
        (
            "社会保障",
            a.a_default(
                category="default.social_insurance",
                department="labour-zj",
                disclosure=SHARED,
                **OF_A_PERSON,
            ),
        ),
        ("欠账赖账", a.an_enforcement(**OF_A_PERSON)),
        ("破产", a.a_filing(category="case.bankruptcy", **OF_A_PERSON)),
        ("司法", a.a_judgment(**OF_A_PERSON)),
        ("信贷", a.a_default(category="default.loan", **OF_A_PERSON)),
    ],
)
def test_a_persons_record_needs_a_legal_basis_and_is_no_opener_than_allowed(
    what: str, event: Event
) -> None:
    profile = of_a_person(event)
    category = RULEBOOK.category_of(event.envelope.category)
    assert category is not None

    assert list(profile.categories) == [category.code], what
    assert not any(record.shown.public for record in profile.records)
    assert why_not(_without_basis(event), PERSON) == ["legal_basis_missing"]
    if category.disclosure is AUTHORISED:  # Shown where the person consents, and nowhere else.
        wider = msgspec.structs.replace(event.envelope, disclosure=SHARED)
        assert why_not(msgspec.structs.replace(event, envelope=wider), PERSON) == [
            "disclosure_too_open"
        ]
        assert not any(record.shown.shared for record in profile.records)


@pytest.mark.requirement(24)
def test_a_person_has_an_archive_of_their_own_apart_from_all_organisations() -> None:
    topics = {
        platform: {t.name for t in topic_table(RULEBOOK) if f"credit.{platform}." in t.name}
        for platform in Platform
    }
    record = a.an_enforcement(**OF_A_PERSON)
    profile = of_a_person(record)

    assert topics[PERSON]
    assert not topics[PERSON] & topics[ORGANISATION]
    # Beside them stands only who may ask, which holds no record.
    both = topics[PERSON] | topics[ORGANISATION] | {ACCESS_TOPIC}
    assert both == {each.name for each in topic_table(RULEBOOK)}
    assert profile.name is None
    assert "person_token_malformed" in why_not(a.an_enforcement(), PERSON)
    assert why_not(record) == ["credit_code_length_wrong"]


@pytest.mark.requirement(47, 91)
def test_a_table_classes_every_category_of_persons_and_admission_holds_records_to_it() -> None:
    rows = [row for row in ROWS if PERSON in row.platforms]
    kept = {row.code: row.compartment for row in rows}

    assert all(isinstance(row.disclosure, Disclosure) for row in rows)
    assert all(isinstance(row.sensitivity, Sensitivity) for row in rows)
    assert all(isinstance(row.publication, PublicationClass) for row in rows)
    assert set(kept.values()) == set(Compartment)
    assert kept["relation.profession"] is Compartment.BASIC
    assert kept["default.utility"] is Compartment.SOCIAL
    assert kept["default.student_loan"] is Compartment.FINANCIAL
    open_loan = a.a_default(
        category="default.student_loan", department="pboc-hz", disclosure=SHARED, **OF_A_PERSON
    )
    assert why_not(open_loan, PERSON) == ["disclosure_too_open"]


@pytest.mark.requirement(29)
def test_a_firm_and_its_representative_are_tied_from_one_day_to_another() -> None:
    tie = a.a_relation(on="2020-03-01")
    firm = given(admitted(tie), admitted(a.a_relation_end(tie, "2024-05-01")))

    assert firm.on("2020-02-29").records == []
    for day, status in (("2020-03-01", "in_effect"), ("2024-05-01", "ended")):
        (record,) = firm.on(day).records
        assert (record.status, record.details["role"]) == (status, "legal_representative")
        assert record.details["other"] == a.PERSON
    assert why_not(a.a_relation(other="张三")) == ["credit_code_length_wrong"]


@pytest.mark.requirement(30)
def test_professions_join_in_three_batches_those_that_the_plan_names_first() -> None:
    named = ("lawyer", "certified_public_accountant", "tax_agent", "asset_appraiser", "land_valuer")
    batches = {code: row.batch for code, row in RULEBOOK.professions.items()}

    assert [batches[code] for code in named] == [1] * 5
    assert sorted(set(batches.values())) == [1, 2, 3]
    unknown = _practising("astrologer", "lawyer-zj")
    assert why_not(unknown, PERSON) == ["profession_unknown"]


def _practising(profession: str, department: str) -> Event:
    return a.a_relation(
        role="practises",
        other=None,
        profession=profession,
        department=department,
        category="relation.profession",
        source=Source.ASSOCIATION,
        **OF_A_PERSON,
    )


@pytest.mark.requirement(46)
def test_a_professional_archive_holds_profession_misconduct_and_what_follows() -> None:
    association: dict[str, Any] = {"source": Source.ASSOCIATION, "disclosure": SHARED}
    misconduct = a.a_conduct(
        department="lawyer-zj",
        category="conduct.professional_misconduct",
        **association,
        **OF_A_PERSON,
    )
    profile = of_a_person(_practising("lawyer", "lawyer-zj"), misconduct)
    (profession,) = profile.of("RelationRecorded")
    (found,) = profile.of("ConductRecorded")

    assert profession.details["profession"] == "lawyer"
    assert found.shown.shared
    assert classes(profile)["supervision.justice"] == "C"


# What may be seen.


@pytest.mark.requirement(49)
def test_what_is_owed_in_the_market_needs_consent_and_what_is_owed_to_the_public_does_not() -> None:
    owed = [row for row in ROWS if "ObligationDefaulted" in row.event_types]
    market = {row.code for row in owed if row.information is Information.MARKET}

    assert {row.information for row in ROWS} == set(Information)
    assert {"default.loan", "default.contract", "default.utility"} <= market
    assert {row.code for row in owed if row.disclosure is AUTHORISED} == market


@pytest.mark.requirement(51)
def test_what_may_touch_a_secret_is_screened_and_never_published_by_itself() -> None:
    screened = [row for row in ROWS if row.sensitivity is Sensitivity.SCREENED]

    assert {"conduct.foreign_trade", "inspection.customs"} <= {row.code for row in screened}
    assert [row.code for row in screened if row.disclosure is Disclosure.PUBLIC] == []
    published = a.an_inspection(department="customs-hz", category="inspection.customs")
    assert why_not(published) == ["disclosure_too_open"]


@pytest.mark.requirement(60)
def test_basic_prompting_and_penalty_information_is_published_each_for_a_time_of_its_own() -> None:
    until = {}
    for event in (
        a.a_licence(on="2024-01-10", valid_until="2030-01-09"),
        a.a_grade(on="2024-01-10"),
        a.a_penalty(on="2024-01-10", department="ecology-zj", category="penalty.environment"),
    ):
        (record,) = given(admitted(event)).on("2024-02-01").records
        category = RULEBOOK.category_of(record.category)
        assert category is not None
        assert record.shown.public
        until[category.publication] = record.shown.public_until

    assert until == {
        PublicationClass.BASIC: date(2030, 1, 10),
        PublicationClass.PROMPTING: date(2029, 1, 10),
        PublicationClass.PENALTY: date(2027, 1, 10),
    }


@pytest.mark.requirement(68)
def test_a_penalty_for_prices_is_published() -> None:
    (record,) = given(admitted(a.a_penalty(category="penalty.price"))).on("2025-02-01").records

    assert record.shown.public


@pytest.mark.requirement(71, 79)
@pytest.mark.parametrize(
    ("department", "category", "source", "disclosure"),
    [
        ("pboc-hz", "conduct.loan_fraud", Source.DEPARTMENT, SHARED),
        ("insurance-zj", "conduct.insurance_fraud", Source.ASSOCIATION, SHARED),
        ("pboc-hz", "default.guarantee", Source.DEPARTMENT, AUTHORISED),
        ("ndrc-zj", "inspection.credit_agency", Source.DEPARTMENT, Disclosure.PUBLIC),
    ],
)
def test_fraud_defaults_of_finance_and_checks_of_credit_agencies_are_recorded(
    department: str, category: str, source: Source, disclosure: Disclosure
) -> None:
    build = {"conduct": a.a_conduct, "default": a.a_default, "inspection": a.an_inspection}
    event = build[category.partition(".")[0]](
        department=department, category=category, source=source, disclosure=disclosure
    )

    assert list(given(admitted(event)).on(TODAY).categories) == [category]


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


# Evaluation and questions.


@pytest.mark.requirement(85, 87)
def test_a_subject_has_one_hint_of_score_symbol_and_classes_each_with_its_version() -> None:
    profile = given(admitted(a.a_registration()), admitted(a.a_penalty())).on(TODAY)
    score = profile.score
    assert score is not None

    assert (score.model, score.grade) == ("score.enterprise", "good")
    assert f"{score.model}@{score.model_from}" in profile.rules
    assert classes(profile)["supervision.market"] == "B"
    assert {f"{s.rule}@{s.rule_from}" for s in profile.supervision} <= set(profile.rules)


@pytest.mark.requirement(88)
def test_behaviour_is_fed_by_nine_departments_and_basic_and_review_figures_by_rows() -> None:
    (model,) = [each for each in RULEBOOK.scores if each.id == "score.enterprise"]
    first = model.in_force[0]
    groups = Counter(each.group for each in first.indicators)
    behaviour = [each for each in first.indicators if each.group == "behaviour"]
    fields = {d for each in behaviour for loss in each.deductions for d in loss.domains}

    assert groups["behaviour"] == len({each.reported[0] for each in behaviour}) == 9
    assert {"market", "quality", "labour", "environment", "price", "tax"} <= fields
    assert {"customs", "quarantine", "food_drug"} <= fields
    rows = RULEBOOK.indicators
    for group in ("basic", "review"):
        codes = [code for each in first.indicators if each.group == group for code in each.reported]
        assert codes
        assert {type(rows[code]) for code in codes} == {Indicator}


def _requests(path: str) -> float:
    labels = {"route": path, "status": "200"}
    return REGISTRY.get_sample_value("credit_ledger_requests_total", labels) or 0.0


def _service(**changes: Any) -> TestClient:
    pool: Any = None
    app = create_service(pool, CALENDAR, noon(date(2025, 6, 15)), dict, gate=gate())
    now = noon(date(2025, 6, 15))
    service = app.state.service
    given = {each.name: getattr(service, each.name) for each in dataclasses.fields(service)}
    given |= {"now": now, "today": lambda: now().date(), **changes}
    app.state.service = SimpleNamespace(**given)
    return client_of(app)


@pytest.mark.requirement(8)
def test_every_question_is_counted_by_what_it_asked() -> None:
    before = _requests("/openapi.json")
    client = _service()
    del client.headers["Authorization"]
    for _ in range(3):
        assert client.get("/openapi.json").status_code == 200

    assert _requests("/openapi.json") == before + 3


@pytest.mark.requirement(7, 13)
def test_lag_and_age_of_the_newest_event_can_be_watched() -> None:
    waits = ("credit.organisation.submissions.tax-zj", 0)

    async def ask(question: Any, platform: Platform, *known: Any) -> Any:
        if question.__name__ == "askers":
            return LOCAL
        if question is overview.positions:
            place = {"partition": 4, "next_offset": 95, "swept_on": date(2025, 6, 13)}
            return [SimpleNamespace(**place)]
        if question is submissions_behind:
            return {waits: 3}
        if question is admission_of:
            _, ages_s = known
            late = [DepartmentWaits("organisation", "tax-zj", 4, ages_s[waits])]
            at_work = [RoleAtWork("admission", 1, 17, None)]
            return AdmissionProgress(5.0, at_work, 9, 4, ages_s[waits], late, missed=True)
        if question is latency_of:
            objective_s, _, waits_s = known
            counts = [90, 0, 0, 0, 0, 0, 5, 5, 0, 0, 0, 0]
            missed = (waits_s or 0) > objective_s
            return Latency(platform, objective_s, 100, 95, 81_500, counts, 40, waits_s, missed)
        if question is read_models_now:
            at = [PartitionPosition(4, 95, None, 7, date(2025, 6, 13))]
            return ReadModelsNow(1, at, 2, 0, 0, 1_749_945_600_000)
        assert question is control_now
        return ControlNow(1, 3, {"department": 2}, 1, 6)

    first = ("credit.organisation.events.v1", 4)
    service = _service(
        ask=ask,
        end_offsets=lambda: {first: 100},
        waiting_s=lambda behind: dict.fromkeys(behind, 7.5),
        latency_objective_s=5.0,
        today=lambda: date(2025, 6, 15),
        evidence=None,
        disks=lambda: [("/data", 700)],
        disk_floor_mb=512,
    )
    text = service.get("/metrics").text
    told = service.get("/latencyz")

    assert told.status_code == 503
    assert [(each["platform"], each["missed"]) for each in told.json()["read_models"]] == [
        ("organisation", True),
        ("person", False),
    ]
    assert told.json()["admission"]["departments"][0]["department"] == "tax-zj"
    for line in (
        'credit_ledger_submissions_lag_events{department="tax-zj",platform="organisation"} 4.0',
        'credit_ledger_submissions_waiting_seconds{department="tax-zj",platform="organisation"} 7.5',
        'credit_ledger_worker_starts{role="admission"} 17.0',
        "credit_ledger_submissions_refused 9.0",
        "credit_ledger_plaintext_refused 6.0",
        "credit_ledger_admission_missed 1.0",
        'credit_ledger_latency_seconds_bucket{le="5.0",platform="organisation"} 95.0',
        'credit_ledger_latency_seconds_bucket{le="+Inf",platform="organisation"} 100.0',
        'credit_ledger_latency_seconds_sum{platform="organisation"} 81.5',
        'credit_ledger_waiting_seconds{platform="organisation"} 7.5',
        'credit_ledger_waiting_seconds{platform="person"} 0.0',
        'credit_ledger_latency_missed{platform="organisation"} 1.0',
        'credit_ledger_latency_missed{platform="person"} 0.0',
        'credit_ledger_swept_days_behind{partition="4",platform="organisation"} 2.0',
    ):
        assert line in text, line

    assert 'credit_ledger_lag_events{partition="4",platform="organisation"} 5.0' in text
    assert 'credit_ledger_parked_subjects{platform="organisation"} 2.0' in text
    (age,) = re.findall(r'newest_event_age_seconds{platform="organisation"} (\S+)', text)
    assert float(age) > 0


@pytest.mark.requirement(58)
def test_a_class_is_each_departments_own() -> None:
    departments = {rule.department for rule in RULEBOOK.supervision}

    assert len([d for d in departments if RULEBOOK.departments[d].region == "330000"]) >= 25


# What must not be.


def _outputs() -> Iterable[Any]:
    evaluations = (evaluation_report, region_now, region_figures, region_index, yearly)
    of_subject = (cases, profile, state)
    for module in (conclusions, shown, *of_subject, quality_report, *evaluations):
        for each in vars(module).values():
            if isinstance(each, type) and hasattr(each, "__struct_fields__"):
                yield each


@pytest.mark.requirement(99)
def test_no_answer_and_no_statement_puts_subjects_in_an_order_of_merit() -> None:
    root = Path(__file__).resolve().parent.parent.parent
    sources = [p for name in ("projections", "streams", "ops") for p in (root / name).rglob("*.*")]
    texts = {p: p.read_text("utf-8") for p in sources if p.suffix in (".py", ".sql")}
    orders = [
        found
        for text in texts.values()
        for found in re.findall(
            r"ORDER BY ([^)]*?)(?:LIMIT|$|\")", text, re.IGNORECASE | re.MULTILINE
        )
    ]
    merit = re.compile(r"score|grade|points|rank|level|lists_in_effect|class", re.IGNORECASE)
    words = ("rank", "percentile", "league", "top_", "leader", "quantile")
    fields = {name for kind in _outputs() for name in kind.__struct_fields__}
    asked = {
        parameter["name"]
        for path in describe(ROUTES, date(2026, 6, 15))["paths"].values()
        for operation in path.values()
        for parameter in operation["parameters"]
    }

    assert len(orders) > 10
    assert [each for each in orders if merit.search(each)] == []
    assert [p.name for p, text in texts.items() if re.search(r"\bRANK\b|NTILE", text)] == []
    assert {"points", "lists", "department"} <= fields
    assert [name for name in fields if any(word in name for word in words)] == []
    assert not asked & {"sort", "order", "order_by", "top"}
