"""Names and texts that try to be more than text, at every place of every page, file and feed."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

import httpx
import psycopg
import pytest

from events.envelope import Platform
from events.rules.access import Role
from events.types.penalty import PenaltyImposed
from tests.integration.pages.test_walk import SAMPLE, WALKED
from tests.support.asking import running
from tests.support.hostile import MARK, TEXTS, hostile_life
from tests.support.pages import (
    HOLDERS,
    DeskOfPages,
    GateOfPages,
    Seen,
    recorded,
    say_purpose,
    service,
)
from tests.support.patience import AMPLE_S
from tests.support.years import freeze_made_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from ops.local.stack import Stack

    SignIn = Callable[[Role], httpx.Client]
    AsRole = Callable[[Role], Page]

_LIFE: Final = hostile_life()
_RECORD: Final = next(e for e in _LIFE[::-1] if isinstance(e, PenaltyImposed)).envelope.event_id
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def address(stack: Stack) -> Iterator[str]:
    """Serve a ledger that holds such a text at every place: this module's own."""
    said = {Platform.ORGANISATION: _LIFE}
    with (
        recorded(stack, said) as url,
        service(url, GateOfPages(), DeskOfPages()) as app,
        running(app) as served,
    ):
        with psycopg.connect(url, autocommit=True) as connection:
            freeze_made_up(connection, 2025)
        yield served


class _Elements(HTMLParser):
    """What stands in a page as elements, by their classes; and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.classes: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.classes += [value or "" for name, value in attrs if name == "class"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("role", [None, *HOLDERS])
def test_on_every_page_a_hostile_text_is_a_text(
    address: str, seen: Seen, as_role: AsRole, role: Role | None
) -> None:
    page = seen.page if role is None else as_role(role)
    if role is not None:
        say_purpose(page, address, role)
    page.set_viewport_size({"width": 360, "height": 700})
    for number, row in enumerate(WALKED.values()):
        path = row.path.format_map(SAMPLE | {"record": _RECORD})
        answer = page.goto(f"{address}/{('zh', 'en')[number % 2]}{path}")
        assert answer is not None
        assert answer.status in (200, 403, 401), path
        assert page.locator(f".{MARK}").count() == 0, path
        assert page.title() != MARK, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert page.locator("footer").is_visible(), path
    assert [text for text in seen.said if "a status of 40" not in text] == []
    assert [url for url in seen.asked if not url.startswith(address)] == []


def test_each_text_stands_on_the_page_as_it_was_said(sign_in: SignIn) -> None:
    shown = _Elements(sign_in(Role.SUBJECT).get("/zh/me").text).text
    for text in TEXTS:
        assert text.replace("\r\n", "\n") in shown.replace("\r\n", "\n"), text[:60]


@pytest.mark.parametrize(
    "path", ["/zh/notices", "/en/audit", "/zh/login", "/en/board", "/zh/years"]
)
def test_what_is_asked_stands_there_as_text(sign_in: SignIn, path: str) -> None:
    client = sign_in(Role.AUDITOR)
    for text in TEXTS:
        asked = dict.fromkeys(("q", "next", "region", "year", "department"), text[:900])
        answer = client.get(path, params=asked)
        assert answer.status_code in (200, 303, 400), text[:60]
        assert MARK not in _Elements(answer.text).classes, text[:60]


def test_files_and_feeds_hold_the_texts_and_no_formula(address: str, sign_in: SignIn) -> None:
    found = httpx.get(f"{address}/zh/notices.csv", timeout=AMPLE_S).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(found, newline="")))
    assert len(rows) >= len(TEXTS)
    feed = ET.fromstring(httpx.get(f"{address}/zh/notices.atom", timeout=AMPLE_S).content)  # noqa: S314 - our own answer
    assert len(feed.findall("{*}entry")) > 0
    assert all(MARK not in (each.get("class") or "") for each in feed.iter())
    written = sign_in(Role.AUDITOR)
    headers = {"Authorization": f"Bearer {HOLDERS[Role.AUDITOR].key}"}
    export = written.get("/v1/organisation/exports/csv", headers=headers)
    assert export.status_code == 200
    rows += csv.DictReader(io.StringIO(export.content.decode("utf-8-sig"), newline=""))
    for row in rows:
        for value in row.values():
            assert not (value or "").startswith(_FORMULA), value[:60]
