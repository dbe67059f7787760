"""A province whose departments report, by file, of firms in nine fields."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from typer.testing import CliRunner

from events.envelope import CHINA, Source
from events.types.subject import SubjectKind
from ops.cli import app
from ops.generator.codes import synthetic_credit_code_at
from tests.support import builders as a
from tests.support.answers import answer_of
from tests.support.keys import local_key_of
from tests.support.reported import the_fields

if TYPE_CHECKING:
    from pathlib import Path

    from events.event import Event
    from tests.acceptance.conftest import Ledger
TODAY: Final = datetime.now(CHINA).date()
YEAR: Final = TODAY.year - 1
LATELY: Final = (TODAY - timedelta(days=20)).isoformat()


def firm(number: int) -> str:
    """Give the code of a firm of this module alone."""
    return synthetic_credit_code_at(70_000 + number)


(
    FINED,
    DOMAINS,
    LISTED,
    UNWARNED,
    GOOD,
    OWING,
    COURT,
    RECALL,
    MEASURED,
    REGIONS,
    DIFFER,
    SAID,
    SECRET,
    CERTIFIED,
    PROMISING,
    TIED,
    WATCHED,
    ITEMISED,
) = map(firm, range(18))
BODY: Final = "11330100PDY000706M"


def on(month_day: str) -> str:
    """Give a day of last year, so that no clock of the rules is near its end."""
    return f"{YEAR}-{month_day}"


PENALTY = a.a_penalty("甲", on("03-10"), subject_id=FINED, fine_fen=500_000_000)
SECOND = a.a_penalty("乙", on("03-11"), subject_id=FINED)
ARREARS = a.arrears("甲", on("03-10"), subject_id=OWING)
NOTICE = a.a_notice("甲", on("02-01"), subject_id=LISTED)
ENTRY = a.a_tax_listing("甲", on("04-10"), notified_on=on("02-01"), subject_id=LISTED)
BARE = a.a_tax_listing("乙", on("04-10"), notified_on=None, subject_id=UNWARNED)
MEASURE = a.a_measure(ENTRY, on("05-01"), no="甲", measure="credit_warning")
FILED = a.a_filing("甲", on("01-10"), subject_id=COURT)
NINE: Final = {
    "credit": a.a_default("信贷", on("02-01"), category="default.loan", subject_id=DOMAINS),
    "tax": a.arrears("九", on("02-02"), subject_id=DOMAINS),
    "contract": a.a_commitment("九", on("02-03"), subject_id=DOMAINS),
    "quality": a.an_inspection("九", on("02-04"), subject_id=DOMAINS),
    "environment": a.a_penalty(
        "环",
        on("02-05"),
        subject_id=DOMAINS,
        department="ecology-zj",
        category="penalty.environment",
    ),
    "labour": a.a_default("薪", on("02-06"), subject_id=DOMAINS),
    "justice": a.a_judgment("九", on("02-07"), subject_id=DOMAINS),
    "trade": a.a_penalty(
        "关", on("02-08"), subject_id=DOMAINS, department="customs-hz", category="penalty.customs"
    ),
    "food_drug": a.a_recall("九", on("02-09"), subject_id=DOMAINS),
}
CERTIFICATES: Final = [
    a.a_certificate(n, on(day), status=status, subject_id=CERTIFIED)
    for n, (day, status) in enumerate(
        [
            ("02-01", "granted"),
            ("05-01", "suspended"),
            ("06-01", "restored"),
            ("09-01", "withdrawn"),
        ]
    )
]
PROMISES: Final = {
    "commitment.licence": "market-zj",  # 审批替代型
    "commitment.public": "credit-zj",  # 主动公示型
    "commitment.industry": "association-zj",  # 行业自律型
    "commitment.repair": "credit-zj",  # 信用修复型
}
"""The four kinds of commitment (信用承诺), and who reports each here."""


def promised() -> list[Event]:
    """Give of each kind one that was kept and one that was broken, with what became of it."""
    said: list[Event] = []
    for category, department in PROMISES.items():
        for outcome in ("performed", "breached"):
            source = Source.ASSOCIATION if department == "association-zj" else Source.DEPARTMENT
            made = a.a_commitment(
                f"{category}{outcome}",
                on("02-01"),
                subject_id=PROMISING,
                category=category,
                department=department,
                source=source,
            )
            said += [made, a.a_settled(made, LATELY, outcome)]
    return said


REPORTED: Final = [
    *CERTIFICATES,
    *promised(),
    a.a_registration(subject_id=FINED),
    PENALTY,
    SECOND,
    a.a_correction(SECOND, on("03-20"), fine_fen=1_000_000),
    ARREARS,
    a.a_settlement(ARREARS, on("06-01"), 1_000_000),
    NOTICE,
    ENTRY,
    BARE,
    MEASURE,
    a.a_measure_answer(MEASURE, on("05-10"), "applied"),
    a.a_commendation("甲", on("03-01"), subject_id=GOOD),
    a.a_grade("A", on("04-30"), period=YEAR - 1, subject_id=GOOD),
    FILED,
    a.a_recall("甲", on("03-01"), batch_no="B20250301", level=1, subject_id=RECALL),
    a.a_recall("绍", LATELY, subject_id=REGIONS, region="330600", level=1),
    *NINE.values(),
    a.a_registration(subject_id=DIFFER, subject_name="杭州甲有限公司"),
    a.a_penalty(
        "名",
        LATELY,
        subject_id=DIFFER,
        subject_name="杭州乙有限公司",
        department="ecology-zj",
        category="penalty.environment",
    ),
    a.a_declaration("自", on("05-01"), subject_id=SAID),
    a.a_removal(ENTRY, LATELY),
    a.a_relation("甲", on("03-01"), subject_id=TIED, until=on("09-01")),
    a.a_penalty("一", LATELY, subject_id=WATCHED, fine_fen=500_000_000),
    a.a_penalty("二", LATELY, subject_id=WATCHED, fine_fen=500_000_000),
    a.particulars(on("03-01"), subject_id=ITEMISED),
    a.a_registration(subject_id=BODY, kind=SubjectKind.GOVERNMENT_BODY),
    a.a_default(
        "府",
        on("03-01"),
        subject_id=BODY,
        department="ndrc-zj",
        category="default.government",
    ),
]


class Province(NamedTuple):
    """A ledger to which departments reported, and what `submit` told each."""

    ledger: Ledger
    told: dict[str, Any]

    def ask(self, *verb: str) -> Any:
        """Ask by a verb that must succeed, and give its JSON."""
        return answer_of(self.said(*verb, "--json"))

    def said(self, *verb: str) -> str:
        """Ask by a verb that must succeed, and give what it prints."""
        stack = self.ledger.stack
        environment = {
            "CREDIT_LEDGER_KAFKA": stack.kafka,
            "CREDIT_LEDGER_POSTGRES": stack.postgres,
            "CREDIT_LEDGER_KEY": local_key_of(stack) or "",
            "COLUMNS": "200",
        }
        done = CliRunner().invoke(app, list(verb), env=environment)
        assert done.exit_code == 0, done.output
        return done.stdout

    def profile(self, subject: str) -> Any:
        return self.ask("profile", subject)["profile"]


def seen(ledger: Ledger, subject: str) -> bool:
    return ledger.run("profile", subject, "--json").returncode == 0


def submit(ledger: Ledger, folder: Path, department: str, events: list[Event]) -> Any:
    """Report as a department does: a file, and a verb."""
    file = folder / f"{department}.ndjson"
    file.write_bytes(b"\n".join(msgspec.json.encode(the_fields(event)) for event in events) + b"\n")
    done = ledger.run("submit", str(file), "--department", department, "--json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
