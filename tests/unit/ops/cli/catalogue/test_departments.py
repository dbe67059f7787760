"""Departments as they are listed: the registry, and by city the offices that are made by rule."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from events.rules.offices import offices_in
from ops.cli.catalogue.rows import UnknownCodeError
from ops.cli.catalogue.verbs import catalogue_app
from tests.support.answers import answer_of


def listed(*options: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(catalogue_app, ["departments", *options, "--json"])
    if isinstance(done.exception, UnknownCodeError):
        raise done.exception
    found: list[dict[str, Any]] = answer_of(done.output)
    return found


def test_offices_of_a_city_are_listed_page_by_page_each_once() -> None:
    seen: list[str] = []
    after: tuple[str, ...] = ()
    while page := listed("--city", "330100", "--limit", "200", *after):
        seen += [row["code"] for row in page]
        after = ("--after", seen[-1])
    assert seen == list(offices_in("330100"))
    assert len(seen) > 400


def test_an_office_shows_its_division_and_what_it_may_report() -> None:
    (office,) = listed("market-330106")
    assert (office["name_zh"], office["region"]) == ("杭州市西湖区市场监督管理局", "330106")
    assert "penalty.market" in office["may_report"]
    fining = listed("--city", "330106", "--category", "penalty.market")
    assert "market-330106" in [row["code"] for row in fining]
    assert all(row["region"] == "330106" for row in fining)


@pytest.mark.parametrize("options", [("--city", "310100"), ("--city", "x"), ("market-310101",)])
def test_what_is_no_office_of_zhejiang_is_refused(options: tuple[str, ...]) -> None:
    with pytest.raises(UnknownCodeError):
        listed(*options)
