"""What the relay will publish: notices as Avro messages, each with its topic and key. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.topics import duties_topic, lists_topic, warnings_topic
from events.wire.encoding import encode_published
from projections.calendar.workdays import is_provisional
from projections.notices.notice import (
    DutyNotice,
    ListNotice,
    Notice,
    Transition,
    WarningNotice,
)
from projections.profile.shapes import Profile  # noqa: TC001 - a NamedTuple reads its hints
from projections.writing.document import profile_document
from projections.writing.rows import OutboxRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.envelope import Platform

# The published enum has no symbol for this, and a reader of today could not read a new one. It goes
# out as easing from a level to the same level; `acknowledged_by` says who took note.
_PUBLISHED: Final = {Transition.ACKNOWLEDGED: Transition.EASED}

_WARNING_HEADERS: Final = ("level", "domain", "kind", "transition", "recipients")
_LIST_HEADERS: Final = ("list", "status")
_DUTY_HEADERS: Final = ("department", "kind", "transition")
_HEADERS_KEPT: Final = 4_096
"""Notices in their millions have few headers that differ: each is encoded and read once."""

_headers_of = msgspec.json.Decoder(list[tuple[str, str]])


class ProfileChange(NamedTuple):
    """A profile written by a transaction, to be published: encoded at once, or only when sent.

    A backlog meets a subject once, so it is encoded while at hand. Of a subject met again and again
    only the last is sent.
    """

    subject_id: str
    last_offset: int
    parked: bool
    profile: Profile | bytes
    generation: int = 0

    def message(self, partition: int) -> bytes:
        """Give the value for the profiles topic."""
        if isinstance(self.profile, bytes):
            return self.profile
        return profile_message(self, self.profile, partition)


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
    key = notice.subject_id
    match notice:
        case WarningNotice():
            texts = (
                notice.level or notice.previous_level,
                notice.domain,
                notice.kind,
                notice.transition,
                ",".join(notice.recipients),
            )
            headers = _headers(_WARNING_HEADERS, texts)
            topic = warnings_topic(platform, notice.region)
            fields["transition"] = _PUBLISHED.get(notice.transition, notice.transition)
            value = encode_published("credit.Warning", fields)
        case ListNotice():
            headers = _headers(_LIST_HEADERS, (notice.list, notice.status))
            topic = lists_topic(platform)
            fields |= {
                "from_on": fields.pop("since"),
                "until_on": fields.pop("until"),
                "changed_on": fields.pop("on"),
            }
            del fields["ground"]
            value = encode_published("credit.ListChange", fields)
        case DutyNotice():
            said = (notice.department, notice.kind, notice.transition)
            headers = _headers(_DUTY_HEADERS, said)
            topic = duties_topic(platform)
            # Of one department all in order, whoever it is about.
            key = notice.department
            fields["told_on"] = fields.pop("on")
            fields["due_provisional"] = notice.due_on is not None and is_provisional(notice.due_on)
            value = encode_published("credit.Duty", fields)
    return OutboxRow(generation, n, topic, key.encode(), value, headers)


@lru_cache(maxsize=_HEADERS_KEPT)
def _headers(names: tuple[str, ...], texts: tuple[str | None, ...]) -> str:
    """Write what a subscriber sorts by without decoding; the same stands in the value."""
    pairs = [(name, text) for name, text in zip(names, texts, strict=True) if text]
    return msgspec.json.encode(pairs).decode()


@lru_cache(maxsize=_HEADERS_KEPT)
def decode_headers(text: str) -> list[tuple[str, bytes]]:
    """Read the headers of a row of the outbox, as Kafka takes them; do not change the list."""
    return [(name, value.encode()) for name, value in _headers_of.decode(text)]


def profile_message(
    change: ProfileChange, profile: Profile, partition: int, document: bytes | None = None
) -> bytes:
    """Encode a profile for its topic: small facts, and as JSON the whole, or what fits of it."""
    whole = profile_document(profile) if document is None else document
    facts = _profile_facts(change, profile, partition)
    return encode_published("credit.Profile", facts | {"document": whole})


def patch_message(
    change: ProfileChange, profile: Profile, partition: int, of: str, number: int, patch: bytes
) -> bytes:
    """Encode what changed of a profile: the same small facts, and a patch of its document.

    It is the patch of that `number` after the whole document of which `of` is the SHA-256.
    """
    facts = _profile_facts(change, profile, partition)
    return encode_published(
        "credit.ProfilePatch", facts | {"whole_sha256": of, "number": number, "patch": patch}
    )


def _profile_facts(change: ProfileChange, profile: Profile, partition: int) -> dict[str, Any]:
    return {
        "subject_id": change.subject_id,
        "subject_name": profile.name,
        "assessed_on": profile.assessed_on,
        "partition": partition,
        "offset": change.last_offset,
        "parked": change.parked,
    }
