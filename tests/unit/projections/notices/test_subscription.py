"""A supervisor chooses what to hear of by region, field, level, kind and function, each once."""

from __future__ import annotations

from typing import Any

import pytest

from events.rules.divisions import WARNING_REGIONS
from events.rules.rulebook import load_rulebook
from events.rules.versions import Level, WarningKind
from ops.cli.watch import Watched, is_told
from projections.notices.subscription import (
    Once,
    SubscriptionUnknownError,
    functions_of,
    regions_of,
    subscription,
)

RULEBOOK = load_rulebook()
TOLD: dict[str, Any] = {
    "region": "330100",
    "domain": "tax",
    "level": "orange",
    "kind": "warning",
    "recipients": ["tax-zj"],
}


def taken(told: dict[str, Any] = TOLD, **wanted: Any) -> bool:
    return subscription(RULEBOOK, **wanted).takes(**told)


@pytest.mark.requirement(16)
@pytest.mark.parametrize(
    ("wanted", "outcome"),
    [
        ({}, "told"),
        ({"region": "330100"}, "told"),
        ({"region": "330106"}, "told"),  # a county hears of its city
        ({"region": "330000"}, "told"),  # a province hears of its cities
        ({"region": "330200"}, "not told"),
        ({"region": "310000"}, "not told"),
        ({"domains": ["tax"]}, "told"),
        ({"domains": ["labour", "tax"]}, "told"),
        ({"domains": ["labour"]}, "not told"),
        ({"level": Level.ORANGE}, "told"),
        ({"level": Level.BLUE}, "told"),
        ({"level": Level.RED}, "not told"),
        ({"kind": WarningKind.WARNING}, "told"),
        ({"kind": WarningKind.CANDIDATE}, "not told"),
        ({"region": "330000", "domains": ["tax"], "level": Level.YELLOW}, "told"),
        ({"region": "330000", "domains": ["tax"], "level": Level.RED}, "not told"),
        ({"region": "330200", "domains": ["tax"], "level": Level.YELLOW}, "not told"),
        ({"region": "330000", "domains": ["court"], "level": Level.YELLOW}, "not told"),
    ],
)
def test_a_warning_is_told_where_region_field_level_and_kind_are_all_wanted(
    wanted: dict[str, Any], outcome: str
) -> None:
    assert taken(**wanted) is (outcome == "told")


@pytest.mark.requirement(16)
def test_a_department_hears_of_its_function_and_of_what_is_for_it_by_name() -> None:
    assert functions_of(RULEBOOK, "labour-zj") == {"labour"}
    assert {"market", "food_drug", "quality", "price"} <= functions_of(RULEBOOK, "market-zj")
    assert "tax" not in functions_of(RULEBOOK, "market-zj")
    for_tax = TOLD | {"recipients": []}
    assert taken(for_tax, department="tax-zj")
    assert not taken(for_tax, department="labour-zj")
    assert taken(TOLD | {"recipients": ["labour-zj"]}, department="labour-zj")


def test_a_lifting_is_wanted_where_the_level_that_it_lifts_was() -> None:
    lifted = TOLD | {"level": None, "previous_level": "red"}

    assert is_told(
        Watched.WARNINGS,
        lifted | {"warning_id": "a"},
        subscription(RULEBOOK, level=Level.RED),
        Once(),
    )


def test_every_region_of_a_province_is_one_of_the_topics() -> None:
    assert len(regions_of("330000")) == 12
    assert regions_of("310000") == ("310000",)
    assert all(set(regions_of(each)) <= set(WARNING_REGIONS) for each in ("330000", "340000"))


@pytest.mark.parametrize(
    "wanted", [{"region": "33"}, {"domains": ["weather"]}, {"department": "weather-zj"}]
)
def test_what_there_is_not_is_refused_and_not_silently_quiet(wanted: dict[str, Any]) -> None:
    with pytest.raises(SubscriptionUnknownError):
        subscription(RULEBOOK, **wanted)


@pytest.mark.requirement(61)
def test_what_is_delivered_again_is_printed_once() -> None:
    whole, once = subscription(RULEBOOK), Once()
    first, second = TOLD | {"warning_id": "a"}, TOLD | {"warning_id": "b"}
    told = [
        each["warning_id"]
        for each in (first, second, first, second, first)
        if is_told(Watched.WARNINGS, each, whole, once)
    ]
    changes = [
        change
        for change in ("x", "x", "y")
        if is_told(Watched.LISTS, {"change_id": change}, whole, once)
    ]

    assert told == ["a", "b"]
    assert changes == ["x", "y"]


def test_what_is_remembered_is_bounded() -> None:
    once = Once(2)

    assert [once.is_news(each) for each in "abcab"] == [True, True, True, True, True]
    assert not once.is_news("b")
