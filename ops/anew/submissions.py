"""That nothing fell under the table: each submission became an event, or a refusal that names it.

And that each record of the ledger stands under its own subject.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

import msgspec
from confluent_kafka import Consumer, TopicPartition

from events.admission.normal_form import normalised, with_envelope
from events.errors import LedgerError
from events.identity import event_id
from events.partitioning import partition_of
from events.types.amendment import EventDismissed
from events.wire.codec import decode_record
from events.wire.decoding import decode_event
from ops.anew.attestations import day_of, doubt_of
from ops.anew.found import FoundAt, differs
from ops.anew.ledger import LedgerPart, everything
from ops.anew.progress import done_more

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from events.envelope import Platform
    from events.event import Event
    from ops.anew.attestations import DepartmentSigning, Doubt

_TIMEOUT_S: Final = 20.0
_TOLD_EVERY: Final = 5_000


class KeptPart(NamedTuple):
    """A partition of a topic, and from which offset up to before which the broker keeps it."""

    part: LedgerPart
    start: int


class RecordedPart(NamedTuple):
    """The ids of the events of a partition, whose signatures are in doubt, how many are signed."""

    ids: set[bytes]
    doubts: list[Doubt]
    signed: int


class SubmissionsAnswered(NamedTuple):
    """How many submissions were answered, wait behind the last that was, stand signed as events."""

    answered: int
    waiting: int
    signed: int = 0


def kept_parts(kafka: Mapping[str, Any], prefix: str) -> list[KeptPart]:
    """Give every partition of the topics whose names begin so."""
    consumer = Consumer(dict(kafka))
    try:
        found = []
        for topic, told in sorted(consumer.list_topics(timeout=_TIMEOUT_S).topics.items()):
            for partition in sorted(told.partitions) if topic.startswith(prefix) else ():
                place = TopicPartition(topic, partition)
                low, high = consumer.get_watermark_offsets(place, timeout=_TIMEOUT_S)
                found.append(KeptPart(LedgerPart(kafka, topic, partition, high), low))
        return found
    finally:
        consumer.close()


def recorded_in(
    part: LedgerPart, partitions: int, platform: Platform, signing: Mapping[str, DepartmentSigning]
) -> RecordedPart:
    """Give the ids of the events of a partition, and which signatures are in doubt.

    Raises `DiffersError` of one under another key, and of one that says otherwise than was signed.
    """
    ids: set[bytes] = set()
    doubts: list[Doubt] = []
    attested = 0
    for stands in everything(part):
        if stands.offset % _TOLD_EVERY == 0:
            done_more(_TOLD_EVERY)
        event = _event(stands.value)
        if event is None:
            continue
        subject_id = event.envelope.subject_id
        key = (stands.key or b"").decode("utf-8", "replace")
        at = FoundAt(part.topic, part.partition, stands.offset)
        if key != subject_id:
            raise differs("record", "key", subject_id, key, at, subject_id)
        own = partition_of(subject_id, partitions)
        if own != part.partition and not isinstance(event, EventDismissed):
            raise differs("record", "partition", own, part.partition, at, subject_id)
        ids.add(UUID(event.envelope.event_id).bytes)
        attested += event.envelope.attestation is not None
        doubt = doubt_of(event, platform, signing, at, stands.timestamp_ms)
        doubts += [] if doubt is None else [doubt]
    return RecordedPart(ids, doubts, attested)


def days_submitted(
    kept: KeptPart, platform: Platform, wanted: Collection[bytes]
) -> list[tuple[bytes, date]]:
    """Give on which days the submissions came that are wanted, by digest or by the event's id."""
    found: list[tuple[bytes, date]] = []
    for stands in everything(kept.part, kept.start):
        value = stands.value or b""
        keys = [sha256(value).digest()]
        event = _submitted(value, platform)
        keys += [] if event is None else [event.envelope.event_id.encode()]
        found += [(key, day_of(stands.timestamp_ms)) for key in keys if key in wanted]
    return found


def refused_places(kept: KeptPart) -> set[tuple[str, int, int]]:
    """Give the topic, partition and offset of each submission that a topic of refusals names."""
    found: set[tuple[str, int, int]] = set()
    for stands in everything(kept.part, kept.start):
        try:
            _, told = decode_record(stands.value or b"")
            found.add((str(told["topic"]), int(told["partition"]), int(told["offset"])))
        except (LedgerError, KeyError, ValueError):
            continue
    return found


def check_answered(
    kept: KeptPart,
    platform: Platform,
    recorded: Collection[bytes],
    refused: Collection[tuple[str, int, int]],
) -> SubmissionsAnswered:
    """Check one partition of submissions. Raises `DiffersError` of one that nobody answered.

    What stands behind the last that was answered still waits for admission.
    """
    part = kept.part
    answered = 0
    silent: list[int] = []
    for stands in everything(part, kept.start):
        if stands.timestamp_ms == 0 and stands.key is None and stands.value is None:
            continue
        event = _submitted(stands.value, platform)
        known = event is not None and UUID(event.envelope.event_id).bytes in recorded
        if known or (part.topic, part.partition, stands.offset) in refused:
            if silent:
                break
            answered += 1
        else:
            silent.append(stands.offset)
    else:
        return SubmissionsAnswered(answered, len(silent))
    raise differs(
        *("submission", "answer", "an event or a refusal", "neither"),
        FoundAt(part.topic, part.partition, silent[0]),
    )


def _submitted(value: bytes | None, platform: Platform) -> Event | None:
    """Read a submission; an id that it leaves to admission is derived as there."""
    try:
        event = normalised(decode_event(value or b""), platform)
        return event if _has_id(event) else with_envelope(event, event_id=event_id(platform, event))
    except (LedgerError, msgspec.ValidationError, ValueError):
        return None


def _has_id(event: Event) -> bool:
    try:
        return bool(UUID(event.envelope.event_id))
    except ValueError:
        return False


def _event(value: bytes | None) -> Event | None:
    try:
        event = decode_event(value or b"")
        UUID(event.envelope.event_id)
    except (LedgerError, msgspec.ValidationError, ValueError):
        return None
    return event
