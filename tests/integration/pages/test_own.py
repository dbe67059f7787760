"""What a subject is shown of itself, and what others are shown of it: as the API gives it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from events.envelope import Platform
from events.rules.access import Role
from ops.desk import SubmissionDesk
from tests.support import builders as a
from tests.support.pages import (
    CALENDAR,
    DEFAULTER,
    FINE,
    HOLDERS,
    OLD,
    PRACTISING,
    SAID,
    SUBJECT,
    Seen,
    look,
)
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.pages import DeskOfPages, GateOfPages

    SignIn = Callable[[Role], httpx.Client]
    AsRole = Callable[[Role], Page]

PURPOSE = {"purpose": "supervision"}


def test_a_page_shows_each_reader_the_records_that_the_api_gives(
    address: str, sign_in: SignIn
) -> None:
    for role in (Role.DEPARTMENT, Role.REGION, Role.AUDITOR, Role.SUBJECT):
        client = sign_in(role)
        headers = {"Authorization": f"Bearer {HOLDERS[role].key}"}
        if role in (Role.DEPARTMENT, Role.REGION):
            client.post("/zh/purpose", data=PURPOSE)
            headers["Credit-Purpose"] = "supervision"
        api = httpx.get(
            f"{address}/v1/organisation/subjects/{SUBJECT}/profile",
            headers=headers,
            timeout=AMPLE_S,
        ).json()
        given = api.get("records") or api["profile"]["records"]
        page = client.get(f"/en/subjects/{SUBJECT}").text
        shown = {each["event_id"] for each in given if f'id="r-{each["event_id"]}"' in page}
        assert shown == {each["event_id"] for each in given}, role
        assert page.count('<section id="r-') == len(given), role
    public = httpx.get(f"{address}/en/subjects/{SUBJECT}", timeout=AMPLE_S).text
    assert FINE.envelope.event_id in public
    assert OLD.envelope.event_id not in public


def test_who_says_no_purpose_sees_what_is_public_and_how_to_see_more(sign_in: SignIn) -> None:
    page = sign_in(Role.DEPARTMENT).get(f"/en/subjects/{SUBJECT}").text
    assert OLD.envelope.event_id not in page
    assert 'action="/en/purpose"' in page


def test_a_subject_sees_what_is_kept_of_it_why_and_who_asked(
    gate: GateOfPages, sign_in: SignIn
) -> None:
    official = sign_in(Role.DEPARTMENT)
    official.post("/zh/purpose", data=PURPOSE)
    official.get(f"/zh/subjects/{SUBJECT}")
    own = sign_in(Role.SUBJECT)
    before = len(gate.inquiries)
    page = own.get("/en/me")
    assert page.status_code == 200
    assert gate.inquiries[before].subjects == [SUBJECT]
    assert OLD.envelope.event_id in page.text
    assert "disclosure.penalty_market@" in page.text
    asked = own.get("/en/me/inquiries").text
    assert "Zhejiang Market Regulation" in asked
    assert "Asking of oneself" in asked


def test_reports_given_this_year_are_counted_and_of_last_year_are_not(
    gate: GateOfPages, sign_in: SignIn
) -> None:
    own = sign_in(Role.SUBJECT)
    own.get("/en/me")
    asked = gate.inquiries[-1]
    report = "GET /v1/{platform}/subjects/{subject}/report"
    for number, (at, question, outcome, role) in enumerate(
        [
            (asked.at, report, "answered", asked.role),
            (asked.at, "credit-ledger report", "answered", asked.role),
            (asked.at, report, "busy", asked.role),
            (asked.at, report, "answered", "auditor"),
            (asked.at.replace(year=asked.at.year - 1), report, "answered", asked.role),
        ]
    ):
        said = {"at": at, "question": question, "outcome": outcome, "role": role}
        gate.inquiries.append(msgspec.structs.replace(asked, inquiry_id=f"report-{number}", **said))
    assert "Reports of yourself given in 2026: 2." in own.get("/en/me/inquiries").text
    assert (
        "Reports of yourself"
        not in sign_in(Role.AUDITOR).get(f"/en/subjects/{SUBJECT}/inquiries").text
    )


def test_nobody_but_a_subject_has_a_page_of_its_own(address: str, sign_in: SignIn) -> None:
    for path in ("/zh/me", "/zh/me/inquiries", "/zh/me/consents"):
        assert httpx.get(f"{address}{path}", timeout=AMPLE_S).status_code == 401
        assert sign_in(Role.AUDITOR).get(path).status_code == 403
        assert sign_in(Role.REGION).get(path).status_code == 403
    other = sign_in(Role.SUBJECT).get(f"/zh/me?subject={a.OTHER_SUBJECT}")
    assert a.OTHER_SUBJECT not in other.text.split("<main")[1].split("<footer")[0]


def test_a_consent_is_given_by_keyboard_and_taken_back(
    address: str, as_role: AsRole, seen: Seen
) -> None:
    page = as_role(Role.SUBJECT)
    page.goto(f"{address}/en/me")
    page.locator('a[href="/en/me/consents"]').click()
    page.locator("#purpose").select_option("lending")
    page.locator("#organisation").fill("Agency 7")
    page.locator("#until").fill("2026-01-01")
    page.keyboard.press("Enter")
    page.locator(".errors a").click()
    assert page.evaluate("document.activeElement.id") == "organisation"
    look(page, "consents_wrong.en")
    page.locator("#organisation").fill("agency-7")
    page.locator("#until").fill("2026-01-01")
    page.keyboard.press("Enter")
    page.locator(".errors a[href='#until']").wait_for()
    page.locator("#until").fill("2027-01-01")
    page.keyboard.press("Enter")
    page.wait_for_url("**/me/consents?done=given")
    look(page, "consents_given.en")
    page.locator("ul.entries button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/me/consents?done=withdrawn")
    assert page.locator("ul.entries button").count() == 0
    assert [text for text in seen.said if "a status of 400" not in text] == []


def test_a_consent_that_is_sent_twice_in_any_writing_is_given_once(sign_in: SignIn) -> None:
    own = sign_in(Role.SUBJECT)
    for organisation, until in (
        ("agency-9", "2027-02-01"),
        ("Ａｇｅｎｃｙ－９ ", "2027年2月1日"),
        ("AGENCY-9", "2027/2/1"),
    ):
        said = {"organisation": organisation, "purpose": "lending", "until": until}
        answer = own.post("/en/me/consents", data=said)
        assert answer.headers.get("location") == "/en/me/consents?done=given", answer.text
    page = own.get("/en/me/consents").text
    assert page.count("<bdi>agency-9</bdi>") == 1
    (withdraw,) = re.findall(r'action="(/en/me/consents/[^/"]+/withdraw)"', page)
    assert own.post(withdraw).status_code == 303


def test_a_person_is_shown_to_itself_and_to_auditors_alone(address: str, sign_in: SignIn) -> None:
    path = f"/zh/subjects/{a.PERSON}"
    assert httpx.get(f"{address}{path}", timeout=AMPLE_S).status_code == 403
    assert sign_in(Role.SUBJECT).get(path).status_code == 403
    assert sign_in(Role.AUDITOR).get(path).status_code == 200


@pytest.mark.parametrize("kind", ["objection", "statement"])
def test_a_subject_says_by_keyboard_what_the_ledger_takes(
    address: str, as_role: AsRole, desk: DeskOfPages, kind: str
) -> None:
    page = as_role(Role.SUBJECT)
    page.goto(f"{address}/zh/me")
    record = FINE.envelope.event_id
    page.locator(f"#r-{record} p.ways a").click()
    page.locator("#kind").select_option(kind)
    page.locator("#text").fill(f'金额有误，{kind}<b>"')
    page.locator("form button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**?done=said")
    look(page, f"said_{kind}.zh")
    handed = desk.files[-1]
    assert handed.department == "subjects"
    line = msgspec.json.decode(handed.data)
    assert (line["subject_id"], line["concerns"]) == (SUBJECT, record)
    # What checks reports has nothing against it.
    assert SubmissionDesk("", "", CALENDAR.rulebook).check(handed) == []


def test_what_a_subject_says_wrongly_is_told_at_its_field_and_of_others_nothing(
    sign_in: SignIn, desk: DeskOfPages
) -> None:
    own, before = sign_in(Role.SUBJECT), len(desk.files)
    path = f"/en/me/records/{FINE.envelope.event_id}"
    for said, field in (
        ({"kind": "objection", "ground": "wrong_amount"}, "text"),
        ({"kind": "statement", "text": "x" * 1_001}, "text"),
        ({"kind": "else", "text": "x"}, "kind"),
        ({"kind": "objection", "ground": "else", "text": "x"}, "ground"),
    ):
        answer = own.post(path, data=said)
        assert answer.status_code == 400
        assert f'href="#{field}"' in answer.text
    others = SAID[Platform.ORGANISATION][3].envelope.event_id
    assert own.get(f"/en/me/records/{others}").status_code == 404
    own.post(f"/en/me/records/{others}", data={"kind": "statement", "text": "x"})
    assert sign_in(Role.DEPARTMENT).post(path, data={"kind": "statement"}).status_code == 403
    assert len(desk.files) == before


@pytest.mark.parametrize("path", ["me", f"subjects/{SUBJECT}", f"subjects/{SUBJECT}/timeline"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_title_is_words_alone(sign_in: SignIn, language: str, path: str) -> None:
    page = sign_in(Role.SUBJECT).get(f"/{language}/{path}")
    assert page.status_code == 200
    title = page.text.split("<title>")[1].split("</title>")[0]
    assert "bdi" not in title


@pytest.mark.requirement(46, at="page")
def test_an_archive_of_a_subject_is_a_page_of_its_own(sign_in: SignIn) -> None:
    """专业信用档案: of a profession, by role; and of a field. What else there is stands elsewhere."""
    auditor, official = sign_in(Role.AUDITOR), sign_in(Role.DEPARTMENT)
    official.post("/zh/purpose", data={**PURPOSE, "basis": "ZJ art. 18"})
    for client in (auditor, official):
        page = client.get(f"/zh/subjects/{a.PERSON}?profession=lawyer").text
        assert "律师专业信用档案" in page
        assert PRACTISING.envelope.event_id in page
        assert DEFAULTER.envelope.event_id not in page
        none = client.get(f"/zh/subjects/{a.PERSON}?archive=professional.driver")
        assert (none.status_code, PRACTISING.envelope.event_id in none.text) == (200, False)
    assert auditor.get(f"/zh/subjects/{a.PERSON}?archive=labour").status_code == 404
    court = sign_in(Role.SUBJECT).get("/zh/me?archive=court").text
    assert FINE.envelope.event_id not in court
