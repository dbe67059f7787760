"""What is particular to checking each event type: its own fields, one by one and together."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, assert_never, get_origin

from events.admission import checks, items, rule_codes
from events.admission.checks import Check, Setting, not_allowed, not_given
from events.dates import known_date
from events.event import field_mark, field_type
from events.fields import Day, Holds, Judged, NotEmpty, Text, Time, When, Whole
from events.types.amendment import EventDismissed
from events.types.declaration import IndicatorReported, ItemsReported
from events.types.grade import GradeAssigned
from events.types.licence import LicenceGranted
from events.types.listing import ListEntered, ListNoticeGiven
from events.types.measure import MeasureInitiated
from events.types.obligation import ObligationDefaulted
from events.types.relation import RelationRecorded, RelationRole
from events.types.repair import RepairDecided
from events.types.subject import SubjectChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from events.admission.rejection import Reason
    from events.event import Event
    from events.rules.rulebook import Rulebook


def check_particulars(event: Event, rulebook: Rulebook, today: date) -> Iterator[Reason]:
    """Check the fields that this event type alone has."""
    envelope = event.envelope
    setting = Setting(rulebook, today, envelope.occurred_on, envelope.subject_id)
    for field, rule in _checked(type(event)):
        value = getattr(event, field)
        if value is not None:
            yield from rule(field, value, setting)
    if (together := TOGETHER.get(type(event))) is not None:
        yield from together(event, rulebook, known_date(envelope, today).day)


@cache
def _checked(kind: type[Event]) -> tuple[tuple[str, Check], ...]:
    """Give the fields of an event type that are held to something by themselves, and to what."""
    checked = ((field, field_check(kind, field)) for field in kind.__struct_fields__)
    return tuple((field, rule) for field, rule in checked if rule is not None)


def _check_licence(event: LicenceGranted, _: Rulebook, __: date) -> Iterator[Reason]:
    first, last = event.valid_from, event.valid_until
    if last is None:
        return
    if first is not None:
        yield from checks.check_order("valid_until", last, first, "its first day")
    else:
        yield from checks.check_order("valid_until", last, event.envelope.occurred_on)


def _check_default(event: ObligationDefaulted, _: Rulebook, __: date) -> Iterator[Reason]:
    due, ordered = event.due_on, event.ordered_by
    if ordered is not None:
        yield from checks.check_order("ordered_by", ordered, due, "the day when it fell due")


def _check_repair(event: RepairDecided, _: Rulebook, __: date) -> Iterator[Reason]:
    if event.until is not None and not event.granted:
        yield not_allowed("until", event.until, "only what is granted has a last day")
    if event.extended and event.granted:
        yield not_allowed("granted", "true", "what is extended is not decided yet")


def _check_change(event: SubjectChanged, _: Rulebook, __: date) -> Iterator[Reason]:
    if event == SubjectChanged(event.envelope):
        yield not_given("name, status, industry or aliases")


def _check_dismissal(event: EventDismissed, _: Rulebook, __: date) -> Iterator[Reason]:
    partition, offset = event.partition, event.offset
    if partition < 0 or offset < 0:
        yield not_allowed("offset", f"{partition}:{offset}", "one of: 0 and above")


def _check_relation(event: RelationRecorded, rulebook: Rulebook, day: date) -> Iterator[Reason]:
    if event.role is RelationRole.PRACTISES:
        if event.profession is None:
            yield not_given("profession")
    elif event.other is None:
        yield not_given("other")
    if event.profession is not None:
        yield from rule_codes.check_profession("profession", event.profession, rulebook, day)


TOGETHER: Final[Mapping[type, Callable[[Any, Rulebook, date], Iterator[Reason]]]] = {
    ListEntered: rule_codes.check_list,
    ListNoticeGiven: rule_codes.check_list,
    GradeAssigned: rule_codes.check_grade,
    MeasureInitiated: rule_codes.check_measure,
    IndicatorReported: rule_codes.check_indicator,
    ItemsReported: items.check_items,
    LicenceGranted: _check_licence,
    ObligationDefaulted: _check_default,
    RelationRecorded: _check_relation,
    RepairDecided: _check_repair,
    SubjectChanged: _check_change,
    EventDismissed: _check_dismissal,
}
"""What depends on several fields, checked by the rules of the day of the decision."""


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
    Holds.NUMBER: checks.joining_number,
    Holds.EVENT_ID: checks.other_event,
    Holds.SUCCESSOR: checks.successor,
}
_CODES: Final[Mapping[str, Check]] = {
    "department": rule_codes.known_departments,
    "warning": rule_codes.known_warning,
}
"""Codes that are judged by themselves; of the others `TOGETHER` knows the day."""
