"""Signing in, and pages of who is signed in: through the door, and no further than the door."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from events.rules.access import Role
from ops.pages.routes import BY_RIGHT, FOR_EVERYBODY
from projections.store.control.keys import AccessKey, digest_of_secret, keep_key, revoke_key
from projections.store.control.sessions import (
    IDLE,
    LONGEST,
    begin_session,
    finish_session,
    session_of,
)
from tests.support.asking import noon
from tests.support.pages import FINE, HOLDERS, TODAY, Seen, is_for_everybody, look
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    SignIn = Callable[[Role], httpx.Client]

AUDITOR = HOLDERS[Role.AUDITOR]
UNKNOWN = "91330100PDY9000184"


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
    old = httpx.get(f"{address}/zh/login", cookies={"credit_session": first}, timeout=AMPLE_S)
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
    answer = httpx.post(
        f"{address}/zh/{path}", data={"key": AUDITOR.key}, headers=headers, timeout=AMPLE_S
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "where", ["//evil.example", "/\\evil.example", "https://evil.example/zh/x", "/zh//x\n", "/v1"]
)
def test_who_signs_in_is_led_to_no_other_host(address: str, where: str) -> None:
    said = {"key": AUDITOR.key, "next": where}
    answer = httpx.post(
        f"{address}/zh/login", data=said, headers={"Origin": address}, timeout=AMPLE_S
    )
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


def test_a_session_ends_with_its_key(address: str, connection: psycopg.Connection) -> None:
    # A key of its own: others go on signing in by those of the holders.
    key = AccessKey(
        key_id="f" * 12,
        name="short-lived",
        roles=(Role.AUDITOR,),
        organisation=None,
        region=None,
        since=TODAY,
        until=None,
    )
    keep_key(connection, key, digest_of_secret("s" * 43))
    with httpx.Client(base_url=address, headers={"Origin": address}, timeout=AMPLE_S) as client:
        client.post("/zh/login", data={"key": f"crl_{key.key_id}_{'s' * 43}"})
        assert 'name="key"' not in client.get("/zh/login").text
        revoke_key(connection, key.key_id, told=True)
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


def test_a_purpose_is_asked_for_only_where_one_would_help(sign_in: SignIn) -> None:
    department = sign_in(Role.DEPARTMENT)
    never = department.get("/zh/ops")
    assert never.status_code == 403
    assert "<h1>无此权限</h1>" in never.text
    assert 'action="/zh/purpose"' not in never.text
    unseen = department.get(f"/zh/subjects/{UNKNOWN}")
    assert unseen.status_code == 404
    assert "说明查询事由后" in unseen.text
    assert 'action="/zh/purpose"' in unseen.text
    department.post("/zh/purpose", data={"purpose": "supervision"})
    known = department.get(f"/zh/subjects/{UNKNOWN}")
    assert known.status_code == 404
    assert 'action="/zh/purpose"' not in known.text


def test_what_a_page_does_not_take_is_no_failure_of_the_service(address: str) -> None:
    answer = httpx.put(f"{address}/zh/verify", timeout=AMPLE_S)
    assert answer.status_code == 405
    assert "<h1>输入有误</h1>" in answer.text
    assert "已记入日志" not in answer.text


def test_a_value_that_is_not_shown_is_told_so_in_the_language_of_the_page(
    sign_in: SignIn,
) -> None:
    page = sign_in(Role.AUDITOR).get("/zh/audit/123").text
    assert "不予显示" in page
    assert "(not shown)" not in page


SENT_TO = {
    row.path: row
    for row in (*FOR_EVERYBODY, *BY_RIGHT)
    if row.methods == ("POST",) and row.path != "/logout"
}
FILLED = {
    "warning": "00000000-0000-5000-8000-000000000000",
    "record": FINE.envelope.event_id,
    "consent": "none",
    "erasure": "none",
}


@pytest.mark.parametrize("role", [None, *HOLDERS])
def test_whatever_is_sent_is_answered_and_who_is_signed_out_keeps_what_was_written(
    sign_in: SignIn, address: str, role: Role | None
) -> None:
    """A session may end while somebody writes; what is sent may lack all that a form has."""
    headers = {"Origin": address, "Referer": f"{address}/zh/desk?reports=2"}
    with httpx.Client(base_url=address, headers=headers, timeout=AMPLE_S) as nobody:
        client = nobody if role is None else sign_in(role)
        for path, row in SENT_TO.items():
            if role is Role.SUBJECT and "erasure" in path:
                continue  # The desk here erases nobody: tried beside one that does.
            sent_to = f"/zh{path.format_map(FILLED)}"
            for sent in (
                {"data": {"text": "写了很久", "note": "也写了很久"}},
                {"files": {"file": ("lines.csv", b"")}},
            ):
                answer = client.post(sent_to, **sent)  # type: ignore[arg-type]
                assert answer.status_code < 500, (sent_to, sent)
                if role is None and row in BY_RIGHT:
                    assert answer.status_code == 401, (sent_to, sent)
                    assert 'href="/zh/login?next=%2Fzh%2Fdesk%3Freports%3D2"' in answer.text
                    assert ("写了很久" in answer.text) == ("data" in sent)
                    assert ("也写了很久" in answer.text) == ("data" in sent)


def test_an_address_that_a_person_mistyped_is_answered_by_a_page(address: str) -> None:
    by_person = {"Accept": "text/html,*/*"}
    for path in ("/ZH/notices", "/nowhere", "/zh/nowhere"):
        answer = httpx.get(f"{address}{path}", headers=by_person, timeout=AMPLE_S)
        assert (answer.status_code, answer.headers["content-type"][:9]) == (404, "text/html")
        assert "没有这个页面" in answer.text
    assert httpx.get(f"{address}/nowhere", timeout=AMPLE_S).json()["status"] == 404
    refused = httpx.request("OPTIONS", f"{address}/zh/notices", timeout=AMPLE_S)
    assert (refused.status_code, {*refused.headers["allow"].split(", ")}) == (405, {"GET", "HEAD"})


def test_which_purposes_open_a_page_is_told_and_offered(sign_in: SignIn) -> None:
    client = sign_in(Role.DEPARTMENT)
    client.post("/zh/purpose", data={"purpose": "supervision"})
    page = client.get("/zh/quality")
    assert page.status_code == 403
    assert "查看此页，须以下列事由查询：数据质量" in page.text
    assert '<option value="quality" selected>' in page.text
    assert 'value="licensing"' not in page.text
