"""A message of the ledger, and what is read from it. Pure data.

`reading` reads. What cannot be read is a value too: it parks its subject, and all
others go on.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from events.envelope import CHINA
from events.event import Event


class Unread(StrEnum):
    """Why an offset that the broker holds gives no bytes to read."""

    NO_RECORD = "no_record"
    """Nothing was said: the broker's mark of a transaction, or what its producer took back."""
    TOO_LARGE = "too_large"
    """Packed so that it would unpack to more than is taken."""
    DAMAGED = "damaged"
    """Not written as records are."""


UNREAD_PROBLEMS = {
    Unread.TOO_LARGE: "the message unpacks to more bytes than are taken",
    Unread.DAMAGED: "the message is not written as Kafka's records are",
}


class Raw(msgspec.Struct, frozen=True, gc=False):
    """A message as the broker hands it over; `timestamp_ms` is its append time.

    `headers` are there for who asks for them. Where it could not be read, `unread` says why, and
    there is neither key nor value.
    """

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    unread: Unread | None = None

    @property
    def size(self) -> int:
        """Give the bytes of key and value."""
        return len(self.key or b"") + len(self.value or b"")


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message of the ledger; `recorded_ms` is made monotone over its partition."""

    offset: int
    recorded_ms: int
    key: bytes | None
    value: bytes | None
    unread: Unread | None = None

    @property
    def recorded_on(self) -> date:
        """Give the recorded day, in China."""
        return self.recorded_at.date()

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


class Known(msgspec.Struct, frozen=True, gc=False):
    """An event as the ledger holds it: with its offset and its recorded day (in China)."""

    event: Event
    offset: int
    recorded_on: date
