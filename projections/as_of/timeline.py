"""The two axes of a subject's records: what held from which day on, as known from which moment on.

Pure. A record as it was known for a while is a rectangle: across, the days from its own to its end;
down, the time from the message that made it so to the one that made it otherwise. What the state of
a day says, as known at a moment, is what the rectangles at that point say.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - a NamedTuple reads its hints
from typing import TYPE_CHECKING, NamedTuple

from events.types.amendment import EventDismissed
from projections.as_of.known_history import known_history
from projections.record.chain import OpenChain, fold_chain
from projections.record.credit_record import CreditRecord
from projections.record.entry import EMPTY_CHAIN
from projections.record.evolving import evolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Known, Read
    from projections.record.entry import Chain
    from projections.record.matters import AnyMatter


class RecordSaid(NamedTuple):
    """What is known of a record on both axes: its own day, the day after its last, None if open."""

    event_id: str
    type: str
    category: str
    document_no: str
    day: date
    ended_on: date | None
    corrected: int


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
        return is_known and self.said.day <= valid_on


def timeline(items: Sequence[Read], calendar: RuleCalendar) -> list[RecordStretch]:
    """Give the rectangles of all records of a subject, record by record, as they came to be known.

    `items` are all of the subject's messages, in ledger order.
    """
    history = known_history(items, calendar)
    is_plain = history.parked is None and len(history.applied) == len(items)
    if is_plain and all(type(item.event) is not EventDismissed for item in items):
        steps = _steps_of_chains(items, history.chains)
    else:
        # What parks, and is dismissed later, takes out others too: each length is folded anew.
        steps = [_step(items[:length], calendar) for length in range(1, len(items) + 1)]
    return _stretches(steps)


class _Step(NamedTuple):
    """What is known of some records from a moment on; `is_all`: of those left out, nothing."""

    at_ms: int
    by: str
    said: dict[str, RecordSaid | None]
    is_all: bool


def _steps_of_chains(items: Sequence[Read], chains: Mapping[str, Sequence[Known]]) -> list[_Step]:
    """Give what each message made known of the entry that it is about."""
    growing = {entry_id: OpenChain([]) for entry_id in chains}
    steps = []
    for item in items:
        if item.known is None or item.entry_id not in growing:
            continue
        open_chain = growing[item.entry_id]
        open_chain.take(item.known)
        said = _said(open_chain.chain())
        by = item.known.event.envelope.event_id
        steps.append(_Step(item.message.recorded_ms, by, {item.entry_id: said}, is_all=False))
    return steps


def _step(items: Sequence[Read], calendar: RuleCalendar) -> _Step:
    last = items[-1]
    chains = known_history(items, calendar).chains
    by = "" if last.event is None else last.event.envelope.event_id
    said = {entry_id: _said(fold_chain(known)) for entry_id, known in chains.items()}
    return _Step(last.message.recorded_ms, by, said, is_all=True)


def _said(chain: Chain) -> RecordSaid | None:
    """Give what a record says of itself; None of one that is none, or none any more."""
    record = CreditRecord()
    evolve(record, EMPTY_CHAIN, chain)
    entry = chain.entry
    matter: AnyMatter | None = None
    if entry is not None:
        matter = record.get(entry.event.envelope.event_id)
    if entry is None or matter is None:
        return None
    return RecordSaid(
        matter.event_id,
        type(entry.event).__name__,
        matter.category,
        entry.event.envelope.document_no,
        entry.clock.day,
        entry.ended_on,
        len(entry.corrections),
    )


def _stretches(steps: Sequence[_Step]) -> list[RecordStretch]:
    done: dict[str, list[RecordStretch]] = {}
    standing: dict[str, RecordStretch] = {}
    for step in steps:
        left_out = [each for each in standing if step.is_all and each not in step.said]
        for entry_id, said in [*step.said.items(), *((each, None) for each in left_out)]:
            before = standing.get(entry_id)
            if (None if before is None else before.said) == said:
                continue
            if before is not None:
                ended = before._replace(known_until_ms=step.at_ms)
                if ended.known_from_ms < step.at_ms:
                    done.setdefault(entry_id, []).append(ended)
                del standing[entry_id]
            if said is not None:
                standing[entry_id] = RecordStretch(said, step.at_ms, None, step.by)
    for entry_id, stretch in standing.items():
        done.setdefault(entry_id, []).append(stretch)
    histories = [sorted(each, key=_known_from) for each in done.values()]
    return [stretch for each in sorted(histories, key=_first_day) for stretch in each]


def _known_from(stretch: RecordStretch) -> int:
    return stretch.known_from_ms


def _first_day(stretches: Sequence[RecordStretch]) -> tuple[date, str]:
    return stretches[-1].said.day, stretches[-1].said.event_id
