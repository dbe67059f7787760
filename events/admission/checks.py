"""Checks of one value, whatever event it stands in: days, amounts, counts, texts and ids.

Each takes the field's name, its value and the setting, and gives every reason against it. So a
correction holds a new value to the same check as a new record.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, get_origin
from uuid import UUID

from events.admission import parties
from events.admission.rejection import Reason, RejectionReason, reason
from events.envelope import Disclosure, Platform
from events.event import field_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from events.event import Event
    from events.rules.catalogue import Category
    from events.rules.rulebook import Rulebook

_REGION: Final = re.compile(r"[0-9]{6}")
_PERIOD: Final = re.compile(r"([0-9]{4})(?:H([12])|Q([1-4])|-(0[1-9]|1[0-2]))?")
_OPENNESS: Final = list(reversed(Disclosure))
EARLIEST: Final = date(1949, 10, 1)
AMOUNT_FEN_MAX: Final = 10**14
ITEMS_MAX: Final = 500
"""Far more than any decision names; what one submission costs to check is bounded by it."""


class Setting(NamedTuple):
    """What a value is checked against beside itself; `decided` is None where it is not known."""

    rulebook: Rulebook
    today: date
    decided: date | None
    subject_id: str


Check: TypeAlias = "Callable[[str, Any, Setting], Iterator[Reason]]"


def not_given(field: str) -> Reason:
    """Give the reason against a value that must be given."""
    return reason(RejectionReason.VALUE_MISSING, field, "", "a value must be given")


def not_allowed(field: str, value: object, rule: str) -> Reason:
    """Give the reason against a value that breaks a rule."""
    return reason(RejectionReason.VALUE_NOT_ALLOWED, field, value, rule)


# Days ---------------------------------------------------------------------------------------------


def check_past_day(field: str, day: date, today: date) -> Iterator[Reason]:
    """Check a day that has happened: not before 1949-10-01, not after `today`."""
    if day > today:
        rule = f"the day has not come yet: submitted on {today}"
        yield reason(RejectionReason.DATE_IN_FUTURE, field, day, rule)
    if day < EARLIEST:
        yield reason(RejectionReason.DATE_TOO_EARLY, field, day, f"not before {EARLIEST}")


def check_order(
    field: str, day: date, after: date | None, of_what: str = "the decision"
) -> Iterator[Reason]:
    """Check that a day is not before the one that it follows, where that is known."""
    if after is not None and day < after:
        rule = f"not before {of_what}, on {after}"
        yield reason(RejectionReason.DATES_OUT_OF_ORDER, field, day, rule)


def past_day(field: str, day: date, setting: Setting) -> Iterator[Reason]:
    """Check a day that has happened."""
    yield from check_past_day(field, day, setting.today)


def any_day(field: str, day: date, _: Setting) -> Iterator[Reason]:
    """Check a day that may lie ahead, or before the decision: plausible at least."""
    if day < EARLIEST:
        yield reason(RejectionReason.DATE_TOO_EARLY, field, day, f"not before {EARLIEST}")


def later_day(field: str, day: date, setting: Setting) -> Iterator[Reason]:
    """Check a day that may lie ahead, and not before the decision."""
    yield from any_day(field, day, setting)
    yield from check_order(field, day, setting.decided)


def earlier_day(field: str, day: date, setting: Setting) -> Iterator[Reason]:
    """Check a day that has happened, and not after the decision."""
    yield from past_day(field, day, setting)
    if setting.decided is not None and day > setting.decided:
        rule = f"not after the decision, on {setting.decided}"
        yield reason(RejectionReason.DATES_OUT_OF_ORDER, field, day, rule)


# Numbers ------------------------------------------------------------------------------------------


def amount(field: str, fen: int, _: Setting) -> Iterator[Reason]:
    """Check an amount in fen."""
    if fen < 0:
        yield reason(RejectionReason.AMOUNT_NEGATIVE, field, fen, "amounts are 0 fen or more")
    if fen > AMOUNT_FEN_MAX:
        rule = f"at most {AMOUNT_FEN_MAX} fen; was 万元 taken for 元?"
        yield reason(RejectionReason.AMOUNT_TOO_LARGE, field, fen, rule)


def whole(low: int, high: int, unit: str) -> Check:
    """Give the check of a whole number within bounds, both included."""

    def check(field: str, number: int, _: Setting) -> Iterator[Reason]:
        if not low <= number <= high:
            yield not_allowed(field, number, f"{low} to {high} {unit}")

    return check


def year(field: str, number: int, setting: Setting) -> Iterator[Reason]:
    """Check a year that has begun."""
    yield from whole(EARLIEST.year, setting.today.year, "for a year")(field, number, setting)


def period(field: str, text: str, setting: Setting) -> Iterator[Reason]:
    """Check a year, half, quarter or month that has begun: 2025, 2025H1, 2025Q1 or 2025-06."""
    if (match := _PERIOD.fullmatch(text)) is None or match[1] == "0000":
        rule = "a year, half, quarter or month: 2025, 2025H1, 2025Q1 or 2025-06"
        yield reason(RejectionReason.PERIOD_MALFORMED, field, text, rule)
        return
    half, quarter, month = (int(part or 0) for part in match.groups()[1:])
    first = month or max(6 * half - 5, 3 * quarter - 2, 1)
    yield from check_past_day(field, date(int(match[1]), first, 1), setting.today)


def list_lengths(event: Event) -> Iterator[Reason]:
    """Check the length of every list, before anything is asked of what stands in it."""
    for field in _lists(type(event)):
        value = getattr(event, field)
        if value is not None and len(value) > ITEMS_MAX:
            rule = f"at most {ITEMS_MAX} entries; report more under items of their own (item_no)"
            yield reason(RejectionReason.LIST_TOO_LONG, field, f"{len(value)} entries", rule)


@cache
def _lists(kind: type[Event]) -> tuple[str, ...]:
    """Give the fields of an event type that are lists."""
    return tuple(
        field
        for field in kind.__struct_fields__
        if any(get_origin(part) in (list, tuple) for part in field_parts(kind, field))
    )


# Texts and identifiers ----------------------------------------------------------------------------


def given(field: str, value: str | list[str], _: Setting) -> Iterator[Reason]:
    """Check that a text is more than blanks, or a list more than empty."""
    if not (value.strip() if isinstance(value, str) else value):
        yield not_given(field)


def joining_number(field: str, text: str, setting: Setting) -> Iterator[Reason]:
    """Check a number of a document or a batch, by which records are joined."""
    yield from given(field, text, setting)
    if text.strip() and text.split() != [text]:
        yield not_allowed(field, text, "a number of a document or a batch has no blanks")


def other_event(field: str, text: str, _: Setting) -> Iterator[Reason]:
    """Check the id of another event."""
    try:
        UUID(text)
    except ValueError:
        rule = "the event_id (a UUID) of the event concerned"
        yield reason(RejectionReason.CONCERNS_MALFORMED, field, text, rule)


def one_of(allowed: Collection[str]) -> Check:
    """Give the check of a text that is one of a few."""

    def check(field: str, text: str, _: Setting) -> Iterator[Reason]:
        if text not in allowed:
            yield not_allowed(field, text, f"one of: {', '.join(allowed)}")

    return check


def party(field: str, code: str, setting: Setting) -> Iterator[Reason]:
    """Check another party: an organisation or a person, and not the subject."""
    yield from parties.check_party(field, code, setting.subject_id)


def every_party(field: str, codes: Collection[str], setting: Setting) -> Iterator[Reason]:
    """Check several other parties, each once; what holds against more than one is said once."""
    yield from dict.fromkeys(
        why for code in dict.fromkeys(codes) for why in party(field, code, setting)
    )


def successor(field: str, code: str, setting: Setting) -> Iterator[Reason]:
    """Check the identifier under which a subject goes on."""
    yield from parties.check_successor(field, code, setting.subject_id)


# The envelope -------------------------------------------------------------------------------------


def check_region(field: str, code: str) -> Iterator[Reason]:
    """Check the form of a division code; whether any place bears it is never judged."""
    if not _REGION.fullmatch(code):
        rule = "a division code (GB/T 2260) has six digits; an unknown one passes with a remark"
        yield reason(RejectionReason.REGION_MALFORMED, field, code, rule)


def division_code(field: str, code: str, _: Setting) -> Iterator[Reason]:
    """Check the form of a division code."""
    yield from check_region(field, code)


def check_disclosure(
    field: str, asked: Disclosure, category: Category, platform: Platform
) -> Iterator[Reason]:
    """Check that a record is not disclosed further than its category may be on a platform."""
    most_open = category.most_open(platform)
    if asked is most_open:
        return  # As nearly every record.
    if _OPENNESS.index(asked) > _OPENNESS.index(most_open):
        rule = f"{category.code} of a {platform} may be disclosed at most as {most_open}"
        yield reason(RejectionReason.DISCLOSURE_TOO_OPEN, field, asked, rule)
