"""Signing in to the pages at a real provider of OpenID Connect, in a real browser; and who tries to be let in."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from oidc_provider_mock import User, run_server_in_thread
from psycopg import sql
from starlette.testclient import TestClient

from events.envelope import CHINA
from events.identifiers import person_token
from ops.doors.bearers import Bearers
from ops.doors.gate import KeyGate
from ops.doors.provider import Client, SignInProvider
from ops.doors.tokens import Provider, Tokens
from ops.pages.signing_in import FAULTS
from projections.store.control.sessions import LONGEST
from tests.support.asking import running
from tests.support.identity import AUDIENCE, Keys, serving
from tests.support.pages import UNMARKED, GateOfPages, Seen, is_for_everybody, look, service
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    Opened = Callable[[], httpx.Client]

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
"""The provider speaks to its library as that one was before; it is theirs to mend."""

NUMBER: Final = "330106199001010018"
PEPPER: Final = b"k" * 32
USERS: Final = (
    User(sub="wang", claims={"credit_roles": ["department"], "credit_department": "market-zj"}),
    User(sub=NUMBER, claims={"credit_roles": "person", "identity_number": NUMBER}),
    User(sub="nobody", claims={"email": "nobody@example.org"}),
    User(sub="made-up", claims={"credit_roles": ["department"], "credit_department": "moon-zj"}),
)
PASSED: Final = [timedelta()]
"""How far the service's clock is ahead."""


def now() -> datetime:
    return datetime.now(CHINA) + PASSED[0]


def token_of(number: str) -> str | None:
    return person_token(number, PEPPER) if number == NUMBER else None


class GateOfProvider(GateOfPages):
    """The same, for whom a provider vouches."""

    def __init__(self, issuer: str) -> None:
        super().__init__()
        bearers = Bearers(Tokens(Provider(issuer, AUDIENCE), now), now, token_of)
        KeyGate.__init__(self, "", now, bearers.askers, bearers.claimed)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread(user_claims=USERS) as server:
        yield f"http://localhost:{server.server_port}"


def at(issuer: str) -> SignInProvider:
    return SignInProvider(issuer, Client(AUDIENCE, "a secret"), now)


@contextmanager
def signing_in_at(url: str, issuer: str) -> Iterator[str]:
    with (
        service(url, GateOfProvider(issuer), provider=at(issuer)) as app,
        running(app) as served,
    ):
        yield served


@pytest.fixture(scope="module")
def address(ledger_url: str, issuer: str) -> Iterator[str]:
    with signing_in_at(ledger_url, issuer) as served:
        yield served


@pytest.fixture
def opened(address: str) -> Iterator[Opened]:
    """Open browsers without a window, each with cookies of its own."""
    clients: list[httpx.Client] = []

    def one() -> httpx.Client:
        client = httpx.Client(base_url=address, headers={"Origin": address}, timeout=AMPLE_S)
        clients.append(client)
        return client

    yield one
    for client in clients:
        client.close()


def led_back(client: httpx.Client, who: str = "wang", path: str = "/zh/login/provider") -> str:
    """Begin in a browser, and sign in at the provider; give the address that it leads back to."""
    there = client.get(path).headers["location"]
    answer = httpx.post(there, data={"sub": who}, timeout=AMPLE_S)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def problem_of(answer: httpx.Response) -> str | None:
    assert answer.status_code == 303
    assert "credit_session" not in answer.cookies
    where = urlsplit(answer.headers["location"])
    assert where.path in ("/zh/login", "/en/login")
    return parse_qs(where.query)["problem"][0]


def at_the_provider(page: Page, who: str) -> None:
    page.locator("#provider").click()
    page.locator("input[name=sub]").first.fill(who)
    page.locator("input[name=sub]").first.press("Enter")


def test_an_official_signs_in_at_the_provider_and_is_led_where_he_wanted(
    address: str, issuer: str, seen: Seen
) -> None:
    page = seen.page
    page.goto(f"{address}/en/desk")
    page.get_by_role("link", name="Sign in").last.click()
    look(page, "login_provider.en")
    is_for_everybody(seen, address, "a status of 401")
    at_the_provider(page, "wang")
    page.wait_for_url("**/en/desk")
    (cookie,) = [each for each in page.context.cookies() if "credit" in each["name"]]
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (
        "credit_session",
        True,
        "Lax",
    )
    page.goto(f"{address}/en/login")
    assert "Market" in page.locator("dl.facts").inner_text()
    page.locator("form.plain button").click()
    page.wait_for_url("**/en/login?left=provider")
    look(page, "login_left.en")
    # The provider's own page asks for a style sheet of another host.
    theirs = ("a status of 401", "ERR_NAME_NOT_RESOLVED")
    assert [text for text in seen.said if not any(each in text for each in theirs)] == []
    leave = page.get_by_role("link", name="Sign out there, too").get_attribute("href") or ""
    assert leave.startswith(f"{issuer}/oauth2/end_session?")
    assert parse_qs(urlsplit(leave).query)["post_logout_redirect_uri"] == [f"{address}/en/login"]


def test_an_identity_number_becomes_a_token_and_stands_nowhere(
    address: str,
    ledger_url: str,
    seen: Seen,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = seen.page
    page.goto(f"{address}/zh/login")
    at_the_provider(page, NUMBER)
    page.wait_for_url("**/zh/me")
    page.goto(f"{address}/zh/login")
    assert "主体" in page.locator("dl.facts").inner_text()
    assert NUMBER not in page.content()
    assert [url for url in seen.asked if url.startswith(address) and NUMBER in url] == []
    with psycopg.connect(ledger_url) as connection:
        kept = connection.execute("SELECT convert_from(askers, 'UTF8') FROM control.session")
        assert any((token_of(NUMBER) or "-") in (askers or "") for (askers,) in kept)
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            rows = sql.SQL("SELECT count(*) FROM {} AS r WHERE r::text LIKE %s OR r::text LIKE %s")
            asked = rows.format(sql.Identifier(schema, table))
            in_hex = NUMBER.encode().hex()
            found = connection.execute(asked, (f"%{NUMBER}%", f"%{in_hex}%")).fetchone()
            assert found == (0,), (schema, table)
    ours = [each for each in caplog.records if not each.name.startswith(("werkzeug", "oidc"))]
    assert NUMBER not in "".join(each.getMessage() for each in ours)
    told = "".join(capfd.readouterr()).splitlines()
    # The provider's own server, in this process, writes what it was asked.
    assert [each for each in told if NUMBER in each and "/oauth2/" not in each] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_fails_says_what_to_do(address: str, seen: Seen, language: str) -> None:
    page = seen.page
    for problem, status in FAULTS.items():
        answer = page.goto(f"{address}/{language}/login?problem={problem}&next=/zh/desk")
        assert answer is not None
        assert answer.status == status
        told = {"zh": "未能登录", "en": "You are not signed in"}[language]
        assert page.locator(".errors h2").inner_text() == told
        look(page, f"login_{problem}.{language}")
        is_for_everybody(seen, address, "a status of")
        if language == "en":
            assert page.evaluate(UNMARKED) == []
        page.locator(".errors a").click()
        assert page.evaluate("document.activeElement.id") == "provider"
        again = page.locator("#provider").get_attribute("href") or ""
        assert again.endswith("/login/provider?next=%2Fzh%2Fdesk")
    made_up = page.goto(f"{address}/{language}/login?problem=<script>")
    assert made_up is not None
    assert made_up.status == 200
    assert page.locator(".errors").count() == 0


def test_who_declines_there_is_told_so(opened: Opened) -> None:
    client = opened()
    there = client.get("/en/login/provider?next=/en/desk").headers["location"]
    back = httpx.post(there, data={"action": "deny"}, timeout=AMPLE_S).headers["location"]
    state = parse_qs(urlsplit(there).query)["state"][0]
    answer = client.get(f"{back}&state={state}" if "state=" not in back else back)
    assert problem_of(answer) == "provider_refused"
    assert "next=%2Fen%2Fdesk" in answer.headers["location"]
    assert problem_of(client.get(back)) == "provider_foreign", "an attempt counts once"


@pytest.mark.parametrize("who", ["nobody", "made-up"])
def test_who_has_no_role_here_is_told_so(opened: Opened, who: str) -> None:
    client = opened()
    assert problem_of(client.get(led_back(client, who))) == "provider_no_role"


def test_a_code_that_another_browser_asked_for_signs_nobody_in(opened: Opened) -> None:
    attacker, victim = opened(), opened()
    back = led_back(attacker)
    assert problem_of(victim.get(back)) == "provider_foreign", "who began nothing"
    own = victim.get("/zh/login/provider").headers["location"]
    assert problem_of(victim.get(back)) == "provider_foreign", "the state of another"
    state = parse_qs(urlsplit(own).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    planted = victim.get("/zh/login/back", params={"state": state, "code": code})
    assert problem_of(planted) == "provider_unfit", "its code, with the own state"
    assert attacker.get(back).status_code == 303


def test_a_code_counts_once_and_its_address_holds_nothing_after(opened: Opened) -> None:
    client = opened()
    back = led_back(client, path="/zh/login/provider?next=/zh/board")
    kept = client.cookies["credit_attempt"]
    answer = client.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/zh/board")
    assert client.cookies["credit_session"]
    assert "credit_attempt" not in client.cookies
    assert problem_of(client.get(back)) == "provider_foreign"
    other = opened()
    other.cookies.set("credit_attempt", kept)
    assert problem_of(other.get(back)) == "provider_unfit", "also to who kept the cookie"


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "?state=",
        "?code=x",
        "?state=%F0%9F%99%88&code=x",
        "?error=access_denied",
        "?state=x&state=y&code=z",
    ],
)
def test_odd_answers_are_nobodys(opened: Opened, odd: str) -> None:
    client = opened()
    client.get("/zh/login/provider")
    assert problem_of(client.get(f"/zh/login/back{odd}")) == "provider_foreign"
    client.cookies.set("credit_attempt", "é.🙈".encode().hex() + ".!!")
    assert problem_of(client.get(f"/zh/login/back{odd}")) == "provider_foreign"


def test_an_answer_in_the_name_of_another_provider_is_not_taken(opened: Opened) -> None:
    client = opened()
    back = led_back(client)
    answer = client.get(f"{back}&iss=https://id.example.org")
    assert problem_of(answer) == "provider_unfit"


@pytest.mark.parametrize(
    "where", ["//evil.example", "/\\evil.example", "https://evil.example/zh/x", "/v1", "/zh/login"]
)
def test_who_signs_in_there_is_led_to_no_other_host(opened: Opened, where: str) -> None:
    client = opened()
    there = client.get("/zh/login/provider", params={"next": where}).headers["location"]
    back = httpx.post(there, data={"sub": "wang"}, timeout=AMPLE_S).headers["location"]
    assert client.get(back).headers["location"] == "/zh/desk"


def test_a_session_is_new_and_ends_with_the_providers_word(opened: Opened) -> None:
    client = opened()
    client.get(led_back(client))
    first = client.cookies["credit_session"]
    client.get(led_back(client))
    assert client.cookies["credit_session"] != first
    page = client.get("/zh/login").text
    assert 'name="key"' not in page
    assert f"{now() + LONGEST:%Y-%m-%d %H}" not in page, "its token holds for one hour"
    old = opened()
    old.cookies.set("credit_session", first)
    assert 'name="key"' in old.get("/zh/login").text
    try:
        for minutes in (20, 40, 59):
            PASSED[0] = timedelta(minutes=minutes)
            assert 'name="key"' not in client.get("/zh/login").text
        PASSED[0] = timedelta(minutes=61)
        assert 'name="key"' in client.get("/zh/login").text
        assert client.get("/zh/desk").status_code == 401
    finally:
        PASSED[0] = timedelta()


def test_a_session_asks_what_its_role_may_on_pages_alone(opened: Opened) -> None:
    client = opened()
    client.get(led_back(client))
    assert client.get("/zh/desk").status_code == 200
    assert client.get("/zh/ops").status_code == 403
    assert client.get("/v1/organisation/warnings").status_code == 401


def test_a_provider_that_is_away_is_told_and_a_key_serves_meanwhile(ledger_url: str) -> None:
    with serving(Keys()) as keys:
        gone = keys.issuer
    with (
        signing_in_at(ledger_url, gone) as served,
        httpx.Client(base_url=served, timeout=AMPLE_S) as client,
    ):
        assert problem_of(client.get("/en/login/provider")) == "provider_away"
        assert client.get("/en/login").text.count('name="key"') == 1


def test_over_tls_the_address_back_is_https_and_the_cookie_is_bound_to_this_host(
    ledger_url: str, issuer: str
) -> None:
    with (
        service(ledger_url, GateOfProvider(issuer), provider=at(issuer)) as app,
        TestClient(app, base_url="https://localhost:8443", follow_redirects=False) as client,
    ):
        begun = client.get("/en/login/provider")
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        assert asked["redirect_uri"] == ["https://localhost:8443/en/login/back"]
        assert asked["code_challenge_method"] == ["S256"]
        cookie = begun.headers["set-cookie"]
        assert cookie.startswith("__Host-credit_attempt=")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax", "Max-Age=600"} <= set(
            cookie.split("; ")
        )
        foreign = client.get("/en/login/provider", headers={"Host": "evil.example"})
        assert foreign.status_code == 421


def test_without_a_provider_the_form_for_a_key_stands_alone(ledger_url: str) -> None:
    with service(ledger_url) as app, running(app) as served:
        page = httpx.get(f"{served}/zh/login", timeout=AMPLE_S)
        assert "provider" not in page.text
        assert httpx.get(f"{served}/zh/login/provider", timeout=AMPLE_S).headers["location"] == (
            "/zh/login"
        )
        answer = httpx.get(f"{served}/zh/login/back?state=x&code=y", timeout=AMPLE_S)
        assert problem_of(answer) == "provider_foreign"
        told = httpx.get(f"{served}/zh/login?problem=provider_foreign", timeout=AMPLE_S)
        assert "#provider" not in told.text
