"""The board of warnings: who sees what, taking note, and what it says when it is not live."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from events.rules.access import Role
from tests.support import builders as a
from tests.support.asking import running
from tests.support.boards import firm_of, open_board, warn
from tests.support.browser import opened
from tests.support.pages import (
    HOLDERS,
    SAID,
    UNMARKED,
    DeskOfPages,
    GateOfPages,
    Seen,
    is_for_everybody,
    look,
    recorded,
    service,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from playwright.sync_api import Browser, Page

    from ops.local.stack import Stack

    SignIn = Callable[[Role], httpx.Client]
    AsRole = Callable[[Role], Page]


WARNINGS_TOLD: Final = int(os.environ.get("CREDIT_LEDGER_BOARD_WARNINGS", "6"))
KILLS: Final = int(os.environ.get("CREDIT_LEDGER_BOARD_KILLS", "2"))
"""How many warnings come while the service is ended how often: 200 and 5 where it is tried whole."""
STATES = {
    "board": ("/board", 200),
    "board_empty": ("/board?region=330200", 200),
    "board_wrong": ("/board?level=purple", 400),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_board_is_for_everybody_who_may_see_it(
    address: str, seen: Seen, as_role: AsRole, language: str
) -> None:
    page = as_role(Role.AUDITOR)
    for name, (path, status) in STATES.items():
        answer = page.goto(f"{address}/{language}{path}")
        assert answer is not None
        assert answer.status == status
        if status == 200:
            page.locator("#live.live").wait_for()
        look(page, f"{name}.{language}")
        is_for_everybody(seen, address, "a status of 400")
        if language == "en":
            assert page.evaluate(UNMARKED) == []
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(f"{address}/{language}/board")
        look(page, f"board.{language}.{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_each_sees_what_is_given_to_it_and_is_told_what_helps(
    address: str, gate: GateOfPages, sign_in: SignIn, seen: Seen
) -> None:
    seen.page.goto(f"{address}/en/board")
    look(seen.page, "board_signed_out.en")
    seen.page.locator("main a").first.click()
    seen.page.wait_for_url(lambda url: url.endswith("/en/login?next=%2Fen%2Fboard"))

    region = sign_in(Role.REGION)
    assert region.get("/zh/board").status_code == 403  # no purpose yet
    region.post("/zh/purpose", data={"purpose": "supervision"})
    before = len(gate.inquiries)
    own = region.get("/zh/board")
    assert own.status_code == 200
    assert "330106" not in own.text
    assert sorted(gate.inquiries[before].subjects) == sorted([a.SUBJECT, a.OTHER_SUBJECT])
    assert gate.inquiries[before].question == "GET /board"
    assert region.get("/zh/board?region=330200").status_code == 403
    assert sign_in(Role.OPERATOR).get("/zh/board").status_code == 403
    assert sign_in(Role.SUBJECT).get("/zh/board").status_code == 403


def test_a_department_takes_note_by_keyboard_of_what_is_for_it(
    address: str, desk: DeskOfPages, as_role: AsRole
) -> None:
    page = as_role(Role.DEPARTMENT)
    page.goto(f"{address}/zh/board")
    look(page, "board_purpose.zh")
    page.locator("#purpose").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("ol.entries").wait_for()
    look(page, "board_department.zh")
    page.locator("form.note input").first.focus()
    page.keyboard.type('已约谈<b>"')
    page.keyboard.press("Enter")
    page.wait_for_url("**/zh/board?noted=waits")
    assert page.locator(".banner.good").is_visible()
    ((warning, department, note),) = desk.notes
    assert (department, note) == (HOLDERS[Role.DEPARTMENT].organisation, '已约谈<b>"')
    assert page.locator(f"#w-{warning}").is_visible()


def test_what_comes_while_the_service_is_away_is_told_once_in_order_and_moves_nothing(
    stack: Stack, chromium: Browser
) -> None:
    with recorded(stack, SAID) as url:
        context = opened(chromium)
        page = context.new_page()
        with service(url) as app, running(app) as address:
            port = int(address.rpartition(":")[2])
            open_board(page, address)
            before = page.locator("ol.entries").inner_text()
        told = 0
        for kill in range(KILLS):
            page.locator("#live.cut").wait_for()
            assert "Cut off since" in page.locator("#live").inner_text()
            if kill == 0:
                look(page, "board_cut_off.en")
            away = (WARNINGS_TOLD - told) // (2 * (KILLS - kill))
            warn(url, away, since=told)
            with service(url) as app, running(app, port):
                page.locator("#live.live").wait_for()
                here = (WARNINGS_TOLD - told) // (KILLS - kill) - away
                warn(url, here, since=told + away)
                told += away + here
                page.get_by_text(f"{told} new: show", exact=True).wait_for()
                assert page.locator("ol.entries").inner_text() == before
        with service(url) as app, running(app, port):
            page.locator("#news").click()
            page.get_by_text("new: show").wait_for(state="hidden")
            look(page, "board_news.en")
            shown = _shown(page)
            came = [firm for firm in shown if firm not in (a.SUBJECT, a.OTHER_SUBJECT)]
            # All are of one day, and stand in it by when they came, whichever page they are on.
            assert came == [firm_of(each) for each in reversed(range(WARNINGS_TOLD))]
        context.close()


def _shown(page: Page) -> list[str]:
    """Read whose each warning is on every page of the board."""
    shown: list[str] = []
    while True:
        firms = "all => all.map((one) => one.href.split('/').pop())"
        shown += page.locator("ol.entries > li h3 a").evaluate_all(firms)
        following = page.locator("a[rel=next]")
        if following.count() == 0:
            return shown
        page.goto(str(following.evaluate("one => one.href")))


def test_a_board_whose_session_ends_says_so(stack: Stack, chromium: Browser) -> None:
    with (
        recorded(stack, SAID) as url,
        service(url) as app,
        running(app) as address,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        context = opened(chromium)
        page = context.new_page()
        open_board(page, address)
        connection.execute("DELETE FROM control.session")
        warn(url, 2)
        page.get_by_text("The session has ended").wait_for()
        assert page.get_by_text("new: show").count() == 0
        context.close()
