"""The history of a subject: each of its ledger messages in order, and what it did.

What a message did follows from the chain of its entry (`record.entry`), so a page costs what
its own entries cost, however long the history is.
"""

from __future__ import annotations

import struct
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from events.event import AMENDMENTS, Event, event_type
from events.types.amendment import EventDismissed, RecordRevoked
from events.wire.decoding import decode_event
from events.wire.schemas import load_schemas
from projections.as_of.cut import cut_of
from projections.ledger.message import Known, Message, Read
from projections.ledger.reading import NO_ENTRY, read
from projections.record.chain import fold_chain
from projections.record.entry import Chain
from projections.record.erasure import is_of_erasure
from projections.store.cut import refuse_behind
from projections.store.erasing.erasures import erasure_of
from projections.store.live import Live, Place, live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

PAGE_ITEMS_MAX: Final = 1_000
DOCUMENTS_SHOWN_MAX: Final = 3
"""So many documents are named of what rests on many."""
_SQL: Final = statements(__name__)
_FRAME: Final = struct.Struct(">BI")


class MessageEffect(StrEnum):
    """What a message of the ledger did, as known at the end of the history asked for."""

    APPLIED = "applied"
    REPEAT = "repeat"
    CONFLICT = "conflict"
    WAITING = "waiting"
    DEPARTMENT_NOT_OF_RECORD = "department_not_of_record"
    TYPE_NOT_OF_RECORD = "type_not_of_record"
    ANNULLED = "annulled"
    REVOKED = "revoked"
    PARKED = "parked"
    BEHIND_PARKED = "behind_parked"
    DISMISSED = "dismissed"
    NO_EFFECT = "no_effect"


class HistoryItem(msgspec.Struct, frozen=True):
    """One message: where it stands, what it says and what it did.

    `concerns` is the record that an amendment is about; `corrections` and `ended_on` are what
    later events made of the record that this one opened; `problem` is why it cannot be read.
    """

    offset: int
    recorded_at: datetime
    event_type: str | None
    event_id: str | None
    effect: MessageEffect
    concerns: str | None
    corrections: tuple[str, ...]
    ended_on: date | None
    problem: str | None
    event: Event | None


class HistoryPage(msgspec.Struct, frozen=True):
    """Some of a subject's history, `of` how many messages in all.

    `next_after` asks for what follows, None at its end.
    """

    platform: Platform
    subject_id: str
    place: Place
    of: int
    items: list[HistoryItem]
    next_after: int | None


class _Setting(msgspec.Struct, frozen=True):
    """What decides the effect of messages besides their chains."""

    parked_at: int | None
    dismissed: frozenset[int]
    chains: dict[str, list[Known]]
    folded: dict[str, Chain | None]
    of_erasures: frozenset[int]


def history(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    *,
    cut: Mapping[int, int] | None = None,
    limit: int = 100,
    after: int = -1,
) -> HistoryPage | None:
    """Give a subject's messages with an offset above `after`, at most `limit`, in ledger order.

    With a cut only what it knows counts. None where nothing was ever recorded. Raises
    `CutSilentError` where the cut leaves the subject's partition out, `ProjectionBehindError` where
    it names more than is known yet.
    """
    at = live(connection, platform)
    partition = at.partition_of(subject_id)
    place, parked_at, is_known = _place(connection, at, partition, subject_id)
    if not is_known:
        return None
    end = place.next_offset
    if cut is not None:
        end = cut_of(cut, partition)
        refuse_behind(partition, end, place.next_offset)
    limit = min(limit, PAGE_ITEMS_MAX)
    rows = connection.execute(
        at.statement(_SQL["page"], partition),
        {"subject": subject_id, "after": after, "end": end, "limit": limit + 1},
        binary=True,
    ).fetchall()
    key = subject_id.encode()
    page = [read(Message(row[0], row[1], key, row[2])) for row in rows[:limit]]
    dismissed = _dismissed(connection, at, partition, subject_id, end)
    setting = _setting(connection, at, partition, page, end, parked_at, dismissed)
    items = [_item(message, setting) for message in page]
    more = items[-1].offset if len(rows) > limit else None
    of = _count(connection, at, partition, subject_id, end)
    return HistoryPage(platform, subject_id, place, of, items, more)


def _count(connection: Connection[Any], at: Live, partition: int, subject_id: str, end: int) -> int:
    row = connection.execute(at.statement(_SQL["count"], partition), (subject_id, end)).fetchone()
    return int(row[0]) if row else 0


def _place(
    connection: Connection[Any], at: Live, partition: int, subject_id: str
) -> tuple[Place, int | None, bool]:
    """Give where the partition stands, where the subject is parked, and whether it is known."""
    row = connection.execute(
        at.statement(_SQL["stands"], partition),
        {"subject": subject_id, "partition": partition},
    ).fetchone()
    next_offset, generation, parked_at, is_known = row or (0, 0, None, False)
    return Place(partition, next_offset, at.version, generation), parked_at, is_known


def _dismissed(
    connection: Connection[Any], at: Live, partition: int, subject_id: str, end: int
) -> frozenset[int]:
    """Give the offsets that an operator has dismissed; a dismissal is told by its schema's id."""
    frames = [_FRAME.pack(0, entry.id) for entry in load_schemas().history("credit.EventDismissed")]
    rows = connection.execute(
        at.statement(_SQL["of_schemas"], partition),
        (subject_id, end, frames),
        binary=True,
    ).fetchall()
    found: set[int] = set()
    for (value,) in rows:
        try:
            event = decode_event(value)
        except (LedgerError, msgspec.ValidationError):
            continue
        if isinstance(event, EventDismissed):
            found.add(event.offset)
    return frozenset(found)


def _setting(
    connection: Connection[Any],
    at: Live,
    partition: int,
    page: Sequence[Read],
    end: int,
    parked_at: int | None,
    dismissed: frozenset[int],
) -> _Setting:
    places = {(item.subject_id, item.entry_id) for item in page if item.entry_id != NO_ENTRY}
    with connection.cursor() as cursor:
        loaded = at.store.load_chains(cursor, partition, places)
    last = end if parked_at is None else min(end, parked_at)
    chains = {
        entry_id: [k for k in chain if k.offset < last and k.offset not in dismissed]
        for (_, entry_id), chain in loaded.items()
    }
    folded = {entry_id: _fold(chain) for entry_id, chain in chains.items()}
    erasure = erasure_of(connection, at, page[0].subject_id) if page else None
    taken = frozenset(() if erasure is None else erasure.offsets)
    return _Setting(parked_at, dismissed, chains, folded, taken)


def _fold(chain: list[Known]) -> Chain | None:
    try:
        return fold_chain(chain)
    except msgspec.ValidationError:
        return None  # As known at this cut it parks its subject; the dismissal comes later.


def _item(item: Read, setting: _Setting) -> HistoryItem:
    event, message = item.event, item.message
    effect = _effect(item, setting)
    is_amendment = isinstance(event, AMENDMENTS)
    folded = setting.folded.get(item.entry_id)
    entry = folded.entry if folded is not None else None
    opened = entry is not None and entry.offset == message.offset
    return HistoryItem(
        message.offset,
        message.recorded_at,
        None if event is None else event_type(event),
        None if event is None else event.envelope.event_id,
        effect,
        item.entry_id if is_amendment else None,
        entry.corrections if entry is not None and opened else (),
        entry.ended_on if entry is not None and opened else None,
        item.problem,
        event,
    )


def _effect(item: Read, setting: _Setting) -> MessageEffect:
    offset, event = item.message.offset, item.event
    if offset in setting.dismissed:
        return MessageEffect.DISMISSED
    if setting.parked_at is not None and offset >= setting.parked_at:
        return MessageEffect.PARKED if offset == setting.parked_at else MessageEffect.BEHIND_PARKED
    if isinstance(event, EventDismissed):
        return MessageEffect.APPLIED
    if is_of_erasure(event):
        taken = offset in setting.of_erasures
        return MessageEffect.APPLIED if taken else MessageEffect.NO_EFFECT
    chain = setting.folded.get(item.entry_id)
    if event is None or chain is None:
        return MessageEffect.PARKED
    return _counted(offset, event, chain, setting.chains[item.entry_id])


def _counted(offset: int, event: Event, chain: Chain, known: Sequence[Known]) -> MessageEffect:
    """Tell what counts from what has no effect, repeats or has been taken back."""
    anomaly = next((a for a in chain.anomalies if a.offset == offset), None)
    if anomaly is not None:
        return MessageEffect(anomaly.kind)
    event_id = event.envelope.event_id
    first = next(k.offset for k in known if k.event.envelope.event_id == event_id)
    if offset != first:
        return MessageEffect.REPEAT
    if chain.entry is not None and chain.entry.offset == offset and chain.entry.annulled:
        return MessageEffect.ANNULLED
    refused = {anomaly.offset for anomaly in chain.anomalies}
    taken_back = {
        k.event.amendment
        for k in known
        if isinstance(k.event, RecordRevoked) and k.offset not in refused
    }
    return MessageEffect.REVOKED if event_id in taken_back else MessageEffect.APPLIED


def document_numbers(
    connection: Connection[Any], platform: Platform, subject_id: str, event_ids: Sequence[str]
) -> list[str]:
    """Give the document numbers of records of a subject, in their order, as far as known."""
    at = live(connection, platform)
    with connection.cursor() as cursor:
        chains = at.store.load_chains(
            cursor, at.partition_of(subject_id), {(subject_id, each) for each in event_ids}
        )
    numbers = {
        known.event.envelope.event_id: known.event.envelope.document_no
        for chain in chains.values()
        for known in chain
    }
    return [number for each in event_ids if (number := numbers.get(each))]
