"""What the plan asks for and no test of a single module shows: each test names its requirements.

Pure but for a request to the service's own description. Whatever is reported goes through
admission first, so nothing is shown of events that a department could not submit.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from importlib.resources import files

import msgspec
import pytest

from events.envelope import Disclosure, Source
from events.event import ORIGINALS, Event
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.catalogue import (
    Department,
    Sensitivity,
)
from events.topics import submissions_topic
from events.types.subject import Alias, AliasScheme
from events.wire.schemas import load_schemas
from ops.generator.codes import synthetic_credit_code_at
from projections.quality.quality import missing_periods
from streams.topics import topic_table
from tests.support import builders as a
from tests.support.given import given
from tests.support.required import (
    ORGANISATION,
    ROWS,
    RULEBOOK,
    SHARED,
    TODAY,
    admitted,
    why_not,
    without_basis,
)

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
        assert why_not(without_basis(event)) == ["legal_basis_missing"]
    as_government = a.a_conduct(**(society | {"source": Source.DEPARTMENT}))
    assert why_not(as_government) == ["source_not_of_department"]
    assert [code for code, row in RULEBOOK.departments.items() if not row.legal_basis] == []


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
