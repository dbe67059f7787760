"""A subject's timeline: what held on a day as known by another, drawn and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events.rules.access import Role
from tests.support import builders as a
from tests.support.pages import FINE, SUBJECT, UNMARKED, Seen, is_for_everybody, look

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from playwright.sync_api import Page

    SignIn = Callable[[Role], httpx.Client]
    AsRole = Callable[[Role], Page]

PATH = f"/subjects/{SUBJECT}/timeline"
STATES = {
    "timeline": (PATH, 200),
    "timeline_before": (f"{PATH}?valid_on=2025-07-01&known_at=2026-06-01", 200),
    "timeline_nothing_known": (f"{PATH}?known_at=2026-05-01", 200),
    "timeline_wrong": (f"{PATH}?valid_on=2026-02-30", 400),
    "timeline_of_nobody": ("/subjects/91330100MA27XXXX0X/timeline", 400),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_timeline_is_for_everybody_who_may_see_it(
    address: str, seen: Seen, as_role: AsRole, language: str
) -> None:
    page = as_role(Role.AUDITOR)
    for name, (path, status) in STATES.items():
        answer = page.goto(f"{address}/{language}{path}")
        assert answer is not None
        assert answer.status == status, name
        look(page, f"{name}.{language}")
        is_for_everybody(seen, address, "a status of 400")
        if language == "en":
            assert page.evaluate(UNMARKED) == []
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{address}/{language}{PATH}")
    look(page, f"timeline.{language}.320")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_crosshair_is_two_date_fields_and_says_exactly_what_held(
    address: str, as_role: AsRole
) -> None:
    page = as_role(Role.AUDITOR)
    page.goto(f"{address}/zh/subjects/{SUBJECT}")
    page.locator(f'a[href="/zh{PATH}"]').click()
    page.locator("#valid_on").fill("2025-07-01")
    page.locator("#valid_on").press("Enter")
    page.wait_for_url("**/timeline?valid_on=2025-07-01&known_at=*")
    api = page.request.get(f"{address}/v1/organisation/subjects/{SUBJECT}/state")
    assert api.status == 401  # a session counts on pages alone
    shown = page.locator("ul.entries > li").evaluate_all("all => all.map((one) => one.id)")
    assert f"f-{FINE.envelope.event_id}" not in shown
    assert shown != []
    assert page.locator("ul.strips strong").count() == len(shown)


def test_a_timeline_is_given_to_auditors_and_to_oneself(sign_in: SignIn) -> None:
    own = sign_in(Role.SUBJECT)
    assert own.get(f"/zh{PATH}").status_code == 200
    assert own.get(f"/zh/subjects/{a.OTHER_SUBJECT}/timeline").status_code == 403
    assert sign_in(Role.REGION).get(f"/zh{PATH}").status_code == 403
