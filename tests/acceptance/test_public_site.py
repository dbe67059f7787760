"""What the public meets: reported by file, admitted, folded, followed, and then a page, a file and a feed of the site."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import msgspec
import psycopg
import pytest

from events.envelope import Disclosure
from events.rules.rulebook import load_rulebook
from ops.clock import today
from ops.generator.codes import synthetic_credit_code_at
from ops.serving import application
from projections.calendar.rules import RuleCalendar
from projections.store.bulletin.following import follow
from tests.support import builders as a
from tests.support.asking import client_of
from tests.support.reported import the_fields

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from events.event import Event
    from tests.acceptance.conftest import Ledger

pytestmark = pytest.mark.stack
SUBJECT: Final = synthetic_credit_code_at(73_001)
DAY: Final = today() - timedelta(days=30)
BASIC: Final = a.a_licence("公", DAY, valid_until=DAY + timedelta(days=1000), subject_id=SUBJECT)
PROMPTING: Final = a.a_grade("C", DAY, subject_id=SUBJECT)
PENALTY: Final = a.a_penalty(
    "公", DAY, subject_id=SUBJECT, department="ecology-zj", category="penalty.environment"
)
HIDDEN: Final = a.a_penalty("密", DAY, subject_id=SUBJECT, disclosure=Disclosure.SHARED)
CONTESTED: Final = a.a_penalty("议", DAY, subject_id=SUBJECT)
OBJECTION: Final = a.an_objection(CONTESTED, today() - timedelta(days=2))
ANSWER: Final = a.an_answer(OBJECTION, today() - timedelta(days=1), "rejected")
PRICE: Final = a.a_penalty(
    "价", DAY, subject_id=SUBJECT, department="market-zj", category="penalty.price"
)
SHOWN: Final = (BASIC, PROMPTING, PENALTY, CONTESTED, PRICE)


class Site:
    """The site of a ledger, read without any key, once what was reported is followed."""

    def __init__(self, ledger: Ledger, client: TestClient, folder: Path) -> None:
        self._ledger, self._client, self._folder = ledger, client, folder
        self._calendar = RuleCalendar(load_rulebook())

    def report(self, *events: Event) -> None:
        """Let each department hand in its file, and the follower come to the end of what they said."""
        by_department: dict[str, list[Event]] = defaultdict(list)
        for each in events:
            by_department[each.envelope.department].append(each)
        for department, said in by_department.items():
            file = self._folder / f"{department}.ndjson"
            file.write_bytes(b"\n".join(msgspec.json.encode(the_fields(each)) for each in said))
            told = self._ledger.ask("submit", str(file), "--department", department)
            became = [each["outcome"] for found in told["files"] for each in found["became"]]
            assert became == ["recorded"] * len(said), told
        with psycopg.connect(self._ledger.stack.postgres, autocommit=True) as connection:
            while follow(connection, self._calendar, today()):
                pass

    def get(self, path: str, **parameters: str) -> Any:
        return self._client.get(f"/zh/notices{path}", params=parameters)

    def rows(self, sought: str) -> dict[str, dict[str, str]]:
        """Give the rows of the file of what is found, by the event that each is of."""
        text = self.get(".csv", q=sought).content.decode("utf-8-sig")
        return {row["事件编号"]: row for row in csv.DictReader(io.StringIO(text))}

    def open(self, path: str) -> Any:
        return self._client.get(path)

    def page_of(self, event: Event) -> Any:
        return self.get(f"/{SUBJECT}/{event.envelope.event_id}")


@pytest.fixture(scope="module")
def site(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    app, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    with pool:
        found = Site(ledger, client_of(app, None), tmp_path_factory.mktemp("site"))
        found.report(*SHOWN, HIDDEN)
        yield found


@pytest.mark.requirement(5, 42, 100, at="page")
def test_what_was_reported_is_on_the_site_with_the_rule_it_is_shown_by(site: Site) -> None:
    listed = site.get("", q=SUBJECT).text
    for event in SHOWN:
        page = site.page_of(event)
        assert page.status_code == 200
        assert event.envelope.event_id in listed
        assert event.envelope.document_no in page.text
        assert "<code>disclosure." in page.text
    assert HIDDEN.envelope.event_id not in listed
    assert site.page_of(HIDDEN).status_code == 404


@pytest.mark.requirement(68, at="page")
def test_a_penalty_for_prices_is_published_and_found(site: Site) -> None:
    """价格违法信息的披露: with its kind, by code, by number, in the file and on a page of its own."""
    page = site.page_of(PRICE).text
    assert "价格" in page
    assert PRICE.envelope.document_no in page
    for sought in (SUBJECT, PRICE.envelope.document_no):
        assert PRICE.envelope.event_id in site.get("", q=sought).text
    rows = site.rows(SUBJECT)
    assert "价格" in rows[PRICE.envelope.event_id]["类别"]


@pytest.mark.requirement(100, at="page")
def test_whoever_has_no_key_finds_what_is_published_and_every_page_of_the_site_opens(
    site: Site,
) -> None:
    front = site.get("")
    assert 'role="search"' in front.text
    for sought in (SUBJECT, PENALTY.envelope.document_no):
        assert PENALTY.envelope.event_id in site.get("", q=sought).text
    pages = {*re.findall(r'href="(/zh/[a-z]+)[?"]', front.text)}
    assert {"/zh/notices", "/zh/lists", "/zh/years", "/zh/verify", "/zh/login"} <= pages
    assert {path: site.open(path).status_code for path in pages} == dict.fromkeys(pages, 200)
    subject = site.open(f"/zh/subjects/{SUBJECT}").text
    assert all(f"r-{event.envelope.event_id}" in subject for event in SHOWN)
    assert HIDDEN.envelope.event_id not in subject
    assert site.page_of(PENALTY).status_code == 200


@pytest.mark.requirement(60, at="page")
def test_each_class_is_shown_until_a_day_of_its_own(site: Site) -> None:
    rows = site.rows(SUBJECT)
    until = [rows[each.envelope.event_id]["公示至"] for each in (BASIC, PROMPTING, PENALTY)]

    assert rows.keys() == {each.envelope.event_id for each in SHOWN}
    assert len(set(until)) == 3
    for event, day in zip((BASIC, PROMPTING, PENALTY), until, strict=True):
        assert day in site.page_of(event).text


@pytest.mark.requirement(50, at="page")
def test_an_objection_marks_the_record_on_the_site_until_it_is_answered(site: Site) -> None:
    marked = "异议处理中"
    assert marked not in site.page_of(CONTESTED).text
    site.report(OBJECTION)
    assert marked in site.page_of(CONTESTED).text
    assert marked not in site.page_of(PENALTY).text
    site.report(ANSWER)
    assert marked not in site.page_of(CONTESTED).text


@pytest.mark.requirement(101, at="http")
def test_the_feed_of_the_site_holds_what_its_pages_do(site: Site) -> None:
    feed = ET.fromstring(site.get(".atom", q=SUBJECT).content)  # noqa: S314 - our own answer
    ids = {str(each.text).removeprefix("urn:uuid:") for each in feed.iterfind("{*}entry/{*}id")}
    assert ids == {each.envelope.event_id for each in SHOWN}
