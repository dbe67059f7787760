"""Ties between subjects, as the records of a day say them. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from events.dates import FOREVER, day_after
from events.types.relation import RelationRecorded, RelationRole
from projections.day.record_on_day import RecordOnDay
from projections.record.building import to_matter
from projections.record.credit_record import CreditRecord
from projections.record.evolving import keep

if TYPE_CHECKING:
    from projections.calendar.rules import RulesOfDay
    from projections.ledger.message import Known
    from projections.record.entry import Entry

TYING: Final = (RelationRole.LEGAL_REPRESENTATIVE, RelationRole.ACTUAL_CONTROLLER)


class Tie(NamedTuple):
    """What the ledger says of one tie from a day on: `until` is the first day without it.

    `known_from` is the first day at whose midnight it was known; a later one of the same entry
    takes its place. `is_void` says that nothing of the entry is left.
    """

    known_from: date
    offset: int
    subject_id: str
    entry_id: str
    other: str
    since: date
    until: date
    region: str
    is_void: bool

    def holds(self, on: date) -> bool:
        """Say whether the tie is in effect on a day."""
        return not self.is_void and self.since <= on < self.until


def tie_of(entry: Entry, known: Known, rules: RulesOfDay) -> Tie | None:
    """Give what an entry, as known with an event, says of a tie; None where it names no subject.

    The rules are those of the day on which it is known: they say what an answer to an objection,
    or a repair, does to it.
    """
    event = entry.event
    if not isinstance(event, RelationRecorded) or event.other is None:
        return None
    ends = [] if event.until is None else [day_after(event.until)]
    relation = to_matter(entry)
    effect = None
    if relation is not None:
        record = CreditRecord()
        keep(record, relation)
        effect = RecordOnDay(record, rules).effect(relation)
    ends += [] if effect is None else [effect.counts_until]
    return Tie(
        known.recorded_on + timedelta(days=1),
        known.offset,
        event.envelope.subject_id,
        event.envelope.event_id,
        event.other,
        entry.clock.day,
        min(ends, default=FOREVER),
        event.envelope.region,
        entry.annulled or event.role not in TYING or (effect is not None and effect.voided),
    )


def tie_said(before: Entry | None, after: Entry, known: Known, rules: RulesOfDay) -> Tie | None:
    """Give what an event said of a tie; a correction that leaves nobody to be tied to voids it."""
    tie = tie_of(after, known, rules)
    if tie is None and before is not None:
        tie = tie_of(before, known, rules)
        return None if tie is None else tie._replace(is_void=True)
    return tie
