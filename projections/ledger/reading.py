"""From messages of the ledger to events, a batch in portions of whole subjects. Pure, compiled."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import msgspec

from events.errors import LedgerError
from events.event import record_id
from events.wire.decoding import decode_event
from events.wire.schemas import SchemaUnknownError
from projections.ledger.message import UNREAD_PROBLEMS, Known, Message, Raw, Read, Unread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.event import Event

SUBJECT_CHARACTERS_MAX: Final = 200
"""A longer key is written short, by its beginning and its digest; its message is parked."""

_HEAD_CHARACTERS: Final = 100

NO_ENTRY: Final = "00000000-0000-0000-0000-000000000000"
"""Stands in the journal for the entry of a message that names none."""


_DAY_MS: Final = 86_400_000
_CHINA_MS: Final = 8 * 3_600_000
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_days: Final[dict[int, date]] = {}

_ID_LENGTH: Final = 36
_ID_DIGITS: Final = 32


def recorded_day(recorded_ms: int) -> date:
    """Give the day of a recorded time, in China."""
    number = (recorded_ms + _CHINA_MS) // _DAY_MS
    day = _days.get(number)
    if day is None:
        day = _days[number] = date.fromordinal(_EPOCH_ORDINAL + number)
    return day


def midnight_ms(day: date) -> int:
    """Give the moment at which a day begins in China."""
    return (day.toordinal() - _EPOCH_ORDINAL) * _DAY_MS - _CHINA_MS


def subject_of(key: bytes | None) -> str:
    """Give the subject that a key names, as the journal writes it whatever the key's bytes are."""
    subject_id = (key or b"").decode("utf-8", "replace")
    if len(subject_id) > SUBJECT_CHARACTERS_MAX:
        # Nobody's id is that long, and an index of Postgres holds no key of some thousand bytes.
        subject_id = subject_id[:_HEAD_CHARACTERS] + "…" + sha256(key or b"").hexdigest()
    return subject_id.replace("\x00", "\ufffd") if "\x00" in subject_id else subject_id


def read(message: Message) -> Read:
    """Decode one message.

    Raises `SchemaUnknownError` where a newer version of us wrote it: that is configuration, not
    data, and waits until this one is renewed too.
    """
    key = subject_of(message.key)
    if message.unread is not None:
        return Read(message, key, NO_ENTRY, None, None, UNREAD_PROBLEMS[message.unread])
    if message.value is None:
        return Read(message, key, NO_ENTRY, None, None, "a message without a value is no event")
    try:
        event = decode_event(message.value)
    except (LedgerError, msgspec.ValidationError, ValueError) as error:
        if isinstance(error, SchemaUnknownError) and error.may_come:
            raise
        return Read(message, key, NO_ENTRY, None, None, f"{type(error).__name__}: {error}"[:500])
    subject_id = event.envelope.subject_id
    if subject_id != key:
        problem = "the key is not the subject of the event"
        return Read(message, key, NO_ENTRY, None, None, problem)
    entry_id = record_id(event)
    if not _is_event_id(entry_id):
        return Read(message, key, NO_ENTRY, None, None, "the record is not named by an event id")
    if event.envelope.attestation is not None:
        event = _unsigned(event)
    known = Known(event, message.offset, recorded_day(message.recorded_ms))
    return Read(message, subject_id, entry_id, event, known)


def _unsigned(event: Event) -> Event:
    """Give an event as the fold takes it: whether it was signed changes nothing of it."""
    envelope = msgspec.structs.replace(event.envelope, attestation=None)
    return msgspec.structs.replace(event, envelope=envelope)


def _is_event_id(text: str) -> bool:
    """Say whether a text is a UUID as ids are written: in lower case, with four hyphens."""
    if len(text) != _ID_LENGTH or not text[8] == text[13] == text[18] == text[23] == "-":
        return False
    digits = text.replace("-", "")
    if len(digits) != _ID_DIGITS:
        return False
    try:
        # Reading is lenient as to case and blanks, writing back is not.
        return bytes.fromhex(digits).hex() == digits
    except ValueError:
        return False


def in_portions(batch: Sequence[Raw], recorded_ms: int, messages_max: int) -> list[list[Message]]:
    """Divide a batch into portions of whole subjects, in the order of their ids.

    A portion holds about `messages_max` messages, each subject's in ledger order. Append times are
    made monotone from where the partition stood.
    """
    subjects: dict[str, list[Message]] = {}
    for raw in batch:
        if raw.unread is Unread.NO_RECORD:
            continue
        recorded_ms = max(recorded_ms, raw.timestamp_ms)
        subject_id = subject_of(raw.key)
        own = subjects.get(subject_id)
        if own is None:
            own = subjects[subject_id] = []
        own.append(Message(raw.offset, recorded_ms, raw.key, raw.value, raw.unread))
    portions: list[list[Message]] = []
    portion: list[Message] = []
    for subject_id in sorted(subjects):
        if len(portion) >= messages_max:
            portions.append(portion)
            portion = []
        portion += subjects[subject_id]
    portions.append(portion)
    return portions
