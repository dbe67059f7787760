"""What is particular to checking each event type: its own fields, one by one and together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.admission import checks, rule_codes
from events.admission.checks import Check, Setting, missing, not_allowed
from events.dates import known_date
from events.types.amendment import EventDismissed, RecordRevoked
from events.types.commendation import CommendationAwarded
from events.types.court import EnforcementOpened, JudgmentRendered
from events.types.declaration import IndicatorReported, InformationDeclared
from events.types.finding import ConductRecorded, InspectionReported, RecallOrdered
from events.types.grade import GradeAssigned
from events.types.licence import LicenceGranted
from events.types.listing import ListEntered, ListNoticeGiven, ListRemoved
from events.types.measure import MeasureInitiated, WarningAcknowledged
from events.types.objection import ObjectionAnswered, ObjectionRaised, StatementAdded
from events.types.obligation import CommitmentMade, ObligationDefaulted
from events.types.penalty import PenaltyImposed
from events.types.relation import RelationRecorded, RelationRole, SubjectMerged
from events.types.repair import RepairDecided
from events.types.subject import SubjectChanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from events.admission.rejection import Reason
    from events.event import Event
    from events.rules.rulebook import Rulebook

TERM_MONTHS_MAX: Final = 1_200
RECALL_LEVEL_LOWEST: Final = 3
PERSONS_MAX: Final = 10**7
LIST_REMOVAL_REASONS: Final = (
    "performed",
    "settled",
    "term_over",
    "repaired",
    "entered_wrongly",
    "other",
)
FIELD_CHECKS: Final[Mapping[type, Mapping[str, Check]]] = {
    PenaltyImposed: {
        "kinds": checks.given,
        "effective_until": checks.later_day,
        "publish_until": checks.later_day,
        "conduct_ended_on": checks.earlier_day,
    },
    JudgmentRendered: {"filed_no": checks.number, "sentence_served_on": checks.later_day},
    EnforcementOpened: {"judgment_no": checks.number},
    ListEntered: {
        "notified_on": checks.past_day,
        "term_months": checks.whole(1, TERM_MONTHS_MAX, "months"),
        "notice_no": checks.number,
        "responsible": checks.every_party,
    },
    ListNoticeGiven: {"defence_until": checks.later_day},
    ListRemoved: {"reason": checks.one_of(LIST_REMOVAL_REASONS)},
    CommendationAwarded: {"honour": checks.given, "valid_until": checks.later_day},
    LicenceGranted: {
        "licence_no": checks.number,
        "valid_from": checks.any_day,
        "valid_until": checks.any_day,
    },
    GradeAssigned: {"period": checks.year, "valid_until": checks.later_day},
    InspectionReported: {"batch_no": checks.number, "rectify_by": checks.later_day},
    RecallOrdered: {
        "product": checks.given,
        "batch_no": checks.number,
        "level": checks.whole(1, RECALL_LEVEL_LOWEST, "from the gravest down"),
    },
    ConductRecorded: {"conduct": checks.given},
    ObligationDefaulted: {
        "due_on": checks.earlier_day,
        "ordered_by": checks.any_day,
        "persons": checks.whole(1, PERSONS_MAX, "persons"),
    },
    CommitmentMade: {"matter": checks.given, "due_on": checks.later_day},
    RelationRecorded: {"other": checks.party, "until": checks.later_day},
    SubjectMerged: {"into": checks.successor},
    InformationDeclared: {"item": checks.given},
    IndicatorReported: {"period": checks.period},
    MeasureInitiated: {
        "because": checks.event_id,
        "targets": rule_codes.known_departments,
        "until": checks.later_day,
    },
    WarningAcknowledged: {"rule": rule_codes.known_warning},
    ObjectionRaised: {"ground": checks.given, "review_of": checks.event_id},
    ObjectionAnswered: {"objection": checks.event_id},
    StatementAdded: {"text": checks.given},
    RepairDecided: {"until": checks.later_day},
    RecordRevoked: {"amendment": checks.event_id, "effective_on": checks.any_day},
}
"""What one field is held to, whatever the others say; amounts and `concerns` need no row."""


def check(event: Event, rulebook: Rulebook, today: date) -> Iterator[Reason]:
    """Check the fields that this event type alone has."""
    envelope = event.envelope
    setting = Setting(rulebook, today, envelope.occurred_on, envelope.subject_id)
    for field in event.__struct_fields__:
        value, rule = getattr(event, field), field_check(type(event), field)
        if value is not None and rule is not None:
            yield from rule(field, value, setting)
    yield from _check_together(event, rulebook, known_date(envelope, today).day)


def _check_together(event: Event, rulebook: Rulebook, day: date) -> Iterator[Reason]:
    """Check what depends on several fields, by the rules of the day of the decision."""
    match event:
        case ListEntered() | ListNoticeGiven():
            yield from rule_codes.check_list(event, rulebook, day)
        case GradeAssigned():
            yield from rule_codes.check_grade(event, rulebook, day)
        case MeasureInitiated():
            yield from rule_codes.check_measure(event, rulebook, day)
        case IndicatorReported():
            yield from rule_codes.check_indicator(event, rulebook, day)
        case LicenceGranted(valid_from=first, valid_until=last) if last is not None:
            if first is not None:
                yield from checks.check_order("valid_until", last, first, "its first day")
            else:
                yield from checks.check_order("valid_until", last, event.envelope.occurred_on)
        case ObligationDefaulted(due_on=due, ordered_by=ordered) if ordered is not None:
            yield from checks.check_order("ordered_by", ordered, due, "the day when it fell due")
        case RelationRecorded():
            yield from _check_relation(event, rulebook, day)
        case RepairDecided(granted=False, until=until) if until is not None:
            yield not_allowed("until", until, "only what is granted has a last day")
        case SubjectChanged():
            if event == SubjectChanged(event.envelope):
                yield missing("name, status, industry or aliases")
        case EventDismissed(partition=partition, offset=offset):
            if partition < 0 or offset < 0:
                yield not_allowed("offset", f"{partition}:{offset}", "one of: 0 and above")


def _check_relation(event: RelationRecorded, rulebook: Rulebook, day: date) -> Iterator[Reason]:
    if event.role is RelationRole.PRACTISES:
        if event.profession is None:
            yield missing("profession")
    elif event.other is None:
        yield missing("other")
    if event.profession is not None:
        yield from rule_codes.check_profession("profession", event.profession, rulebook, day)


def field_check(kind: type, field: str) -> Check | None:
    """Give what a field of an event type is held to by itself, or None."""
    if field.endswith("_fen"):
        return checks.amount
    if field == "concerns":
        return checks.event_id
    return FIELD_CHECKS.get(kind, {}).get(field)
