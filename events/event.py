"""Every event type, in one place: the union, its parts by role, and what an event concerns."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast, get_args, get_type_hints

import msgspec

from events.envelope import Envelope
from events.fields import marked
from events.types.amendment import EventDismissed, RecordCorrected, RecordRevoked
from events.types.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.types.commendation import CommendationAwarded
from events.types.court import CaseFiled, EnforcementOpened, JudgmentRendered
from events.types.declaration import IndicatorReported, InformationDeclared
from events.types.finding import ConductRecorded, InspectionReported, RecallOrdered
from events.types.grade import GradeAssigned
from events.types.licence import LicenceGranted, ProductCertified
from events.types.listing import DefenceMade, ListEntered, ListNoticeGiven, ListRemoved
from events.types.measure import (
    MeasureAnswered,
    MeasureInitiated,
    MeasureLifted,
    WarningAcknowledged,
)
from events.types.objection import ObjectionAnswered, ObjectionRaised, StatementAdded
from events.types.obligation import CommitmentMade, ObligationDefaulted, ObligationSettled
from events.types.penalty import PenaltyImposed
from events.types.relation import RelationEnded, RelationRecorded, SubjectMerged
from events.types.repair import RepairApplied, RepairDecided
from events.types.subject import SubjectChanged, SubjectRegistered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events.fields import Mark

Original: TypeAlias = (
    SubjectRegistered
    | SubjectChanged
    | PenaltyImposed
    | TaxArrearsAnnounced
    | JudgmentRendered
    | ListEntered
    | CommendationAwarded
    | CaseFiled
    | EnforcementOpened
    | LicenceGranted
    | GradeAssigned
    | InspectionReported
    | RecallOrdered
    | ConductRecorded
    | ObligationDefaulted
    | CommitmentMade
    | RelationRecorded
    | SubjectMerged
    | InformationDeclared
    | IndicatorReported
    | ListNoticeGiven
    | MeasureInitiated
    | WarningAcknowledged
    | ProductCertified
)
"""An event that opens a record of its own."""

OwnAmendment: TypeAlias = (
    TaxArrearsSettled
    | ListRemoved
    | RecordCorrected
    | RecordRevoked
    | ObligationSettled
    | RelationEnded
    | MeasureLifted
)
"""An event about the record that another event opened, by the department of that record."""

OthersAmendment: TypeAlias = (
    DefenceMade
    | ObjectionRaised
    | ObjectionAnswered
    | StatementAdded
    | RepairApplied
    | RepairDecided
    | MeasureAnswered
)
"""An event about a record that whoever is entitled to its category may say."""

Amendment: TypeAlias = OwnAmendment | OthersAmendment

Event: TypeAlias = Original | Amendment | EventDismissed

ORIGINALS: Final = get_args(Original)
OWN_AMENDMENTS: Final = get_args(OwnAmendment)
OTHERS_AMENDMENTS: Final = get_args(OthersAmendment)
AMENDMENTS: Final = (*OWN_AMENDMENTS, *OTHERS_AMENDMENTS)
EVENT_TYPES: Final[Mapping[str, type]] = {kind.__name__: kind for kind in get_args(Event)}
AMENDMENT_TYPES: Final = frozenset(AMENDMENTS)


def event_type(event: Event) -> str:
    """Name the type of an event as the schema and the headers name it."""
    return type(event).__name__


def is_amendment(event: Event) -> bool:
    """Say whether an event is about the record that another event opened."""
    return type(event) in AMENDMENT_TYPES


def record_id(event: Event) -> str:
    """Give the event_id of the record that the event opens or is about."""
    if type(event) in AMENDMENT_TYPES:
        return cast("Amendment", event).concerns
    return event.envelope.event_id


def event_from_record(name: str, record: Mapping[str, Any]) -> Event:
    """Build the event named `credit.<Type>` from its decoded Avro record.

    Raises `msgspec.ValidationError` where a value is not of its field's type.
    """
    return cast("Event", msgspec.convert(record, EVENT_TYPES[name.removeprefix("credit.")]))


def event_to_record(event: Event) -> dict[str, Any]:
    """Give the Avro record of an event: plain values, days as `date`."""
    return cast("dict[str, Any]", msgspec.to_builtins(event, builtin_types=(date,)))


def field_type(kind: type, field: str) -> Any | None:
    """Give the type of a field of a record, `envelope.` before those of the envelope, or None."""
    owner, name = (Envelope, field[9:]) if field.startswith("envelope.") else (kind, field)
    if name == "envelope":
        return None
    return _hints(owner).get(name)


def field_mark(kind: type, field: str) -> Mark | None:
    """Give what a field of a record is, `envelope.` before those of the envelope; None unsaid."""
    is_of_envelope = field.startswith("envelope.")
    return marked(Envelope).get(field[9:]) if is_of_envelope else marked(kind).get(field)


@cache
def _hints(owner: type) -> dict[str, Any]:
    return get_type_hints(owner)
