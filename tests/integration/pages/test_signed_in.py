"""Signing in, and pages of who is signed in: through the door, and no further than the door."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from events.rules.access import Role
from projections.store.control.keys import revoke_key
from projections.store.control.sessions import (
    IDLE,
    LONGEST,
    begin_session,
    finish_session,
    session_of,
)
from tests.support.asking import noon
from tests.support.pages import HOLDERS, TODAY, Seen, is_for_everybody, look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    SignIn = Callable[[Role], httpx.Client]

AUDITOR = HOLDERS[Role.AUDITOR]


def test_a_key_opens_a_session_and_a_wrong_one_says_what_to_do(address: str, seen: Seen) -> None:
    page = seen.page
    page.goto(f"{address}/en/login?next=/en/notices")
    page.locator("#key").fill("crl_000000000000_nothing")
    page.keyboard.press("Enter")
    page.locator(".errors a").click()
    assert page.evaluate("document.activeElement.id") == "key"
    assert "nothing" not in page.content()
    look(page, "login_wrong.en")
    page.locator("#key").fill(AUDITOR.key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/notices")
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    page.goto(f"{address}/en/login")
    until = noon(TODAY)() + LONGEST
    assert f"{until:%Y-%m-%d %H:%M}" in page.locator("dl.facts").inner_text()
    look(page, "session.en")
    is_for_everybody(seen, address, "a status of 400")
    page.locator("form.plain button").click()
    page.wait_for_url("**/en/login")
    assert page.context.cookies() == []


def test_a_session_is_new_at_each_login_and_the_old_one_is_dead(
    address: str, sign_in: SignIn
) -> None:
    client = sign_in(Role.AUDITOR)
    first = client.cookies["credit_session"]
    client.post("/zh/login", data={"key": AUDITOR.key})
    assert client.cookies["credit_session"] != first
    old = httpx.get(f"{address}/zh/login", cookies={"credit_session": first})
    assert 'name="key"' in old.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["login", "logout", "purpose"])
def test_nothing_is_taken_from_another_site(
    address: str, path: str, headers: dict[str, str]
) -> None:
    answer = httpx.post(f"{address}/zh/{path}", data={"key": AUDITOR.key}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "where", ["//evil.example", "/\\evil.example", "https://evil.example/zh/x", "/zh//x\n", "/v1"]
)
def test_who_signs_in_is_led_to_no_other_host(address: str, where: str) -> None:
    said = {"key": AUDITOR.key, "next": where}
    answer = httpx.post(f"{address}/zh/login", data=said, headers={"Origin": address})
    assert answer.headers["location"].startswith("/zh/")
    assert "evil" not in answer.headers["location"]


def test_a_session_counts_on_pages_and_nowhere_else(sign_in: SignIn) -> None:
    client = sign_in(Role.AUDITOR)
    assert client.get("/zh/login").status_code == 200
    assert client.get("/v1/organisation/warnings").status_code == 401


@pytest.fixture
def connection(ledger_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger_url, autocommit=True) as opened:
        yield opened


def test_a_session_ends_by_itself(connection: psycopg.Connection) -> None:
    at = noon(TODAY)()
    idle, busy = (begin_session(connection, "0" * 12, at) for _ in range(2))
    assert session_of(connection, idle, at + IDLE) is not None
    assert session_of(connection, busy, at + 2 * IDLE + timedelta(seconds=1)) is None
    for step in range(1, 16):
        assert session_of(connection, idle, at + step * IDLE) is not None
    assert session_of(connection, idle, at + LONGEST) is not None
    assert session_of(connection, idle, at + LONGEST + timedelta(seconds=1)) is None
    finish_session(connection, idle)
    assert session_of(connection, idle, at) is None


def test_a_session_ends_with_its_key(sign_in: SignIn, connection: psycopg.Connection) -> None:
    client = sign_in(Role.OPERATOR)
    assert 'name="key"' not in client.get("/zh/login").text
    revoke_key(connection, HOLDERS[Role.OPERATOR].key.split("_")[1], told=True)
    assert 'name="key"' in client.get("/zh/login").text


def test_a_purpose_is_kept_and_an_identity_number_is_no_basis(sign_in: SignIn) -> None:
    client = sign_in(Role.DEPARTMENT)
    kept = client.post("/zh/purpose", data={"purpose": "licensing", "basis": "行政许可法第十二条"})
    assert kept.headers["location"] == "/zh/login"
    page = client.get("/zh/login").text
    assert '<option value="licensing" selected>' in page
    assert "行政许可法第十二条" in page
    wrong = client.post("/zh/purpose", data={"basis": "330106190001010017"})
    assert wrong.status_code == 400
    assert "330106190001010017" not in wrong.text
