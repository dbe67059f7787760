"""What the relay will publish: notices as Avro messages, each with its topic and key. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from events.codec import encode_record
from events.topics import lists_topic, warnings_topic
from projections.notice import ListNotice, Notice, WarningNotice
from projections.store import OutboxRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.envelope import Platform
    from projections.projector import ProfileChange

_canonical = msgspec.json.Encoder(order="sorted")


def outbox_rows(
    platform: Platform,
    partition: int,
    generation: int,
    notices: Sequence[Notice],
) -> list[OutboxRow]:
    """Give the messages of a transaction's notices, in the order of telling."""
    return [_row(platform, partition, generation, n, notice) for n, notice in enumerate(notices)]


def _row(platform: Platform, partition: int, generation: int, n: int, notice: Notice) -> OutboxRow:
    fields: dict[str, Any] = msgspec.structs.asdict(notice)
    fields["partition"] = partition
    match notice:
        case WarningNotice():
            topic = warnings_topic(platform, notice.region)
            fields["evidence"] = list(notice.evidence)
            value = encode_record("credit.Warning", fields)
        case ListNotice():
            topic = lists_topic(platform)
            fields |= {
                "from_on": fields.pop("since"),
                "until_on": fields.pop("until"),
                "changed_on": fields.pop("on"),
            }
            del fields["ground"]
            value = encode_record("credit.ListChange", fields)
    return OutboxRow(generation, n, topic, notice.subject_id.encode(), value)


def profile_message(change: ProfileChange, partition: int) -> bytes:
    """Give the value of the profiles topic for a subject: small facts, and the whole as JSON."""
    profile = change.profile
    return encode_record(
        "credit.Profile",
        {
            "subject_id": change.subject_id,
            "subject_name": profile.name,
            "assessed_on": profile.assessed_on,
            "partition": partition,
            "offset": change.last_offset,
            "parked": change.parked,
            "document": _canonical.encode(profile).decode(),
        },
    )
