"""A message that cannot be applied is set aside by an operator's word: said, and waited for."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.envelope import Disclosure, Envelope, Source
from events.event import event_to_record
from events.topics import submissions_topic
from events.types.amendment import EventDismissed
from events.wire.codec import cloud_event_headers, department_source, encode_record
from ops.clock import today
from ops.submission.refusals import RefusalsOnTopic
from streams.publishing.producer import Sender, create_producer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from events.envelope import Platform
    from projections.ledger.message import Parked
    from projections.store.store import Store

_OPERATOR: Final = "operator"
_ASK_EVERY_S: Final = 0.2
_SHOWN_CHARACTERS: Final = 400


class Dismissal(NamedTuple):
    """What became of a dismissal: applied, refused with these codes, or neither yet.

    Where another message of the subject cannot be applied either, it is parked `still`.
    """

    applied: bool
    refused: Sequence[str]
    still: Parked | None


def dismissal_of(subject: str, partition: int, offset: int, reason: str) -> EventDismissed:
    """Give the event that sets aside what stands at a place of the ledger, with its reason."""
    envelope = Envelope(
        event_id="",
        subject_id=subject,
        subject_name=None,
        department=_OPERATOR,
        authority=None,
        region="330000",
        category="operation",
        document_no=f"dismissal-{partition}-{offset}",
        item_no=1,
        occurred_on=today(),
        published_on=None,
        observed_on=None,
        legal_basis="operation of the ledger",
        disclosure=Disclosure.SHARED,
        source=Source.DEPARTMENT,
    )
    return EventDismissed(envelope=envelope, partition=partition, offset=offset, reason=reason)


class Dismissing:
    """The dismissal of one message, from its submission to its end."""

    def __init__(self, kafka: str, platform: Platform, event: EventDismissed) -> None:
        """Take what is to be said on a platform."""
        self._kafka, self._platform, self._event = kafka, platform, event
        self._topic = submissions_topic(platform, _OPERATOR)
        self._since = datetime.now(UTC)
        self._offset = -1

    def submit(self) -> None:
        """Say it, and wait for the broker. Raises `DeliveryError`."""
        event, record = self._event, "credit.EventDismissed"
        headers = cloud_event_headers(
            event_id=event.envelope.document_no or "",
            record=record,
            source=department_source(_OPERATOR),
            time=self._since,
        )
        value = encode_record(record, event_to_record(event))
        message = (self._topic, event.envelope.subject_id.encode(), value, headers)
        placed = Sender(create_producer(self._kafka)).send_and_place([message])
        ((_, span),) = placed.items()
        self._offset = span.first

    def wait(self, connection: Connection, store: Store, wait_s: float) -> Dismissal:
        """Wait until it is applied or refused, no longer than so many seconds."""
        until = time.monotonic() + wait_s
        while True:
            found = self._now(connection, store)
            if found.applied or found.refused or time.monotonic() >= until:
                return found
            time.sleep(_ASK_EVERY_S)

    def _now(self, connection: Connection, store: Store) -> Dismissal:
        event = self._event
        with connection.cursor() as cursor:
            parked = store.load_parked(cursor, event.partition).get(event.envelope.subject_id)
        if parked is None or parked.offset != event.offset:
            return Dismissal(applied=True, refused=(), still=parked)
        place = (self._topic, 0, self._offset)
        refusals = RefusalsOnTopic(self._kafka).of(self._platform, [place], self._since)
        return Dismissal(applied=False, refused=refusals.get(place, ()), still=parked)


def messages_shown(
    connection: Connection[Any], store: Store, partition: int, subject: str, start: int
) -> list[dict[str, Any]]:
    """Show the messages of a subject from an offset on, as the beginnings of their bytes."""
    with connection.cursor() as cursor:
        messages = store.load_messages(cursor, partition, subject, start=start)
    return [
        {
            "offset": each.offset,
            "recorded_at": each.recorded_at.isoformat(),
            "bytes": len(each.value or b""),
            "hex": (each.value or b"").hex()[:_SHOWN_CHARACTERS],
        }
        for each in messages
    ]
