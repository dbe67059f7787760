"""The catalogue as data: complete, fitting together, looked up by day, and changed without code."""

from __future__ import annotations

import tomllib
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
    shipped_texts,
)
from events.rules.catalogue_check import CatalogueFault, check_files
from events.rules.code_lists import GradeStanding, IndicatorGroup

CATALOGUE: Final = load_catalogue()
CATEGORIES: Final = [row for rows in CATALOGUE.categories.values() for row in rows]

SMALL: Final = {
    "catalogue.toml": """
[[domain]]
code = "tax"
name_zh = "税务"
name_en = "Tax"

[[category]]
code = "grade.tax"
name_zh = "纳税信用级别"
name_en = "Tax grade"
event_types = ["GradeAssigned"]
polarity = "neutral"
domain = "tax"
disclosure = "public"
publication = "prompting"
compartment = "social"
from = 2003-01-01
to = 2020-01-01
reference = "assumption"

[[category]]
code = "grade.tax"
name_zh = "纳税缴费信用级别"
name_en = "Tax and contribution grade"
event_types = ["GradeAssigned"]
polarity = "neutral"
domain = "tax"
platforms = ["organisation"]
disclosure = "public"
publication = "prompting"
from = 2020-01-01
reference = "law of 2020"

[[category]]
code = "grade.kept"
name_zh = "评价事项"
name_en = "What evaluations keep"
event_types = ["ItemsReported"]
polarity = "neutral"
domain = "tax"
platforms = ["organisation"]
disclosure = "shared"
publication = "basic"
from = 2003-01-01
reference = "assumption"
""",
    "departments.toml": """
[[department]]
code = "tax-zj"
name_zh = "税务局"
name_en = "Tax Service"
region = "330000"
sources = ["department"]
platforms = ["organisation", "person"]
categories = ["grade.*"]
event_types = ["GradeAssigned"]
legal_basis = "assumption"
batch = 1
""",
    "professions.toml": """
[[profession]]
code = "lawyer"
name_zh = "律师"
name_en = "Lawyer"
batch = 2
from = 2005-09-01
reference = "assumption"
""",
    "industries.toml": """
[industry_standard]
from = 2017-10-01
reference = "GB/T 4754-2017"

[[industry]]
code = "C"
name_zh = "制造业"
name_en = "Manufacturing"

[[industry]]
code = "17"
name_zh = "纺织业"
name_en = "Textiles"
parent = "C"
""",
    "grades.toml": """
[[scheme]]
code = "tax"
name_zh = "纳税信用"
name_en = "Tax credit"
domain = "tax"
category = "grade.tax"

[[scheme.in_force]]
from = 2003-01-01
reference = "assumption"
grades = [
  { code = "A", name_zh = "甲", name_en = "Grade A", standing = "good" },
  { code = "D", name_zh = "丁", name_en = "Grade D", standing = "bad" },
]

[[scheme.in_force]]
from = 2020-06-01
reference = "law of 2020"
grades = [
  { code = "A", name_zh = "甲", name_en = "Grade A", standing = "ordinary" },
  { code = "E", name_zh = "戊", name_en = "Grade E", standing = "poor" },
]
""",
    "indicators.toml": """
[[indicator]]
code = "brand"
name_zh = "品牌"
name_en = "Brand"
group = "review"
item = "竞争地位"
unit = "points"
worst = 0
best = 100
kinds = ["enterprise"]
from = 2005-09-01
reference = "assumption"

[[indicator]]
code = "violations"
name_zh = "违法次数"
name_en = "Violations"
group = "behaviour"
item = "物价"
unit = "count"
worst = 3
best = 0
kinds = ["enterprise"]
from = 2005-09-01
reference = "assumption"
""",
    "items.toml": """
[[item_set]]
category = "grade.kept"
from = 2003-01-01
reference = "assumption"
items = [
  { code = "year", name_zh = "年度", name_en = "Year", kind = "code", required = true },
  { code = "total", name_zh = "总额", name_en = "Total", kind = "fen" },
]
""",
}

OLD, NEW = "category grade.tax@2003-01-01", "category grade.tax@2020-01-01"
CAT, DEP, PRO = "catalogue.toml", "departments.toml", "professions.toml"
INDUSTRY, GRADES, INDICATORS = "industries.toml", "grades.toml", "indicators.toml"
ITEMS, KEPT = "items.toml", "item_set grade.kept@2003-01-01"
BROKEN: Final = [
    (
        ITEMS,
        '"grade.kept"',
        '"grade.tax"',
        "item_set grade.tax@2003-01-01",
        "category",
        "grade.tax",
        "for",
    ),
    (ITEMS, '"total"', '"year"', KEPT, "code", "year", "stands once; it stands 2 times"),
    (ITEMS, '"总额"', '"年度"', KEPT, "name_zh", "年度", "stands once; it stands 2 times"),
    (ITEMS, '"Total"', '"总额"', KEPT, "name_en", "总额", "in English"),
    (ITEMS, 'reference = "assumption"', 'reference = ""', KEPT, "reference", "", "the law"),
    (CAT, 'name_zh = "税务"', 'name_zh = "Tax"', "domain tax", "name_zh", "Tax", "in Chinese"),
    (CAT, '"Tax grade"', '"纳税"', OLD, "name_en", "纳税", "in English"),
    (CAT, '["GradeAssigned"]', '["GradeGiven"]', OLD, "event_types", "GradeGiven", "exists"),
    (CAT, '["GradeAssigned"]', "[]", OLD, "event_types", "[]", "empty"),
    (CAT, 'domain = "tax"', 'domain = "tex"', OLD, "domain", "tex", "a domain"),
    (CAT, 'reference = "assumption"', 'reference = " "', OLD, "reference", " ", "the law"),
    (CAT, 'compartment = "social"\n', "", OLD, "compartment", "None", "person platform"),
    (CAT, 'platforms = ["organisation"]', "", NEW, "compartment", "None", "person platform"),
    (CAT, "to = 2020-01-01\n", "", OLD, "to", "None", "not after 2020-01-01"),
    (CAT, "to = 2020", "to = 2021", OLD, "to", "2021-01-01", "not after 2020-01-01"),
    (CAT, "to = 2020", "to = 2003", OLD, "to", "2003-01-01", "after its first day"),
    (
        CAT,
        'polarity = "neutral"',
        'polarity = "fair"',
        "category 1 grade.tax",
        "polarity",
        "fair",
        "Invalid enum",
    ),
    (CAT, 'polarity = "neutral"\n', "", "category 1 grade.tax", "polarity", "", "missing"),
    (CAT, "polarity", "polarty", "category 1 grade.tax", "polarty", "neutral", "unknown field"),
    (CAT, "[[domain]]", "[[domian]]", "domain", "", "", "must hold domain"),
    (CAT, "[[domain]]", "= 1", "", "", "", "must be TOML"),
    (
        DEP,
        'code = "tax-zj"',
        'code = "tax_zj"',
        "department tax_zj",
        "code",
        "tax_zj",
        "names a topic",
    ),
    (DEP, "330000", "999999", "department tax-zj", "region", "999999", "division code"),
    (DEP, '["department"]', "[]", "department tax-zj", "sources", "[]", "empty"),
    (
        DEP,
        '"grade.*"',
        '"grade.*", "penalty.*"',
        "department tax-zj",
        "categories",
        "penalty.*",
        "a category",
    ),
    (
        DEP,
        '"grade.*"',
        '"grade.*", "grade"',
        "department tax-zj",
        "categories",
        "grade",
        "a category",
    ),
    (
        DEP,
        '["GradeAssigned"]',
        '["CaseFiled"]',
        "department tax-zj",
        "event_types",
        "CaseFiled",
        "of one of its categories",
    ),
    (
        DEP,
        '["GradeAssigned"]',
        '["GradeGiven"]',
        "department tax-zj",
        "event_types",
        "GradeGiven",
        "exists",
    ),
    (
        DEP,
        'legal_basis = "assumption"',
        'legal_basis = ""',
        "department tax-zj",
        "legal_basis",
        "",
        "empty",
    ),
    (DEP, "batch = 1", "batch = 4", "department tax-zj", "batch", "4", "1 to 3"),
    (PRO, "batch = 2", "batch = 0", "profession lawyer", "batch", "0", "1 to 3"),
    (
        PRO,
        'reference = "assumption"',
        'reference = ""',
        "profession lawyer",
        "reference",
        "",
        "the law",
    ),
    (INDUSTRY, 'parent = "C"', 'parent = "B"', "industry 17", "parent", "B", "a section"),
    (INDUSTRY, 'parent = "C"', "", "industry 17", "parent", "None", "a section"),
    (
        INDUSTRY,
        '"Manufacturing"',
        '"Manufacturing"\nparent = "C"',
        "industry C",
        "parent",
        "C",
        "none for a section",
    ),
    (INDUSTRY, 'code = "17"', 'code = "171"', "industry 171", "code", "171", "two digits"),
    (INDUSTRY, '"GB/T 4754-2017"', '""', "industry_standard", "reference", "", "the law"),
    (
        INDUSTRY,
        '"GB/T 4754-2017"',
        "4754",
        "industry_standard 1",
        "reference",
        "4754",
        "Expected `str`",
    ),
    (
        GRADES,
        'category = "grade.tax"',
        'category = "grade"',
        "scheme tax",
        "category",
        "grade",
        "2003-01-01",
    ),
    (GRADES, "from = 2003", "from = 2002", "scheme tax", "category", "grade.tax", "2002-01-01"),
    (
        GRADES,
        "from = 2020-06-01",
        "from = 2003-01-01",
        "scheme tax",
        "from",
        "2003-01-01",
        "after 2003-01-01",
    ),
    (GRADES, 'code = "D"', 'code = "A"', "scheme tax", "grades", "['A', 'A']", "each once"),
    (GRADES, '"poor"', '"good"', "scheme tax", "standing", "['ordinary', 'good']", "best to worst"),
    (GRADES, '"Grade A"', '"甲"', "scheme tax", "name_en", "甲", "in English"),
    (INDICATORS, "best = 100", "best = 0", "indicator brand", "best", "0", "another value"),
    (INDICATORS, "best = 100", "best = 101", "indicator brand", "best", "101", "0 to 100"),
    (INDICATORS, "worst = 3", "worst = -3", "indicator violations", "worst", "-3", "not negative"),
    (INDICATORS, '"竞争地位"', '""', "indicator brand", "item", "", "empty"),
    (INDICATORS, '["enterprise"]', "[]", "indicator brand", "kinds", "[]", "empty"),
]


def test_the_shipped_catalogue_holds_up() -> None:
    assert check_files(shipped_texts())[1] == []


def test_the_small_catalogue_of_these_tests_holds_up() -> None:
    assert check_files(SMALL)[1] == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: f"{broken[3]} {broken[2]}")
def test_a_fault_is_told_with_file_row_field_value_and_rule(
    broken: tuple[str, str, str, str, str, str, str],
) -> None:
    file, old, new, row, field, value, rule = broken
    assert old in SMALL[file]

    _, found = check_files({**SMALL, file: SMALL[file].replace(old, new, 1)})

    told = [problem for problem in found if rule in problem.rule]
    assert [(p.file, p.row, p.field, p.value) for p in told] == [(file, row, field, value)]


def test_every_category_has_a_department_entitled_to_it_on_each_of_its_platforms() -> None:
    text = SMALL[DEP].replace(', "person"]', "]")

    _, found = check_files({**SMALL, DEP: text})

    rule = "a department must be entitled to it on the person platform"
    assert found == [CatalogueFault(CAT, OLD, "code", "grade.tax", rule)]


@pytest.mark.parametrize("file", SMALL)
def test_a_row_stands_once(file: str) -> None:
    rows = tomllib.loads(SMALL[file])
    key = next(key for key, found in rows.items() if isinstance(found, list))
    first = SMALL[file].index(f"[[{key}]]")
    following = SMALL[file].find("\n[[", first + 1)
    once_more = SMALL[file][first : following if file != GRADES else None]

    _, found = check_files({**SMALL, file: f"{SMALL[file]}\n{once_more}"})

    assert [p.rule for p in found] == ["stands once; it stands 2 times"]


def test_two_versions_of_a_category_do_not_begin_on_one_day() -> None:
    text = SMALL[CAT].replace("from = 2020-01-01", "from = 2003-01-01")

    _, found = check_files({**SMALL, CAT: text})

    assert "stands once; it stands 2 times" in [p.rule for p in found]


def test_a_problem_is_one_line() -> None:
    said = str(
        CatalogueFault("catalogue.toml", "category x@2020-01-01", "domain", "tex", "a domain")
    )
    assert said == "catalogue.toml: category x@2020-01-01: domain = 'tex': a domain"
    assert (
        str(CatalogueFault("catalogue.toml", "", "", "", "must be TOML"))
        == "catalogue.toml: must be TOML"
    )


@pytest.mark.requirement(4, 14)
def test_a_row_alone_adds_a_category_and_a_department() -> None:
    category = """
[[category]]
code = "penalty.weather"
name_zh = "气象行政处罚"
name_en = "Administrative penalty, weather"
event_types = ["PenaltyImposed"]
polarity = "bad"
domain = "weather"
disclosure = "public"
publication = "penalty"
compartment = "social"
from = 2030-01-01
reference = "assumption"

[[domain]]
code = "weather"
name_zh = "气象"
name_en = "Weather"
"""
    department = """
[[department]]
code = "weather-zj"
name_zh = "浙江省气象局"
name_en = "Zhejiang Meteorology"
region = "330000"
sources = ["department"]
platforms = ["organisation", "person"]
categories = ["penalty.weather"]
legal_basis = "assumption"
"""
    texts = shipped_texts()
    texts[CAT] += category
    texts[DEP] += department

    rows, problems = check_files(texts)

    assert problems == []
    assert rows is not None
    added = catalogue_of(rows)
    assert [row.in_force(date(2030, 1, 1)) for row in added.categories["penalty.weather"]] == [True]
    assert added.departments["weather-zj"].may_report("penalty.weather")
    assert not added.departments["weather-zj"].may_report("penalty.tax")


def test_a_key_that_nobody_reads_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="polarty"):
        rows_from([SMALL[CAT].replace("polarity", "polarty", 1), *list(SMALL.values())[1:]])


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
