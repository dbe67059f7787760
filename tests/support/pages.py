"""A ledger that pages are tried on: what is published, what is not, and who may see it."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
from axe_playwright_python.sync_playwright import Axe
from psycopg_pool import ConnectionPool

from events.envelope import Disclosure, Platform, Source
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.dictionary.artefacts import artefacts
from ops.doors.gate import KeyGate
from ops.pages.routes import pages
from ops.submission.files.template import empty_form
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.http.asking.desk import (
    FateOfLine,
    FileUnreadableError,
    HandedFile,
    LineOfSubmission,
    LinesOfFate,
    ReasonTold,
    SubmissionTold,
    TakenNote,
)
from projections.http.words import Words
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.queries.outcomes import LineFate
from projections.store.bulletin.following import follow
from projections.store.control.consents import keep_consent, withdraw_consent
from projections.store.control.inquiries import keep_inquiries
from projections.store.control.keys import AccessKey, digest_of_secret, keep_key
from projections.store.database import create_control
from projections.store.store import Store
from tests.support import builders as a
from tests.support.asking import noon
from tests.support.given import recorded_ms, value_of
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Page
    from starlette.applications import Starlette

    from events.event import Event
    from ops.local.stack import Stack
    from projections.access.consents import Consent
    from projections.access.inquiry import Inquiry
    from projections.http.asking.evidence import CutStanding
    from projections.queries.waiting import Addressed

TODAY = date(2026, 6, 15)
CALENDAR = RuleCalendar(load_rulebook())
SUBJECT = a.SUBJECT
FINE = a.a_penalty(8, "2026-05-01", region="330106")
OLD = a.a_penalty(7, "2025-06-02", region="330106")
WHILE_PUBLISHED = date(2026, 5, 20)
HOSTILE = '<script>alert(1)</script>&\u202e=HYPERLINK("x")'
DEFAULTER = a.a_court_listing(1, "2026-01-10", subject_id=a.PERSON, subject_name="张三")
PRACTISING = a.a_relation(
    role="practises",
    other=None,
    profession="lawyer",
    subject_id=a.PERSON,
    department="lawyer-zj",
    category="relation.profession",
    source=Source.ASSOCIATION,
)
SAID: dict[Platform, list[Event]] = {
    Platform.ORGANISATION: [
        a.named(a.a_registration("2018-01-01", region="330106")),
        OLD,
        FINE,
        a.a_penalty(9, "2026-05-02", subject_name=HOSTILE, subject_id=a.OTHER_SUBJECT),
        a.a_judgment("（2024）浙0106民初1号", "2024-03-01"),
        a.a_default(2, "2026-06-05", category="default.wage"),
    ],
    Platform.PERSON: [DEFAULTER, PRACTISING],
}


HIDDEN: list[Event] = [
    a.a_default(5, "2026-06-06", category="default.loan", subject_name="另一名称"),
    a.a_judgment("（2025）浙0106民初2号", "2025-03-01"),
    a.a_penalty(11, "2026-05-09", disclosure=Disclosure.SHARED, subject_name="另一名称"),
    a.a_default(6, "2026-06-06", category="default.loan", subject_id="91330200PDY00003XC"),
]
"""What nobody may find a trace of: of a subject that has published records, and of one without."""


@contextmanager
def recorded(stack: Stack, said: Mapping[Platform, Sequence[Event]]) -> Iterator[str]:
    with fresh_database(stack.postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            create_control(connection, LEDGER_PARTITIONS)
            _keep_keys(connection)
            for platform, events in said.items():
                projector = Projector(platform, Store(f"{platform}_v1"), CALENDAR)
                for event in events:
                    record(connection, projector, event)
            for day in (WHILE_PUBLISHED, TODAY):
                while follow(connection, CALENDAR, day):
                    pass
        yield url


class GateOfPages(KeyGate):
    """The gate of the running service, with keys; inquiries are kept in memory."""

    def __init__(self) -> None:
        super().__init__("", noon(TODAY))
        self.inquiries: list[Inquiry] = []

    def record(self, *inquiries: Inquiry) -> None:
        self.inquiries.extend(inquiries)

    def catch_up(self, connection: Any, platform: Platform) -> None:
        """Keep what was asked: no topic is read."""
        keep_inquiries(connection, [each for each in self.inquiries if each.platform == platform])

    def consent(self, connection: Any, consent: Consent) -> None:
        """Keep it: no broker is told."""
        keep_consent(connection, consent)

    def withdraw(self, connection: Any, consent_id: str) -> None:
        """End it: no broker is told."""
        withdraw_consent(connection, consent_id)


class Holder(NamedTuple):
    """Whose a key is, and the key."""

    role: Role
    organisation: str | None = None
    region: str | None = None

    @property
    def key(self) -> str:
        return f"crl_{_ID_OF[self.role]}_{self.role.value:0<43}"


HOLDERS = {
    Role.DEPARTMENT: Holder(Role.DEPARTMENT, organisation="market-zj"),
    Role.REGION: Holder(Role.REGION, region="330100"),
    Role.AUDITOR: Holder(Role.AUDITOR),
    Role.OPERATOR: Holder(Role.OPERATOR),
    Role.SUBJECT: Holder(Role.SUBJECT, organisation=SUBJECT),
}
_ID_OF = {role: f"{number:012x}" for number, role in enumerate(HOLDERS, 1)}


def _keep_keys(connection: Any) -> None:
    for role, holder in HOLDERS.items():
        _, key_id, secret = holder.key.split("_")
        key = AccessKey(
            key_id=key_id,
            name=f"a {role}",
            roles=(role,),
            organisation=holder.organisation,
            region=holder.region,
            since=date(2026, 1, 1),
            until=None,
        )
        keep_key(connection, key, digest_of_secret(secret))


class GivenReceipt(NamedTuple):
    """A receipt of the desk of these tests."""

    number: int
    department: str
    lines: int

    @property
    def receipt_id(self) -> str:
        return f"receipt-{self.number}"


class DeskOfPages:
    """A desk that keeps in memory what it is handed."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, str | None]] = []
        self.files: list[HandedFile] = []
        self.asked, self.open_for = 0, 1
        """How often lines were asked for; up to which time they are on their way."""

    def take_note(self, told: Addressed, department: str, note: str | None) -> TakenNote:
        self.notes.append((told.warning_id, department, note))
        return TakenNote(told.warning_id, department, LineFate.WAITING, "a receipt")

    def take_in(self, handed: HandedFile) -> SubmissionTold:
        if handed.name.endswith(".xlsx"):
            raise FileUnreadableError(Words("no workbook", "不是工作簿"))
        self.files.append(handed)
        return SubmissionTold(f"receipt-{len(self.files) - 1}", [])

    def check(self, handed: HandedFile) -> list[LineOfSubmission]:
        del handed
        why = ReasonTold("value_not_allowed", "fine_fen", '=HYPERLINK("x")', "whole fen")
        return [LineOfSubmission(3, FateOfLine.REFUSED, None, [why])]

    def receipt(self, _connection: Any, receipt_id: str) -> GivenReceipt | None:
        number = int(receipt_id.rpartition("-")[2])
        file = self.files[number]
        return GivenReceipt(number, file.department, file.data.count(b"\n") + 1)

    def template(self, name: str, ending: str) -> bytes | None:
        return empty_form(load_rulebook(), name, ending)

    def some_lines(
        self, _connection: Any, given: GivenReceipt, fate: FateOfLine | None, first: int, limit: int
    ) -> LinesOfFate:
        self.asked += 1
        came = FateOfLine.ACCEPTED if self.asked <= self.open_for else FateOfLine.RECORDED
        why = [ReasonTold("value_not_allowed")]
        lines = [LineOfSubmission(given.lines, FateOfLine.REFUSED, None, why)]
        good = range(1, given.lines)
        lines += [LineOfSubmission(n, came, FINE.envelope.event_id, []) for n in good]
        chosen = [each for each in lines if fate in (None, each.fate)]
        found = Counter(each.fate for each in lines)
        counts = {each: found[each] for each in FateOfLine if found[each]}
        return LinesOfFate(counts, chosen[first : first + limit])


class EvidenceOfPages:
    """Evidence of a ledger of which nothing is signed yet: the verifier is there all the same."""

    def cuts_now(self) -> list[CutStanding]:
        return []

    def verifier(self) -> bytes:
        return (files("ops.evidence") / "verify_alone.py").read_bytes()


@contextmanager
def service(
    url: str,
    gate: GateOfPages | None = None,
    desk: Any = None,
    *,
    connections: int = 1,
    **more: Any,
) -> Iterator[Starlette]:
    """Serve pages; `more` is what they have beside."""
    evidence: Any = EvidenceOfPages()
    with ConnectionPool(url, min_size=connections, kwargs={"autocommit": True}) as pool:
        gate = GateOfPages() if gate is None else gate
        yield create_service(
            *(pool, CALENDAR, noon(TODAY), dict),
            pages=pages(**more),
            gate=gate,
            desk=desk,
            artefacts=artefacts,
            evidence=evidence,
        )


def record(
    connection: Any,
    projector: Projector,
    event: Event,
    on: date = WHILE_PUBLISHED,
    after_ms: int = 0,
) -> None:
    """Record an event on a day, at noon or so much later."""
    subject = event.envelope.subject_id
    partition = partition_of(subject)
    row = connection.execute(
        f"SELECT next_offset FROM {projector.store.schema}.position WHERE partition = %s",
        (partition,),
    ).fetchone()
    raw = Raw(row[0], recorded_ms(on) + after_ms, subject.encode(), value_of(event))
    projector.apply(connection, partition, [raw])


class Seen:
    """A page that was opened: what it said beside its content, and whom it asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))


UNMARKED = """() => {
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode;
        const marked = node.parentElement.closest("[lang]").getAttribute("lang").startsWith("zh");
        if (!marked && /[\u4e00-\u9fff]/.test(node.data)) found.push(node.data);
    }
    return found;
}"""

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def is_for_everybody(seen: Seen, address: str, *expected: str) -> None:
    """Check what stands open: no barrier, no word in the console, nobody else asked."""
    found = Axe().run(seen.page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    assert [text for text in seen.said if not any(e in text for e in expected)] == []
    assert [url for url in seen.asked if not url.startswith(address)] == []


def look(page: Page, name: str) -> None:
    """Keep a picture where a folder for pictures is named."""
    if folder := os.environ.get("CREDIT_LEDGER_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


PURPOSES: Final = {Role.DEPARTMENT: "supervision", Role.REGION: "supervision"}
"""What those say for what they ask, whose purpose is not implied."""


def say_purpose(page: Page, address: str, role: Role) -> None:
    """Say in a browser what for one asks, who is signed in as a role."""
    said: dict[str, str | float | bool] = {"purpose": PURPOSES.get(role, "")}
    page.request.post(f"{address}/zh/purpose", form=said, headers={"Origin": address})
