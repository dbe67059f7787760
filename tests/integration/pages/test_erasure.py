"""A person asks to be erased, by the pages: refused in words, taken, taken back, approved, gone."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from events.envelope import Platform
from events.rules.access import Gives, Role
from ops.erasing import saying
from ops.erasing.saying import Erasing
from ops.terms.terms import all_terms
from projections.access.asker import RefusalCode
from projections.http.errors import DeskAwayError
from projections.projector import Projector
from projections.record.erasure import Hand, NoEffect
from projections.store.control.keys import AccessKey, digest_of_secret, keep_key
from projections.store.store import Store
from tests.support import builders as a
from tests.support.asking import running
from tests.support.pages import (
    CALENDAR,
    DEFAULTER,
    SAID,
    TODAY,
    UNMARKED,
    DeskOfPages,
    GateOfPages,
    Seen,
    is_for_everybody,
    look,
    record,
    recorded,
    service,
)
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from events.event import Event
    from ops.local.stack import Stack

    SignIn = Callable[[Role], httpx.Client]
    SentBy = Callable[[str], httpx.Client]

FREE = "P" + "fedcba9876543210" * 2
HONOUR = a.a_commendation(1, "2025-01-10", subject_id=FREE, subject_name="可删除人")
KEYS = {a.PERSON: "crl_00000000aaaa_" + "a" * 43, FREE: "crl_00000000bbbb_" + "b" * 43}
CENTRE = Hand("credit-zj", "李二")


class ErasingAtOnce(Erasing):
    """Takes erasures as they are taken, but for the broker: what is said is on the ledger at once."""

    def __init__(self, url: str) -> None:
        super().__init__("", CALENDAR, 10)
        self.url = url
        self.is_away = False

    def _say(self, said: Event) -> None:
        self._message(said)
        if self.is_away:
            raise DeskAwayError
        projector = Projector(Platform.PERSON, Store("person_v1"), CALENDAR)
        with psycopg.connect(self.url, autocommit=True) as connection:
            record(connection, projector, a.named(said, Platform.PERSON), TODAY)


class DeskThatErases(DeskOfPages):
    """A desk at which erasures are asked for."""

    def __init__(self, erasing: ErasingAtOnce) -> None:
        super().__init__()
        self.erasing = erasing


@pytest.fixture(scope="module")
def erasing(stack: Stack) -> Iterator[ErasingAtOnce]:
    said = SAID | {Platform.PERSON: [DEFAULTER, HONOUR]}
    with recorded(stack, said) as url, pytest.MonkeyPatch.context() as patch:
        patch.setattr(saying, "_today", lambda: TODAY)
        with psycopg.connect(url, autocommit=True) as connection:
            for person, key in KEYS.items():
                _, key_id, secret = key.split("_")
                kept = AccessKey(
                    key_id=key_id,
                    name=f"key of {person}",
                    roles=(Role.SUBJECT,),
                    organisation=person,
                    region=None,
                    since=date(2026, 1, 1),
                    until=None,
                )
                keep_key(connection, kept, digest_of_secret(secret))
        yield ErasingAtOnce(url)


@pytest.fixture(scope="module")
def address(erasing: ErasingAtOnce) -> Iterator[str]:
    desk = DeskThatErases(erasing)
    with service(erasing.url, GateOfPages(), desk) as app, running(app) as served:
        yield served


def _signed_in(page: Page, address: str, person: str) -> Page:
    page.goto(f"{address}/en/login")
    page.locator("#key").fill(KEYS[person])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/login"))
    return page


@pytest.fixture
def sent_by(address: str) -> Iterator[Callable[[str], httpx.Client]]:
    """Sign a person in without a browser."""
    with ExitStack() as clients:

        def signed_in(person: str) -> httpx.Client:
            client = httpx.Client(base_url=address, headers={"Origin": address}, timeout=AMPLE_S)
            clients.enter_context(client)
            assert client.post("/zh/login", data={"key": KEYS[person]}).status_code == 303
            return client

        yield signed_in


def test_what_the_law_keeps_is_named_with_why_and_until_when(address: str, seen: Seen) -> None:
    page = _signed_in(seen.page, address, a.PERSON)
    page.goto(f"{address}/en/me")
    page.locator('a[href="/en/me/erasure"]').click()
    page.locator("form.asked button").focus()
    page.keyboard.press("Enter")
    page.locator(".errors a[href='#ground']").click()
    assert page.evaluate("document.activeElement.id") == "ground"
    page.locator("#ground").select_option("consent_withdrawn")
    page.locator("form.asked button").focus()
    page.keyboard.press("Enter")
    kept = page.locator(f'.errors a[href="/en/me#r-{DEFAULTER.envelope.event_id}"]')
    kept.wait_for()
    told = page.locator(".errors").inner_text()
    assert "an entry on a list of dishonesty stands" in told
    assert page.locator("#ground").input_value() == "consent_withdrawn"
    look(page, "erasure_kept.en")
    is_for_everybody(seen, address, "a status of 40")
    assert page.evaluate(UNMARKED) == []
    kept.click()
    page.locator(f"#r-{DEFAULTER.envelope.event_id}").wait_for()


def test_a_request_is_taken_and_taken_back_until_it_is_done(
    address: str, seen: Seen, erasing: ErasingAtOnce, sent_by: SentBy
) -> None:
    page = _signed_in(seen.page, address, FREE)
    for ground in ("purpose_over", "other_law"):
        page.goto(f"{address}/en/me/erasure")
        page.locator("#ground").select_option(ground)
        page.locator("form.asked button").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/me/erasure?done=asked")
        assert page.locator("#ground").count() == 0
        if ground == "purpose_over":
            page.locator("section form button").click()
            page.wait_for_url("**/me/erasure?done=withdrawn")
    look(page, "erasure_asked.en")
    is_for_everybody(seen, address)
    again = sent_by(FREE).post("/en/me/erasure", data={"ground": "unlawful"})
    assert (again.status_code, "A request is open already" in again.text) == (409, True)

    with psycopg.connect(erasing.url, autocommit=True) as connection:
        row = connection.execute("SELECT request FROM person_v1.erasure").fetchone()
        assert row is not None
        erasing.approve(connection, str(row[0]), hand=CENTRE)

    answer = page.goto(f"{address}/en/me")
    assert answer is not None
    assert answer.status == 410
    page.locator('main a[href="/en/me/erasure"]').click()
    page.wait_for_url("**/en/me/erasure")
    look(page, "erasure_approved.en")
    is_for_everybody(seen, address, "a status of 410")
    page.locator("section form button").click()
    page.wait_for_url("**/me/erasure?done=withdrawn")
    shown = page.goto(f"{address}/en/me")
    assert shown is not None
    assert shown.status == 200


def test_nobody_takes_back_the_request_of_another(erasing: ErasingAtOnce, sent_by: SentBy) -> None:
    own = sent_by(FREE)
    assert own.post("/zh/me/erasure", data={"ground": "unlawful"}).status_code == 303
    with psycopg.connect(erasing.url, autocommit=True) as connection:
        (request,) = connection.execute("SELECT request FROM person_v1.erasure").fetchall()[0]
    path = f"/zh/me/erasure/{request}/withdraw"
    other = sent_by(a.PERSON).post(path, data={"subject": FREE})
    assert (other.status_code, "没有正在办理的申请" in other.text) == (409, True)
    assert own.post(path).status_code == 303


def test_a_broker_that_is_away_is_told_and_nothing_is_handed_in(
    erasing: ErasingAtOnce, sent_by: SentBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "is_away", True)
    answer = sent_by(FREE).post("/zh/me/erasure", data={"ground": "unlawful"})
    told = answer.text.split("<main")[1]
    assert (answer.status_code, "未送出任何内容" in told) == (503, True), told


def test_a_firm_is_told_that_it_objects_instead(sign_in: SignIn) -> None:
    own = sign_in(Role.SUBJECT)
    assert "/en/me/erasure" not in own.get("/en/me").text
    page = own.get("/en/me/erasure")
    assert (page.status_code, "<select" in page.text) == (200, False)
    assert own.post("/en/me/erasure", data={"ground": "unlawful"}).status_code == 404


def test_every_question_every_refusal_and_every_hindrance_has_words() -> None:
    terms: Any = all_terms()
    assert {each.value for each in Gives} <= terms["gives"].keys()
    assert {each.value for each in RefusalCode} <= terms["refused"].keys()
    ours = {"kept_by_law", "nothing_recorded", "person_unknown"}
    assert {each.value for each in NoEffect} | ours == terms["erasure_refused"].keys()
