"""Records on a day as tests of signals and warnings need them: each matter says only what differs."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

import msgspec

from events.envelope import Disclosure, Source
from events.rules.rulebook import load_rulebook
from events.rules.versions import WarningRule
from events.types.commendation import HonourLevel
from events.types.finding import InspectionResult, Seriousness
from events.types.objection import ObjectionOutcome
from events.types.penalty import PenaltyKind
from events.types.relation import RelationRole
from ops.generator.plain import document_form
from projections.calendar.rules import RuleCalendar
from projections.conclusions.conclusions import ActiveWarning
from projections.conclusions.warnings import warnings_on
from projections.day.lists import memberships
from projections.day.record_on_day import RecordOnDay
from projections.record.credit_record import Fact
from projections.record.marks import Application, Marks, Objection, Payment, Repair, Reply
from projections.record.matter import Matter
from projections.record.matters import (
    Acknowledgement,
    AnyMatter,
    Arrears,
    Commitment,
    Conduct,
    Conviction,
    Default,
    Enforcement,
    Grade,
    Honour,
    Inspection,
    Licence,
    Listing,
    Measure,
    NoticeGiven,
    Penalty,
    Recall,
    Relation,
)
from projections.signals.signals import Signals
from tests.support.matters import record_of

M = TypeVar("M", bound=Matter)

CALENDAR = RuleCalendar(load_rulebook())

_COMMON: dict[str, Any] = {
    "department": "market-zj",
    "region": "330100",
    "document_no": "1号",
    "disclosure": Disclosure.PUBLIC,
    "source": Source.DEPARTMENT,
    "day_basis": "occurred_on",
    "corrected": 0,
}
_OWN: dict[type, dict[str, Any]] = {
    Penalty: {
        "category": "penalty.market",
        "kinds": (PenaltyKind.FINE,),
        "simple_procedure": False,
        "fine_fen": 5_000_000,
        "final_on": date.min,
        "payments": (),
    },
    Arrears: {"category": "arrears.tax", "department": "tax-zj", "payments": ()},
    Listing: {
        "category": "list.judgment_defaulter",
        "department": "court-zj",
        "list": "judgment_defaulter",
        "ground": "able_but_refuses",
        "responsible": (),
    },
    NoticeGiven: {
        "category": "list.major_tax_violator",
        "department": "tax-zj",
        "list": "major_tax_violator",
        "ground": "evasion",
    },
    Licence: {"category": "licence.market", "licence_no": "许1"},
    Grade: {"category": "grade.tax", "department": "tax-zj", "scheme": "tax"},
    Inspection: {"category": "inspection.quality", "result": InspectionResult.FAILED},
    Recall: {"category": "recall.product", "product": "电水壶"},
    Conduct: {
        "category": "conduct.bid_collusion",
        "conduct": "串通投标",
        "seriousness": Seriousness.GENERAL,
    },
    Default: {"category": "default.wage", "department": "labour-zj", "payments": ()},
    Enforcement: {"category": "enforcement", "department": "court-zj", "payments": ()},
    Commitment: {"category": "commitment.licence", "matter": "告知承诺", "payments": ()},
    Conviction: {"category": "judgment.criminal", "department": "court-zj"},
    Honour: {
        "category": "commendation.quality",
        "honour": "质量奖",
        "level": HonourLevel.CITY,
    },
    Relation: {"category": "relation", "role": RelationRole.LEGAL_REPRESENTATIVE},
    Measure: {
        "category": "measure",
        "department": "ndrc-zj",
        "measure": "procurement_ban",
        "because": "listing",
        "targets": ("finance-zj", "water-zj"),
        "answers": (),
    },
    Acknowledgement: {"category": "acknowledgement", "rule": "warning.penalties"},
}


def _value(value: Any) -> Any:
    """Read what looks like a day as one."""
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return date.fromisoformat(value)
    return value


def _category_of(kind: type[Matter]) -> str:
    form = None if kind.opened_by is None else document_form(kind.opened_by.__name__)
    assert form is not None, f"no department reports a {kind.__name__}"
    return form.category


def recorded(kind: type[M], day: str | date, **fields: Any) -> M:
    """Give a matter of a kind; its id, unless named, is its kind and day."""
    values: dict[str, Any] = dict.fromkeys(kind.__struct_fields__)
    said = {"event_id": f"{kind.__name__.lower()} {day}", "day": day} | fields
    # Only of a kind that nothing is said of here is it asked who reports it: it may be nobody.
    own = _OWN[kind] if kind in _OWN else {"category": _category_of(kind)}
    values |= _COMMON | own | said
    return kind(**{name: _value(value) for name, value in values.items()})


def paid(
    day: str, paid_fen: int | None = None, *, cleared: bool = False, breached: bool = False
) -> Payment:
    """Give what was paid or done of an obligation."""
    return Payment(date.fromisoformat(day), paid_fen, cleared, breached)


def objection(raised: str, answered: str | None = None, *, extended: str | None = None) -> Marks:
    """Give an objection beside a record, which its department rejects if it answers at all."""
    answers: tuple[Reply, ...] = ()
    if answered is not None:
        day = date.fromisoformat(answered)
        answers = (Reply("answer", day, "credit-zj", ObjectionOutcome.REJECTED),)
    made = Objection(
        "objection", date.fromisoformat(raised), "credit-zj", _value(extended), answers
    )
    return Marks(objections=(made,))


def repair(applied: str, decided: str | None = None, *, granted: bool = True) -> Marks:
    """Give an application for repair beside a record, and its decision."""
    asked = Application("application", date.fromisoformat(applied), "credit-zj", committed=True)
    if decided is None:
        return Marks(applications=(asked,))
    told = Repair("decision", date.fromisoformat(decided), granted, None)
    return Marks(applications=(asked,), repairs=(told,))


def fact(event_id: str, day: str, department: str, name: str) -> Fact:
    """Give what a register says of the subject's name."""
    on = date.fromisoformat(day)
    return Fact(on, 0, event_id, department, "330100", name, None, None, None, ())


def signals_on(
    when: str | date,
    *matters: AnyMatter,
    facts: tuple[Fact, ...] = (),
    calendar: RuleCalendar = CALENDAR,
) -> Signals:
    """Give the signals of a record on a day."""
    record = record_of(*matters)
    record.facts |= {each.event_id: each for each in facts}
    on_day = RecordOnDay(record, calendar.on(_value(when)))
    return Signals(on_day, memberships(on_day))


def warned_on(
    when: str | date, *matters: AnyMatter, calendar: RuleCalendar = CALENDAR
) -> dict[str, ActiveWarning]:
    """Give the warnings of a record on a day, by their rules."""
    found, _ = warnings_on(signals_on(when, *matters, calendar=calendar))
    return {warning.rule: warning for warning in found}


def ruled(*levels: dict[str, Any], signal: str = "penalties", **version: Any) -> RuleCalendar:
    """Give the rules with one warning alone, `warning.x`, of these thresholds."""
    about = {name: version.pop(name) for name in ("kind", "list", "recipients") if name in version}
    in_force = {"from": "1980-01-01", "reference": "assumption", "levels": levels} | version
    rule = {"id": "warning.x", "title": "X", "title_zh": "某", "signal": signal} | about
    made = msgspec.convert(rule | {"in_force": [in_force]}, WarningRule)
    return RuleCalendar(msgspec.structs.replace(load_rulebook(), warnings=[made]))
