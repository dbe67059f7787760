"""What a submission is answered with: its event for the ledger, or its rejection. No I/O."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.admission.admission import admit, refused
from events.admission.rejection import Rejection, RejectionReason
from events.admission.signatures import SIGNATURE_HEADER, SignatureCheck, no_key_known
from events.event import event_type
from events.rules.offices import reports_through
from events.sealing.form import SealCheck, no_seal_holds
from events.topics import ledger_topic, rejections_topic, submission_origin
from events.types.amendment import EventDismissed
from events.wire.codec import cloud_event_headers, department_source, encode_record
from events.wire.encoding import encode_event
from projections.ledger.message import Unread
from streams.faults import fault
from streams.reading.records import UNPACKED_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.envelope import Platform
    from events.event import Event
    from events.rules.rulebook import Rulebook
    from projections.ledger.message import Raw
    from streams.batches import Batch
    from streams.publishing.producer import Placed, Sent

_UNREAD: Final = {
    Unread.TOO_LARGE: (
        RejectionReason.TOO_LARGE,
        f"a batch of messages may unpack to {UNPACKED_BYTES_MAX:,} bytes; send smaller ones",
    ),
    Unread.DAMAGED: (
        RejectionReason.MESSAGE_UNREADABLE,
        "it is not written, or not packed, as Kafka's records are; send it again",
    ),
}
_TRACEPARENT: Final = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_TRACEPARENT_LENGTH: Final = 55


def answer(
    record: Raw,
    batch: Batch,
    platform: Platform,
    department: str,
    submitted_at: datetime,
    rulebook: Rulebook,
    partitions: Callable[[Platform], int],
    seal_holds: SealCheck = no_seal_holds,
    signature_check: SignatureCheck = no_key_known,
) -> tuple[Sent | Placed, Rejection | None]:
    """Give what is to be produced of a submission, and its rejection where it is refused."""
    outcome: Event | Rejection
    if record.unread is not None:
        why, rule = _UNREAD[record.unread]
        outcome = refused(why, "", rule, department)
    else:
        outcome = admit(
            record.value,
            platform=platform,
            department=department,
            submitted_at=submitted_at,
            rulebook=rulebook,
            seal_holds=seal_holds,
            signature=_signature(record),
            signature_check=signature_check,
        )
    try:
        if not isinstance(outcome, Rejection):
            message = _ledger_message(record, platform, submitted_at, outcome)
            if isinstance(outcome, EventDismissed) and outcome.partition < partitions(platform):
                # What waits may stand elsewhere than its name says: its key was written otherwise.
                return (*message, outcome.partition), None
            return message, None
        return rejection_message(record, batch, platform, submitted_at, outcome), outcome
    except Exception as error:  # noqa: BLE001 - what cannot be written concerns itself alone
        rule = "what was checked cannot be written; tell those who run the ledger"
        outcome = refused(RejectionReason.CHECK_FAILED, fault(error), rule, department)
        return rejection_message(record, batch, platform, submitted_at, outcome), outcome


def broker_time(timestamp_ms: int) -> datetime:
    """Give the broker's time; where it stamps nothing of sense, the first of all moments."""
    try:
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _ledger_message(record: Raw, platform: Platform, submitted_at: datetime, event: Event) -> Sent:
    envelope = event.envelope
    record_name = f"credit.{event_type(event)}"
    value = encode_event(event)
    headers = cloud_event_headers(
        event_id=envelope.event_id,
        record=record_name,
        source=department_source(envelope.department),
        subject_id=envelope.subject_id,
        time=submitted_at,
        traceparent=_traceparent(record),
    )
    return ledger_topic(platform), envelope.subject_id.encode(), value, headers


def rejection_message(
    record: Raw,
    batch: Batch,
    platform: Platform,
    submitted_at: datetime,
    rejection: Rejection,
) -> Sent:
    """Give the message that tells a department of a refusal."""
    fields: dict[str, Any] = msgspec.to_builtins(rejection)
    fields |= {
        "topic": batch.topic,
        "partition": batch.partition,
        "offset": record.offset,
        "submitted_at": submitted_at,
    }
    # The key is what the refusal shows, never the raw one: that may be an identity number.
    key = (rejection.subject_id or "").encode()
    _, sender = submission_origin(batch.topic)
    return rejections_topic(platform, sender), key, encode_record("credit.Rejection", fields), None


def _signature(record: Raw) -> bytes | None:
    """Give the line of the signature; several are one that is wrong, as each might be meant."""
    found = [value for key, value in record.headers if key == SIGNATURE_HEADER]
    return b"\n".join(found) if found else None


def _traceparent(record: Raw) -> str | None:
    """Give the trace that a submission belongs to, where its header is one; others are left out."""
    if not record.headers:
        return None  # As nearly every submission.
    found = next((value for key, value in record.headers if key == "traceparent"), None)
    text = (found or b"")[:_TRACEPARENT_LENGTH].decode("ascii", "replace")
    return text if _TRACEPARENT.fullmatch(text) and len(found or b"") == len(text) else None


def refused_of(refused: Rejection, topic_of: str, rulebook: Rulebook) -> str:
    """Give whose a refusal is: the office's that a submission names, where this is its topic.

    Offices of a city and its counties share the city's topic, which is nobody's own.
    """
    named = refused.department
    if named is None or reports_through(named) != topic_of or rulebook.department(named) is None:
        return topic_of
    return named
