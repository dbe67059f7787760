"""From an entry to the matter that is kept of it, or to a tally. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from events.types.arrears import TaxArrearsAnnounced
from events.types.commendation import CommendationAwarded
from events.types.court import CaseFiled, EnforcementOpened, JudgmentRendered
from events.types.declaration import IndicatorReported, InformationDeclared
from events.types.finding import (
    ConductRecorded,
    InspectionReported,
    InspectionResult,
    RecallOrdered,
)
from events.types.grade import GradeAssigned
from events.types.licence import LicenceGranted
from events.types.listing import ListEntered, ListNoticeGiven
from events.types.measure import MeasureInitiated, WarningAcknowledged
from events.types.obligation import CommitmentMade, ObligationDefaulted
from events.types.penalty import PenaltyImposed
from events.types.relation import RelationRecorded, SubjectMerged
from projections.record.matters import (
    Acknowledgement,
    AnyMatter,
    Arrears,
    Commitment,
    Conduct,
    Conviction,
    Declaration,
    Default,
    Enforcement,
    Grade,
    Honour,
    Inspection,
    Licence,
    Listing,
    Marked,
    Measure,
    Merger,
    Notice,
    Penalty,
    Reading,
    Recall,
    Relation,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from events.envelope import Disclosure, Source
    from events.event import Event
    from projections.record.entry import Entry
    from projections.record.marks import Marks

_PASSED: Final = InspectionResult.PASSED


CRIMINAL: Final = "judgment.criminal"
"""Convictions are kept one by one; judgments of other categories are tallied."""


Common: TypeAlias = (
    "tuple[str, str, str, str, str, str | None, Disclosure, Source, date, str, date | None, "
    "bool | None, int, date | None, Marks | None]"
)
"""What every matter has, in the order of the fields of `Matter`."""


def to_matter(entry: Entry) -> AnyMatter | None:
    """Give the matter that is kept of an entry, or None where it is tallied."""
    event = entry.event
    build = _BUILDERS.get(type(event))
    if build is not None and not is_tallied(event):
        return build(entry, event, _common(entry))
    if entry.marks is not None:
        return Marked(*_common(entry), type(event).__name__, tallied_amount_fen(event))
    return None


def tallied_amount_fen(event: Event) -> int | None:
    """Give the amount that a tally sums: of a case or judgment; others have none, which is 0."""
    kind = type(event)
    if kind is JudgmentRendered:
        return cast("JudgmentRendered", event).amount_fen
    if kind is CaseFiled:
        return cast("CaseFiled", event).claim_fen
    return 0


def is_tallied(event: Event) -> bool:
    """Say whether an event of a kind that is kept one by one is tallied all the same."""
    kind = type(event)
    if kind is JudgmentRendered:
        return event.envelope.category != CRIMINAL
    return kind is InspectionReported and cast("InspectionReported", event).result is _PASSED


def _common(entry: Entry) -> Common:
    """Give what every matter has, in the order of its fields."""
    envelope = entry.event.envelope
    return (
        envelope.event_id,
        envelope.category,
        envelope.department,
        envelope.region,
        envelope.document_no,
        envelope.subject_name,
        envelope.disclosure,
        envelope.source,
        entry.clock.day,
        entry.clock.basis,
        envelope.published_on,
        envelope.verified,
        len(entry.corrections),
        entry.ended_on,
        entry.marks,
    )


def _penalty(entry: Entry, event: PenaltyImposed, common: Common) -> Penalty:
    return Penalty(
        *common,
        tuple(event.kinds),
        event.simple_procedure,
        event.fine_fen,
        event.confiscated_fen,
        event.publish_until,
        event.effective_until,
        event.conduct_ended_on,
        event.final_on,
        event.finality,
        entry.payments,
    )


def _arrears(entry: Entry, event: TaxArrearsAnnounced, common: Common) -> Arrears:
    return Arrears(*common, event.balance_fen, event.period, entry.payments)


def _listing(_: Entry, event: ListEntered, common: Common) -> Listing:
    return Listing(
        *common,
        event.list,
        event.ground,
        event.notified_on,
        event.term_months,
        event.notice_no,
        tuple(event.responsible),
    )


def _notice(entry: Entry, event: ListNoticeGiven, common: Common) -> Notice:
    return Notice(*common, event.list, event.ground, event.defence_until, entry.heard_on)


def _licence(_: Entry, event: LicenceGranted, common: Common) -> Licence:
    return Licence(*common, event.licence_no, event.valid_from, event.valid_until)


def _grade(_: Entry, event: GradeAssigned, common: Common) -> Grade:
    return Grade(*common, event.scheme, event.grade, event.period, event.valid_until)


def _inspection(_: Entry, event: InspectionReported, common: Common) -> Inspection:
    return Inspection(
        *common, event.result, event.item, event.batch_no, event.risk, event.rectify_by
    )


def _recall(_: Entry, event: RecallOrdered, common: Common) -> Recall:
    return Recall(*common, event.product, event.batch_no, event.level)


def _conduct(_: Entry, event: ConductRecorded, common: Common) -> Conduct:
    return Conduct(*common, event.conduct, event.seriousness)


def _default(entry: Entry, event: ObligationDefaulted, common: Common) -> Default:
    return Default(
        *common, event.amount_fen, event.due_on, event.ordered_by, event.persons, entry.payments
    )


def _enforcement(entry: Entry, event: EnforcementOpened, common: Common) -> Enforcement:
    return Enforcement(*common, event.judgment_no, event.target_fen, entry.payments)


def _commitment(entry: Entry, event: CommitmentMade, common: Common) -> Commitment:
    return Commitment(*common, event.matter, event.due_on, entry.payments)


def _conviction(_: Entry, event: JudgmentRendered, common: Common) -> Conviction:
    return Conviction(*common, event.sentence_served_on)


def _honour(_: Entry, event: CommendationAwarded, common: Common) -> Honour:
    return Honour(*common, event.honour, event.level, event.valid_until)


def _relation(_: Entry, event: RelationRecorded, common: Common) -> Relation:
    return Relation(*common, event.role, event.other, event.profession, event.until)


def _merger(_: Entry, event: SubjectMerged, common: Common) -> Merger:
    return Merger(*common, event.into, event.kind)


def _declaration(_: Entry, event: InformationDeclared, common: Common) -> Declaration:
    return Declaration(*common, event.item, event.content)


def _reading(_: Entry, event: IndicatorReported, common: Common) -> Reading:
    return Reading(*common, event.indicator, event.period, event.value)


def _measure(entry: Entry, event: MeasureInitiated, common: Common) -> Measure:
    targets = tuple(event.targets)
    return Measure(*common, event.measure, event.because, targets, event.until, entry.answers)


def _acknowledgement(_: Entry, event: WarningAcknowledged, common: Common) -> Acknowledgement:
    return Acknowledgement(*common, event.rule)


_BUILDERS: Final[dict[type, Callable[[Entry, Any, Any], AnyMatter]]] = {
    PenaltyImposed: _penalty,
    TaxArrearsAnnounced: _arrears,
    ListEntered: _listing,
    ListNoticeGiven: _notice,
    LicenceGranted: _licence,
    GradeAssigned: _grade,
    InspectionReported: _inspection,
    RecallOrdered: _recall,
    ConductRecorded: _conduct,
    ObligationDefaulted: _default,
    EnforcementOpened: _enforcement,
    CommitmentMade: _commitment,
    JudgmentRendered: _conviction,
    CommendationAwarded: _honour,
    RelationRecorded: _relation,
    SubjectMerged: _merger,
    InformationDeclared: _declaration,
    IndicatorReported: _reading,
    MeasureInitiated: _measure,
    WarningAcknowledged: _acknowledgement,
}
