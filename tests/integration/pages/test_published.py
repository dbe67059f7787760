"""What is published, in a real Chromium, over a real database, in both languages."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import httpx
import psycopg
import pytest

from events.envelope import Platform
from events.rules.edition import edition
from projections.store.bulletin.following import follow
from tests.support import builders as a
from tests.support.asking import client_of
from tests.support.browser import opened
from tests.support.pages import (
    CALENDAR,
    FINE,
    HIDDEN,
    OLD,
    SAID,
    SUBJECT,
    TODAY,
    UNMARKED,
    is_for_everybody,
    look,
    recorded,
    service,
)
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from ops.local.stack import Stack
    from tests.support.pages import Seen

STATES = {
    "notices": ("/notices", 200),
    "found": ("/notices?q=样例", 200),
    "nothing": ("/notices?q=不存在的公司", 200),
    "wrong": ("/notices?q=x&since=2026-13-01&kind=nothing", 400),
    "notice": (f"/notices/{SUBJECT}/{FINE.envelope.event_id}", 200),
    "over": (f"/notices/{SUBJECT}/{OLD.envelope.event_id}", 410),
    "unknown_notice": (f"/notices/{SUBJECT}/00000000-0000-5000-8000-000000000000", 404),
    "subject": (f"/subjects/{SUBJECT}", 200),
    "hostile": (f"/subjects/{a.OTHER_SUBJECT}", 200),
    "person": (f"/subjects/{a.PERSON}", 403),
    "no_code": ("/subjects/91330100PDY00002XX", 400),
    "login": ("/login?next=/zh/notices", 200),
    "no_such_page": ("/nowhere", 404),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", STATES)
def test_a_page_is_for_everybody(address: str, seen: Seen, state: str, language: str) -> None:
    path, status = STATES[state]
    answer = seen.page.goto(f"{address}/{language}{path}")
    assert answer is not None
    assert answer.status == status
    look(seen.page, f"{state}.{language}")
    is_for_everybody(seen, address, *([] if status == 200 else [f"a status of {status}"]))


def test_a_browser_is_led_to_the_notices_and_a_registry_client_is_not(address: str) -> None:
    browser_like = httpx.get(f"{address}/", headers={"Accept": "text/html,*/*"}, timeout=AMPLE_S)
    assert (browser_like.status_code, browser_like.headers["location"]) == (303, "/zh/notices")
    assert httpx.get(f"{address}/", timeout=AMPLE_S).json() == {}


def test_a_browser_that_asks_for_the_documents_is_led_to_their_pages(address: str) -> None:
    led = httpx.get(f"{address}/docs", headers={"Accept": "text/html,*/*"}, timeout=AMPLE_S)
    assert (led.status_code, led.headers["location"]) == (303, "/zh/docs")
    assert "/v1/{platform}/find" in httpx.get(f"{address}/docs", timeout=AMPLE_S).text


def test_what_is_sought_is_found_by_name_code_and_number_in_any_writing(address: str) -> None:
    number = FINE.envelope.document_no
    for q in ("样例", "杭州 样例", SUBJECT.lower(), f" {SUBJECT[:9]} {SUBJECT[9:]}", number):
        page = httpx.get(f"{address}/en/notices", params={"q": q}, timeout=AMPLE_S)
        assert FINE.envelope.event_id in page.text, q
    assert OLD.envelope.event_id not in httpx.get(f"{address}/en/notices", timeout=AMPLE_S).text
    assert (
        "张三"
        not in httpx.get(f"{address}/en/notices", params={"q": "张三"}, timeout=AMPLE_S).text.split(
            "<ul"
        )[-1]
    )


def test_a_term_stays_over_when_the_index_is_made_anew(stack: Stack) -> None:
    with recorded(stack, SAID) as url, service(url) as app:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("TRUNCATE bulletin.entry, bulletin.followed")
            while follow(connection, CALENDAR, TODAY):
                pass
        client = client_of(app, None)
        assert client.get(f"/zh/notices/{SUBJECT}/{OLD.envelope.event_id}").status_code == 410
        assert client.get(f"/zh/notices/{SUBJECT}/{FINE.envelope.event_id}").status_code == 200
        # What was never published is not over.
        judgment = SAID[Platform.ORGANISATION][4].envelope.event_id
        assert client.get(f"/zh/notices/{SUBJECT}/{judgment}").status_code == 404


def test_a_term_that_is_over_shows_no_content(address: str) -> None:
    page = httpx.get(f"{address}/zh/notices/{SUBJECT}/{OLD.envelope.event_id}", timeout=AMPLE_S)
    assert page.status_code == 410
    assert OLD.envelope.document_no not in page.text
    assert "50,000" not in page.text


def test_the_file_and_the_feed_hold_the_same_and_no_formula(address: str) -> None:
    text = httpx.get(f"{address}/en/notices.csv", timeout=AMPLE_S).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    feed = ET.fromstring(httpx.get(f"{address}/zh/notices.atom", timeout=AMPLE_S).content)  # noqa: S314 - our own answer
    ids = [each.text for each in feed.iterfind("{*}entry/{*}id")]
    assert [f"urn:uuid:{row['event_id']}" for row in rows] == ids
    assert len(ids) == 3
    zh = httpx.get(f"{address}/zh/notices.csv", timeout=AMPLE_S).content.decode("utf-8-sig")
    assert zh.splitlines()[0].startswith("事件编号,统一社会信用代码,名称,")
    assert all(not value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_a_file_goes_on_where_a_page_ends(address: str) -> None:
    first = httpx.get(f"{address}/en/notices?q=x", timeout=AMPLE_S)
    assert first.status_code == 400
    assert "at least" in first.text
    assert httpx.get(f"{address}/en/notices?after=nonsense", timeout=AMPLE_S).status_code == 400


@pytest.mark.parametrize("state", ["notices", "subject", "wrong", "over"])
def test_a_narrow_screen_and_large_letters_need_no_scrolling_sideways(
    address: str, chromium: Browser, state: str
) -> None:
    # 360 px, and 1280 px at 200 % and 400 %, are widths of 360, 640 and 320 CSS pixels.
    for width in (360, 640, 320):
        context = opened(chromium, viewport={"width": width, "height": 700})
        page = context.new_page()
        page.goto(f"{address}/zh{STATES[state][0]}")
        look(page, f"{state}.{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()


def test_the_keyboard_alone_searches_and_opens_a_record(address: str, seen: Seen) -> None:
    page = seen.page
    page.goto(f"{address}/zh/notices")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#q").focus()
    page.keyboard.type("样例")
    page.keyboard.press("Enter")
    page.wait_for_url("**/zh/notices?q=*")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('ul.entries') !== null"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/zh/notices/{SUBJECT}/*")


def test_print_shows_address_day_and_rules_and_no_control(address: str, seen: Seen) -> None:
    seen.page.goto(f"{address}/en/subjects/{SUBJECT}")
    seen.page.emulate_media(media="print")
    shown = seen.page.locator("body").inner_text()
    for told in (f"{address}/en/subjects/{SUBJECT}", str(TODAY), edition()):
        assert told in shown
    assert seen.page.locator("nav").is_hidden()


def test_an_english_page_marks_what_is_chinese(address: str, seen: Seen) -> None:
    for path, _ in STATES.values():
        seen.page.goto(f"{address}/en{path}")
        assert seen.page.evaluate(UNMARKED) == [], path


def test_what_is_not_published_changes_no_byte_of_any_page(stack: Stack) -> None:
    more = {**SAID, Platform.ORGANISATION: [*SAID[Platform.ORGANISATION], *HIDDEN]}
    paths = [path for path, _ in STATES.values()]
    paths += [f"/subjects/{HIDDEN[3].envelope.subject_id}", "/notices.csv", "/notices.atom"]
    paths += [f"/notices/{SUBJECT}/{event.envelope.event_id}" for event in HIDDEN]
    seen = []
    for said in (SAID, more):
        with recorded(stack, said) as url, service(url) as app:
            client = client_of(app, None)
            answers = [client.get(f"/{language}{p}") for language in ("zh", "en") for p in paths]
            seen.append([(a.status_code, a.content, dict(a.headers)) for a in answers])
    assert seen[0] == seen[1]
