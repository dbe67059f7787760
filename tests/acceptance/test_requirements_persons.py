"""Requirements of the plan: persons, professions, what is kept of them and who is told of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from events.envelope import Disclosure, Platform, Source
from events.event import Event
from events.rules.catalogue import (
    Compartment,
    Information,
    PublicationClass,
    Sensitivity,
)
from events.topics import ACCESS_TOPIC
from streams.topics import topic_table
from tests.support import builders as a
from tests.support.given import Projection, given, said
from tests.support.required import (
    AUTHORISED,
    ORGANISATION,
    PERSON,
    ROWS,
    RULEBOOK,
    SHARED,
    TODAY,
    admitted,
    classes,
    why_not,
    without_basis,
)

if TYPE_CHECKING:
    from projections.profile.shapes import Profile


OF_A_PERSON: dict[str, Any] = {"subject_id": a.PERSON, "subject_name": None}


def of_a_person(*events: Event, on: str = TODAY) -> Profile:
    """Give the archive of a person of whom this was admitted."""
    projection = Projection()
    projection.apply(said(*(admitted(event, PERSON) for event in events)))
    return projection.profile(date.fromisoformat(on), a.PERSON)


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
    assert why_not(without_basis(event), PERSON) == ["legal_basis_missing"]
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
