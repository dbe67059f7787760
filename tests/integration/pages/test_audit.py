"""What an auditor finds by one box, the difference of two points, and answers verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from psycopg_pool import ConnectionPool

from events.partitioning import partition_of
from events.rules.access import Role
from ops.evidence.verify_alone import CHECKS
from ops.pages.routes import pages
from ops.terms.terms import all_terms
from projections.http.application import create_service
from projections.http.asking.evidence import CheckTold, Verification
from tests.support.asking import noon, running
from tests.support.pages import (
    CALENDAR,
    FINE,
    HOLDERS,
    HOSTILE,
    SUBJECT,
    TODAY,
    UNMARKED,
    GateOfPages,
    Seen,
    is_for_everybody,
    look,
)
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    SignIn = Callable[[Role], httpx.Client]
    AsRole = Callable[[Role], Page]

PLACE = f"{partition_of(SUBJECT)}:2"


@pytest.mark.parametrize(
    ("text", "leads_to"),
    [
        (SUBJECT.lower(), f"/audit/{SUBJECT}"),
        (FINE.envelope.event_id, f"/audit/{SUBJECT}"),
        (PLACE, f"/audit/{SUBJECT}"),
        (PLACE.replace(":", " @ "), f"/audit/{SUBJECT}"),
        (FINE.envelope.document_no, f"/audit/{SUBJECT}"),
        ("杭州 样例有限公司", f"/audit/{SUBJECT}"),
    ],
)
def test_one_box_knows_what_it_is_given(
    gate: GateOfPages, sign_in: SignIn, text: str, leads_to: str
) -> None:
    client = sign_in(Role.AUDITOR)
    before = len(gate.inquiries)
    answer = client.get("/zh/audit", params={"q": text}, follow_redirects=True)
    assert answer.status_code == 200
    assert leads_to in answer.text
    assert SUBJECT in gate.inquiries[before].subjects or answer.history


def test_a_hash_leads_to_who_was_given_the_answer(
    address: str, gate: GateOfPages, sign_in: SignIn
) -> None:
    headers = {"Authorization": f"Bearer {HOLDERS[Role.SUBJECT].key}"}
    httpx.get(
        f"{address}/v1/organisation/subjects/{SUBJECT}/hint", headers=headers, timeout=AMPLE_S
    )
    digest = gate.inquiries[-1].digest
    assert digest is not None
    page = sign_in(Role.AUDITOR).get("/en/audit", params={"q": digest.upper()}).text
    assert "Who was given this answer" in page
    assert "Subject" in page


@pytest.mark.parametrize(
    "text", ["99999:1", "0" * 64, "00000000-0000-5000-8000-000000000000", "没有的名称", "<b>&"]
)
def test_what_leads_nowhere_says_where_was_looked(sign_in: SignIn, text: str) -> None:
    answer = sign_in(Role.AUDITOR).get("/en/audit", params={"q": text})
    assert answer.status_code == 200
    assert "Nothing was found" in answer.text


def test_an_identity_number_is_not_looked_up_nor_said_again(sign_in: SignIn) -> None:
    answer = sign_in(Role.AUDITOR).get("/zh/audit", params={"q": "330106190001010017"})
    assert answer.status_code == 400
    main = answer.text.split("<main")[1].split("<footer")[0]
    assert "330106190001010017" not in main


def test_the_box_is_for_auditors(sign_in: SignIn, address: str) -> None:
    assert httpx.get(f"{address}/zh/audit", timeout=AMPLE_S).status_code == 401
    for role in (Role.SUBJECT, Role.REGION, Role.OPERATOR):
        assert sign_in(role).get("/zh/audit").status_code == 403


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_difference_names_old_and_new_and_what_made_it_so(
    address: str, seen: Seen, as_role: AsRole, language: str
) -> None:
    page = as_role(Role.AUDITOR)
    page.goto(f"{address}/{language}/audit/{SUBJECT}")
    page.locator("#a_day").fill("2026-06-15")
    page.locator("#a_known").fill("2026-05-01")
    page.locator("#b_day").fill("2026-06-15")
    page.locator("#b_day").press("Enter")
    page.wait_for_url("**a_known=2026-05-01**")
    assert page.locator("#by-event").is_visible()
    assert page.locator("#by-law").count() == 0
    rows = page.locator("tbody tr th[scope=row]").all_inner_texts()
    named = [each for each in rows if "@" not in each]  # Versions of rules have no other name.
    assert [each for each in named if "profile" in each or "_" in each or "penalty." in each] == []
    assert page.get_by_text("30,000.00").count() > 0
    look(page, f"difference.{language}")
    is_for_everybody(seen, address)
    if language == "en":
        assert page.evaluate(UNMARKED) == []
    # The same events by the law of another day stand apart.
    page.goto(f"{address}/{language}/audit/{SUBJECT}?b_rules=2024-01-01&b_day=2026-06-15")
    assert page.locator("#by-law").is_visible()
    assert page.locator("#by-event").count() == 0
    look(page, f"difference_law.{language}")
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


class NothingHolds:
    """A source of evidence by which nothing that is dropped holds."""

    def __init__(self) -> None:
        self.dropped: list[bytes] = []

    def verify(self, report: bytes) -> Verification:
        self.dropped.append(report)
        why = f"no report: {HOSTILE}"
        checks = [CheckTold("read", ok=True, why=""), CheckTold("signed", ok=False, why=why)]
        return Verification(ok=False, checks=checks)


def test_what_is_dropped_is_told_check_by_check_and_no_file_at_its_field(
    ledger_url: str, seen: Seen
) -> None:
    source: Any = NothingHolds()
    with (
        ConnectionPool(ledger_url, min_size=1, kwargs={"autocommit": True}) as pool,
        running(
            create_service(pool, CALENDAR, noon(TODAY), dict, pages=pages(), evidence=source)
        ) as address,
    ):
        page = seen.page
        page.goto(f"{address}/en/verify")
        page.locator("#file").set_input_files(
            {"name": 'x<b>"\u202e.json', "mimeType": "application/json", "buffer": b"{}"}
        )
        page.locator("form button").click()
        page.locator(".banner").wait_for()
        assert source.dropped == [b"{}"]
        rows = page.locator("tbody tr")
        assert rows.count() == 2
        assert "does not hold" in rows.last.inner_text()
        look(page, "verified.en")
        is_for_everybody(seen, address)
        nothing = httpx.post(
            f"{address}/en/verify",
            files={"file": ("", b"")},
            headers={"Origin": address},
            timeout=AMPLE_S,
        )
        assert nothing.status_code == 400
        assert 'href="#file"' in nothing.text
        elsewhere = httpx.post(f"{address}/en/verify", files={"file": ("a", b"x")}, timeout=AMPLE_S)
        assert elsewhere.status_code == 403


class NoReport:
    """Evidence that says of every check alike that there is no report."""

    def verify(self, report: bytes) -> Verification:
        checks = [CheckTold(each, ok=False, why=f"no report: {len(report)}") for each in CHECKS]
        return Verification(ok=False, checks=checks)


class OneFails:
    """Evidence of which one check fails."""

    def verify(self, report: bytes) -> Verification:
        checks = [CheckTold(each, ok=each != "order", why=str(len(report))) for each in CHECKS]
        return Verification(ok=False, checks=checks)


@pytest.mark.parametrize("source", [NoReport(), OneFails()], ids=lambda each: type(each).__name__)
def test_checks_are_told_by_name_and_what_is_no_report_as_such(
    ledger_url: str, source: Any
) -> None:
    with (
        ConnectionPool(ledger_url, min_size=1, kwargs={"autocommit": True}) as pool,
        running(
            create_service(pool, CALENDAR, noon(TODAY), dict, pages=pages(), evidence=source)
        ) as address,
    ):
        told = httpx.post(
            f"{address}/zh/verify",
            files={"file": ("a", b"x")},
            headers={"Origin": address},
            timeout=AMPLE_S,
        ).text
    if isinstance(source, NoReport):
        assert "这不是本系统出具的报告" in told
        assert "<table>" not in told
        return
    names = all_terms()["check"]
    for each in (*CHECKS, "pages", "derived"):
        assert names[each][0] != each
    assert all(f"{names[each][0]} <code" in told for each in CHECKS)
    assert all_terms()["check_fails"]["order"][0] in told
