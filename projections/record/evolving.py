"""How an entry changes the credit record of its subject: out with the old, in with the new. Pure.

A late correction costs as little as a new record, and the order of arrival cannot matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from events.envelope import Disclosure
from events.types.subject import SubjectChanged, SubjectRegistered, SubjectStatus
from projections.record.building import tallied_amount_fen, to_matter
from projections.record.credit_record import NO_TALLY, Fact, Kind
from projections.record.kinds import KINDS
from projections.record.writings import id_of_number

if TYPE_CHECKING:
    from projections.record.credit_record import CreditRecord
    from projections.record.entry import Chain, Entry
    from projections.record.matters import AnyMatter


_ACTIVE: Final = SubjectStatus.ACTIVE

FACTS: Final = -1
"""Stands for what registers say where kinds of matters are named by their tags."""


def evolve(
    record: CreditRecord, before: Chain, after: Chain, changed: set[int | Kind] | None = None
) -> None:
    """Replace one entry of the record by its newer version.

    `changed` is told of which kinds the matters and the tallies are others now, and of `FACTS`.
    """
    if before.entry is not None:
        _put(record, before.entry, -1, changed)
    if after.entry is not None:
        _put(record, after.entry, 1, changed)
    record.repeats += after.repeats - before.repeats
    if before.anomalies or after.anomalies:
        for chain, sign in ((before, -1), (after, 1)):
            for anomaly in chain.anomalies:
                _count(record.anomalies, anomaly.kind, sign)


def _put(record: CreditRecord, entry: Entry, sign: int, changed: set[int | Kind] | None) -> None:
    if entry.annulled:
        return
    event = entry.event
    key = event.envelope.event_id
    kind = type(event)
    if kind is SubjectRegistered or kind is SubjectChanged:
        if changed is not None:
            changed.add(FACTS)
        if sign > 0:
            record.facts[key] = _fact(entry, cast("SubjectRegistered | SubjectChanged", event))
        else:
            del record.facts[key]
    elif (matter := to_matter(entry)) is not None:
        if changed is not None:
            changed.add(KINDS[type(matter)])
        if sign < 0:
            _drop(record, matter)
        else:
            keep(record, matter)
            if (of_number := id_of_number(event)) is not None:
                record.rewritten[key] = KINDS[type(matter)], of_number
    else:
        tallied = _tally(record, entry, sign)
        if changed is not None:
            changed.add(tallied)
    name = event.envelope.subject_name
    if name is not None:
        _count(record.names, name, sign)


def keep(record: CreditRecord, matter: AnyMatter) -> None:
    """Put a matter in, under its kind."""
    kind = KINDS[type(matter)]
    record.kinds.setdefault(kind, {})[matter.event_id] = matter
    if matter.marks is not None:
        record.marked[matter.event_id] = kind


def _drop(record: CreditRecord, matter: AnyMatter) -> None:
    kind = KINDS[type(matter)]
    kept = record.kinds[kind]
    del kept[matter.event_id]
    if not kept:
        del record.kinds[kind]
    record.marked.pop(matter.event_id, None)
    record.rewritten.pop(matter.event_id, None)


def _count(counts: dict[str, int], key: str, sign: int) -> None:
    count = counts.get(key, 0) + sign
    if count:
        counts[key] = count
    else:
        del counts[key]


def _tally(record: CreditRecord, entry: Entry, sign: int) -> Kind:
    """Add a record to the tally of its day, or take it away; give of which kind it is."""
    envelope = entry.event.envelope
    kind = Kind(
        type(entry.event).__name__,
        envelope.category,
        envelope.disclosure,
        entry.ended_on,
    )
    amount = tallied_amount_fen(entry.event)
    day = entry.clock.day.toordinal()
    days = record.tallies.get(kind)
    if days is None:
        days = record.tallies[kind] = {}
    count, fen, unknown = days.get(day, NO_TALLY)
    count += sign
    if count:
        fen += sign * (amount or 0)
        days[day] = (count, fen, unknown + sign * (amount is None))
        return kind
    del days[day]
    if not days:
        del record.tallies[kind]
    return kind


def _fact(entry: Entry, event: SubjectRegistered | SubjectChanged) -> Fact:
    envelope = event.envelope
    name, kind = envelope.subject_name, None
    status: SubjectStatus | None = _ACTIVE
    if isinstance(event, SubjectRegistered):
        kind = event.kind
    else:
        name, status = event.name, event.status
    return Fact(
        entry.clock.day,
        entry.offset,
        envelope.event_id,
        envelope.department,
        envelope.region,
        name,
        kind,
        status,
        event.industry,
        tuple(event.aliases),
        envelope.category,
        envelope.subject_name,
        entry.marks,
        envelope.disclosure is Disclosure.PUBLIC,
    )
