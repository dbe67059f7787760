"""What is particular to checking each event type: its own fields, days and amounts."""

from __future__ import annotations

import re
from datetime import date
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from events.amendment import EventDismissed, RecordCorrected, RecordRevoked
from events.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.commendation import CommendationAwarded
from events.court import JudgmentRendered
from events.envelope import Disclosure, Envelope
from events.listing import ListEntered, ListRemoved
from events.penalty import PenaltyImposed
from events.rejection import Reason, RejectionReason, reason
from events.rulebook import version_on
from events.subject import SubjectChanged, SubjectRegistered
from events.types import EVENT_TYPES, ORIGINALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.amendment import FieldChange
    from events.rulebook import Category, Rulebook
    from events.types import Event

_REGION: Final = re.compile(r"[0-9]{6}")
_OPENNESS: Final = list(reversed(Disclosure))
EARLIEST: Final = date(1949, 10, 1)
TERM_MONTHS_MAX: Final = 1_200
AMOUNT_FEN_MAX: Final = 10**14
LIST_REMOVAL_REASONS: Final = (
    "performed",
    "settled",
    "term_over",
    "repaired",
    "entered_wrongly",
    "other",
)
FIXED_FIELDS: Final = frozenset(
    {
        *("event_id", "subject_id", "department", "category", "document_no", "item_no"),
        *("observed_on", "remarks", "source"),
    }
)
"""Envelope fields that name the record: another value would be another record."""


def check(event: Event, rulebook: Rulebook, today: date) -> Iterator[Reason]:
    """Check the fields that this event type alone has."""
    match event:
        case PenaltyImposed():
            yield from _check_penalty(event)
        case TaxArrearsAnnounced(balance_fen=balance, new_fen=new):
            yield from _check_amounts({"balance_fen": balance, "new_fen": new})
        case TaxArrearsSettled(concerns=concerns, paid_fen=paid):
            yield from _check_concerns("concerns", concerns)
            yield from _check_amounts({"paid_fen": paid})
        case JudgmentRendered(amount_fen=amount):
            yield from _check_amounts({"amount_fen": amount})
        case ListEntered():
            yield from _check_list_entry(event, rulebook, today)
        case ListRemoved(concerns=concerns, reason=why):
            yield from _check_concerns("concerns", concerns)
            if why not in LIST_REMOVAL_REASONS:
                yield _not_allowed("reason", why, LIST_REMOVAL_REASONS)
        case CommendationAwarded(honour=honour, valid_until=until):
            if not honour.strip():
                yield _missing("honour")
            yield from check_future_day("valid_until", until, event.envelope.occurred_on)
        case RecordCorrected():
            yield from _check_correction(event, rulebook, today)
        case RecordRevoked(concerns=concerns, amendment=amendment, effective_on=effective):
            yield from _check_concerns("concerns", concerns)
            if amendment is not None:
                yield from _check_concerns("amendment", amendment)
            yield from check_future_day("effective_on", effective, None)
        case EventDismissed(partition=partition, offset=offset):
            if partition < 0 or offset < 0:
                yield _not_allowed("offset", f"{partition}:{offset}", ("0 and above",))
        case SubjectChanged():
            if event == SubjectChanged(event.envelope):
                yield _missing("name, status, industry or aliases")
        case SubjectRegistered():
            pass  # Its kind is an enum and its texts are checked with all others.


def check_past_day(field: str, day: date, today: date) -> Iterator[Reason]:
    """Check a day that has happened: not before 1949-10-01, not after `today`."""
    if day > today:
        rule = f"the day has not come yet: submitted on {today}"
        yield reason(RejectionReason.DATE_IN_FUTURE, field, day, rule)
    if day < EARLIEST:
        yield reason(RejectionReason.DATE_TOO_EARLY, field, day, f"not before {EARLIEST}")


def check_future_day(field: str, day: date | None, after: date | None) -> Iterator[Reason]:
    """Check a day that may lie ahead: plausible, and not before the day it follows."""
    if day is None:
        return
    if day < EARLIEST:
        yield reason(RejectionReason.DATE_TOO_EARLY, field, day, f"not before {EARLIEST}")
    if after is not None and day < after:
        rule = f"not before the decision, on {after}"
        yield reason(RejectionReason.DATES_OUT_OF_ORDER, field, day, rule)


def _missing(field: str) -> Reason:
    return reason(RejectionReason.VALUE_MISSING, field, "", "a value must be given")


def _not_allowed(field: str, value: object, allowed: tuple[str, ...]) -> Reason:
    rule = f"one of: {', '.join(allowed)}"
    return reason(RejectionReason.VALUE_NOT_ALLOWED, field, value, rule)


def _check_amounts(amounts: dict[str, int | None]) -> Iterator[Reason]:
    for field, fen in amounts.items():
        if fen is not None and fen < 0:
            yield reason(RejectionReason.AMOUNT_NEGATIVE, field, fen, "amounts are 0 fen or more")
        if fen is not None and fen > AMOUNT_FEN_MAX:
            rule = f"at most {AMOUNT_FEN_MAX} fen; was 万元 taken for 元?"
            yield reason(RejectionReason.AMOUNT_TOO_LARGE, field, fen, rule)


def _check_concerns(field: str, value: str) -> Iterator[Reason]:
    try:
        UUID(value)
    except ValueError:
        rule = "the event_id (a UUID) of the event concerned"
        yield reason(RejectionReason.CONCERNS_MALFORMED, field, value, rule)


def _check_penalty(event: PenaltyImposed) -> Iterator[Reason]:
    if not event.kinds:
        yield _missing("kinds")
    yield from _check_amounts(
        {"fine_fen": event.fine_fen, "confiscated_fen": event.confiscated_fen}
    )
    decided = event.envelope.occurred_on
    yield from check_future_day("effective_until", event.effective_until, decided)
    yield from check_future_day("publish_until", event.publish_until, decided)


def _check_list_entry(event: ListEntered, rulebook: Rulebook, today: date) -> Iterator[Reason]:
    rule = rulebook.lists.get(event.list)
    if rule is None or rule.category != event.envelope.category:
        known = ", ".join(f"{r.code} ({r.category})" for r in rulebook.lists.values())
        why = f"one of the lists, under its own category: {known}"
        yield reason(RejectionReason.LIST_UNKNOWN, "list", event.list, why)
    else:
        version = version_on(rule.in_force, event.envelope.known_date(today).day)
        if version is None or event.ground not in version.grounds:
            grounds = tuple(version.grounds) if version else ("none in force that day",)
            why = f"a ground of {rule.code} in force on the day: {', '.join(grounds)}"
            yield reason(RejectionReason.GROUND_UNKNOWN, "ground", event.ground, why)
    if event.notified_on is not None:
        yield from check_past_day("notified_on", event.notified_on, today)
    if event.term_months is not None:
        yield from _check_term("term_months", event.term_months)


def _check_term(field: str, months: int) -> Iterator[Reason]:
    if not 0 < months <= TERM_MONTHS_MAX:
        yield _not_allowed(field, months, (f"1 to {TERM_MONTHS_MAX} months",))


def _check_correction(event: RecordCorrected, rulebook: Rulebook, today: date) -> Iterator[Reason]:
    yield from _check_concerns("concerns", event.concerns)
    kind = EVENT_TYPES.get(event.record_type)
    if kind is None or kind not in ORIGINALS:
        known = ", ".join(k.__name__ for k in ORIGINALS)
        rule = f"the type of the record: {known}"
        yield reason(
            RejectionReason.CORRECTION_TYPE_UNKNOWN, "record_type", event.record_type, rule
        )
        return
    if not event.changes:
        yield reason(RejectionReason.CORRECTION_EMPTY, "changes", "", "at least one change")
    for change in event.changes:
        yield from _check_change(kind, change, event, rulebook, today)


def _check_change(
    kind: type, change: FieldChange, event: RecordCorrected, rulebook: Rulebook, today: date
) -> Iterator[Reason]:
    field, text = change.field, change.value
    expected = field_type(kind, field)
    if expected is None:
        rule = f"a field of {kind.__name__}, or envelope. and a field of the envelope"
        yield reason(RejectionReason.CORRECTION_FIELD_UNKNOWN, field, text, rule)
        return
    if field.removeprefix("envelope.") in FIXED_FIELDS and field.startswith("envelope."):
        rule = "it names the record: annul the record and report the right one"
        yield reason(RejectionReason.CORRECTION_FIELD_FIXED, field, text, rule)
        return
    try:
        value = msgspec.json.decode(text, type=expected)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        # What stands after the quotation mark is the value itself, which is not for the rule.
        problem = str(error).partition(" '")[0]
        rule = f"a JSON value of the field's type ({problem})"
        yield reason(RejectionReason.CORRECTION_VALUE_WRONG, field, text, rule)
        return
    if value in ("", []) and not _allows_none(expected):
        yield reason(RejectionReason.CORRECTION_VALUE_WRONG, field, text, "not empty")
        return
    yield from _check_new_value(field, value, event, rulebook, today)


def _check_new_value(
    field: str, value: Any, event: RecordCorrected, rulebook: Rulebook, today: date
) -> Iterator[Reason]:
    """Hold a corrected value to what the same field of a new record is held to."""
    match field, value:
        case _, int() if field.endswith("_fen"):
            yield from _check_amounts({field: value})
        case (("envelope.occurred_on" | "envelope.published_on" | "notified_on"), date()):
            yield from check_past_day(field, value, today)
        case (("valid_until" | "effective_until" | "publish_until"), date()):
            yield from check_future_day(field, value, None)
        case "term_months", int():
            yield from _check_term(field, value)
        case "list", _ if value not in rulebook.lists:
            known = ", ".join(rulebook.lists)
            yield reason(RejectionReason.LIST_UNKNOWN, field, value, f"one of the lists: {known}")
        case "ground", _ if value not in _grounds(rulebook):
            rule = "a ground of one of the lists"
            yield reason(RejectionReason.GROUND_UNKNOWN, field, value, rule)
        case "envelope.region", _:
            yield from check_region(field, value)
        case "envelope.disclosure", Disclosure():
            category = rulebook.category_of(event.envelope.category)
            if category is not None:
                yield from check_disclosure(field, value, category)


def _grounds(rulebook: Rulebook) -> set[str]:
    return {
        ground
        for rule in rulebook.lists.values()
        for version in rule.in_force
        for ground in version.grounds
    }


def check_region(field: str, region: str) -> Iterator[Reason]:
    """Check the form of a division code; whether any place bears it is never judged."""
    if not _REGION.fullmatch(region):
        rule = "a division code (GB/T 2260) has six digits; an unknown one passes with a remark"
        yield reason(RejectionReason.REGION_MALFORMED, field, region, rule)


def check_disclosure(field: str, asked: Disclosure, category: Category) -> Iterator[Reason]:
    """Check that a record is not disclosed further than its category may be."""
    if _OPENNESS.index(asked) > _OPENNESS.index(category.disclosure):
        rule = f"{category.code} may be disclosed at most as {category.disclosure}"
        yield reason(RejectionReason.DISCLOSURE_TOO_OPEN, field, asked, rule)


def field_type(kind: type, field: str) -> Any | None:
    """Give the type of a field of a record, `envelope.` before those of the envelope, or None."""
    owner, name = (Envelope, field[9:]) if field.startswith("envelope.") else (kind, field)
    if name == "envelope":
        return None
    return _hints(owner).get(name)


def _hints(owner: type) -> dict[str, Any]:
    if owner not in _HINTS:
        _HINTS[owner] = get_type_hints(owner)
    return _HINTS[owner]


_HINTS: Final[dict[type, dict[str, Any]]] = {}


def _allows_none(expected: Any) -> bool:
    return get_origin(expected) in (Union, UnionType) and NoneType in get_args(expected)
