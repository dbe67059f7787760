"""As-of: a subject's state valid on a day, as known at a cut of the ledger. Pure.

The answer depends on the messages before the cut, the day and the rulebook, on nothing else; so
Postgres and Kafka give the same bytes, and the hash can be checked by anybody.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.amendment import EventDismissed, RecordCorrected
from events.listing import ListEntered, ListNoticeGiven
from projections.chain import fold_chain
from projections.credit_record import CreditRecord
from projections.entry import EMPTY_CHAIN, Known
from projections.evolving import evolve
from projections.fold import fold_subject
from projections.profile import assess
from projections.shown import Profile

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from events.envelope import Platform
    from projections.entry import Entry
    from projections.message import Read
    from projections.rules import RuleCalendar


class Held(msgspec.Struct, frozen=True, gc=False):
    """One event of the subject that the answer rests on."""

    offset: int
    event_id: str
    event_type: str
    recorded_ms: int


class ParkedAt(msgspec.Struct, frozen=True, gc=False):
    """The message at which the fold had to stop; what came later waits behind it."""

    offset: int
    reason: str


class State(msgspec.Struct, frozen=True, gc=False):
    """The answer. `cut` is the first offset not known; `rules_on` the day whose rules were used."""

    platform: str
    subject_id: str
    valid_on: date
    partition: int
    cut: int
    rules_on: date
    events: list[Held]
    parked: ParkedAt | None
    profile: Profile | None


class Concluded(NamedTuple):
    """A state, and the credit record of the facts that were in effect on its day."""

    state: State
    record: CreditRecord


_canonical: Final = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """Encode as canonical JSON: UTF-8, keys sorted, no white space, no floats."""
    return _canonical.encode(value)


def state_bytes(state: State) -> bytes:
    """Give the answer as canonical JSON: the state, and the SHA-256 of the state's own bytes."""
    body = canonical(state)
    digest = hashlib.sha256(body).hexdigest().encode()
    return b'{"state":' + body + b',"state_hash":"' + digest + b'"}'


def state_hash(state: State) -> str:
    """Give the SHA-256 of the state's canonical JSON, as `state_bytes` names it."""
    return hashlib.sha256(canonical(state)).hexdigest()


def state_as_of(
    items: Sequence[Read],
    *,
    platform: Platform,
    subject_id: str,
    partition: int,
    cut: int,
    valid_on: date,
    calendar: RuleCalendar,
    rules_on: date | None = None,
) -> State:
    """Fold the subject's messages before the cut, and assess on the day.

    `items` are all of the subject with an offset below `cut`, in ledger order, their recorded
    times made monotone over the partition. Facts whose own day is after `valid_on` are left out.
    """
    return concluded_as_of(
        items,
        platform=platform,
        subject_id=subject_id,
        partition=partition,
        cut=cut,
        valid_on=valid_on,
        calendar=calendar,
        rules_on=rules_on,
    ).state


def concluded_as_of(
    items: Sequence[Read],
    *,
    platform: Platform,
    subject_id: str,
    partition: int,
    cut: int,
    valid_on: date,
    calendar: RuleCalendar,
    rules_on: date | None = None,
) -> Concluded:
    """Answer as `state_as_of` does, and give the record that the answer was concluded from."""
    applied, chains, parked = _applied(items, calendar)
    record, later = record_on(chains, valid_on)
    rules = calendar.on(rules_on or valid_on)
    profile = assess(record, rules.seen_from(valid_on)) if applied else None
    if profile is not None and later is not None:
        changes_on = min(later, profile.next_change_on or later)
        profile = msgspec.structs.replace(profile, next_change_on=changes_on)
    held = [
        Held(
            item.message.offset,
            item.event.envelope.event_id,
            type(item.event).__name__,
            item.message.recorded_ms,
        )
        for item in applied
        if item.event is not None
    ]
    state = State(
        platform, subject_id, valid_on, partition, cut, rules_on or valid_on, held, parked, profile
    )
    return Concluded(state, record)


def entries_known(items: Sequence[Read], calendar: RuleCalendar) -> list[Entry]:
    """Give the entries that the subject's messages come to; what waits behind a parked one is out.

    `items` are as in `state_as_of`.
    """
    _, chains, _ = _applied(items, calendar)
    folded = (fold_chain(known) for known in chains.values())
    return [chain.entry for chain in folded if chain.entry is not None]


def _applied(
    items: Sequence[Read], calendar: RuleCalendar
) -> tuple[Sequence[Read], dict[str, list[Known]], ParkedAt | None]:
    """Give what a projector has applied of a subject's messages, its chains, and where it parks.

    Only amendments can fail to fold, so only their chains are tried, as they grew; where one does
    fail, or a message was dismissed, the projector's own fold decides.
    """
    if all(item.event is not None and type(item.event) is not EventDismissed for item in items):
        chains = _chains(items)
        if all(_holds(chain, calendar.rulebook.lists) for chain in chains.values()):
            return items, chains, None
    fold, applied = fold_subject(items, calendar)
    parked = next(iter(fold.parked.values()), None)
    stopped = None if parked is None else ParkedAt(parked.offset, parked.reason)
    return applied, _chains(applied), stopped


def _chains(items: Iterable[Read]) -> dict[str, list[Known]]:
    """Sort the events of one subject by entry."""
    chains: dict[str, list[Known]] = {}
    for item in items:
        # A dismissal is about a message; of the subject it says nothing.
        if item.known is not None and type(item.event) is not EventDismissed:
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
        match known.event:
            case ListEntered(list=code) | ListNoticeGiven(list=code) if code not in lists:
                return False
        is_corrected = is_corrected or isinstance(known.event, RecordCorrected)
    if is_corrected:
        try:
            for length in range(1, len(chain) + 1):
                fold_chain(chain[:length])
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
