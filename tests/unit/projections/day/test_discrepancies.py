"""Where departments say different things of one subject, and since when."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from projections.notices.notice import WarningNotice
from tests.support import builders as a
from tests.support.given import given

if TYPE_CHECKING:
    from events.event import Event
    from projections.day.shapes import Discrepancy


def differing(on: str, *events: Event | tuple[Event, str]) -> dict[str, Discrepancy]:
    return {each.field: each for each in given(*events).on(on).discrepancies}


def said(discrepancy: Discrepancy) -> dict[str, str]:
    return {saying.department: saying.value for saying in discrepancy.sayings}


def a_change(no: int, on: str, department: str, **facts: Any) -> Event:
    return a.a_change(no, on, department=department, **facts)


MARKET = a_change(1, "2024-01-10", "market-zj", name="甲", status="active")
TAX = a_change(2, "2024-06-10", "tax-zj", name="乙", status="active")


def test_two_departments_that_say_different_names_differ_from_the_later_word_on() -> None:
    found = differing("2025-01-01", MARKET, TAX)

    assert list(found) == ["name"]
    assert said(found["name"]) == {"market-zj": "甲", "tax-zj": "乙"}
    assert found["name"].since == date(2024, 6, 10)


def test_the_order_in_which_they_were_heard_does_not_matter() -> None:
    late = (MARKET, "2024-12-01")

    assert differing("2025-01-01", TAX, late) == differing("2025-01-01", MARKET, TAX)


def test_before_the_later_word_nobody_differed() -> None:
    assert differing("2024-06-09", MARKET, TAX) == {}


def test_each_department_is_taken_at_its_newest_word() -> None:
    mended = a_change(3, "2024-08-01", "tax-zj", name="甲")

    assert differing("2024-07-31", MARKET, TAX, mended).keys() == {"name"}
    assert differing("2024-08-01", MARKET, TAX, mended) == {}


def test_one_department_does_not_differ_from_itself() -> None:
    other = a_change(3, "2024-08-01", "market-zj", name="丙", status="suspended")

    assert differing("2025-01-01", MARKET, other) == {}


def test_who_says_nothing_of_a_field_does_not_differ_in_it() -> None:
    silent = a_change(3, "2024-08-01", "labour-zj", status="active")

    assert differing("2025-01-01", MARKET, silent) == {}


def test_a_status_can_differ_as_a_name_can() -> None:
    closed = a_change(3, "2024-08-01", "tax-zj", name="甲", status="deregistered")

    assert said(differing("2025-01-01", MARKET, closed)["status"]) == {
        "market-zj": "active",
        "tax-zj": "deregistered",
    }


def test_who_represents_a_firm_can_differ_while_both_relations_last() -> None:
    one = a.a_relation(1, "2024-01-10", other=a.PERSON)
    other = a.a_relation(
        2, "2024-06-10", other="P" + "f" * 32, until="2024-12-31", department="tax-zj"
    )

    found = differing("2024-12-31", one, other)
    assert list(found) == ["legal_representative"]
    assert found["legal_representative"].since == date(2024, 6, 10)
    assert differing("2025-01-01", one, other) == {}
    ended = a.a_relation_end(one, "2024-09-01")
    assert differing("2024-08-31", one, other, ended).keys() == {"legal_representative"}
    assert differing("2024-09-01", one, other, ended) == {}


def test_a_shareholder_is_nobody_to_differ_about() -> None:
    one = a.a_relation(1, "2024-01-10", role="shareholder", other=a.PERSON)
    two = a.a_relation(
        2, "2024-01-10", role="shareholder", other=a.OTHER_SUBJECT, department="tax-zj"
    )

    assert differing("2025-01-01", one, two) == {}


def test_those_who_differ_are_told_so_and_told_when_they_agree() -> None:
    mended = a_change(3, "2024-08-01", "tax-zj", name="甲")
    asked = given(MARKET, TAX, mended)

    assert asked.warnings_told("2025-01-01") == [
        ("2024-06-10", "raised", "blue"),
        ("2024-08-01", "lifted", None),
    ]
    (warning,) = asked.on("2024-07-01").warnings
    assert (warning.rule, warning.kind) == ("discrepancy.departments", "discrepancy")
    assert warning.recipients == ("market-zj", "tax-zj")


def a_penalty(no: int, on: str, name: str, department: str = "market-zj") -> Event:
    return a.a_penalty(no, on, subject_name=name, department=department)


def registered(name: str, on: str = "2024-01-10") -> Event:
    return a.a_registration(on, subject_name=name, department="market-zj")


def test_a_name_that_no_register_ever_had_differs_also_where_its_own_department_wrote_it() -> None:
    found = differing("2025-01-01", registered("甲"), a_penalty(1, "2024-06-10", "乙"))

    assert [(s.department, s.value) for s in found["name"].sayings] == [
        ("market-zj", "甲"),
        ("market-zj", "乙"),
    ]
    assert found["name"].since == date(2024, 6, 10)


def test_two_names_for_one_code_differ_though_nothing_is_registered() -> None:
    one = a_penalty(1, "2024-06-10", "甲")
    other = a_penalty(2, "2024-07-10", "乙", "tax-zj")

    assert said(differing("2025-01-01", one, other)["name"]) == {"market-zj": "甲", "tax-zj": "乙"}
    assert differing("2024-07-09", one, other) == {}


def test_a_name_registered_once_or_of_before_any_registration_is_no_discrepancy() -> None:
    renamed = a.a_change(2, "2024-05-01", subject_name="甲", name="丙", department="market-zj")
    former = a_penalty(1, "2024-06-10", "甲")
    before = a_penalty(2, "2023-06-10", "乙")

    assert differing("2025-01-01", registered("甲"), renamed, former, before) == {}


def test_the_width_of_signs_and_blanks_make_no_other_name() -> None:
    written = a_penalty(1, "2024-06-10", "甲(中国) 有限公司")

    assert differing("2025-01-01", registered("甲（中国）有限公司"), written) == {}


def test_departments_are_told_of_a_name_said_on_a_record_when_it_comes() -> None:
    told = given(registered("甲"), a_penalty(1, "2024-06-10", "乙")).projection.notices
    warnings = [n for n in told if isinstance(n, WarningNotice)]
    differ = [n for n in warnings if n.rule == "discrepancy.departments"]

    assert [n.recipients for n in differ] == [("market-zj",)]
