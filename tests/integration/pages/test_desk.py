"""The desk of a department: a file dropped there, and what becomes of its lines."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from events.rules.access import Role
from tests.support.pages import HOLDERS, UNMARKED, DeskOfPages, Seen, is_for_everybody, look

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from playwright.sync_api import Page

    SignIn = Callable[[Role], httpx.Client]
    AsRole = Callable[[Role], Page]

BYTES = b"\x00\xff\r\n--not the boundary\r\n\r\n" + bytes(range(256)) * 8
HOSTILE = '甲<b>"\u202e.csv'


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_is_dropped_and_its_lines_appear_with_their_fate(
    address: str, seen: Seen, desk: DeskOfPages, as_role: AsRole, language: str
) -> None:
    page = as_role(Role.DEPARTMENT)
    page.goto(f"{address}/{language}/desk")
    look(page, f"desk.{language}")
    is_for_everybody(seen, address)
    if language == "en":
        assert page.evaluate(UNMARKED) == []
    before, desk.asked = len(desk.files), 0
    page.locator("#file").set_input_files(_file("lines.csv", b"a\n" * 150))
    page.locator("#file").press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{language}/desk/uploads/receipt-{before}")
    assert desk.files[before].department == HOLDERS[Role.DEPARTMENT].organisation
    page.locator("#fates:not([data-pending])").wait_for()  # told anew by itself
    look(page, f"upload.{language}")
    is_for_everybody(seen, address)
    if language == "en":
        assert page.evaluate(UNMARKED) == []
    assert page.locator("tbody tr").count() == 100
    assert page.locator("tbody th").first.inner_text() == "151"  # refused, so it stands first
    page.locator("a[rel=next]").click()
    page.wait_for_url("**page=2")
    assert page.locator("tbody tr").count() == 51
    page.locator("ul.counts a").nth(1).click()
    page.wait_for_url("**fate=refused")
    assert page.locator("tbody tr").count() == 1
    page.set_viewport_size({"width": 320, "height": 700})
    for path in ("desk", f"desk/uploads/receipt-{before}"):
        page.goto(f"{address}/{language}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


WAITS: Final = """() => {
    window.waits = [];
    const really = window.setTimeout.bind(window);
    window.setTimeout = (go, ms) => { window.waits.push(ms); return really(go, 0); };
}"""
"""Let no time pass between two looks, and keep for how long it would have been."""


def test_who_waits_for_lines_looks_ever_more_seldom_while_nothing_changes(
    address: str, seen: Seen, desk: DeskOfPages, as_role: AsRole
) -> None:
    page = as_role(Role.DEPARTMENT)
    page.goto(f"{address}/zh/desk")
    page.add_init_script(f"({WAITS})()")
    desk.asked, desk.open_for = 0, 12
    page.locator("#file").set_input_files(_file("lines.csv", b"a\n"))
    page.locator("form button").first.click()
    page.locator("#fates:not([data-pending])").wait_for()
    desk.open_for = 1
    waits = page.evaluate("window.waits")
    assert waits[0] == 2_000
    assert waits[10] >= 20_000
    assert max(waits) <= 30_000
    assert seen.said == []


def test_how_a_department_reports_is_told_to_itself_and_to_who_sees_all(sign_in: SignIn) -> None:
    own = sign_in(Role.DEPARTMENT)
    assert 'href="/en/quality"' in own.get("/en/desk").text
    assert own.get("/en/quality").status_code == 403  # no purpose yet
    own.post("/en/purpose", data={"purpose": "quality"})
    page = own.get("/en/quality").text
    assert "2026-05" in page
    assert "Refused (0)" in page
    assert own.get("/en/quality?department=tax-zj").status_code == 403
    every = sign_in(Role.AUDITOR).get("/en/quality").text
    assert "/en/quality?department=market-zj" in every
    assert sign_in(Role.REGION).get("/en/quality").status_code == 403


def test_any_bytes_under_any_name_arrive_as_they_are(sign_in: SignIn, desk: DeskOfPages) -> None:
    client = sign_in(Role.DEPARTMENT)
    answer = client.post("/zh/desk/uploads", files={"file": (HOSTILE, BYTES)})
    assert answer.status_code == 303
    assert desk.files[-1].data == BYTES
    assert "甲" in desk.files[-1].name
    assert "\u202e" not in desk.files[-1].name


def test_what_is_no_file_says_what_to_do(seen: Seen, as_role: AsRole, address: str) -> None:
    page = as_role(Role.DEPARTMENT)
    for name, data in (("form.docx", b"x"), ("a.xlsx", b"no workbook")):
        page.goto(f"{address}/en/desk")
        page.locator("#file").set_input_files(_file(name, data))
        page.locator("form button").first.click()
        page.locator(".errors").wait_for()
        assert name in page.locator(".errors").inner_text()
    look(page, "desk_wrong.en")
    page.goto(f"{address}/zh/desk")
    page.locator("#file").set_input_files(_file("a.xlsx", b"no workbook"))
    page.locator("form button").first.click()
    assert "不是工作簿" in page.locator(".errors").inner_text()
    is_for_everybody(seen, address, "a status of 400")


@pytest.mark.parametrize(
    ("language", "field", "why"),
    [("en", "fine_fen", "a value is not allowed"), ("zh", "罚款金额", "值不在允许范围")],
)
def test_refused_lines_are_a_file_with_the_reasons_in_the_reader_s_language_and_no_formula(
    sign_in: SignIn, language: str, field: str, why: str
) -> None:
    client = sign_in(Role.DEPARTMENT)
    answer = client.post(f"/{language}/desk/refused", files={"file": ("a.csv", b"x\n")})
    _, (line, named, value, told) = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (line, named) == ("3", field)
    assert why in told
    assert not value.startswith("=")


def test_a_desk_is_its_department_s_alone(sign_in: SignIn, desk: DeskOfPages) -> None:
    own = sign_in(Role.DEPARTMENT)
    assert own.post("/zh/desk/uploads", files={"file": ("a.csv", b"x\n")}).status_code == 303
    desk.files[-1] = _of_another(desk.files[-1])
    assert own.get(f"/zh/desk/uploads/receipt-{len(desk.files) - 1}").status_code == 403
    for role in (Role.REGION, Role.SUBJECT, Role.OPERATOR):
        client = sign_in(role)
        assert client.get("/zh/desk").status_code == 403
        sent = client.post("/zh/desk/uploads", files={"file": ("a.csv", b"x\n")})
        assert sent.status_code in (400, 403)


def test_a_form_without_a_boundary_or_without_end_is_refused(sign_in: SignIn) -> None:
    client = sign_in(Role.DEPARTMENT)
    for kind, body in (
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n"),
    ):
        answer = client.post("/zh/desk/uploads", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400


def _file(name: str, data: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def _of_another(handed: Any) -> Any:
    return msgspec.structs.replace(handed, department="tax-zj")
