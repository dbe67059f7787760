"""By when departments must report, answer and decide."""

from __future__ import annotations

from datetime import date

import pytest

from events.dates import FOREVER
from events.rules.rulebook import load_rulebook
from projections.calendar.deadlines import objection_deadline, repair_deadline, reporting_deadline
from projections.calendar.rules import RulesOfDay, place_of
from projections.record.marks import Application, Objection
from projections.record.matters import Conduct, Default
from tests.support.matters import a_matter

RULEBOOK = load_rulebook()
RULES = RulesOfDay(RULEBOOK, date(2024, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.requirement(9)
@pytest.mark.parametrize(
    ("event_type", "category", "decided", "deadline", "why"),
    [
        ("PenaltyImposed", "penalty.tax", "2024-03-04", "2024-03-13", "seven working days"),
        ("LicenceGranted", "licence.water", "2024-03-04", "2024-03-13", "likewise"),
        ("PenaltyImposed", "penalty.tax", "2024-09-27", "2024-10-12", "a Friday before a week off"),
        ("PenaltyImposed", "penalty.tax", "2024-02-28", "2024-03-08", "over a leap day"),
        ("PenaltyImposed", "penalty.market", "2021-08-31", "2021-09-09", "the day before Order 45"),
        ("PenaltyImposed", "penalty.market", "2021-09-01", "2021-09-29", "its first day: twenty"),
        ("PenaltyImposed", "penalty.price", "2024-03-04", "2024-04-01", "market regulation too"),
        ("RecordRevoked", "penalty.market", "2024-03-04", "2024-03-07", "withdrawn in three"),
        ("RecordRevoked", "penalty.tax", "2024-03-08", "2024-03-11", "elsewhere in three days"),
        ("RecordRevoked", "penalty.tax", "2021-07-14", "2021-07-23", "the day before that law"),
        ("RecordRevoked", "penalty.market", "2024-03-08", "2024-03-13", "there working days"),
        ("RecordRevoked", "licence.water", "2024-03-04", "2024-03-13", "as all else"),
        ("ListRemoved", "list.judgment_defaulter", "2024-03-08", "2024-03-13", "courts in three"),
        ("ListRemoved", "list.judgment_defaulter", "2017-04-28", "2017-05-10", "before: seven"),
        ("ListRemoved", "list.work_safety", "2024-03-04", "2024-03-13", "other lists"),
        ("PenaltyImposed", "penalty.safety", "2024-03-04", "2024-03-13", "work safety"),
        ("ListEntered", "list.major_tax_violator", "2022-01-31", "2022-02-15", "before Order 54"),
        ("ListEntered", "list.major_tax_violator", "2022-02-01", "2022-03-15", "its first day"),
        ("ListEntered", "list.major_tax_violator", "2023-12-31", "2024-01-15", "a new year"),
        ("ListEntered", "redlist.tax", "2024-03-04", "2024-03-13", "a good list of tax"),
        ("SubjectRegistered", "registration", "2024-03-04", "2024-04-01", "twenty"),
        ("SubjectRegistered", "registration", "2014-09-30", None, "before any rule"),
        ("ConductRecorded", "conduct.bid_collusion", "2024-03-04", "2024-03-13", "by assumption"),
        ("ConductRecorded", "conduct.bid_collusion", "2005-08-31", None, "before the ledger"),
        ("IndicatorReported", "indicator", "2024-03-04", None, "watched by its cadence"),
        ("InformationDeclared", "declaration", "2024-03-04", None, "subjects owe no day"),
    ],
)
def test_what_is_decided_is_reported_by_a_day(
    event_type: str, category: str, decided: str, deadline: str | None, why: str
) -> None:
    found = reporting_deadline(event_type, category, "330100", day(decided), RULEBOOK)

    assert found == (None if deadline is None else day(deadline)), why


def an_objection(raised: str, extended: str = "") -> Objection:
    return Objection("o", day(raised), "credit-zj", day(extended) if extended else None)


@pytest.mark.requirement(50)
@pytest.mark.parametrize(
    ("region", "raised", "extended", "deadline", "why"),
    [
        ("330100", "2024-03-04", "", "2024-03-11", "five working days"),
        ("330100", "2024-03-04", "2024-03-11", "2024-04-01", "twenty where it is complex"),
        ("330100", "2024-03-04", "2024-03-12", "2024-03-11", "extended when it was over"),
        ("330100", "2024-09-27", "", "2024-10-10", "a Friday before a week off"),
        ("330100", "2012-02-28", "", "2012-03-06", "over a leap day, by assumption"),
        ("310000", "2017-09-30", "", "2017-10-13", "the day before Shanghai's rule"),
        ("310000", "2017-10-09", "", "2017-10-18", "seven in Shanghai"),
        ("310115", "2024-03-04", "2024-03-05", "2024-03-13", "which knows no complex case"),
    ],
)
def test_an_objection_is_answered_by_a_day(
    region: str, raised: str, extended: str, deadline: str, why: str
) -> None:
    matter = a_matter(Conduct, "2012-01-10", region=region)

    assert objection_deadline(an_objection(raised, extended), place_of(matter), RULES) == day(
        deadline
    ), why


@pytest.mark.requirement(49)
@pytest.mark.parametrize(
    ("category", "region", "deadline"),
    [
        ("default.loan", "331081", "2024-03-15"),
        ("default.wage", "331081", "2024-03-11"),
        ("default.loan", "330100", "2024-03-11"),
    ],
)
def test_only_market_information_of_taizhou_has_taizhous_nine_days(
    category: str, region: str, deadline: str
) -> None:
    matter = a_matter(Default, "2024-01-10", category=category, region=region)

    assert objection_deadline(an_objection("2024-03-04"), place_of(matter), RULES) == day(deadline)


def test_an_application_for_repair_is_decided_in_ten_working_days() -> None:
    matter = a_matter(Conduct, "2012-01-10")

    assert repair_deadline(an_application("2024-03-04"), matter, RULES) == day("2024-03-18")
    assert repair_deadline(an_application("2024-09-27"), matter, RULES) == day("2024-10-16")


def test_before_there_was_repair_nobody_had_to_decide_on_it() -> None:
    matter = a_matter(Conduct, "2012-01-10")

    assert repair_deadline(an_application("2017-12-31"), matter, RULES) == FOREVER
    assert repair_deadline(an_application("2018-01-01"), matter, RULES) == day("2018-01-15")


def test_a_repair_that_is_complex_has_ten_days_more_only_where_a_rule_gives_them() -> None:
    matter = a_matter(Conduct, "2025-01-10")
    extended = an_application("2026-07-06", extended_on="2026-07-20")
    late = an_application("2026-07-06", extended_on="2026-07-21")
    before = an_application("2024-03-04", extended_on="2024-03-05")

    assert repair_deadline(extended, matter, RULES) == day("2026-08-03")
    assert repair_deadline(late, matter, RULES) == day("2026-07-20")
    assert repair_deadline(before, matter, RULES) == day("2024-03-18")


def an_application(on: str, extended_on: str | None = None) -> Application:
    extended = None if extended_on is None else day(extended_on)
    return Application("a", day(on), "credit-zj", committed=True, extended_on=extended)


def test_every_cadence_is_of_a_department_entitled_to_its_category() -> None:
    strangers = [
        (cadence.department, cadence.category)
        for cadence in RULEBOOK.cadences
        if not RULEBOOK.departments[cadence.department].may_report(cadence.category)
        or RULEBOOK.category_on(cadence.category, cadence.start) is None
    ]

    assert RULEBOOK.cadences
    assert strangers == []
