"""What is particular to checking each event type: its own fields, one by one and together."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, assert_never, get_origin

from events.admission import checks, rule_codes
from events.admission.checks import Check, Setting, missing, not_allowed
from events.dates import known_date
from events.event import field_mark, field_type
from events.fields import Day, Holds, Judged, NotEmpty, Text, Time, When, Whole
from events.types.amendment import EventDismissed
from events.types.declaration import IndicatorReported
from events.types.grade import GradeAssigned
from events.types.licence import LicenceGranted
from events.types.listing import ListEntered, ListNoticeGiven
from events.types.measure import MeasureInitiated
from events.types.obligation import ObligationDefaulted
from events.types.relation import RelationRecorded, RelationRole
from events.types.repair import RepairDecided
from events.types.subject import SubjectChanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from events.admission.rejection import Reason
    from events.event import Event
    from events.rules.rulebook import Rulebook


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


@cache
def field_check(kind: type, field: str) -> Check | None:
    """Give what a field of an event type is held to by itself, whatever the others say, or None."""
    if field.endswith("_fen"):
        return checks.amount
    match field_mark(kind, field):
        case Day(when=when):
            return _DAYS[when]
        case Whole(low=low, high=high, unit=unit):
            return checks.whole(low, high, unit)
        case Time.YEAR:
            return checks.year
        case Time.PERIOD:
            return checks.period
        case NotEmpty():
            return checks.given
        case Text() as text:
            return _text_check(kind, field, text)
        case Judged() | None:
            return None
        case unknown:
            assert_never(unknown)


def _text_check(kind: type, field: str, text: Text) -> Check | None:
    if text.one_of:
        return checks.one_of(text.one_of)
    if text.holds is Holds.PARTY:
        is_many = get_origin(field_type(kind, field)) in (list, tuple)
        return checks.every_party if is_many else checks.party
    if text.holds in _TEXTS:
        return _TEXTS[text.holds]
    return checks.given if text.must_be_given else _CODES.get(text.codes or "")


_DAYS: Final[Mapping[When, Check]] = {
    When.PASSED: checks.past_day,
    When.BEFORE_DECISION: checks.earlier_day,
    When.AFTER_DECISION: checks.later_day,
    When.ANY: checks.any_day,
}
_TEXTS: Final[Mapping[Holds, Check]] = {
    Holds.NUMBER: checks.number,
    Holds.EVENT_ID: checks.event_id,
    Holds.SUCCESSOR: checks.successor,
}
_CODES: Final[Mapping[str, Check]] = {
    "department": rule_codes.known_departments,
    "warning": rule_codes.known_warning,
}
"""Codes that are judged by themselves; of the others `_check_together` knows the day."""
