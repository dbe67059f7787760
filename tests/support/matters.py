"""Matters as tests of conclusions need them: without a ledger, saying only what differs."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from events.dates import FOREVER
from events.envelope import Disclosure, Source
from events.rules.rulebook import load_rulebook
from events.types.commendation import HonourLevel
from events.types.finding import Seriousness
from projections.calendar.rules import RuleCalendar
from projections.day.effects import Effect
from projections.day.record_on_day import RecordOnDay
from projections.day.shapes import RepairFlaw, RepairState
from projections.record.credit_record import CreditRecord
from projections.record.evolving import keep
from projections.record.marks import Answer, Payment
from projections.record.matter import Matter
from projections.record.matters import (
    AnyMatter,
    Commitment,
    Conduct,
    Default,
    Grade,
    Honour,
    Listing,
    Measure,
    NoticeGiven,
)

M = TypeVar("M", bound=Matter)

CALENDAR = RuleCalendar(load_rulebook())

UNTOUCHED = Effect(
    counts_until=FOREVER,
    hidden_from=FOREVER,
    voided=False,
    objected=False,
    repaired_on=None,
    repair=RepairState.NONE,
    repair_note=RepairFlaw.NONE,
    next_change_on=FOREVER,
    rules=(),
)
"""What objections and repairs do to a record that has neither."""

_COMMON: dict[str, Any] = {
    "category": "penalty.market",
    "department": "market-zj",
    "region": "330100",
    "document_no": "1号",
    "name": None,
    "disclosure": Disclosure.PUBLIC,
    "source": Source.DEPARTMENT,
    "day_basis": "occurred_on",
    "published_on": None,
    "verified": None,
    "corrected": 0,
    "ended_on": None,
    "marks": None,
}
_OWN: dict[type, dict[str, Any]] = {
    Listing: {
        "list": "major_tax_violator",
        "ground": "evasion",
        "notified_on": None,
        "term_months": None,
        "notice_no": None,
        "responsible": (),
    },
    NoticeGiven: {
        "list": "major_tax_violator",
        "ground": "evasion",
        "defence_until": None,
        "heard_on": None,
    },
    Honour: {
        "category": "commendation.quality",
        "honour": "质量奖",
        "level": HonourLevel.CITY,
        "valid_until": None,
    },
    Grade: {
        "category": "grade.tax",
        "scheme": "tax",
        "grade": "A",
        "period": None,
        "valid_until": None,
    },
    Measure: {
        "category": "measure",
        "measure": "procurement_ban",
        "because": "listing",
        "targets": ("finance-zj",),
        "until": None,
        "answers": (),
        "department": "ndrc-zj",
    },
    Default: {
        "category": "default.wage",
        "amount_fen": None,
        "due_on": None,
        "ordered_by": None,
        "persons": None,
        "payments": (),
    },
    Commitment: {"category": "commitment.licence", "matter": "", "due_on": None, "payments": ()},
    Conduct: {
        "category": "conduct.industry_rules",
        "conduct": "",
        "seriousness": Seriousness.GENERAL,
    },
}


def record_of(*matters: AnyMatter) -> CreditRecord:
    """Give a record that holds these matters."""
    record = CreditRecord()
    for matter in matters:
        keep(record, matter)
    return record


def _value(value: Any) -> Any:
    """Read what looks like a day as one."""
    if isinstance(value, str) and len(value) == 10 and value[4] == "-":
        return date.fromisoformat(value)
    return value


def a_matter(kind: type[M], day: str, **fields: Any) -> M:
    """Give a matter of a kind; its id is the kind's name in small letters, if not said."""
    said = {"event_id": kind.__name__.lower(), "day": day} | fields
    values = {name: _value(value) for name, value in (_COMMON | _OWN[kind] | said).items()}
    return kind(**values)


def an_answer(day: str, department: str, answer: str, **fields: Any) -> Answer:
    """Give what a department answered to a measure."""
    named = {"event_id": f"{department} {day}", "reason": None, "effect": None} | fields
    return Answer(day=date.fromisoformat(day), department=department, answer=answer, **named)


def a_payment(day: str, *, cleared: bool = True, breached: bool = False) -> Payment:
    """Give what was paid or done of an obligation; by default all of it."""
    return Payment(date.fromisoformat(day), None, cleared, breached)


def effect(**fields: Any) -> Effect:
    """Give what an objection or a repair does to a record, saying only what it does."""
    said = {name: _value(value) for name, value in fields.items()}
    said |= {"repair": RepairState(fields.get("repair", ""))}
    said |= {"repair_note": RepairFlaw(fields.get("repair_note", ""))}
    return UNTOUCHED._replace(**said)


def on_day(
    when: str | date,
    *matters: AnyMatter,
    effects: dict[str, Effect] | None = None,
    calendar: RuleCalendar = CALENDAR,
) -> RecordOnDay:
    """Give a record as it stands on a day; `effects` say what is done to some, by event id."""
    day = date.fromisoformat(when) if isinstance(when, str) else when
    return RecordOnDay(record_of(*matters), calendar.on(day), effects or {})
