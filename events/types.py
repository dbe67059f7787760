"""Every event type, in one place: the union, its parts by role, and what an event concerns."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import msgspec

from events.amendment import EventDismissed, RecordCorrected, RecordRevoked
from events.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.commendation import CommendationAwarded
from events.court import JudgmentRendered
from events.listing import ListEntered, ListRemoved
from events.penalty import PenaltyImposed
from events.subject import SubjectChanged, SubjectRegistered

if TYPE_CHECKING:
    from collections.abc import Mapping

Original: TypeAlias = (
    SubjectRegistered
    | SubjectChanged
    | PenaltyImposed
    | TaxArrearsAnnounced
    | JudgmentRendered
    | ListEntered
    | CommendationAwarded
)
"""An event that opens a record of its own."""

Amendment: TypeAlias = TaxArrearsSettled | ListRemoved | RecordCorrected | RecordRevoked
"""An event about the record that another event opened."""

Event: TypeAlias = Original | Amendment | EventDismissed

ORIGINALS: Final = (
    SubjectRegistered,
    SubjectChanged,
    PenaltyImposed,
    TaxArrearsAnnounced,
    JudgmentRendered,
    ListEntered,
    CommendationAwarded,
)
AMENDMENTS: Final = (TaxArrearsSettled, ListRemoved, RecordCorrected, RecordRevoked)
EVENT_TYPES: Final[Mapping[str, type]] = {
    kind.__name__: kind for kind in (*ORIGINALS, *AMENDMENTS, EventDismissed)
}


def event_type(event: Event) -> str:
    """Name the type of an event as the schema and the headers name it."""
    return type(event).__name__


def record_id(event: Event) -> str:
    """Give the event_id of the record that the event opens or is about."""
    if isinstance(event, AMENDMENTS):
        return event.concerns
    return event.envelope.event_id


def event_from_record(name: str, record: Mapping[str, Any]) -> Event:
    """Build the event named `credit.<Type>` from its decoded Avro record.

    Raises `msgspec.ValidationError` where a value is not of its field's type.
    """
    return cast("Event", msgspec.convert(record, EVENT_TYPES[name.removeprefix("credit.")]))


def event_to_record(event: Event) -> dict[str, Any]:
    """Give the Avro record of an event: plain values, days as `date`."""
    return cast("dict[str, Any]", msgspec.to_builtins(event, builtin_types=(date,)))
