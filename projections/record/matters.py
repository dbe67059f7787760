"""Matters: the records of a subject that are kept one by one, because conclusions name them.

Pure data, packed small: fields stand in the order in which they are stored, and a tag says which
matter it is. Days are days in China, amounts fen; None is unknown.
"""

from __future__ import annotations

from datetime import date
from operator import attrgetter
from typing import TypeAlias

from events.types.arrears import TaxArrearsAnnounced
from events.types.commendation import CommendationAwarded, HonourLevel
from events.types.court import EnforcementOpened, JudgmentRendered
from events.types.declaration import (
    IndicatorReported,
    InformationDeclared,
    ItemsReported,
    ItemValue,
)
from events.types.finding import (
    ConductRecorded,
    InspectionReported,
    InspectionResult,
    RecallOrdered,
    Seriousness,
)
from events.types.grade import GradeAssigned
from events.types.licence import LicenceGranted
from events.types.listing import ListEntered, ListNoticeGiven
from events.types.measure import MeasureInitiated, WarningAcknowledged
from events.types.obligation import CommitmentMade, ObligationDefaulted
from events.types.penalty import Finality, PenaltyImposed, PenaltyKind
from events.types.relation import MergerKind, RelationRecorded, RelationRole, SubjectMerged
from projections.record.marks import Answer, Payment
from projections.record.matter import Matter, Traits


def _fined(penalty: Penalty) -> int | None:
    fine, taken = penalty.fine_fen, penalty.confiscated_fen
    if fine is None and PenaltyKind.FINE in penalty.kinds:
        return None
    if taken is None and PenaltyKind.CONFISCATION in penalty.kinds:
        return None
    return (fine or 0) + (taken or 0)


class Penalty(Matter, frozen=True, gc=False, array_like=True, tag=1):
    """A penalty in force or once in force."""

    opened_by = PenaltyImposed
    traits = Traits(amount=_fined)
    kinds: tuple[PenaltyKind, ...]
    simple_procedure: bool
    fine_fen: int | None
    confiscated_fen: int | None
    publish_until: date | None
    effective_until: date | None
    conduct_ended_on: date | None
    final_on: date | None
    finality: Finality | None
    payments: tuple[Payment, ...]


class Arrears(Matter, frozen=True, gc=False, array_like=True, tag=2):
    """Tax owed, and what was paid of it."""

    opened_by = TaxArrearsAnnounced
    traits = Traits(amount=attrgetter("balance_fen"), is_open=True, is_owed=True)
    balance_fen: int | None
    period: str | None
    payments: tuple[Payment, ...]


class Listing(Matter, frozen=True, gc=False, array_like=True, tag=3):
    """An entry on a list."""

    opened_by = ListEntered
    list: str
    ground: str
    notified_on: date | None
    term_months: int | None
    notice_no: str | None
    responsible: tuple[str, ...]


class NoticeGiven(Matter, frozen=True, gc=False, array_like=True, tag=4):
    """Notice of an entry on a list (告知); `heard_on` is the defence, or its waiver."""

    opened_by = ListNoticeGiven
    list: str
    ground: str
    defence_until: date | None
    heard_on: date | None


class Licence(Matter, frozen=True, gc=False, array_like=True, tag=5):
    """A licence (许可), to be cancelled if it was not renewed (行政许可法 art. 70 no. 1)."""

    opened_by = LicenceGranted
    licence_no: str
    valid_from: date | None
    valid_until: date | None


class Grade(Matter, frozen=True, gc=False, array_like=True, tag=6):
    """A grade by a department's own scheme."""

    opened_by = GradeAssigned
    scheme: str
    grade: str
    period: int | None
    valid_until: date | None


class Inspection(Matter, frozen=True, gc=False, array_like=True, tag=7):
    """An inspection that was not passed; those passed are tallied."""

    opened_by = InspectionReported
    result: InspectionResult
    item: str | None
    batch_no: str | None
    risk: Seriousness | None
    rectify_by: date | None


class Recall(Matter, frozen=True, gc=False, array_like=True, tag=8):
    """A recall of products; level 1 is the gravest."""

    opened_by = RecallOrdered
    product: str
    batch_no: str | None
    level: int | None


class Conduct(Matter, frozen=True, gc=False, array_like=True, tag=9):
    """Conduct recorded without a penalty."""

    opened_by = ConductRecorded
    conduct: str
    seriousness: Seriousness


class Default(Matter, frozen=True, gc=False, array_like=True, tag=10):
    """An obligation to pay that was not met, and what was paid of it."""

    opened_by = ObligationDefaulted
    traits = Traits(amount=attrgetter("amount_fen"), is_open=True, is_owed=True)
    amount_fen: int | None
    due_on: date | None
    ordered_by: date | None
    persons: int | None
    payments: tuple[Payment, ...]


class Enforcement(Matter, frozen=True, gc=False, array_like=True, tag=11):
    """An enforcement case, and what was performed."""

    opened_by = EnforcementOpened
    traits = Traits(amount=attrgetter("target_fen"), is_open=True, is_owed=True)
    judgment_no: str | None
    target_fen: int | None
    payments: tuple[Payment, ...]


class Commitment(Matter, frozen=True, gc=False, array_like=True, tag=12):
    """A commitment or contract, and what became of it."""

    opened_by = CommitmentMade
    traits = Traits(is_open=True)
    matter: str
    due_on: date | None
    payments: tuple[Payment, ...]


class Conviction(Matter, frozen=True, gc=False, array_like=True, tag=13):
    """A criminal judgment; `served_on` is the day on which the sentence was served."""

    opened_by = JudgmentRendered
    traits = Traits(said_as={"served_on": "sentence_served_on"})
    served_on: date | None


class Honour(Matter, frozen=True, gc=False, array_like=True, tag=14):
    """A commendation or a place on a red list; `valid_until` is its last day."""

    opened_by = CommendationAwarded
    # An honour is known of after it, among agencies, and no longer published: an assumption.
    traits = Traits(ends_publication=True)
    honour: str
    level: HonourLevel
    valid_until: date | None


class Relation(Matter, frozen=True, gc=False, array_like=True, tag=15):
    """A relation to another subject, or a profession; `until` is its last day."""

    opened_by = RelationRecorded
    role: RelationRole
    other: str | None
    profession: str | None
    until: date | None


class Merger(Matter, frozen=True, gc=False, array_like=True, tag=16):
    """The subject goes on under another identifier."""

    opened_by = SubjectMerged
    into: str
    kind: MergerKind


class Declaration(Matter, frozen=True, gc=False, array_like=True, tag=17):
    """What the subject declared of itself."""

    opened_by = InformationDeclared
    item: str
    content: str | None


class Reading(Matter, frozen=True, gc=False, array_like=True, tag=18):
    """An indicator's value for a period, in the indicator's unit."""

    opened_by = IndicatorReported
    indicator: str
    period: str
    value: int


class Measure(Matter, frozen=True, gc=False, array_like=True, tag=19):
    """A measure of joint reward or punishment, and what the departments asked answered."""

    opened_by = MeasureInitiated
    measure: str
    because: str
    targets: tuple[str, ...]
    until: date | None
    answers: tuple[Answer, ...]


class Acknowledgement(Matter, frozen=True, gc=False, array_like=True, tag=20):
    """A supervising department took note of a warning."""

    opened_by = WarningAcknowledged
    rule: str


class Marked(Matter, frozen=True, gc=False, array_like=True, tag=21):
    """A record of a kind that is else tallied, kept for the marks beside it."""

    traits = Traits(amount=attrgetter("amount_fen"))
    event_type: str
    amount_fen: int | None


class Particulars(Matter, frozen=True, gc=False, array_like=True, tag=22):
    """What a department keeps of the subject, item by item (信息项)."""

    opened_by = ItemsReported
    items: tuple[ItemValue, ...]
    period: str | None


AnyMatter: TypeAlias = (
    Penalty
    | Arrears
    | Listing
    | NoticeGiven
    | Licence
    | Grade
    | Inspection
    | Recall
    | Conduct
    | Default
    | Enforcement
    | Commitment
    | Conviction
    | Honour
    | Relation
    | Merger
    | Declaration
    | Reading
    | Measure
    | Acknowledgement
    | Marked
    | Particulars
)
