"""Too many: a quota that is used up, questions that wait, streams, people who sign in; each provoked for real."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx
import psycopg
import pytest

from events.rules.access import Purpose, Role
from ops.doors import provider
from ops.doors.provider import Client, SignInProvider
from ops.pages.provider import OUTSIDE_MAX
from projections.http import stream
from projections.http.asking.asked import COSTLY_AT_ONCE, COSTLY_WAITING_MAX
from projections.store.control.keys import (
    AccessKey,
    KeptContract,
    digest_of_secret,
    keep_contract,
    keep_key,
)
from tests.support.asking import noon, running
from tests.support.batch_stage import wait_until
from tests.support.identity import AUDIENCE, Keys, serving
from tests.support.pages import (
    FINE,
    HOLDERS,
    SUBJECT,
    TODAY,
    GateOfPages,
    Seen,
    is_for_everybody,
    look,
    service,
)
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from starlette.applications import Starlette

AGENCY: Final = "agency-429"
SECRET: Final = "q" * 43
KEY: Final = AccessKey(
    key_id="4" * 12,
    name="of an agency",
    roles=(Role.AGENCY,),
    organisation=AGENCY,
    region=None,
    since=TODAY,
    until=None,
)
SEARCH: Final = f"/audit?q={FINE.envelope.event_id}"


@pytest.fixture(scope="module")
def app(ledger_url: str) -> Iterator[Starlette]:
    with service(ledger_url, GateOfPages(), connections=6) as served:
        yield served


@pytest.fixture(scope="module")
def address(app: Starlette) -> Iterator[str]:
    with running(app) as served:
        yield served


def signed_in(page: Page, address: str, key: str, where: str = "") -> None:
    page.goto(f"{address}/zh/login{where}")
    page.locator("#key").fill(key)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def test_a_quota_that_is_used_up_says_when_it_begins_again_and_whom_to_ask(
    address: str, ledger_url: str, seen: Seen
) -> None:
    contract = KeptContract(
        contract_id="five",
        organisation=AGENCY,
        purposes=(Purpose.LENDING,),
        since=TODAY,
        until=None,
        a_day=1,
    )
    with psycopg.connect(ledger_url, autocommit=True) as connection:
        keep_key(connection, KEY, digest_of_secret(SECRET))
        keep_contract(connection, contract)
    page = seen.page
    signed_in(page, address, f"crl_{KEY.key_id}_{SECRET}", "?next=/zh/notices")
    said: dict[str, str | float | bool] = {"purpose": "lending"}
    page.request.post(f"{address}/zh/purpose", form=said, headers={"Origin": address})
    first = page.goto(f"{address}/zh/subjects/{SUBJECT}")
    assert first is not None
    assert first.status == 200
    for language, title in (("zh", "今日查询额度已用尽"), ("en", "The quota of today is used up")):
        answer = page.goto(f"{address}/{language}/subjects/{SUBJECT}")
        assert answer is not None
        assert answer.status == 429
        assert page.locator("h1").inner_text() == title
        assert str(TODAY + timedelta(days=1)) in page.locator("main").inner_text()
        assert page.get_by_text("try again").count() == 0, "it would be refused until midnight"
        look(page, f"too_many_quota.{language}")
        is_for_everybody(seen, address, "a status of 429")


def test_who_comes_while_too_many_wait_is_told_to_come_again_and_can(
    app: Starlette, address: str, ledger_url: str, seen: Seen
) -> None:
    page = seen.page
    signed_in(page, address, HOLDERS[Role.AUDITOR].key)
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    many = COSTLY_AT_ONCE + COSTLY_WAITING_MAX

    def ask(_: int) -> int:
        return httpx.get(f"{address}/zh{SEARCH}", cookies=cookies, timeout=AMPLE_S).status_code

    with psycopg.connect(ledger_url) as holding, ThreadPoolExecutor(many) as others:
        holding.execute("LOCK TABLE organisation_v1.event IN ACCESS EXCLUSIVE MODE")
        asked = [others.submit(ask, number) for number in range(many)]
        costly = app.state.service.costly
        wait_until("others wait", lambda: costly.is_full)
        for language, title in (("zh", "访问过多"), ("en", "Too many at once")):
            answer = page.goto(f"{address}/{language}{SEARCH}")
            assert answer is not None
            assert answer.status == 503
            assert int(answer.headers["retry-after"]) > 0
            assert page.locator("h1").inner_text() == title
            look(page, f"too_many_waiting.{language}")
            is_for_everybody(seen, address, "a status of 503")
        holding.rollback()
        assert {each.result() for each in asked} == {200}
    page.locator("main a").first.click()
    page.wait_for_load_state()
    assert page.locator("h1").inner_text() != "Too many at once"
    assert SUBJECT in page.content()


def test_a_board_that_finds_no_stream_free_says_so_and_goes_live_when_one_is(
    address: str, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = seen.page
    signed_in(page, address, HOLDERS[Role.AUDITOR].key)
    monkeypatch.setattr(stream, "STREAMS_MAX", 0)
    page.goto(f"{address}/en/board")
    page.locator("#live.cut").wait_for()
    assert "Cut off" in page.locator("#live").inner_text()
    look(page, "too_many_streams.en")
    told = page.request.get(f"{address}/en/board/stream")
    assert (told.status, "<h1>Too many at once</h1>" in told.text()) == (503, True)
    monkeypatch.undo()
    page.locator("#live.live").wait_for()


def test_who_signs_in_while_too_many_wait_for_the_provider_is_told_so(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, many = threading.Event(), 2 * OUTSIDE_MAX

    class Slow(Keys):
        def pages(self) -> dict[str, Any]:
            free.wait(AMPLE_S)
            return super().pages()

    monkeypatch.setattr(provider, "WITHIN_S", AMPLE_S)
    with serving(Slow()) as keys:
        slow = SignInProvider(keys.issuer, Client(AUDIENCE, None), noon(TODAY))
        with (
            service(ledger_url, GateOfPages(), provider=slow) as app,
            running(app) as served,
            ThreadPoolExecutor(many + 1) as others,
        ):

            def begin(_: int) -> str:
                answer = httpx.get(f"{served}/zh/login/provider", timeout=AMPLE_S)
                return answer.headers["location"]

            asked = [others.submit(begin, number) for number in range(many + 1)]
            try:
                first, _ = wait(asked, AMPLE_S, FIRST_COMPLETED)
                login = httpx.get(f"{served}/zh/login", timeout=AMPLE_S)
            finally:
                free.set()
            led = [each.result() for each in asked]
    assert {each.result() for each in first} == {"/zh/login?problem=provider_busy"}
    assert login.status_code == 200, "who asks for anything else waits for nobody"
    assert sum(each.startswith(f"{keys.issuer}/authorize") for each in led) == many
