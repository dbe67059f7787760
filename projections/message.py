"""A message of the ledger, and what is read from it. Pure.

What cannot be read is a value too: it parks its subject, and all others go on.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.decoding import decode_event
from events.envelope import CHINA
from events.errors import LedgerError
from events.schemas import SchemaUnknownError
from events.types import Event, record_id
from projections.entry import Known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NO_ENTRY: Final = "00000000-0000-0000-0000-000000000000"
"""Stands in the journal for the entry of a message that names none."""


_EVENT_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


_DAY_MS: Final = 86_400_000


_CHINA_MS: Final = 8 * 3_600_000


_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=1024)
def _day(days: int) -> date:
    return date.fromordinal(_EPOCH_ORDINAL + days)


class Raw(NamedTuple):
    """A message as the broker hands it over; `timestamp_ms` is its append time."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message of the ledger; `recorded_ms` is made monotone over its partition."""

    offset: int
    recorded_ms: int
    key: bytes | None
    value: bytes | None

    @property
    def recorded_on(self) -> date:
        """Give the recorded day, in China."""
        return _day((self.recorded_ms + _CHINA_MS) // _DAY_MS)

    @property
    def recorded_at(self) -> datetime:
        """Give the recorded time, shown in China's zone."""
        return datetime.fromtimestamp(self.recorded_ms / 1000, CHINA)


class Read(msgspec.Struct, frozen=True, gc=False):
    """A message and what was read from it: an event, or the reason why it cannot be applied.

    `known` is the event as the chain of its entry holds it.
    """

    message: Message
    subject_id: str
    entry_id: str
    event: Event | None
    known: Known | None = None
    problem: str | None = None


class Parked(msgspec.Struct, frozen=True):
    """A subject that waits for an operator, the offset at which, why, and how many wait."""

    subject_id: str
    offset: int
    reason: str
    waiting: int = 0


def subject_of(key: bytes | None) -> str:
    """Give the subject that a key names, as the journal writes it whatever the key's bytes are."""
    return (key or b"").decode("utf-8", "replace").replace("\x00", "\ufffd")


def read(message: Message) -> Read:
    """Decode one message. Raises `SchemaUnknownError`: that is configuration, not data."""
    key = subject_of(message.key)
    if message.value is None:
        return Read(message, key, NO_ENTRY, None, None, "a message without a value is no event")
    try:
        event = decode_event(message.value)
    except SchemaUnknownError:
        raise
    except (LedgerError, msgspec.ValidationError, ValueError) as error:
        return Read(message, key, NO_ENTRY, None, None, f"{type(error).__name__}: {error}"[:500])
    subject_id = event.envelope.subject_id
    if subject_id != key:
        problem = "the key is not the subject of the event"
        return Read(message, key, NO_ENTRY, None, None, problem)
    entry_id = record_id(event)
    if not _EVENT_ID.fullmatch(entry_id):
        return Read(message, key, NO_ENTRY, None, None, "the record is not named by an event id")
    known = Known(event, message.offset, message.recorded_on)
    return Read(message, subject_id, entry_id, event, known)


def in_portions(
    batch: Sequence[Raw], recorded_ms: int, messages_max: int
) -> Iterator[list[Message]]:
    """Divide a batch into portions of whole subjects, in the order of their ids.

    A portion holds about `messages_max` messages, each subject's in ledger order. Append times are
    made monotone from where the partition stood.
    """
    subjects: dict[str, list[Message]] = {}
    for raw in batch:
        recorded_ms = max(recorded_ms, raw.timestamp_ms)
        message = Message(raw.offset, recorded_ms, raw.key, raw.value)
        subjects.setdefault(subject_of(raw.key), []).append(message)
    portion: list[Message] = []
    for subject_id in sorted(subjects):
        portion += subjects[subject_id]
        if len(portion) >= messages_max:
            yield portion
            portion = []
    if portion:
        yield portion
