"""What amendments do to the record that another event opened. Pure.

They come in the order of their own days; which of them count is decided in `chain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, assert_never, cast, final

import msgspec

from events.dates import day_after, known_date
from events.event import event_type, field_type
from events.types.amendment import RecordCorrected, RecordRevoked, RevocationKind
from events.types.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.types.court import EnforcementOpened
from events.types.listing import DefenceMade, ListEntered, ListNoticeGiven, ListRemoved
from events.types.measure import MeasureAnswered, MeasureInitiated, MeasureLifted
from events.types.objection import (
    ObjectionAnswered,
    ObjectionOutcome,
    ObjectionRaised,
    StatementAdded,
)
from events.types.obligation import (
    CommitmentMade,
    ObligationDefaulted,
    ObligationSettled,
    Outcome,
)
from events.types.penalty import PenaltyImposed
from events.types.relation import RelationEnded, RelationRecorded
from events.types.repair import RepairApplied, RepairDecided
from projections.record.entry import Entry
from projections.record.marks import (
    Answer,
    Application,
    Marks,
    Objection,
    Payment,
    Repair,
    Reply,
    Statement,
)

if TYPE_CHECKING:
    from datetime import date

    from events.event import Event
    from events.roles import Amendment, Original
    from projections.ledger.message import Known


AnyAmendment: TypeAlias = (
    TaxArrearsSettled
    | ListRemoved
    | RecordCorrected
    | RecordRevoked
    | ObligationSettled
    | RelationEnded
    | MeasureLifted
    | DefenceMade
    | ObjectionRaised
    | ObjectionAnswered
    | StatementAdded
    | RepairApplied
    | RepairDecided
    | MeasureAnswered
)
"""Every amendment, so that a `match` over them is checked to leave none out."""


ABOUT: Final[dict[type, tuple[type, ...]]] = {
    TaxArrearsSettled: (TaxArrearsAnnounced,),
    ListRemoved: (ListEntered,),
    ObligationSettled: (
        PenaltyImposed,
        TaxArrearsAnnounced,
        ObligationDefaulted,
        CommitmentMade,
        EnforcementOpened,
    ),
    RelationEnded: (RelationRecorded,),
    DefenceMade: (ListNoticeGiven,),
    MeasureAnswered: (MeasureInitiated,),
    MeasureLifted: (MeasureInitiated,),
}
"""The records that an amendment can be about; one that does not stand here is about any."""


def plain_entry(original: Known) -> Entry:
    """Give the entry of a record of which nothing further was said."""
    event: Any = original.event
    return Entry(event, original.offset, known_date(event.envelope, original.recorded_on))


def fits(amendment: Amendment, original: Event) -> bool:
    """Say whether an amendment can be about such a record: only what is owed is paid."""
    if isinstance(amendment, RecordCorrected):
        return amendment.record_type == event_type(original)
    about = ABOUT.get(type(amendment))
    return about is None or isinstance(original, about)


@final
class Amended:
    """A record and what its amendments add up to, which come in the order of their own days."""

    def __init__(self, original: Known) -> None:
        """Begin with the record as it was said."""
        self.original = original
        self.event: Original = original.event  # type: ignore[assignment]  # what amends opens none
        self.payments: list[Payment] = []
        self.corrections: list[str] = []
        self.answers: list[Answer] = []
        self.objections: dict[str, Objection] = {}
        self.replies: list[tuple[ObjectionAnswered, date]] = []
        self.statements: list[Statement] = []
        self.applications: list[Application] = []
        self.repairs: list[Repair] = []
        self.extensions: list[date] = []
        self.ended_on: date | None = None
        self.ended_by: str | None = None
        self.heard_on: date | None = None
        self.annulled = False

    def take(self, amendment: Amendment, day: date) -> None:
        """Add one amendment; `day` is its own."""
        key, department = amendment.envelope.event_id, amendment.envelope.department
        said = cast("AnyAmendment", amendment)
        match said:
            case RecordCorrected():
                self.event = corrected(self.event, said)
                self.corrections.append(key)
            case TaxArrearsSettled(paid_fen=paid, cleared=cleared):
                self.payments.append(Payment(day, paid, cleared))
            case ObligationSettled(paid_fen=paid, outcome=outcome):
                cleared = outcome in (Outcome.PERFORMED, Outcome.WAIVED)
                self.payments.append(Payment(day, paid, cleared, outcome is Outcome.BREACHED))
            case ListRemoved() | RelationEnded() | MeasureLifted():
                self._end(day, key)
            case RecordRevoked(amendment=None, kind=RevocationKind.ANNULLED):
                self.annulled = True
            case RecordRevoked(amendment=None, kind=RevocationKind.REPEALED, effective_on=on):
                self._end(on or day, key)
            case RecordRevoked():
                pass  # It has been applied by leaving the amendment out that it takes back.
            case DefenceMade():
                self.heard_on = day if self.heard_on is None else self.heard_on
            case ObjectionRaised(review_of=earlier):
                self.objections[key] = Objection(key, day, department, review_of=earlier)
            case ObjectionAnswered():
                self.replies.append((said, day))
            case StatementAdded(text=text):
                self.statements.append(Statement(key, day, text))
            case RepairApplied(committed=committed):
                self.applications.append(Application(key, day, department, committed))
            case RepairDecided(extended=True):
                self.extensions.append(day)
            case RepairDecided(granted=granted, until=until):
                # The decision names the last day of a temporary repair.
                after = None if until is None else day_after(until)
                self.repairs.append(Repair(key, day, granted, after))
            case MeasureAnswered(answer=answer, reason=why, effect=effect):
                self.answers.append(Answer(key, day, department, answer.value, why, effect))
            case _:
                assert_never(said)

    def _end(self, day: date, by: str) -> None:
        if self.ended_on is None or day < self.ended_on:
            self.ended_on, self.ended_by = day, by

    def entry(self) -> Entry:
        """Give the entry of the record as amended so far."""
        return Entry(
            self.event,
            self.original.offset,
            known_date(self.event.envelope, self.original.recorded_on),
            tuple(self.payments),
            self.ended_on,
            self.ended_by,
            self.annulled,
            tuple(self.corrections),
            self._marks(),
            tuple(self.answers),
            self.heard_on,
        )

    def _extended(self, application: Application) -> Application:
        """Give an application with the first day on which its period was extended, if any was."""
        on = min((day for day in self.extensions if day >= application.day), default=None)
        return application if on is None else msgspec.structs.replace(application, extended_on=on)

    def _marks(self) -> Marks | None:
        """Give what stands beside the record, or None for nothing."""
        objections = self.objections
        if self.replies:
            # Objection and answer may be of one day, and come in any order.
            objections = dict(objections)
            for answer, day in self.replies:
                _answer(objections, answer, day)
        if objections or self.statements or self.applications or self.repairs:
            return Marks(
                tuple(objections.values()),
                tuple(self.statements),
                tuple(map(self._extended, self.applications)),
                tuple(self.repairs),
            )
        return None


def _answer(objections: dict[str, Objection], answer: ObjectionAnswered, day: date) -> None:
    # An answer whose objection is not known (yet), or is of a later day, answers nothing.
    raised = objections.get(answer.objection)
    if raised is None or day < raised.raised_on:
        return
    if answer.outcome is ObjectionOutcome.EXTENDED:
        answered = raised
        if raised.extended_on is None:
            answered = msgspec.structs.replace(raised, extended_on=day)
    else:
        envelope = answer.envelope
        reply = Reply(envelope.event_id, day, envelope.department, answer.outcome)
        answered = msgspec.structs.replace(raised, answers=(*raised.answers, reply))
    objections[answer.objection] = answered


def corrected(event: Original, correction: RecordCorrected) -> Original:
    """Give the record with the right values in place.

    Raises `msgspec.ValidationError` where a value is not of its field's type; admission has
    refused such corrections, so this means damage and parks the subject.
    """
    fields: dict[str, Any] = {}
    envelope: dict[str, Any] = {}
    for change in correction.changes:
        expected = field_type(type(event), change.field)
        value = msgspec.json.decode(change.value, type=expected)
        if change.field.startswith("envelope."):
            envelope[change.field[9:]] = value
        else:
            fields[change.field] = value
    if envelope:
        fields["envelope"] = msgspec.structs.replace(event.envelope, **envelope)
    return msgspec.structs.replace(event, **fields)
