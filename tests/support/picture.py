"""The picture that stands in README: a subject's timeline, as the pages show it (`make picture`)."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg_pool import ConnectionPool

from events.envelope import Platform
from events.rules.access import Role
from ops.pages.routes import pages
from projections.http.application import create_service
from projections.projector import Projector
from projections.store.store import Store
from tests.support import builders as a
from tests.support.asking import noon, running
from tests.support.browser import browser
from tests.support.pages import CALENDAR, HOLDERS, SUBJECT, GateOfPages, record, recorded
from tests.support.stack import shared_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.event import Event

TODAY: Final = date(2026, 8, 20)
_SIZE: Final = {"width": 1000, "height": 640}


def take(file: str) -> None:
    """Take the picture, over a ledger and a service of its own."""
    with shared_stack() as stack, recorded(stack, {}) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            projector = Projector(Platform.ORGANISATION, Store("organisation_v1"), CALENDAR)
            for event, on in _life():
                record(connection, projector, event, on)
        with ConnectionPool(url, min_size=1, kwargs={"autocommit": True}) as pool:
            app = create_service(
                *(pool, CALENDAR, noon(TODAY), dict), pages=pages(), gate=GateOfPages()
            )
            with running(app) as address, browser() as running_browser:
                page = running_browser.new_page(viewport=_SIZE)
                page.goto(f"{address}/en/login")
                page.locator("#key").fill(HOLDERS[Role.AUDITOR].key)
                page.keyboard.press("Enter")
                page.wait_for_url(lambda where: not where.endswith("/login"))
                point = "valid_on=2026-06-15&known_at=2026-06-20"
                page.goto(f"{address}/en/subjects/{SUBJECT}/timeline?{point}")
                page.locator("#strips").scroll_into_view_if_needed()
                page.evaluate("document.getElementById('strips').scrollIntoView()")
                page.screenshot(path=file)


def _life() -> Iterator[tuple[Event, date]]:
    """Give events of a made-up firm, each with the day on which it came to be known."""
    fine = a.a_penalty(8, "2026-04-02", region="330106")
    wages = a.a_default(2, "2026-05-12", category="default.wage")
    yield a.named(a.a_registration("2018-01-01", region="330106")), date(2026, 1, 5)
    yield fine, date(2026, 4, 10)
    yield wages, date(2026, 5, 20)
    yield a.a_correction(fine, "2026-06-01", fine_fen=2_000_000), date(2026, 6, 2)
    yield a.a_settled(wages, "2026-07-01"), date(2026, 7, 6)
    yield a.a_revocation(fine, "2026-08-01"), date(2026, 8, 3)


if __name__ == "__main__":
    take(sys.argv[1])
