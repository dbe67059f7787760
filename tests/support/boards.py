"""A live board in a browser, and warnings that come while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from events.envelope import Platform
from events.rules.access import Role
from ops.generator.codes import synthetic_credit_code_at
from projections.projector import Projector
from projections.store.store import Store
from tests.support import builders as a
from tests.support.pages import CALENDAR, HOLDERS, record

if TYPE_CHECKING:
    from playwright.sync_api import Page


def open_board(page: Page, address: str) -> None:
    """Sign in as an auditor, and wait until the board is live."""
    page.goto(f"{address}/en/login?next=/en/board")
    page.locator("#key").fill(HOLDERS[Role.AUDITOR].key)
    page.keyboard.press("Enter")
    page.locator("#live.live").wait_for()


def warn(url: str, count: int, since: int = 0) -> None:
    """Let so many warnings of other firms come, a second apart."""
    with psycopg.connect(url, autocommit=True) as connection:
        projector = Projector(Platform.ORGANISATION, Store("organisation_v1"), CALENDAR)
        for number in range(since, since + count):
            record(connection, projector, _unpaid(number), after_ms=number * 1_000)


def _unpaid(number: int) -> Any:
    return a.a_penalty(9, "2026-05-03", subject_id=firm_of(number), subject_name="另一企业")


def firm_of(number: int) -> str:
    """Give the firm of a warning."""
    return synthetic_credit_code_at(100 + number)
