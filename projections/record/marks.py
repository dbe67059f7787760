"""What stands beside a record: payments, objections, statements, repairs, answers. Pure data.

Packed small: fields stand in the order in which they are stored. Days are days in China.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from events.types.objection import ObjectionOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator


class Payment(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What was paid or done of an obligation, from which day; `breached` is a broken one."""

    on: date
    paid_fen: int | None
    cleared: bool
    breached: bool = False


class Reply(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An answer to an objection: of which day, and its outcome."""

    event_id: str
    day: date
    department: str
    outcome: ObjectionOutcome


class Objection(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An objection (异议), when its period was extended, and every answer, oldest first.

    One that asks for a re-review (复核) names the objection whose answer is looked at again.
    """

    event_id: str
    raised_on: date
    department: str
    extended_on: date | None = None
    answers: tuple[Reply, ...] = ()
    review_of: str | None = None

    @property
    def answered_on(self) -> date | None:
        """Give the day of the first answer, from which it is no longer pending."""
        return self.answers[0].day if self.answers else None


class Statement(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The subject's own words beside a record (说明)."""

    event_id: str
    day: date
    text: str


class Application(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An application for repair (修复申请), and when the period to decide was extended."""

    event_id: str
    day: date
    department: str
    committed: bool
    extended_on: date | None = None


class Repair(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A decision on repair (修复决定); `until` is the first day after a temporary one."""

    event_id: str
    day: date
    granted: bool
    until: date | None


class Marks(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What stands beside a record: objections, statements, applications and decisions of repair."""

    objections: tuple[Objection, ...] = ()
    statements: tuple[Statement, ...] = ()
    applications: tuple[Application, ...] = ()
    repairs: tuple[Repair, ...] = ()


def is_answered(marks: Marks | None) -> bool:
    """Say whether any objection has been answered."""
    return marks is not None and any(o.answers for o in marks.objections)


def days_of_marks(marks: Marks | None) -> Iterator[date]:
    """Give every day that marks name: raised, answered, applied, decided, over."""
    if marks is None:
        return
    for objection in marks.objections:
        yield objection.raised_on
        yield from (answer.day for answer in objection.answers)
    for application in marks.applications:
        yield application.day
    for repair in marks.repairs:
        yield repair.day
        if repair.until is not None:
            yield repair.until


class Answer(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a department asked to take a measure answered (响应、反馈)."""

    event_id: str
    day: date
    department: str
    answer: str
    reason: str | None
    effect: str | None
