"""Each number opens what it rests on: every page is read for numbers that lead nowhere, and each of those has its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from events.envelope import Platform
from events.rules.access import Role
from projections.store.query_count import CountedQuery, add_queries
from tests.integration.pages.test_walk import WALKED
from tests.support.asking import running
from tests.support.pages import (
    HOLDERS,
    SAID,
    SUBJECT,
    TODAY,
    DeskOfPages,
    GateOfPages,
    Seen,
    recorded,
    say_purpose,
    service,
)
from tests.support.years import freeze_made_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from playwright.sync_api import Page

    from ops.local.stack import Stack

    AsRole = Callable[[Role], Page]

LEADING_NOWHERE: Final = """() => {
    const number = /^[\\d,]+(\\.\\d)?%?( \\/ [\\d,]+)?$/, found = [];
    const links = (node) => node !== null && node !== undefined && (node.closest("a") !== null || node.querySelector("a") !== null);
    const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode, at = node.parentElement;
        if (!number.test(node.data.trim()) || at.closest("bdi, code, form, .paging") !== null) continue;
        const cell = at.closest("td, th"), told = at.closest("dd"), item = at.closest("li");
        let leads = at.closest("a") !== null;
        if (cell !== null) {
            const table = cell.closest("table"), heads = table.tHead === null ? [] : table.tHead.rows[0].cells;
            leads ||= links(cell) || links(cell.parentElement.querySelector("th")) || links(heads[cell.cellIndex]);
        } else if (told !== null) {
            let title = told;
            while (title !== null && title.tagName !== "DT") title = title.previousElementSibling;
            leads ||= links(told) || links(title);
        } else if (item !== null) leads ||= links(item);
        if (!leads) found.push((cell ?? told ?? item ?? at).outerHTML.slice(0, 120));
    }
    return found;
}"""
RESTS_ON_NOTHING: Final[Mapping[str, str]] = {
    "/ops": "how the machinery does at this moment: each is told by a verb, which its runbook names",
    "/quality": "of one department by month and category tallies alone are kept, which add up",
    "/docs/rules/{rule}": "numbers of laws and of periods: it is what others rest on",
    "/docs/topics/{kind}": "how many partitions a topic has is a setting of it, and no count",
    "/years/{year}": "rows that are frozen, under the digest beside them; the book is for paper",
}
"""Pages with numbers below which nothing is kept, each with why."""


@pytest.fixture(scope="module")
def address(stack: Stack) -> Iterator[str]:
    """Serve a ledger of which a year is frozen, after a month in which much was asked."""
    month = (TODAY.replace(day=1) - timedelta(days=1)).replace(day=1)
    with (
        recorded(stack, SAID) as url,
        service(url, GateOfPages(), DeskOfPages()) as app,
        running(app) as served,
    ):
        with psycopg.connect(url, autocommit=True) as connection:
            freeze_made_up(connection, 2025)
            add_queries(connection, {CountedQuery(month, Platform.ORGANISATION, "profile"): 8_000})
        yield served


@pytest.mark.parametrize("role", HOLDERS)
def test_a_number_leads_to_what_it_rests_on_or_rests_on_nothing_kept(
    address: str, as_role: AsRole, role: Role
) -> None:
    page = as_role(role)
    say_purpose(page, address, role)
    page.goto(f"{address}/en/subjects/{SUBJECT}")  # So that somebody used what is recorded.
    found: dict[str, list[str]] = {}
    for path, row in WALKED.items():
        answer = page.goto(f"{address}/en{path}")
        assert answer is not None
        if answer.status == 200 and row.path not in RESTS_ON_NOTHING:
            found[row.path] = page.evaluate(LEADING_NOWHERE)
    assert {path: numbers for path, numbers in found.items() if numbers} == {}


def test_a_number_that_leads_nowhere_is_found(seen: Seen) -> None:
    row = "<table><thead><tr><th>Place<th>Asked</tr></thead><tbody><tr><th>A<td>{}</tr></table>"
    for planted, leads in (
        (row.format("8,000"), False),
        (row.format("<a href='/x'>8,000</a>"), True),
        (row.replace("<th>A", "<th><a href='/x'>A</a>").format("8"), True),
        (row.replace("<th>Asked", "<th><a href='#x'>Asked</a>").format("8"), True),
        ("<dl><dt>Events<dd>12 / 13</dl>", False),
        ("<dl><dt><a href='#x'>Events</a><dd>12</dl>", True),
        ("<ul><li><strong>99.9%</strong></ul>", False),
        ("<p><bdi>2024</bdi></p>", True),
    ):
        seen.page.set_content(f"<main>{planted}</main>")
        assert (seen.page.evaluate(LEADING_NOWHERE) == []) == leads, planted


def test_what_the_figures_of_the_plan_rest_on_can_be_opened_by_who_sees_them(
    address: str, as_role: AsRole
) -> None:
    for role in (Role.AUDITOR, Role.OPERATOR):
        page = as_role(role)
        page.goto(f"{address}/en/plan")
        links = page.locator("main a").evaluate_all("all => all.map(one => one.href)")
        for href in {*links}:
            answer = page.goto(href)
            assert answer is None or answer.status == 200, (role, href)
            anchor = href.partition("#")[2]
            assert not anchor or page.locator(f"#{anchor}").count() == 1, href
        page.goto(f"{address}/en/plan")
        page.locator("#t-enterprise_queries_a_day strong a").click()
        assert "8,000 in 31 days: 258 a day" in page.locator("main").inner_text()
        page.goto(f"{address}/zh/login")
        page.locator("form.plain button").click()
