"""The catalogue as data: complete, fitting together, looked up by day, and changed without code."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final

import msgspec
import pytest

from events.envelope import Platform
from events.rules.catalogue import (
    Compartment,
    catalogue_of,
    load_catalogue,
    rows_from,
)
from events.rules.code_lists import GradeStanding, IndicatorGroup
from tests.support.small_catalogue import SMALL

CATALOGUE: Final = load_catalogue()
CATEGORIES: Final = [row for rows in CATALOGUE.categories.values() for row in rows]


@pytest.mark.requirement(4)
def test_the_catalogue_is_as_wide_as_the_plan_asks() -> None:
    families = Counter(code.split(".")[0] for code in CATALOGUE.categories)

    assert len(CATALOGUE.categories) >= 90
    assert len(CATALOGUE.departments) >= 45
    assert {"penalty", "licence", "list", "redlist", "commendation", "grade"} <= set(families)
    assert {"inspection", "recall", "conduct", "default", "commitment"} <= set(families)
    assert families["penalty"] >= 30
    assert families["list"] >= 20


@pytest.mark.parametrize(
    ("family", "event_types"),
    [
        ("penalty", ["PenaltyImposed", "ObligationSettled"]),
        ("list", ["ListNoticeGiven", "DefenceMade", "ListEntered", "ListRemoved"]),
        ("redlist", ["ListEntered", "ListRemoved"]),
        ("default", ["ObligationDefaulted", "ObligationSettled"]),
        ("grade", ["GradeAssigned"]),
        ("licence", ["LicenceGranted"]),
        ("recall", ["RecallOrdered"]),
        ("conduct", ["ConductRecorded"]),
    ],
)
def test_a_family_of_categories_is_for_one_set_of_event_types(
    family: str, event_types: list[str]
) -> None:
    found = [row for row in CATEGORIES if row.code.startswith(f"{family}.")]
    assert found != []
    assert [row.code for row in found if row.event_types != event_types] == []


def test_versions_of_a_category_stand_from_the_oldest_on() -> None:
    assert [row.start for row in CATALOGUE.categories["grade.tax"]] == [
        date(2003, 7, 17),
        date(2025, 7, 1),
    ]
    backwards = rows_from(SMALL.values())
    backwards.category.reverse()
    assert [row.start.year for row in catalogue_of(backwards).categories["grade.tax"]] == [
        2003,
        2020,
    ]


@pytest.mark.requirement(4)
@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("grade.tax", date(2003, 7, 16), None),
        ("grade.tax", date(2025, 6, 30), "纳税信用级别"),
        ("grade.tax", date(2025, 7, 1), "纳税缴费信用级别"),
        ("inspection.annual", date(2014, 9, 30), "企业年检"),
        ("inspection.annual", date(2014, 10, 1), None),
        ("list.market_serious", date(2021, 8, 31), "严重违法企业名单"),
        ("list.market_serious", date(2021, 9, 1), "市场监管严重违法失信名单"),
        ("penalty.quarantine", date(2018, 4, 20), None),
    ],
)
def test_what_a_category_is_depends_on_the_day(code: str, day: date, name: str | None) -> None:
    held = [row.name_zh for row in CATALOGUE.categories[code] if row.in_force(day)]
    assert held == ([] if name is None else [name])


@pytest.mark.requirement(91)
def test_bank_records_of_persons_lie_in_the_financial_compartment() -> None:
    found = {
        code: CATALOGUE.categories[code][-1].compartment
        for code in ("default.loan", "relation", "default.utility")
    }
    assert found == {
        "default.loan": Compartment.FINANCIAL,
        "relation": Compartment.BASIC,
        "default.utility": Compartment.SOCIAL,
    }


@pytest.mark.requirement(2)
@pytest.mark.parametrize(
    ("department", "category", "event_type", "may"),
    [
        ("tax-zj", "penalty.tax", None, True),
        ("tax-zj", "penalty.tax", "PenaltyImposed", True),
        ("tax-zj", "penalty.market", None, False),
        ("subjects", "objection", "ObjectionRaised", True),
        ("subjects", "objection", "StatementAdded", True),
        ("subjects", "objection", "ObjectionAnswered", False),
        ("credit-zj", "objection", "ObjectionAnswered", True),
        ("subjects", "declaration", "InformationDeclared", True),
        ("subjects", "penalty.tax", "InformationDeclared", False),
        ("operator", "operation", "EventDismissed", True),
    ],
)
def test_a_department_says_only_what_it_is_entitled_to(
    *, department: str, category: str, event_type: str | None, may: bool
) -> None:
    assert CATALOGUE.departments[department].may_report(category, event_type) is may


@pytest.mark.parametrize(
    ("pattern", "category", "covered"),
    [
        ("grade.*", "grade.tax", True),
        ("grade.*", "grade.tax.city", True),
        ("grade.*", "grade", False),
        ("grade.*", "grades.tax", False),
        ("grade", "grade.tax", False),
        ("grade.tax", "grade.tax", True),
    ],
)
def test_a_family_in_an_entitlement_covers_what_begins_with_it(
    *, pattern: str, category: str, covered: bool
) -> None:
    department = msgspec.structs.replace(CATALOGUE.departments["tax-zj"], categories=[pattern])
    assert department.may_report(category) is covered


@pytest.mark.requirement(15)
def test_what_a_subject_says_of_itself_is_marked_as_such() -> None:
    said = {code for code, row in CATALOGUE.departments.items() if "self_declared" in row.sources}
    assert said == {"subjects"}


@pytest.mark.parametrize(
    ("scheme", "grade", "day", "place", "standing"),
    [
        ("tax", "A", date(2024, 1, 1), 0, GradeStanding.GOOD),
        ("tax", "M", date(2018, 3, 31), None, None),
        ("tax", "M", date(2018, 4, 1), 2, GradeStanding.ORDINARY),
        ("tax", "D", date(2018, 3, 31), 3, GradeStanding.BAD),
        ("tax", "D", date(2018, 4, 1), 4, GradeStanding.BAD),
        ("tax", "A", date(2003, 7, 16), None, None),
        ("environment", "red", date(2024, 1, 1), 3, GradeStanding.BAD),
        ("labour", "C", date(2006, 4, 13), 2, GradeStanding.BAD),
        ("customs", "AA", date(2014, 11, 30), 0, GradeStanding.GOOD),
        ("customs", "AA", date(2014, 12, 1), None, None),
    ],
)
def test_a_grade_has_the_place_and_standing_that_its_scheme_gave_it_on_the_day(
    scheme: str, grade: str, day: date, place: int | None, standing: GradeStanding | None
) -> None:
    found = CATALOGUE.grades[scheme]

    assert found.place(grade, day) == place
    assert found.standing(grade, day) is standing
    assert (grade in found.grades_on(day)) is (place is not None)


def test_a_scheme_grades_nobody_before_it_began() -> None:
    assert CATALOGUE.grades["environment"].grades_on(date(2014, 2, 28)) == []
    assert CATALOGUE.grades["environment"].grades_on(date(2014, 3, 1))[0] == "green"


@pytest.mark.requirement(30)
def test_the_plan_names_five_professions() -> None:
    named = {
        row.name_zh for row in CATALOGUE.professions.values() if "named by the plan" in row.note
    }
    assert named == {"注册会计师", "税务师", "资产评估师", "土地估价师", "律师"}


def test_industries_are_the_sections_and_divisions_of_the_standard() -> None:
    sections = [code for code, row in CATALOGUE.industries.items() if row.parent is None]
    divisions = [code for code, row in CATALOGUE.industries.items() if row.parent is not None]

    assert "".join(sections) == "ABCDEFGHIJKLMNOPQRST"
    assert divisions == [f"{number:02}" for number in range(1, 98)]
    assert CATALOGUE.industries["17"].parent == "C"
    assert CATALOGUE.industry_standard.reference == "GB/T 4754-2017"


@pytest.mark.requirement(4, 88)
@pytest.mark.parametrize(
    ("group", "items"),
    [
        ("basic", "资金信用 资产营运 财务效益 发展能力 创新能力"),
        ("review", "人力资源素质 经营管理 竞争地位 发展前景"),
        ("regional", "经济基础 监督管理 文化教育 行业发展 政府信用 企业信用 个人信用"),
        ("behaviour", "工商 质监 劳保 环保 物价 税务 海关 检验检疫 食品药品监管"),
    ],
)
def test_every_item_that_the_plan_names_has_an_indicator(group: str, items: str) -> None:
    found = [
        row.item for row in CATALOGUE.indicators.values() if row.group is IndicatorGroup(group)
    ]
    assert list(dict.fromkeys(found)) == items.split()


def test_indicators_may_be_read_downwards_too() -> None:
    overdue = CATALOGUE.indicators["loan_overdue_ratio"]
    assert overdue.best < overdue.worst


def test_departments_abroad_only_have_their_publications_read() -> None:
    for row in CATALOGUE.departments.values():
        assert (row.sources == ["imported"]) == (not row.region.startswith("33")), row.code
        assert "imported" not in row.sources or row.platforms == [Platform.ORGANISATION]


def test_the_catalogue_is_read_once() -> None:
    assert load_catalogue() is CATALOGUE
