"""Records that are objected to, repaired and paid, and what holds of them on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from events.rules.rulebook import load_rulebook
from events.types.objection import ObjectionOutcome
from projections.calendar.rules import RuleCalendar, RulesOfDay
from projections.day.effects import Effect
from projections.day.record_on_day import RecordOnDay
from projections.record.marks import Application, Marks, Objection, Payment, Repair, Reply
from projections.record.matters import (
    AnyMatter,
    Conduct,
)
from tests.support.matters import a_matter, record_of

RULEBOOK = load_rulebook()
CALENDAR = RuleCalendar(RULEBOOK)


def day(text: str) -> date:
    return date.fromisoformat(text)


def a_conduct(*marks: object, on: str = "2024-01-10", **fields: Any) -> Conduct:
    return a_matter(Conduct, on, marks=marked(*marks), **fields)


def marked(*marks: object) -> Marks | None:
    def of(kind: type) -> tuple[Any, ...]:
        return tuple(mark for mark in marks if isinstance(mark, kind))

    return Marks(of(Objection), (), of(Application), of(Repair)) if marks else None


def raised(
    on: str, *answers: str, review_of: Objection | None = None, by: str = "credit-zj"
) -> Objection:
    """Give an objection with its answers, each an outcome and its day in turn."""
    replies = zip(answers[::2], answers[1::2], strict=True)
    return Objection(
        f"objection {on}",
        day(on),
        by,
        answers=tuple(
            Reply(f"answer {told}", day(told), by, ObjectionOutcome(outcome))
            for outcome, told in replies
        ),
        review_of=None if review_of is None else review_of.event_id,
    )


def applied(on: str, *, committed: bool = True) -> Application:
    return Application(f"application {on}", day(on), "credit-zj", committed)


def granted(on: str, until: str | None = None) -> Repair:
    last = None if until is None else day(until)
    return Repair(f"repair {on}", day(on), granted=True, until=last)


def refused(on: str) -> Repair:
    return Repair(f"repair {on}", day(on), granted=False, until=None)


def paid(on: str, fen: int | None = None) -> Payment:
    return Payment(day(on), fen, cleared=fen is None)


def effect(matter: AnyMatter, on: str) -> Effect:
    return effect_of(matter, CALENDAR.on(day(on)))


def counts(matter: AnyMatter, on: str) -> bool:
    return day(on) < effect(matter, on).counts_until


def shows(matter: AnyMatter, on: str) -> bool:
    return day(on) < effect(matter, on).hidden_from


def repair(matter: AnyMatter, on: str) -> tuple[str, str]:
    found = effect(matter, on)
    return found.repair, found.repair_note


def effect_of(matter: AnyMatter, rules: RulesOfDay) -> Effect:
    """Give what is done to a matter that is all there is in a record."""
    return RecordOnDay(record_of(matter), rules).effect(matter)
