"""Who works in Chinese names departments, categories and places in Chinese, whatever the verb."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from events.rules.rulebook import load_rulebook
from ops.cli import app
from ops.cli.codes import names_of_few, one_of_few
from ops.cli.verbs import VERBS, loaded
from ops.dictionary.code_lists import codes_by_name, divisions_by_name
from ops.terms.terms import Language, Terms
from ops.told import usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


NAMES = {
    **{name: codes_by_name(name) for name in ("department", "category", "domain", "archive")},
    **{name: codes_by_name(name) for name in ("profession", "industry")},
    "section": codes_by_name("industry"),
    "event_type": codes_by_name("EventType"),
    "disclosure": codes_by_name("Disclosure"),
    **dict.fromkeys(("region", "city", "division"), divisions_by_name()),
}


def parameters(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from parameters(inner, f"{path} {name}")
    for each in command.params:
        if each.name in NAMES:
            yield f"{path}: {each.name}", each


TAKEN = dict(
    found for name, verb in VERBS.items() for found in parameters(loaded(name, verb), name)
)


@pytest.mark.parametrize("where", TAKEN)
def test_every_verb_takes_the_name_for_the_code(where: str) -> None:
    parameter = TAKEN[where]
    name, code = next(iter(NAMES[parameter.name].items()))
    assert parameter.callback(None, parameter, f" {name} ") == code
    for stays in (code, "没有这样的名称", None):
        assert parameter.callback(None, parameter, stays) == stays


def test_every_category_has_a_name_of_its_own() -> None:
    assert set(codes_by_name("category").values()) == set(load_rulebook().categories)


def test_a_template_is_asked_for_by_the_name_of_its_category(tmp_path: Path) -> None:
    category = load_rulebook().categories["penalty.market"][-1]
    for given in (category.code, category.name_zh):
        file = tmp_path / f"{given}.csv"
        done = CliRunner().invoke(app, ["catalogue", "template", given, "-o", str(file)])
        assert done.exit_code == 0, done.output
    first, second = (each.read_bytes() for each in sorted(tmp_path.iterdir()))
    assert first == second


def test_a_list_is_chosen_by_the_name_of_a_department() -> None:
    name = load_rulebook().departments["tax-zj"].name_zh
    by_name, by_code = (
        CliRunner().invoke(app, ["catalogue", "categories", "--department", given, "--json"])
        for given in (name, "tax-zj")
    )
    assert by_name.exit_code == by_code.exit_code == 0, by_name.output
    assert "penalty.tax" in by_name.output
    assert json.loads(by_name.output) == json.loads(by_code.output)


@pytest.mark.parametrize(
    ("verb", "name", "code"),
    [
        ("departments", "国家税务总局浙江省税务局", "tax-zj"),
        ("categories", load_rulebook().categories["penalty.tax"][-1].name_zh, "penalty.tax"),
        ("divisions", "杭州市西湖区", "330106"),
    ],
)
def test_a_row_of_the_catalogue_is_asked_for_by_its_name(verb: str, name: str, code: str) -> None:
    by_name, by_code = (
        CliRunner().invoke(app, ["catalogue", verb, given, "--json"]) for given in (name, code)
    )
    assert by_name.exit_code == by_code.exit_code == 0, by_name.output
    assert code in by_name.output
    assert json.loads(by_name.output) == json.loads(by_code.output)


def test_a_place_is_named_so_that_it_is_one_place() -> None:
    names = divisions_by_name()
    assert names["杭州市"] == names["浙江省杭州市"] == "330100"
    assert names["杭州市西湖区"] == names["浙江省西湖区"] == "330106"
    assert names["北京市东城区"] == names["东城区"] == "110101"
    # There is one in Hangzhou and one in Nanchang.
    assert "西湖区" not in names


@pytest.mark.parametrize(
    ("name", "code"),
    [("杭州市市场监督管理局", "market-330100"), ("杭州市西湖区市场监督管理局", "market-330106")],
)
def test_offices_of_cities_and_counties_are_known_by_their_names(name: str, code: str) -> None:
    assert codes_by_name("department")[name] == code


def few(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from few(inner, f"{path} {name}")
    for each in command.params:
        of = one_of_few(each)
        if of is not None and names_of_few(of):
            yield f"{path}: {each.name}", each


FEW = dict(found for name, verb in VERBS.items() for found in few(loaded(name, verb), name))


@pytest.mark.parametrize("where", FEW)
def test_every_verb_takes_the_chinese_of_what_is_one_of_few(where: str) -> None:
    parameter = FEW[where]
    name, code = next(iter(names_of_few(one_of_few(parameter)).items()))  # type: ignore[arg-type]
    many = parameter.multiple
    found = parameter.process_value(None, [name] if many else f" {name} ")

    assert list(found if many else [found]) == [code]


def test_what_is_revoked_how_and_how_grave_a_warning_is_may_be_said_in_chinese() -> None:
    assert {
        "revoke: kind",
        "watch: level",
        "watch: kind",
        "profile: shown_purpose",
        "waits: platform",
    } <= set(FEW)


def test_what_may_be_chosen_is_named_in_chinese() -> None:
    told = usage._named(["annulled", "repealed"], Terms(Language.ZH))
    assert told == ["annulled（撤销）", "repealed（废止）"]
    assert usage._named(["postgres", "kafka"], Terms(Language.ZH)) == ["postgres", "kafka"]
