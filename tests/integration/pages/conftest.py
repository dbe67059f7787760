"""One browser, one ledger and one service for all tests of pages: each takes seconds to start."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.asking import running
from tests.support.browser import browser, opened
from tests.support.pages import HOLDERS, SAID, DeskOfPages, GateOfPages, Seen, recorded, service
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from events.rules.access import Role
    from ops.local.stack import Stack


@pytest.fixture(scope="package")
def ledger_url(stack: Stack) -> Iterator[str]:
    with recorded(stack, SAID) as url:
        yield url


@pytest.fixture(scope="package")
def gate() -> GateOfPages:
    return GateOfPages()


@pytest.fixture(scope="package")
def desk() -> DeskOfPages:
    return DeskOfPages()


@pytest.fixture(scope="package")
def address(ledger_url: str, gate: GateOfPages, desk: DeskOfPages) -> Iterator[str]:
    with service(ledger_url, gate, desk) as app, running(app) as served:
        yield served


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with browser() as running_browser:
        yield running_browser


@pytest.fixture
def seen(chromium: Browser) -> Iterator[Seen]:
    context = opened(chromium, viewport={"width": 1100, "height": 900}, bypass_csp=False)
    yield Seen(context.new_page())
    context.close()


@pytest.fixture
def sign_in(address: str) -> Iterator[Callable[[Role], httpx.Client]]:
    """Sign in as the holder of a role, as a browser would."""
    with ExitStack() as clients:

        def signed_in(role: Role) -> httpx.Client:
            client = httpx.Client(base_url=address, headers={"Origin": address}, timeout=AMPLE_S)
            clients.enter_context(client)
            answer = client.post("/zh/login", data={"key": HOLDERS[role].key})
            assert answer.status_code == 303, answer.text
            return client

        yield signed_in


@pytest.fixture
def as_role(seen: Seen, address: str) -> Callable[[Role], Page]:
    """Sign the browser in as the holder of a role."""

    def signed_in(role: Role) -> Page:
        seen.page.goto(f"{address}/zh/login")
        seen.page.locator("#key").fill(HOLDERS[role].key)
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url(lambda url: not url.endswith("/login"))
        return seen.page

    return signed_in
