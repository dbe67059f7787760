"""The check of the catalogue names each fault with file, row, field, value and rule."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Final

import msgspec
import pytest

from events.rules.catalogue import (
    catalogue_of,
    rows_from,
    shipped_texts,
)
from events.rules.catalogue_check import CatalogueFault, check_files
from tests.support.small_catalogue import SMALL

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
