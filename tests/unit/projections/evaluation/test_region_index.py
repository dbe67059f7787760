"""The index of a region: what it is the mean of, and what is unknown of it."""

from __future__ import annotations

from datetime import date

import pytest

from events.rules.catalogue import load_catalogue
from events.rules.evaluation import RegionComponent
from events.types.subject import SubjectKind
from projections.evaluation.region_index import ComponentIndex, RegionIndex, region_index
from tests.support.said import shipped_regions

(MODEL,) = shipped_regions()
LINES = load_catalogue().indicators
ON = date(2010, 1, 1)


def index_of(readings: dict[str, int], tallies: dict[str, int] | None = None) -> RegionIndex:
    found = region_index(MODEL, ON, readings, tallies or {}, LINES)
    assert found is not None
    return found


def component(found: RegionIndex, code: str) -> ComponentIndex:
    return next(each for each in found.components if each.component == code)


def component_rule(code: str) -> RegionComponent:
    return next(each for each in MODEL.in_force[-1].components if each.code == code)


def everything_at(end: str) -> dict[str, int]:
    reported = [code for each in MODEL.in_force[-1].components for code in each.reported]
    return {code: getattr(LINES[code], end) for code in reported}


def test_of_a_region_of_which_nothing_is_known_nothing_is_concluded() -> None:
    found = index_of({})

    assert (found.index, found.symbol) == (None, None)
    assert found.groups == {"environment": None, "subjects": None}
    assert {each.index for each in found.components} == {None}


def test_there_is_no_index_before_the_first_version() -> None:
    assert region_index(MODEL, date(2006, 12, 31), {}, {}, LINES) is None
    assert region_index(MODEL, date(2007, 1, 1), {}, {}, LINES) is not None


@pytest.mark.parametrize(
    ("end", "index", "symbol"), [("best", 1000, "excellent"), ("worst", 0, "poor")]
)
def test_the_ends_of_every_line_give_the_ends_of_the_index(
    end: str, index: int, symbol: str
) -> None:
    found = index_of(everything_at(end))

    assert (found.index, found.symbol) == (index, symbol)
    assert found.groups == {"environment": index, "subjects": index}


def test_a_component_is_the_mean_of_what_is_known_of_it_and_names_it() -> None:
    found = index_of({"gdp_per_head": 20_000_000, "fiscal_growth": 50})
    alone = index_of({"gdp_per_head": 20_000_000})

    assert component(found, "economy") == ComponentIndex(
        "economy", "environment", 750, 100, (("gdp_per_head", 1000), ("fiscal_growth", 500)), 2
    )
    assert component(alone, "economy").index == 1000


def test_components_weigh_as_the_rule_says_and_those_unknown_weigh_nothing() -> None:
    reported = everything_at("best")
    worst = {code: LINES[code].worst for code in component_rule("supervision").reported}
    found = index_of(
        {code: value for code, value in reported.items() if LINES[code].item != "政府信用"} | worst
    )

    # Weights: economy 100, supervision 150, education 100, industry 150; enterprises 200, persons 150.
    assert found.groups == {"environment": 350 * 1000 // 500, "subjects": None}, "4 of 10"
    assert component(found, "government").index is None
    assert found.index == 700 * 1000 // 850
    assert found.symbol == "good"


@pytest.mark.parametrize(("known", "enough"), [(0, False), (1, False), (8, False), (9, True)])
def test_a_few_figures_do_not_pass_for_a_region(known: int, *, enough: bool) -> None:
    """One excellent figure of eighteen told as "1000, excellent" misleads."""
    found = index_of(dict(list(everything_at("best").items())[:known]))

    assert (found.known, found.of, found.enough) == (known, 18, enough)
    assert (found.index, found.symbol) == ((1000, "excellent") if enough else (None, None))


def test_grades_and_lists_of_its_subjects_are_read_as_shares() -> None:
    tallies = {
        "enterprise.excellent": 20,
        "enterprise.good": 700,
        "enterprise.graded": 1_000,
        "enterprise.listed": 10,
        "enterprise.known": 1_000,
    }
    assert component(index_of({}, tallies), "enterprises").read == (
        ("enterprise.excellent+enterprise.good", (720 - 400) * 2),
        ("enterprise.listed", 800),
    )
    assert component(index_of({}, tallies), "enterprises").index == 720


def test_a_count_that_is_missing_is_unknown_and_not_none_at_all() -> None:
    known = {"natural_person.known": 100}

    assert component(index_of({}, known), "persons").index is None
    assert component(index_of({}, known | {"natural_person.listed": 0}), "persons").index == 1000
    nobody = {"natural_person.known": 0, "natural_person.listed": 0}
    assert component(index_of({}, nobody), "persons").index is None


def test_the_components_are_those_of_the_plan_and_read_every_regional_indicator() -> None:
    for version in MODEL.in_force:
        names = [each.name_zh for each in version.components]
        assert names == [
            *("经济基础", "监督管理", "文化教育", "行业发展"),
            *("政府信用", "企业信用", "个人信用"),
        ]
        assert {each.group for each in version.components} == {"environment", "subjects"}
        read = {code for each in version.components for code in each.reported}
        assert read == {code for code, line in LINES.items() if line.group == "regional"}
        for each in version.components:
            assert {LINES[code].item for code in each.reported} == {each.name_zh}
        counts = {n for c in version.components for s in c.shares for n in (*s.parts, s.whole)}
        assert {name.partition(".")[0] for name in counts} <= set(SubjectKind)
