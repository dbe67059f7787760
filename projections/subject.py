"""The state of one subject as a projector keeps it: record, what was told, where it stands. Pure.

The three steps a state can take: an event is applied, time passes, a message cannot be applied.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from projections.credit_record import CreditRecord, evolve
from projections.notice import Notice, Told, tell
from projections.profile import assess, current_name
from projections.record_on_day import RecordOnDay
from projections.standing import assess_standing, can_tell

if TYPE_CHECKING:
    from projections.entry import Chain, Known
    from projections.rules import RuleCalendar
    from projections.shown import Profile

NEVER: Final = date.min


class SubjectState(msgspec.Struct, gc=False, array_like=True):
    """All that is stored of a subject. Owned by whoever folds it: steps change it in place."""

    record: CreditRecord
    told: Told
    events: int = 0
    last_offset: int = -1
    assessed_on: date = NEVER
    dismissed: list[int] = []


def new_state() -> SubjectState:
    """Give the state of a subject of which nothing is known."""
    return SubjectState(CreditRecord(), Told())


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(SubjectState)


def encode_state(state: SubjectState) -> bytes:
    """Pack a state for its row."""
    return _encoder.encode(state)


def decode_state(data: bytes) -> SubjectState:
    """Unpack a state from its row."""
    return _decoder.decode(data)


def apply_event(
    state: SubjectState,
    subject_id: str,
    before: Chain,
    after: Chain,
    known: Known,
    calendar: RuleCalendar,
) -> list[Notice]:
    """Apply one event of the ledger; `before` and `after` are its chain without and with it."""
    recorded_on = known.recorded_on
    notices = advance(state, subject_id, recorded_on, calendar)
    touched = can_tell(before.entry) or can_tell(after.entry)
    evolve(state.record, before, after)
    state.events += 1
    state.last_offset = known.offset
    state.assessed_on = max(state.assessed_on, recorded_on)
    if touched:
        chain = after if after.entry is not None else before
        kind = None if chain.entry is None else type(chain.entry.event).__name__
        notices += _told(state, subject_id, state.assessed_on, calendar, by_time=False, kind=kind)
    return notices


def advance(state: SubjectState, subject_id: str, to: date, calendar: RuleCalendar) -> list[Notice]:
    """Let time pass to a day: tell what the days between change, each as of its own day."""
    notices: list[Notice] = []
    while (on := _next_change(state, calendar)) <= to:
        notices += _told(state, subject_id, on, calendar, by_time=True)
        state.assessed_on = max(state.assessed_on, on)
    return notices


def _next_change(state: SubjectState, calendar: RuleCalendar) -> date:
    """Give the next day that time alone may change what is told.

    A rule may have been appended since the state was assessed, so its day is looked up anew.
    """
    if state.assessed_on == NEVER or not state.record.can_tell():
        return state.told.next_change_on
    return min(state.told.next_change_on, calendar.on(state.assessed_on).next_change_on)


def _told(
    state: SubjectState,
    subject_id: str,
    on: date,
    calendar: RuleCalendar,
    *,
    by_time: bool,
    kind: str | None = None,
) -> list[Notice]:
    standing = assess_standing(state.record, calendar.on(on), kind)
    notices = tell(state.told, standing, subject_id, on, state.last_offset)
    if not notices:
        return notices
    name = current_name(RecordOnDay(state.record, calendar.on(on)))
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
    if parked:
        state = msgspec.structs.replace(state)
    else:
        notices = advance(state, subject_id, to, calendar)
    on: date | None = due_on
    profile = None
    while profile is None or (on is not None and on <= to):
        state.assessed_on = max(state.assessed_on, on or to)
        profile = assess(state.record, calendar.on(state.assessed_on))
        on = profile.next_change_on
    return profile, notices


def current_profile(state: SubjectState, calendar: RuleCalendar, on: date) -> Profile:
    """Assess a state on a day not before the one it was last assessed on."""
    return assess(state.record, calendar.on(max(on, state.assessed_on)))
