"""What a projector has applied of a subject's messages, and what they come to on a day. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.types.amendment import EventDismissed, RecordCorrected
from events.types.listing import ListEntered, ListNoticeGiven
from projections.fold.fold import fold_subject
from projections.record.chain import OpenChain, fold_chain
from projections.record.credit_record import CreditRecord
from projections.record.entry import EMPTY_CHAIN
from projections.record.erasure import ERASURE_EVENTS, is_erased
from projections.record.evolving import evolve

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import date

    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Known, Read
    from projections.record.entry import Entry


_APART: Final = frozenset((EventDismissed, *ERASURE_EVENTS))


class ParkedAt(msgspec.Struct, frozen=True, gc=False):
    """The message at which the fold had to stop; what came later waits behind it."""

    offset: int
    reason: str


class KnownHistory(NamedTuple):
    """What was applied of a subject, the events of each of its entries, and where it parks."""

    applied: Sequence[Read]
    chains: Mapping[str, Sequence[Known]]
    parked: ParkedAt | None


def known_history(items: Sequence[Read], calendar: RuleCalendar) -> KnownHistory:
    """Give what a projector has applied of a subject's messages, its chains, and where it parks.

    `items` are all of the subject before a cut, in ledger order. Only amendments can fail to fold,
    so only their chains are tried, as they grew; where one does fail, or a message was dismissed,
    the projector's own fold decides.
    """
    if all(item.event is not None and type(item.event) not in _APART for item in items):
        chains = _chains(items)
        if all(_holds(chain, calendar.rulebook.lists) for chain in chains.values()):
            return KnownHistory(items, chains, None)
    fold, applied = fold_subject(items, calendar)
    parked = next(iter(fold.parked.values()), None)
    stopped = None if parked is None else ParkedAt(parked.offset, parked.reason)
    for erasure in fold.erasures().values():
        if is_erased(erasure):
            kept = set(erasure.offsets)
            applied = [item for item in applied if item.message.offset in kept]
    return KnownHistory(applied, _chains(applied), stopped)


def entries_known(items: Sequence[Read], calendar: RuleCalendar) -> list[Entry]:
    """Give the entries that the subject's messages come to; what waits behind a parked one is out.

    `items` are as in `known_history`.
    """
    folded = (fold_chain(known) for known in known_history(items, calendar).chains.values())
    return [chain.entry for chain in folded if chain.entry is not None]


def _chains(items: Iterable[Read]) -> dict[str, list[Known]]:
    """Sort the events of one subject by entry."""
    chains: dict[str, list[Known]] = {}
    for item in items:
        # A dismissal is about a message, an erasure about all: neither says anything of an entry.
        if item.known is not None and type(item.event) not in _APART:
            chain = chains.get(item.entry_id)
            if chain is None:
                chains[item.entry_id] = [item.known]
            else:
                chain.append(item.known)
    return chains


def _holds(chain: list[Known], lists: Container[str]) -> bool:
    """Say whether a chain folds at each of its lengths, and names no list that is not known."""
    is_corrected = False
    for known in chain:
        event = known.event
        if isinstance(event, ListEntered | ListNoticeGiven) and event.list not in lists:
            return False
        is_corrected = is_corrected or isinstance(event, RecordCorrected)
    if is_corrected:
        try:
            growing = OpenChain([])
            for known in chain:
                growing.take(known)
                growing.chain()
        except Exception:  # noqa: BLE001 - whatever it is, it parks
            return False
    return True


def record_on(
    chains: Mapping[str, Sequence[Known]], valid_on: date
) -> tuple[CreditRecord, date | None]:
    """Give the record of what an entry's events say, for all entries, facts after the day left out.

    And the first day after it on which one of those comes in, or None.
    """
    record = CreditRecord()
    later: list[date] = []
    for known in chains.values():
        chain = fold_chain(known)
        if chain.entry is None or chain.entry.clock.day <= valid_on:
            evolve(record, EMPTY_CHAIN, chain)
        else:
            later.append(chain.entry.clock.day)
    return record, min(later, default=None)
