"""A board that nobody looks at, whose line is dead, or whose right ends: it says so, and misses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from events.rules.access import Role
from tests.support.asking import running
from tests.support.boards import open_board, warn
from tests.support.browser import opened
from tests.support.lines import line_to
from tests.support.pages import HOLDERS, SAID, recorded, service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from ops.local.stack import Stack

SILENT_MS = 46_000
"""Longer than the service is ever silent, and until the board looks again."""


@pytest.fixture
def warned(stack: Stack) -> Iterator[str]:
    with recorded(stack, SAID) as url:
        yield url


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    found = opened(chromium)
    yield found
    found.close()


def is_told(page: Page, count: int) -> None:
    page.locator("#live.live").wait_for()
    page.get_by_text(f"{count} new: show", exact=True).wait_for()


def test_a_line_that_is_dead_without_an_end_is_noticed_and_nothing_is_missed(
    warned: str, context: BrowserContext
) -> None:
    page = context.new_page()
    with service(warned) as app, running(app) as address, line_to(address) as line:
        page.clock.install()
        open_board(page, line.address)
        line.goes_dead()
        warn(warned, 2)
        assert page.get_by_text("new: show").count() == 0
        page.clock.fast_forward(SILENT_MS)
        is_told(page, 2)
        warn(warned, 1, since=2)
        is_told(page, 3)


def test_a_tab_that_is_frozen_behind_another_is_told_all_when_it_is_looked_at_again(
    warned: str, context: BrowserContext
) -> None:
    page = context.new_page()
    with service(warned) as app, running(app) as address, line_to(address) as line:
        page.clock.install()
        open_board(page, line.address)
        page.evaluate("document.onvisibilitychange = () => { window.cameBack = !document.hidden; }")
        tab = context.new_cdp_session(page)
        tab.send("Page.setWebLifecycleState", {"state": "frozen"})
        line.goes_dead()
        warn(warned, 3)
        tab.send("Page.setWebLifecycleState", {"state": "active"})
        page.wait_for_function("window.cameBack")
        page.clock.fast_forward(SILENT_MS)
        is_told(page, 3)


ENDS = {
    "it is revoked": "UPDATE control.access_key SET revoked = true WHERE key_id = %s",
    "its last day is over": "UPDATE control.access_key SET until = '2026-01-02' WHERE key_id = %s",
    "its role is another": "UPDATE control.access_key SET roles = '{operator}' WHERE key_id = %s",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_board_whose_right_ends_says_so_and_is_told_nothing_more(
    warned: str, context: BrowserContext, end: str
) -> None:
    page = context.new_page()
    with (
        service(warned) as app,
        running(app) as address,
        psycopg.connect(warned, autocommit=True) as connection,
    ):
        open_board(page, address)
        warn(warned, 1)
        is_told(page, 1)
        key = HOLDERS[Role.AUDITOR].key.split("_")[1]
        assert connection.execute(end, (key,)).rowcount == 1
        warn(warned, 2, since=1)
        page.get_by_text("The session has ended").wait_for()
        assert page.get_by_text("2 new").count() + page.get_by_text("3 new").count() == 0
