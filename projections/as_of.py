"""As-of: a subject's state valid on a day, as known at a cut of the ledger. Pure.

The answer depends on the messages before the cut, the day and the rulebook, on nothing else; so
Postgres and Kafka give the same bytes, and the hash can be checked by anybody.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.amendment import EventDismissed, RecordCorrected
from events.listing import ListEntered
from projections.credit_record import CreditRecord, evolve
from projections.entry import EMPTY_CHAIN, Chain, Known, fold_chain
from projections.fold import Message, Read, fold_subject, read
from projections.profile import Profile, assess

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from events.envelope import Platform
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


_MAY_PARK: Final = (ListEntered, RecordCorrected, EventDismissed)
"""Events that may park their subject, as a list or a value is not known, or release it."""

_canonical: Final = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """Encode as canonical JSON: UTF-8, keys sorted, no white space, no floats."""
    return _canonical.encode(value)


def state_bytes(state: State) -> bytes:
    """Give the answer as canonical JSON, its SHA-256 under `state_hash`."""
    body = msgspec.to_builtins(state)
    body["state_hash"] = hashlib.sha256(canonical(body)).hexdigest()
    return canonical(body)


def state_as_of(
    messages: Iterable[Message],
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

    `messages` are all of the subject with an offset below `cut`, in ledger order, their recorded
    times made monotone over the partition. Facts whose own day is after `valid_on` are left out.
    """
    applied, parked = _applied([read(message) for message in messages], calendar)
    record = record_on(applied, valid_on)
    rules = calendar.on(rules_on or valid_on)
    profile = assess(record, rules.seen_from(valid_on)) if applied else None
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
    return State(
        platform, subject_id, valid_on, partition, cut, rules_on or valid_on, held, parked, profile
    )


def _applied(
    items: Sequence[Read], calendar: RuleCalendar
) -> tuple[Sequence[Read], ParkedAt | None]:
    """Give what a projector has applied of a subject's messages, and where it parks.

    Where nothing can fail nothing needs to be tried; else the projector's own fold decides.
    """
    if not any(item.event is None or isinstance(item.event, _MAY_PARK) for item in items):
        return items, None
    fold, applied = fold_subject(items, calendar)
    parked = next(iter(fold.parked.values()), None)
    return applied, None if parked is None else ParkedAt(parked.offset, parked.reason)


def chains_of(items: Iterable[Read]) -> dict[str, Chain]:
    """Fold the events of one subject into its chains, by entry."""
    known: dict[str, list[Known]] = {}
    for item in items:
        if item.event is not None:
            known.setdefault(item.entry_id, []).append(
                Known(item.event, item.message.offset, item.message.recorded_on)
            )
    return {entry_id: fold_chain(chain) for entry_id, chain in known.items()}


def record_on(items: Iterable[Read], valid_on: date) -> CreditRecord:
    """Give the record of what the events say, facts after `valid_on` left out."""
    record = CreditRecord()
    for chain in chains_of(items).values():
        if chain.entry is None or chain.entry.clock.day <= valid_on:
            evolve(record, EMPTY_CHAIN, chain)
    return record
