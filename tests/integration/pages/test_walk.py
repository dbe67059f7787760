"""Every page of the table of pages, as everyone who may see it: no page is left out by a list."""

from __future__ import annotations

import re
from contextlib import ExitStack
from html import unescape
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

import httpx
import psycopg
import pytest

from events.envelope import Platform
from events.rules.access import Role
from events.rules.edition import edition
from ops.pages.routes import BY_RIGHT, FOR_EVERYBODY
from tests.support import builders as a
from tests.support.asking import running
from tests.support.browser import opened
from tests.support.pages import (
    FINE,
    HOLDERS,
    PURPOSES,
    SAID,
    SUBJECT,
    TODAY,
    UNMARKED,
    DeskOfPages,
    GateOfPages,
    Seen,
    is_for_everybody,
    look,
    recorded,
    say_purpose,
    service,
)
from tests.support.patience import AMPLE_S
from tests.support.printed import printed_text, without_blanks
from tests.support.ranking import JUDGED, SUBJECTS, ranks, said
from tests.support.years import freeze_made_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from playwright.sync_api import Browser, Page

    from ops.local.stack import Stack
    from projections.http.asking.asked import Row

    SignIn = Callable[[Role], httpx.Client]
    AsRole = Callable[[Role], Page]


SAMPLE: Final[Mapping[str, str]] = {
    "subject": SUBJECT,
    "record": FINE.envelope.event_id,
    "list": "major_tax_violator",
    "year": "2025",
    "message": "credit.PenaltyImposed",
    "kind": "submissions",
    "codes": "items",
    "rule": "disclosure.penalty_market",
}
"""What stands in the path of a page; of another name there is nothing to walk to by itself."""
LISTED: Final = a.a_tax_listing(3, "2026-04-01", notified_on="2026-02-01", region="330106")
_NO_PAGES: Final = (".csv", ".atom", "/stream")
_LEADS_ON: Final = frozenset({"/login/provider", "/login/back"})
"""Where nothing is shown: tried with a provider."""
WALKED: Final[Mapping[str, Row]] = {
    row.path.format_map(SAMPLE): row
    for row in (*FOR_EVERYBODY, *BY_RIGHT)
    if row.methods == ("GET",)
    and not row.path.endswith(_NO_PAGES)
    and row.path not in _LEADS_ON
    and "{receipt}" not in row.path  # Tried with what was handed in, beside the desk.
}
PAGE_BYTES_MAX: Final = 60_000
FIRST_LOAD_BYTES_MAX: Final = 150_000
LINK: Final = re.compile(r'href="([^"]*)"')
REACHABLE: Final = """() => {
    const usable = "a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0'], summary";
    window.reachable = [...document.querySelectorAll(usable)].filter(each => each.checkVisibility());
    document.activeElement.blur();
}"""
FOCUSED: Final = """() => {
    const at = document.activeElement;
    const id = window.reachable.indexOf(at);
    const outline = getComputedStyle(at);
    return id < 0 ? null : {
        id: String(id), what: at.outerHTML.slice(0, 80), seen: outline.outlineStyle !== "none",
    };
}"""
CUT: Final = re.compile(r"[0-9]+:[0-9]+,[0-9]+:[0-9]+|(?:截至偏移量|uptooffset)[0-9]+")
CONTROLS: Final = "button:visible, input:visible, select:visible, textarea:visible, nav:visible"


@pytest.fixture(scope="module")
def address(stack: Stack) -> Iterator[str]:
    """Serve a ledger that has something to show on every page: this module's own."""
    with (
        recorded(
            stack, SAID | {Platform.ORGANISATION: [*SAID[Platform.ORGANISATION], LISTED]}
        ) as url,
        service(url, GateOfPages(), DeskOfPages()) as app,
        running(app) as served,
    ):
        with psycopg.connect(url, autocommit=True) as connection:
            freeze_made_up(connection, 2025)
        yield served


def test_every_page_that_can_be_walked_to_is_walked() -> None:
    assert {row.path for row in (*FOR_EVERYBODY, *BY_RIGHT) if row.methods == ("GET",)} - {
        row.path for row in WALKED.values()
    } == {"/notices.csv", "/notices.atom", "/board/stream", "/desk/uploads/{receipt}", *_LEADS_ON}


@pytest.mark.parametrize("role", [None, *HOLDERS])
def test_no_link_of_a_page_is_broken(address: str, sign_in: SignIn, role: Role | None) -> None:
    """Whatever a page offers its reader is there, and the reader's to see, for some purpose."""
    if role is None:
        with httpx.Client(base_url=address, timeout=AMPLE_S) as client:
            found = _followed(client, WALKED)
    else:
        # The documents are one for all: their links are followed by the public.
        pages = [path for path in WALKED if not path.startswith("/docs/")]
        found = _followed(_with_a_purpose(sign_in(role), role), pages)
    assert {link: status for link, status in found.items() if status not in (200, 303)} == {}
    assert len(found) > len(WALKED)


def _followed(client: httpx.Client, pages: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in pages:
        page = client.get(f"/zh{path}")
        for link in map(unescape, LINK.findall(page.text) if page.status_code == 200 else ()):
            if link.startswith("#") or link in found:
                continue
            answer = client.get(link)
            for_another_purpose = answer.status_code == 403 and 'name="purpose"' in answer.text
            found[link] = 200 if for_another_purpose else answer.status_code
    return found


def _with_a_purpose(client: httpx.Client, role: Role) -> httpx.Client:
    client.post("/zh/purpose", data={"purpose": PURPOSES.get(role, "")})
    return client


@pytest.mark.parametrize("role", HOLDERS)
def test_a_page_is_shown_or_says_what_would_help(sign_in: SignIn, role: Role) -> None:
    client = _with_a_purpose(sign_in(role), role)
    shown = 0
    for path in WALKED:
        answer = client.get(f"/en{path}")
        assert answer.status_code in (200, 403), path
        shown += answer.status_code == 200
        if answer.status_code == 403:
            assert "<code>" in answer.text, path  # by which rule
        assert answer.headers["cache-control"] in ("private, no-store", "no-store"), path
    assert shown > 2


@pytest.mark.parametrize("role", [None, *HOLDERS])
def test_a_page_is_for_everybody_who_may_see_it(
    address: str, seen: Seen, as_role: AsRole, role: Role | None
) -> None:
    """Signed out what is for everybody, which each sees alike; and what is by right, as each."""
    page = seen.page if role is None else as_role(role)
    if role is not None:
        say_purpose(page, address, role)
    for path, row in WALKED.items():
        if row.path.startswith(_WALKED_ELSEWHERE) or (row in FOR_EVERYBODY) != (role is None):
            continue
        for language in ("zh", "en"):
            answer = page.goto(f"{address}/{language}{path}")
            assert answer is not None
            name = f"{path.strip('/').replace('/', '_')}.{role}.{language}"
            if answer.status != 200:
                break
            look(page, name)
            is_for_everybody(seen, address, "a status of 40")
            if language == "en":
                assert page.evaluate(UNMARKED) == [], path
            page.set_viewport_size({"width": 320, "height": 700})
            look(page, f"{name}.320")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
            page.set_viewport_size({"width": 1100, "height": 900})


@pytest.mark.parametrize("role", [None, *HOLDERS])
def test_a_page_is_small_is_printed_and_is_gone_through_by_keyboard(
    address: str, seen: Seen, as_role: AsRole, role: Role | None
) -> None:
    page = seen.page if role is None else as_role(role)
    if role is not None:
        say_purpose(page, address, role)
    for number, (path, row) in enumerate(WALKED.items()):
        if (row in FOR_EVERYBODY) != (role is None):
            continue
        language = ("zh", "en")[number % 2]
        answer = page.goto(f"{address}/{language}{path}")
        assert answer is not None
        if answer.status != 200:
            continue
        assert len(answer.body()) <= PAGE_BYTES_MAX, path
        _is_gone_through_by_keyboard(page, path)
        printed = printed_text(page)
        for told in (page.url, str(TODAY), edition()):
            assert without_blanks(told) in printed, (path, told)
        if role in (Role.AUDITOR, Role.OPERATOR):
            # Who may see all is told the cut; of others what is not published changes no byte.
            assert CUT.search(normalize("NFKC", printed)), path
        page.emulate_media(media="print")
        assert page.locator(CONTROLS).count() == 0, path
        page.emulate_media(media="null")


def _is_gone_through_by_keyboard(page: Page, path: str) -> None:
    """Go with the tabulator from the first to the last of what can be used, and see each."""
    page.evaluate(REACHABLE)
    reached: set[str] = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None or (found["id"] in reached and found["id"] == "0"):
            break
        assert found["seen"], (path, found)
        reached.add(found["id"])
    left = set(page.evaluate("window.reachable.map((_, id) => String(id))")) - reached
    assert left == set(), (
        path,
        page.evaluate("ids => ids.map(i => window.reachable[i].outerHTML)", sorted(left)),
    )


def test_the_first_load_is_light(address: str, seen: Seen) -> None:
    sizes: list[int] = []
    seen.page.on("response", lambda answer: sizes.append(len(answer.body())))
    seen.page.goto(f"{address}/zh/notices", wait_until="networkidle")
    assert len(sizes) >= 2
    assert sum(sizes) <= FIRST_LOAD_BYTES_MAX


def test_all_but_the_board_says_the_same_with_scripts_off(
    address: str, chromium: Browser, sign_in: SignIn
) -> None:
    context = opened(chromium, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/zh/login")
    page.locator("#key").fill(HOLDERS[Role.DEPARTMENT].key)
    with page.expect_navigation():
        page.locator("form button").last.click()
    page.goto(f"{address}/zh/login")
    page.locator("#purpose").select_option("supervision")
    with page.expect_navigation():
        page.locator("form.asked button").click()
    with_scripts = _with_a_purpose(sign_in(Role.DEPARTMENT), Role.DEPARTMENT)
    for path in WALKED:
        answer = page.goto(f"{address}/zh{path}")
        assert answer is not None
        assert answer.status == with_scripts.get(f"/zh{path}").status_code, path
        scripts = [each.get_attribute("src") for each in page.locator("script").all()]
        assert scripts == [] or path == "/board", path
    context.close()


_WALKED_ELSEWHERE: Final = ("/notices", "/login", "/board", "/desk")


def test_who_is_signed_out_is_led_to_sign_in(address: str, seen: Seen) -> None:
    seen.page.goto(f"{address}/en/me")
    look(seen.page, "me_signed_out.en")
    is_for_everybody(seen, address, "a status of 401")
    seen.page.locator("main a").first.click()
    seen.page.wait_for_url(lambda url: url.endswith("/en/login?next=%2Fen%2Fme"))


@pytest.mark.parametrize("role", [None, *HOLDERS])
def test_no_page_ranks_and_none_judges_one_beside_another(
    address: str, sign_in: SignIn, role: Role | None
) -> None:
    many = set()
    with ExitStack() as clients:
        if role is None:
            client = clients.enter_context(httpx.Client(base_url=address, timeout=AMPLE_S))
        else:
            client = _with_a_purpose(sign_in(role), role)
        for path, row in WALKED.items():
            if (row in FOR_EVERYBODY) != (role is None):
                continue
            for language in ("zh", "en"):
                page = client.get(f"/{language}{path}").text
                assert ranks(page) == [], (path, language)
                if len(set(SUBJECTS.findall(page.split("<main")[1]))) > 1:
                    many.add(path)
    if role is None:
        assert "/notices" in many


@pytest.mark.parametrize(
    "planted",
    [
        *("<b>Top 10</b>", "Ranked by <i>x</i>", "信用排名", "第 3 名", "前十名"),
        *('<a href="?sort=score">x</a>', '<a href="/zh/notices?q=a&amp;order=day">x</a>'),
        *(
            f"{SUBJECT} {a.OTHER_SUBJECT} {each}"
            for each in ("850 / 1000", "Grade A", "评分 850", "A级")
        ),
    ],
)
def test_a_rank_that_is_planted_is_found(planted: str) -> None:
    assert ranks(f"<main>{planted}</main>") != []


def test_one_subject_may_be_told_its_own_score_and_no_page_takes_an_order(sign_in: SignIn) -> None:
    """What is looked for is what pages say where it may be said."""
    page = sign_in(Role.AUDITOR).get(f"/en/subjects/{SUBJECT}").text
    assert JUDGED.findall(said(page)) != []
    taken = {each.name for row in (*FOR_EVERYBODY, *BY_RIGHT) for each in row.takes}
    assert taken & {"sort", "order", "rank", "by"} == set()
