"""Matters: the records of a subject that are kept one by one, because conclusions name them.

Pure data, packed small: fields stand in the order in which they are stored, and a tag says which
matter it is. Days are days in China, amounts fen; None is unknown.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from events.envelope import Disclosure, Source
from events.types.commendation import HonourLevel
from events.types.finding import InspectionResult, Seriousness
from events.types.penalty import Finality, PenaltyKind
from events.types.relation import MergerKind, RelationRole
from projections.record.marks import Answer, Marks, Payment

if TYPE_CHECKING:
    from collections.abc import Mapping


class Matter(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What every record kept one by one has: its names, its clock, its end, its marks."""

    event_id: str
    category: str
    department: str
    region: str
    document_no: str
    name: str | None
    disclosure: Disclosure
    source: Source
    day: date
    day_basis: str
    published_on: date | None
    verified: bool | None
    corrected: int
    ended_on: date | None
    marks: Marks | None


class Penalty(Matter, frozen=True, gc=False, array_like=True, tag=1):
    """A penalty in force or once in force."""

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

    balance_fen: int | None
    period: str | None
    payments: tuple[Payment, ...]


class Listing(Matter, frozen=True, gc=False, array_like=True, tag=3):
    """An entry on a list."""

    list: str
    ground: str
    notified_on: date | None
    term_months: int | None
    notice_no: str | None
    responsible: tuple[str, ...]


class Notice(Matter, frozen=True, gc=False, array_like=True, tag=4):
    """Notice of an entry on a list (告知); `heard_on` is the defence, or its waiver."""

    list: str
    ground: str
    defence_until: date | None
    heard_on: date | None


class Licence(Matter, frozen=True, gc=False, array_like=True, tag=5):
    """A licence (许可); `valid_until` is its last day."""

    licence_no: str
    valid_from: date | None
    valid_until: date | None


class Grade(Matter, frozen=True, gc=False, array_like=True, tag=6):
    """A grade by a department's own scheme."""

    scheme: str
    grade: str
    period: int | None
    valid_until: date | None


class Inspection(Matter, frozen=True, gc=False, array_like=True, tag=7):
    """An inspection that was not passed; those passed are tallied."""

    result: InspectionResult
    item: str | None
    batch_no: str | None
    risk: Seriousness | None
    rectify_by: date | None


class Recall(Matter, frozen=True, gc=False, array_like=True, tag=8):
    """A recall of products; level 1 is the gravest."""

    product: str
    batch_no: str | None
    level: int | None


class Conduct(Matter, frozen=True, gc=False, array_like=True, tag=9):
    """Conduct recorded without a penalty."""

    conduct: str
    seriousness: Seriousness


class Default(Matter, frozen=True, gc=False, array_like=True, tag=10):
    """An obligation to pay that was not met, and what was paid of it."""

    amount_fen: int | None
    due_on: date | None
    ordered_by: date | None
    persons: int | None
    payments: tuple[Payment, ...]


class Enforcement(Matter, frozen=True, gc=False, array_like=True, tag=11):
    """An enforcement case, and what was performed."""

    judgment_no: str | None
    target_fen: int | None
    payments: tuple[Payment, ...]


class Commitment(Matter, frozen=True, gc=False, array_like=True, tag=12):
    """A commitment or contract, and what became of it."""

    matter: str
    due_on: date | None
    payments: tuple[Payment, ...]


class Conviction(Matter, frozen=True, gc=False, array_like=True, tag=13):
    """A criminal judgment; `served_on` is the day on which the sentence was served."""

    served_on: date | None


class Honour(Matter, frozen=True, gc=False, array_like=True, tag=14):
    """A commendation or a place on a red list; `valid_until` is its last day."""

    honour: str
    level: HonourLevel
    valid_until: date | None


class Relation(Matter, frozen=True, gc=False, array_like=True, tag=15):
    """A relation to another subject, or a profession; `until` is its last day."""

    role: RelationRole
    other: str | None
    profession: str | None
    until: date | None


class Merger(Matter, frozen=True, gc=False, array_like=True, tag=16):
    """The subject goes on under another identifier."""

    into: str
    kind: MergerKind


class Declaration(Matter, frozen=True, gc=False, array_like=True, tag=17):
    """What the subject declared of itself."""

    item: str
    content: str | None


class Reading(Matter, frozen=True, gc=False, array_like=True, tag=18):
    """An indicator's value for a period, in the indicator's unit."""

    indicator: str
    period: str
    value: int


class Measure(Matter, frozen=True, gc=False, array_like=True, tag=19):
    """A measure of joint reward or punishment, and what the departments asked answered."""

    measure: str
    because: str
    targets: tuple[str, ...]
    until: date | None
    answers: tuple[Answer, ...]


class Acknowledgement(Matter, frozen=True, gc=False, array_like=True, tag=20):
    """A supervising department took note of a warning."""

    rule: str


class Marked(Matter, frozen=True, gc=False, array_like=True, tag=21):
    """A record of a kind that is else tallied, kept for the marks beside it."""

    event_type: str
    amount_fen: int | None


AnyMatter: TypeAlias = (
    Penalty
    | Arrears
    | Listing
    | Notice
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
)

EVENT_TYPES_OF_MATTERS: Final[Mapping[type, str]] = {
    Penalty: "PenaltyImposed",
    Arrears: "TaxArrearsAnnounced",
    Listing: "ListEntered",
    Notice: "ListNoticeGiven",
    Licence: "LicenceGranted",
    Grade: "GradeAssigned",
    Inspection: "InspectionReported",
    Recall: "RecallOrdered",
    Conduct: "ConductRecorded",
    Default: "ObligationDefaulted",
    Enforcement: "EnforcementOpened",
    Commitment: "CommitmentMade",
    Conviction: "JudgmentRendered",
    Honour: "CommendationAwarded",
    Relation: "RelationRecorded",
    Merger: "SubjectMerged",
    Declaration: "InformationDeclared",
    Reading: "IndicatorReported",
    Measure: "MeasureInitiated",
    Acknowledgement: "WarningAcknowledged",
}


KINDS: Final[Mapping[type, int]] = {
    kind: int(kind.__struct_config__.tag)  # type: ignore[attr-defined]
    for kind in (*EVENT_TYPES_OF_MATTERS, Marked)
}
"""The kinds of matter, each with the tag under which it is stored."""


def event_type_of(matter: AnyMatter) -> str:
    """Name the type of event that opened a matter."""
    known = EVENT_TYPES_OF_MATTERS.get(type(matter))
    return matter.event_type if known is None else known  # type: ignore[union-attr]  # only `Marked` is not in it
