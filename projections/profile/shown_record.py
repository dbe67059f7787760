"""A record as a profile shows it: what it says, where it stands, and who may see it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.dates import FOREVER
from projections.calendar.deadlines import objection_deadline
from projections.calendar.workdays import is_provisional
from projections.profile.shapes import (
    OwnWords,
    RecordStatus,
    Shown,
    ShownAnswer,
    ShownObjection,
    ShownRecord,
)
from projections.record.kinds import EVENT_TYPES_OF_MATTERS, KINDS, event_type_of
from projections.record.matter import Matter
from projections.record.matters import AnyMatter, Measure
from projections.record.traits import TRAITS, payments_of, run_out_on

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from projections.calendar.rules import RulePlace, RulesOfDay
    from projections.day.effects import Effect
    from projections.record.marks import Marks, Objection, Statement


_COMMON: Final = len(Matter.__struct_fields__)
_NOT_DETAILS: Final = frozenset({"payments", "answers"})


def details_of(kind: type[Matter]) -> tuple[str, ...]:
    """Name the fields of a kind of matter that a profile shows as its details."""
    return tuple(name for name in kind.__struct_fields__[_COMMON:] if name not in _NOT_DETAILS)


_DETAILS: Final[Mapping[type, tuple[str, ...]]] = {kind: details_of(kind) for kind in KINDS}


def _details(matter: AnyMatter) -> dict[str, Any]:
    return {name: getattr(matter, name) for name in _DETAILS[type(matter)]}


def shown_record(
    matter: AnyMatter,
    effect: Effect,
    tier: str,
    amount_fen: int | None,
    owed_fen: int | None,
    objections: tuple[ShownObjection, ...],
    who: Shown,
    on: date,
) -> ShownRecord:
    """Put together what the profile shows of a matter on a day."""
    return ShownRecord(
        matter.event_id,
        EVENT_TYPES_OF_MATTERS.get(type(matter)) or event_type_of(matter),
        matter.category,
        matter.department,
        matter.region,
        matter.document_no,
        matter.name,
        matter.source,
        matter.day,
        matter.day_basis,
        matter.verified,
        matter.corrected,
        matter.ended_on,
        _status(matter, effect, owed_fen, on),
        tier,
        amount_fen,
        owed_fen,
        _details(matter),
        effect.objected,
        objections,
        effect.repair,
        effect.repair_note,
        effect.repaired_on,
        _own_words(matter, on),
        who,
    )


def _status(matter: AnyMatter, effect: Effect, owed_fen: int | None, on: date) -> RecordStatus:
    if effect.repaired_on is not None:
        return RecordStatus.REPAIRED
    if effect.counts_until <= on:
        return RecordStatus.ENDED if has_ended(effect, on) else RecordStatus.STOPPED
    traits = TRAITS[type(matter)]
    if traits.is_owed:
        return RecordStatus.SETTLED if owed_fen == 0 else RecordStatus.IN_EFFECT
    if traits.is_paid:
        done = [payment for payment in payments_of(matter) if payment.on <= on]
        if done and done[-1].breached:
            return RecordStatus.BREACHED
        is_settled = any(payment.cleared for payment in done)
        return RecordStatus.SETTLED if is_settled else RecordStatus.IN_EFFECT
    return RecordStatus.RUN_OUT if run_out_on(matter) <= on else RecordStatus.IN_EFFECT


def has_ended(effect: Effect, on: date) -> bool:
    """Say whether a record itself is over, not only its use upon repair or objection."""
    is_over = effect.counts_until <= on and effect.repaired_on is None
    return is_over and effect.counts_until != effect.hidden_from


def _own_words(matter: AnyMatter, on: date) -> tuple[OwnWords, ...]:
    if matter.marks is None:
        return ()
    said: tuple[Statement, ...] = matter.marks.statements
    return tuple(OwnWords(s.event_id, s.day, s.text) for s in said if s.day <= on)


def own_days(matter: AnyMatter) -> list[date]:
    """Give the days on which a matter itself changes: its end, its last day over, its payments."""
    days = [] if matter.ended_on is None else [matter.ended_on]
    days += [payment.on for payment in payments_of(matter)]
    if (run_out := run_out_on(matter)) != FOREVER:
        days.append(run_out)
    if type(matter) is Measure:
        days += [answer.day for answer in matter.answers]
    if matter.marks is not None:
        days += [statement.day for statement in matter.marks.statements]
    return days


def shown_objections(
    place: RulePlace, marks: Marks | None, rules: RulesOfDay
) -> tuple[ShownObjection, ...]:
    """Give the objections raised by the day, each with its last day and its answers so far."""
    if marks is None:
        return ()
    return tuple(
        _shown(objection, place, rules)
        for objection in marks.objections
        if objection.raised_on <= rules.on
    )


def _shown(objection: Objection, place: RulePlace, rules: RulesOfDay) -> ShownObjection:
    due = objection_deadline(objection, place, rules)
    return ShownObjection(
        objection.event_id,
        objection.raised_on,
        objection.review_of,
        None if due == FOREVER else due,
        tuple(
            ShownAnswer(answer.event_id, answer.day, answer.department, answer.outcome.value)
            for answer in objection.answers
            if answer.day <= rules.on
        ),
        due != FOREVER and is_provisional(due),
    )
