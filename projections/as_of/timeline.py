"""The two axes of a subject's records: what held from which day on, as known from which moment on.

Pure. A record as it was known for a while is a rectangle: across, the days from its own to its end;
down, the time from the message that made it so to the one that made it otherwise. What the state of
a day says, as known at a moment, is what the rectangles at that point say: a record deleted upon an
objection is there on none of the days before that is taken back, and of one decision under several
writings of its number one is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - a NamedTuple reads its hints
from datetime import date  # noqa: TC003 - a NamedTuple reads its hints
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from events.dates import FOREVER
from events.types.amendment import EventDismissed
from projections.as_of.known_history import known_history
from projections.calendar.rules import place_of
from projections.day.objections import deleted_until
from projections.day.record_on_day import RecordOnDay
from projections.record.chain import OpenChain, fold_chain
from projections.record.credit_record import CreditRecord
from projections.record.entry import EMPTY_CHAIN
from projections.record.evolving import evolve
from projections.record.kinds import EVENT_TYPES_OF_MATTERS, event_type_of
from projections.record.writings import id_of_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Known, Read
    from projections.record.entry import Chain


class RecordSaid(NamedTuple):
    """What is known of a record on both axes: its own day, the day after its last, None if open.

    It is there from `held_from` to the day before `held_until`, None without an end.
    """

    event_id: str
    type: str
    category: str
    document_no: str
    day: date
    ended_on: date | None
    corrected: int
    held_from: date
    held_until: date | None


class RecordStretch(NamedTuple):
    """A record as it was known from one moment to before another, in milliseconds since 1970.

    `known_until_ms` is None where it is known so by now; `by` is the event that made it known so.
    """

    said: RecordSaid
    known_from_ms: int
    known_until_ms: int | None
    by: str

    def holds(self, valid_on: date, known_at_ms: int) -> bool:
        """Say whether it is what is known at a moment of a record that had come about by a day."""
        is_known = self.known_from_ms <= known_at_ms and (
            self.known_until_ms is None or known_at_ms < self.known_until_ms
        )
        said = self.said
        has_come = said.held_from <= valid_on
        return is_known and has_come and (said.held_until is None or valid_on < said.held_until)


def timeline(items: Sequence[Read], calendar: RuleCalendar) -> list[RecordStretch]:
    """Give the rectangles of all records of a subject, record by record, as they came to be known.

    `items` are all of the subject's messages, in ledger order.
    """
    history = known_history(items, calendar)
    is_plain = history.parked is None and len(history.applied) == len(items)
    if is_plain and all(type(item.event) is not EventDismissed for item in items):
        steps = _steps_of_chains(items, history.chains, calendar)
    else:
        # What parks, and is dismissed later, takes out others too: each length is folded anew.
        steps = [_step(items[:length], calendar) for length in range(1, len(items) + 1)]
    return _stretches(steps)


class _Step(NamedTuple):
    """What is known of some records from a moment on; `is_all`: of those left out, nothing."""

    at_ms: int
    by: str
    said: Mapping[str, Sequence[RecordSaid]]
    is_all: bool


def _steps_of_chains(
    items: Sequence[Read], chains: Mapping[str, Sequence[Known]], calendar: RuleCalendar
) -> list[_Step]:
    """Give what each message made known of the entry that it is about, in all its writings."""
    growing = {entry_id: OpenChain([]) for entry_id in chains}
    written: dict[str, dict[str, Chain]] = {}
    steps = []
    for item in items:
        if item.known is None or item.entry_id not in growing:
            continue
        open_chain = growing[item.entry_id]
        open_chain.take(item.known)
        chain = open_chain.chain()
        writings = written.setdefault(_of_number(item.entry_id, chain), {})
        writings[item.entry_id] = chain
        by = item.known.event.envelope.event_id
        said = _said(writings, calendar)
        steps.append(_Step(item.message.recorded_ms, by, said, is_all=False))
    return steps


def _step(items: Sequence[Read], calendar: RuleCalendar) -> _Step:
    last = items[-1]
    by = "" if last.event is None else last.event.envelope.event_id
    written: dict[str, dict[str, Chain]] = {}
    for entry_id, known in known_history(items, calendar).chains.items():
        chain = fold_chain(known)
        written.setdefault(_of_number(entry_id, chain), {})[entry_id] = chain
    said = {key: each for own in written.values() for key, each in _said(own, calendar).items()}
    return _Step(last.message.recorded_ms, by, said, is_all=True)


def _of_number(entry_id: str, chain: Chain) -> str:
    """Give the id that an entry has, or would have with its number in the one form."""
    return entry_id if chain.entry is None else id_of_number(chain.entry.event) or entry_id


def _said(
    writings: Mapping[str, Chain], calendar: RuleCalendar
) -> dict[str, tuple[RecordSaid, ...]]:
    """Give what one decision says of itself under each of its ids; nothing where it is none."""
    entries = [chain.entry for chain in writings.values() if chain.entry is not None]
    days = sorted({entry.clock.day for entry in entries})
    said: dict[str, tuple[RecordSaid, ...]] = dict.fromkeys(writings, ())
    for since, until in pairwise([*days, FOREVER]):
        record = CreditRecord()
        for chain in writings.values():
            if chain.entry is not None and chain.entry.clock.day <= since:
                evolve(record, EMPTY_CHAIN, chain)
        for each in _said_on(RecordOnDay(record, calendar.on(since)), until):
            *before, last = said[each.event_id] or (each,)
            goes_on = last._replace(held_until=each.held_until)
            if goes_on == each._replace(held_from=last.held_from):
                said[each.event_id] = (*before, goes_on)
            else:
                said[each.event_id] = (*before, last, each)
    return said


def _said_on(on_day: RecordOnDay, until: date) -> Iterator[RecordSaid]:
    """Give what the records say that are there from a day on, or from a later one."""
    since = on_day.rules.on
    for event_id in on_day.record.matters:
        matter = on_day.get(event_id)
        if matter is None or matter.event_id != event_id:
            continue  # Another writing of it stands.
        held_from = max(since, deleted_until(place_of(matter), matter.marks, on_day.rules))
        if held_from < until:
            yield RecordSaid(
                event_id,
                EVENT_TYPES_OF_MATTERS.get(type(matter)) or event_type_of(matter),
                matter.category,
                matter.document_no,
                matter.day,
                matter.ended_on,
                matter.corrected,
                held_from,
                None if until == FOREVER else until,
            )


def _stretches(steps: Sequence[_Step]) -> list[RecordStretch]:
    done: dict[str, list[RecordStretch]] = {}
    standing: dict[str, dict[RecordSaid, RecordStretch]] = {}
    for step in steps:
        left_out = [each for each in standing if step.is_all and each not in step.said]
        for entry_id, said in [*step.said.items(), *((each, ()) for each in left_out)]:
            before = standing.pop(entry_id, {})
            now = {
                each: before.get(each) or RecordStretch(each, step.at_ms, None, step.by)
                for each in said
            }
            done.setdefault(entry_id, []).extend(
                stretch._replace(known_until_ms=step.at_ms)
                for each, stretch in before.items()
                if each not in now and stretch.known_from_ms < step.at_ms
            )
            if now:
                standing[entry_id] = now
    for entry_id, stretches in standing.items():
        done.setdefault(entry_id, []).extend(stretches.values())
    histories = [sorted(each, key=_known_from) for each in done.values() if each]
    return [stretch for each in sorted(histories, key=_first_day) for stretch in each]


def _known_from(stretch: RecordStretch) -> tuple[int, date]:
    return stretch.known_from_ms, stretch.said.held_from


def _first_day(stretches: Sequence[RecordStretch]) -> tuple[date, str]:
    return stretches[-1].said.day, stretches[-1].said.event_id
