"""What the relay will publish: notices as Avro messages, each with its topic and key. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.encoding import encode_published
from events.topics import lists_topic, warnings_topic
from projections.notice import ListNotice, Notice, Transition, WarningNotice
from projections.rows import OutboxRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.envelope import Platform
    from projections.shown import Profile

# The published enum has no symbol for this, and a reader of today could not read a new one. It goes
# out as easing from a level to the same level; `acknowledged_by` says who took note.
_PUBLISHED: Final = {Transition.ACKNOWLEDGED: Transition.EASED}

_canonical = msgspec.json.Encoder(order="sorted")


class ProfileChange(NamedTuple):
    """A profile written by a transaction, and the message that publishes it, if any is to."""

    subject_id: str
    message: bytes


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
    del fields["by_time"]
    headers: dict[str, str | None]
    match notice:
        case WarningNotice():
            headers = {
                "level": notice.level or notice.previous_level,
                "domain": notice.domain,
                "kind": notice.kind,
                "transition": notice.transition,
                "recipients": ",".join(notice.recipients),
            }
            topic = warnings_topic(platform, notice.region)
            fields["transition"] = _PUBLISHED.get(notice.transition, notice.transition)
            value = encode_published("credit.Warning", fields)
        case ListNotice():
            headers = {"list": notice.list, "status": notice.status}
            topic = lists_topic(platform)
            fields |= {
                "from_on": fields.pop("since"),
                "until_on": fields.pop("until"),
                "changed_on": fields.pop("on"),
            }
            del fields["ground"]
            value = encode_published("credit.ListChange", fields)
    # A subscriber sorts by these without decoding; the same stands in the value.
    pairs = [[name, str(text)] for name, text in headers.items() if text]
    return OutboxRow(generation, n, topic, notice.subject_id.encode(), value, pairs)


def profile_message(
    subject_id: str, profile: Profile, *, partition: int, last_offset: int, parked: bool
) -> bytes:
    """Give the value of the profiles topic for a subject: small facts, and the whole as JSON."""
    return encode_published(
        "credit.Profile",
        {
            "subject_id": subject_id,
            "subject_name": profile.name,
            "assessed_on": profile.assessed_on,
            "partition": partition,
            "offset": last_offset,
            "parked": parked,
            "document": _canonical.encode(profile),
        },
    )
