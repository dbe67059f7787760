"""A department's day at the desk, in a real browser on a running ledger: dropped, left, mended, dropped again."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from ops.serving import application
from tests.support import spoiled
from tests.support.asking import running
from tests.support.browser import browser, opened
from tests.support.keys import key_of_department
from tests.support.pages import look

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from playwright.sync_api import Browser, Page

    from tests.acceptance.conftest import Ledger

pytestmark = pytest.mark.stack

LINES: Final = int(os.environ.get("CREDIT_LEDGER_DESK_LINES", "300"))
BAD: Final = int(os.environ.get("CREDIT_LEDGER_DESK_BAD", "20"))
"""How long the file is, and how many lines of it are bad: 20,000 and 300 where it is tried whole."""
FIRST: Final = 7_000_001
"""Numbers of documents that no other test has."""
NUMBER: Final = 911101000000000012


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


class Official:
    """An official of the department at a browser, which may be closed and opened anew."""

    def __init__(self, chromium: Browser, address: str, key: str) -> None:
        self._chromium, self._address, self._key = chromium, address, key

    def __enter__(self) -> Page:
        self._context = opened(self._chromium, accept_downloads=True)
        page = self._context.new_page()
        page.goto(f"{self._address}/zh/login?next=/zh/desk")
        page.locator("#key").fill(self._key)
        page.keyboard.press("Enter")
        page.wait_for_url("**/zh/desk")
        return page

    def __exit__(self, *_: object) -> None:
        self._context.close()


@pytest.fixture
def official(ledger: Ledger, chromium: Browser) -> Iterator[Official]:
    app, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    key = key_of_department(ledger.stack, "market-zj")
    with pool, running(app) as address:
        yield Official(chromium, address, key)


def put(page: Page, data: bytes) -> None:
    """Choose a file and the category of its lines."""
    page.locator("#file").set_input_files({"name": "处罚.xlsx", "mimeType": "", "buffer": data})
    page.locator("#category").select_option("penalty.market")


def drop(page: Page, data: bytes) -> str:
    """Drop a file, and give where its lines are told, once all of them are."""
    put(page, data)
    page.locator("form button").first.click()
    page.wait_for_url("**/zh/desk/uploads/*")
    page.locator("#fates:not([data-pending])").wait_for()
    return page.url


def counts(page: Page) -> dict[str, int]:
    """Read how many lines came to what."""
    told = [each.partition("：") for each in page.locator("#fates ul.counts a").all_inner_texts()]
    return {fate: int(count) for fate, _, count in told}


def refused(page: Page, data: bytes) -> dict[int, str]:
    """Take the refused lines of a file home, with why by their number."""
    put(page, data)
    with page.expect_download() as waiting:
        page.locator("form button.second").click()
    with waiting.value.path().open(encoding="utf-8-sig", newline="") as file:
        return {int(row["行"]): row["原因"] for row in csv.DictReader(file)}


def recorded(ledger: Ledger, subjects: Collection[str]) -> int:
    """Count records: what was sent twice at once stands in the log twice, as one record."""
    asked = "SELECT count(DISTINCT entry_id) FROM organisation_v1.event WHERE subject_id = ANY(%s)"
    with psycopg.connect(ledger.stack.postgres) as connection:
        row: Any = connection.execute(asked, (list(subjects),)).fetchone()
    return int(row[0])


def test_a_file_is_dropped_left_midway_mended_and_dropped_again_and_nothing_is_twice(
    ledger: Ledger, official: Official
) -> None:
    good = spoiled.good_lines(LINES, FIRST)
    lines, bad = spoiled.spoiled(good, BAD)
    file = spoiled.workbook(lines.values())
    subjects = {line["subject_id"] for line in good.values()}
    before = recorded(ledger, subjects)

    with official as page:
        put(page, file)
        with page.expect_request("**/desk/uploads"):
            page.locator("form button").first.click(no_wait_after=True)
    # Whoever was cut off does not know what arrived, and drops it again.
    with official as page:
        drop(page, file)
        told = counts(page)
        assert told.pop("退回") == BAD
        assert sum(told.values()) == LINES - BAD
        assert set(told) <= {"已入账", "重复，账上已有"}
        look(page, "desk_dropped.zh")
        assert {int(each) for each in page.locator("tbody th").all_inner_texts()[:BAD]} <= bad
        assert recorded(ledger, subjects) == before + LINES - BAD

        page.locator("main p a").first.click()
        why = refused(page, file)
        assert set(why) == bad
        assert len(set(why.values())) >= len(spoiled.WAYS) - 1
        mended = spoiled.workbook(good[number] for number in sorted(why))
        drop(page, mended)
        assert counts(page) == {"已入账": BAD}
        assert recorded(ledger, subjects) == before + LINES

        page.locator("main p a").first.click()
        drop(page, spoiled.workbook(good.values()))
        assert counts(page) == {"重复，账上已有": LINES}
    assert recorded(ledger, subjects) == before + LINES


def test_a_code_in_a_cell_of_a_number_is_refused_with_what_to_do(official: Official) -> None:
    with official as page:
        drop(page, spoiled.workbook_with_a_number(spoiled.good_lines(1, FIRST)[2], NUMBER))
        assert counts(page) == {"退回": 1}
        assert "代码列请设为文本" in page.locator("tbody").inner_text()
        look(page, "desk_number.zh")
        page.goto(page.url.replace("/zh/", "/en/"))
        look(page, "desk_number.en")
