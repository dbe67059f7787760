"""The steps that the state of a subject can take: an event is applied, time passes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from projections.conclusions.duties import duties_on
from projections.conclusions.standing import (
    can_tell,
    may_wait,
    read_signals,
    reading_of,
    standing_of,
)
from projections.day.lists import changed_entries
from projections.fold.state import NEVER
from projections.notices.notice import Told
from projections.notices.telling import tell
from projections.notices.telling_duties import tell_duties
from projections.profile.profile import assess, current_name
from projections.record.credit_record import CreditRecord
from projections.record.erasure import is_erased, take
from projections.record.evolving import evolve

_ACKNOWLEDGED: Final = "WarningAcknowledged"

if TYPE_CHECKING:
    from datetime import date

    from projections.calendar.rules import RuleCalendar
    from projections.fold.state import SubjectState
    from projections.ledger.message import Known
    from projections.notices.notice import Notice
    from projections.profile.kept import KeptRecord
    from projections.profile.shapes import Profile
    from projections.record.credit_record import Kind
    from projections.record.entry import Chain
    from projections.signals.kept import KeptSignals
    from projections.signals.signals import Signals


def apply_event(
    state: SubjectState,
    subject_id: str,
    before: Chain,
    after: Chain,
    known: Known,
    calendar: RuleCalendar,
    kept: KeptRecord | None = None,
) -> tuple[list[Notice], Signals | None]:
    """Apply one event of the ledger; `before` and `after` are its chain without and with it.

    Gives what is to be told, and what was read of the record on its day of assessment, if anything.
    """
    recorded_on = known.recorded_on
    read = None if kept is None else kept.signals
    notices, _ = advance(state, subject_id, recorded_on, calendar, read)
    touched = can_tell(before.entry) or can_tell(after.entry)
    entry = after.entry or before.entry
    if kept is None:
        evolve(state.record, before, after)
    else:
        changed: set[int | Kind] = set()
        evolve(state.record, before, after, changed)
        if entry is not None:
            kept.change(changed, entry.event.envelope.event_id)
    state.events += 1
    state.last_offset = known.offset
    state.assessed_on = max(state.assessed_on, recorded_on)
    if not touched:
        return notices, None
    kind = None if entry is None else type(entry.event).__name__
    signals = read_signals(state.record, calendar.on(state.assessed_on), read)
    notices += _told(state, subject_id, signals, by_time=False, kind=kind)
    return notices, signals


def apply_erasure(
    state: SubjectState, subject_id: str, known: Known, calendar: RuleCalendar
) -> list[Notice]:
    """Apply an event of an erasure. Once it is done, the record is empty, and what stood ends."""
    notices, _ = advance(state, subject_id, known.recorded_on, calendar)
    state.erasure, _ = take(state.erasure, known)
    pass_over(state, known)
    if is_erased(state.erasure):
        state.record = CreditRecord()
        signals = read_signals(state.record, calendar.on(state.assessed_on))
        notices += _told(state, subject_id, signals, by_time=False)
        state.told = Told()
    return notices


def pass_over(state: SubjectState, known: Known) -> None:
    """Take note that an event stands in the ledger which adds nothing to the record."""
    state.events += 1
    state.last_offset = known.offset
    state.assessed_on = max(state.assessed_on, known.recorded_on)


def advance(
    state: SubjectState,
    subject_id: str,
    to: date,
    calendar: RuleCalendar,
    kept: KeptSignals | None = None,
) -> tuple[list[Notice], Signals | None]:
    """Let time pass to a day: tell what the days between change, each as of its own day.

    Gives too what was read of the record on the last of these days, if there was one.
    """
    notices: list[Notice] = []
    signals: Signals | None = None
    while (on := _next_change(state, calendar)) <= to:
        signals = read_signals(state.record, calendar.on(on), kept)
        notices += _told(state, subject_id, signals, by_time=True)
        state.assessed_on = max(state.assessed_on, on)
    return notices, signals


def _next_change(state: SubjectState, calendar: RuleCalendar) -> date:
    """Give the next day that time alone may change what is told.

    A rule may have been appended since the state was assessed, so its day is looked up anew.
    """
    if state.assessed_on == NEVER or not (state.record.kinds or state.record.can_tell()):
        return state.told.next_change_on
    return min(state.told.next_change_on, calendar.on(state.assessed_on).next_change_on)


def _told(
    state: SubjectState,
    subject_id: str,
    signals: Signals,
    *,
    by_time: bool,
    kind: str | None = None,
) -> list[Notice]:
    rules = signals.on_day.rules
    on = rules.on
    standing = standing_of(signals, reading_of(kind, rules), state.told.says)
    told = state.told
    changed = None
    if standing.about is None:
        changed = changed_entries(signals.on_day, standing.lists)
    notices = tell(told, standing, subject_id, on, state.last_offset, changed)
    asks = may_wait(signals.on_day)
    if notices or told.duties or asks or kind == _ACKNOWLEDGED:
        asked = duties_on(signals) if asks else ()
        notices += tell_duties(told, asked, standing.warnings, subject_id, on, state.last_offset)
    if not notices:
        return notices
    name = current_name(signals.on_day)
    return [msgspec.structs.replace(n, subject_name=name, by_time=by_time) for n in notices]


def sweep(
    state: SubjectState,
    subject_id: str,
    due_on: date,
    to: date,
    calendar: RuleCalendar,
    *,
    parked: bool = False,
) -> tuple[Profile, list[Notice]]:
    """Let time pass for a subject that is due, to the last day up to `to` that changes it.

    Of a parked subject nothing is told and the state stays: what waits was recorded before that
    day, and on release it must be told as a replay tells it.
    """
    notices: list[Notice] = []
    seen: Signals | None = None
    if parked:
        state = msgspec.structs.replace(state)
    else:
        notices, seen = advance(state, subject_id, to, calendar)
    on: date | None = due_on
    profile = None
    while profile is None or (on is not None and on <= to):
        state.assessed_on = max(state.assessed_on, on or to)
        rules = calendar.on(state.assessed_on)
        # Time changes no record, so what was read of it on this day holds.
        is_read = seen is not None and seen.on_day.rules is rules
        profile = assess(state.record, rules, seen if is_read else None)
        on = profile.next_change_on
    return profile, notices


def current_profile(state: SubjectState, calendar: RuleCalendar, on: date) -> Profile:
    """Assess a state on a day not before the one it was last assessed on."""
    return assess(state.record, calendar.on(max(on, state.assessed_on)))
