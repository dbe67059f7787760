"""What became of what was said: whether the journal has an event, as it was said, and what it did.

Asked by who said it: by the id of the event and a digest of its content, so that a receipt need
hold no word of it.
"""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from events.event import Event, record_id
from events.identity import meaning
from events.types.amendment import RecordRevoked
from projections.record.chain import fold_chain
from projections.store.live import live

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from psycopg import Connection

    from events.envelope import Platform
    from projections.ledger.message import Known

LinePlace = tuple[str, str]
"""A subject, and the id of a record of it."""


class LineFate(StrEnum):
    """What became of one line of a report."""

    RECORDED = "recorded"
    REPEAT = "repeat"
    CONFLICT = "conflict"
    WAITING = "waiting"
    REFUSED = "refused"


class Said(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What names an event that was said: no word of it."""

    subject_id: str
    record_id: str
    event_id: str
    digest: str

    @property
    def place(self) -> LinePlace:
        """Where in the journal it would be."""
        return self.subject_id, self.record_id


class Became(msgspec.Struct, frozen=True):
    """What became of an event; `why` is the code of what it waits for or why it has no effect.

    `is_final` where nothing that the ledger may still hold can change it.
    """

    outcome: LineFate
    why: str | None = None
    is_final: bool = False


class HeldEvent(msgspec.Struct, frozen=True):
    """What the ledger holds under an event's id: as first said, as it is now, if revoked."""

    first: Event
    now: Event
    annulled: bool = False
    repealed_on: date | None = None

    def says(self, event: Event) -> bool:
        """Tell whether that event says what stands, or what was said first."""
        said = meaning(event)
        return said in (meaning(self.first), meaning(self.now))


def content_digest(event: Event) -> str:
    """Give what tells the content of an event from any other."""
    return hashlib.blake2b(meaning(event), digest_size=16).hexdigest()


def said(event: Event) -> Said:
    """Name an event that has its id."""
    envelope = event.envelope
    return Said(envelope.subject_id, record_id(event), envelope.event_id, content_digest(event))


def became(
    connection: Connection[Any], platform: Platform, asked: Sequence[Said]
) -> dict[str, Became]:
    """Give what became of each event that the journal knows, by its id; of others nothing."""
    chains, parked = _journal(connection, platform, {each.place for each in asked})
    return {
        each.event_id: found
        for each in asked
        if (found := _became(each, chains.get(each.place, []), parked)) is not None
    }


def held_events(
    connection: Connection[Any], platform: Platform, events: Sequence[Event]
) -> dict[str, HeldEvent]:
    """Give what stands under the ids of events, for those that the journal knows."""
    return standing_at(
        connection,
        platform,
        {
            event.envelope.event_id: (event.envelope.subject_id, record_id(event))
            for event in events
        },
    )


def standing_at(
    connection: Connection[Any], platform: Platform, wanted: Mapping[str, LinePlace]
) -> dict[str, HeldEvent]:
    """Give what stands under ids, each with its place in the journal, of those that it knows."""
    chains, _ = _journal(connection, platform, set(wanted.values()))
    found = {}
    for event_id, place in wanted.items():
        chain = chains.get(place, [])
        first = next((k.event for k in chain if k.event.envelope.event_id == event_id), None)
        if first is not None:
            entry = fold_chain(chain).entry
            if entry is None or entry.event.envelope.event_id != event_id:
                found[event_id] = HeldEvent(first, first)
                continue
            ended_by = next(
                (k.event for k in chain if k.event.envelope.event_id == entry.ended_by), None
            )
            repealed = isinstance(ended_by, RecordRevoked)
            found[event_id] = HeldEvent(
                first, entry.event, entry.annulled, entry.ended_on if repealed else None
            )
    return found


def _journal(
    connection: Connection[Any], platform: Platform, places: Iterable[LinePlace]
) -> tuple[dict[LinePlace, list[Known]], dict[str, int]]:
    """Give the chains of records, and from which offset on subjects are parked."""
    at = live(connection, platform)
    by_partition: dict[int, set[LinePlace]] = {}
    for place in places:
        by_partition.setdefault(at.partition_of(place[0]), set()).add(place)
    chains: dict[LinePlace, list[Known]] = {}
    parked: dict[str, int] = {}
    with connection.cursor() as cursor:
        for partition, wanted in by_partition.items():
            chains |= at.store.load_chains(cursor, partition, wanted)
            held = at.store.load_parked(cursor, partition)
            parked |= {subject: each.offset for subject, each in held.items()}
    return chains, parked


def _became(asked: Said, chain: list[Known], parked: Mapping[str, int]) -> Became | None:
    found = [k for k in chain if k.event.envelope.event_id == asked.event_id]
    if not found:
        return None
    if found[0].offset >= parked.get(asked.subject_id, found[0].offset + 1):
        return Became(LineFate.WAITING, "parked")
    if content_digest(found[0].event) != asked.digest:
        return Became(LineFate.CONFLICT, "said_otherwise_before", is_final=True)
    kind = next((a.kind for a in fold_chain(chain).anomalies if a.offset == found[0].offset), None)
    if kind == "waiting":
        return Became(LineFate.WAITING, "record_awaited")
    came = LineFate.RECORDED if kind is None else LineFate.CONFLICT
    return Became(came, kind, is_final=_names_what_is_there(found[0].event, chain))


def _names_what_is_there(event: Event, chain: list[Known]) -> bool:
    """Tell whether a revocation finds the amendment that it takes back; all else does.

    Whose that is decides whether the revocation counts, so until it comes nothing is final.
    """
    taken_back = event.amendment if isinstance(event, RecordRevoked) else None
    return taken_back is None or any(k.event.envelope.event_id == taken_back for k in chain)
