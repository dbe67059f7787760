"""`credit-ledger catalogue`: what people and programs see of the catalogue, and its check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from events.errors import LedgerError
from events.rules.catalogue import FILES, load_catalogue, shipped_texts
from ops.cli.catalogue.verbs import catalogue_app
from tests.support.answers import answer_of


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.cli.terminal.console._width", 240)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(catalogue_app, list(arguments))
    if isinstance(done.exception, LedgerError):
        raise done.exception
    return done.exit_code, done.output


def told(*arguments: str) -> Any:
    code, output = run(*arguments, "--json")
    assert code == 0
    return answer_of(output)


def codes(*arguments: str) -> set[str]:
    return {row["code"] for row in told(*arguments)}


def test_categories_are_those_in_force_on_the_day() -> None:
    assert "inspection.annual" in codes("categories", "--on", "2010-01-01")
    assert "inspection.annual" not in codes("categories", "--on", "2020-01-01")
    assert codes("categories", "--on", "1979-12-31") == set()


def test_categories_are_narrowed_by_domain_department_and_platform() -> None:
    day = ("--on", "2026-01-01")
    of_tax = codes("categories", "--domain", "tax", *day)

    assert "grade.tax" in of_tax
    assert all(row["domain"] == "tax" for row in told("categories", "--domain", "tax", *day))
    assert codes("categories", "--department", "operator", *day) == {"erasure.done", "operation"}
    assert "recall.food" in codes("categories", *day)
    assert "recall.food" not in codes("categories", "--platform", "person", *day)
    assert "recall.food" not in codes("categories", "--department", "personnel-zj", *day)
    assert "commendation.general" in codes("categories", "--department", "personnel-zj", *day)


def test_a_category_shows_every_version() -> None:
    assert [row["from"] for row in told("categories", "grade.tax")] == ["2003-07-17", "2025-07-01"]


def test_departments_show_what_each_may_report() -> None:
    (found,) = told("departments", "court-zj")
    assert "judgment.civil" in found["may_report"]
    assert set(found["may_report"]) <= set(load_catalogue().categories)
    assert codes("departments", "--category", "operation") == {"operator"}
    assert len(told("departments")) == len(load_catalogue().departments)


@pytest.mark.requirement(80)
@pytest.mark.parametrize(
    ("arguments", "held", "shown"),
    [
        (("professions",), "professions", "注册会计师"),
        (("industries",), "industries", "GB/T 4754-2017"),
        (("grades",), "grades", "纳税缴费信用"),
        (("indicators",), "indicators", "资产负债率"),
        (("departments",), "departments", "浙江省公共信用信息中心"),
    ],
)
def test_a_code_list_is_shown_whole_to_people_and_programs(
    arguments: tuple[str, ...], held: str, shown: str
) -> None:
    code, output = run(*arguments)

    assert code == 0
    assert shown in output
    assert [row["code"] for row in told(*arguments)] == list(getattr(load_catalogue(), held))


def test_categories_are_shown_to_people_with_their_law() -> None:
    code, output = run("categories", "list.work_safety")

    assert code == 0
    assert "安全生产严重失信主体名单" in output
    assert "应急管理部令第11号" in output


def test_an_industry_is_shown_with_its_divisions() -> None:
    assert codes("industries", "E") == {"E", "47", "48", "49", "50"}


def test_indicators_are_narrowed_by_group() -> None:
    assert len(codes("indicators", "--group", "behaviour")) == 9


def test_a_division_code_shows_its_history() -> None:
    (found,) = told("divisions", "330103")
    assert (found["name"], found["valid_to"], found["successors"]) == (
        "下城区",
        "2021-12-31",
        ["330105"],
    )
    assert "下城区" in run("divisions", "330103")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("categories", "penalty.weather"),
        ("categories", "--domain", "weather"),
        ("categories", "--department", "weather-zj"),
        ("departments", "weather-zj"),
        ("departments", "--category", "penalty.weather"),
        ("industries", "Z"),
        ("divisions", "999999"),
    ],
)
def test_an_unknown_code_is_named(arguments: tuple[str, ...]) -> None:
    with pytest.raises(LedgerError, match=arguments[-1]):
        run(*arguments)


def test_the_check_counts_every_kind_of_row() -> None:
    code, output = run("check")

    assert code == 0
    assert "no fault" in output
    counts = told("check")["counts"]
    assert counts["category code"] == len(load_catalogue().categories)
    assert counts["department"] == len(load_catalogue().departments)
    assert counts["industry"] == 117


def test_the_check_of_a_folder_names_each_fault_and_fails(tmp_path: Path) -> None:
    text = shipped_texts()["departments.toml"].replace("arrears.tax", "arrears.tex")
    (tmp_path / "departments.toml").write_text(text, encoding="utf-8")

    code, output = run("check", "--rules", str(tmp_path))
    as_json, answer = run("check", "--rules", str(tmp_path), "--json")

    assert (code, as_json) == (1, 1)
    said = "departments.toml: department tax-zj: categories = 'arrears.tex': a category"
    assert said in output
    assert {problem["file"] for problem in json.loads(answer)["problems"]} == {
        "departments.toml",
        "catalogue.toml",
    }


def test_the_check_of_a_file_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    text = shipped_texts()["indicators.toml"].replace("worst = 0", 'worst = "0"', 1)
    (tmp_path / "indicators.toml").write_text(text, encoding="utf-8")

    code, output = run("check", "--rules", str(tmp_path), "--json")

    assert code == 1
    (problem,) = json.loads(output)["problems"]
    assert (problem["field"], problem["value"]) == ("worst", "0")
    assert json.loads(output)["counts"] == {}


def test_the_check_refuses_a_folder_without_rules(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="holds none of"):
        run("check", "--rules", str(tmp_path))


def test_the_check_refuses_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    name = next(iter(FILES))
    (tmp_path / name).write_bytes(shipped_texts()[name].encode("gb18030"))
    with pytest.raises(LedgerError, match="must be UTF-8"):
        run("check", "--rules", str(tmp_path))


def test_categories_of_an_office_of_a_city_are_those_of_its_kind() -> None:
    """Offices are departments by rule, in no table: what one may report was refused as unknown."""
    of_city = codes("categories", "--department", "market-330100")
    assert "penalty.market" in of_city
    assert of_city <= codes("categories", "--department", "market-zj")


def test_codes_are_led_by_their_names_where_chinese_is_spoken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "zh")
    told_zh = "".join(run("categories", "objection")[1].split())
    for said in (
        "异议申请ObjectionRaised",
        "政务共享shared",
        "提示信息prompting",
        "信用管理credit",
    ):
        assert said in told_zh
    assert "主体登记registration" in "".join(run("departments", "market-330100")[1].split())


def test_a_category_that_is_none_is_answered_by_those_that_look_like_it() -> None:
    for verb in ("categories", "template"):
        with pytest.raises(LedgerError) as refused:
            run(verb, "异议申请", *(() if verb == "categories" else ("-o", "x.csv")))
        assert refused.value.said["near"] == "，是否为：异议 objection"


def test_lists_are_shown_with_grounds_and_terms_and_measures_with_who_may_initiate_them() -> None:
    day = ("--on", "2026-01-01")
    assert "judgment_defaulter" in codes("lists", *day)
    assert codes("measures", "--on", "1979-12-31") == set()
    assert "procurement_ban" in codes("measures", *day)
    lists, measures = (" ".join(run(verb, *day)[1].split()) for verb in ("lists", "measures"))
    assert "able_but_refuses until removed" in lists
    assert "food 36 months" in lists
    assert "every department that may report measures" in measures
