"""Firms by seat and industry, and those with a warning to be reviewed by a day (观察名单), paged.

In the order of places, industries or days, then of subject ids: nothing here ranks. Persons are
listed by no place.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from events.identifiers import normalise_code
from projections.conclusions.conclusions import ActiveWarning
from projections.fold.state import SubjectState, decode_state
from projections.fold.steps import current_profile
from projections.profile.findable import Findable
from projections.profile.seat import industry_key, kind_by_code, listed_by
from projections.queries.finding import NothingSoughtError, Sought, shown_facts
from projections.queries.overview import division_prefix
from projections.store.erasing.erasures import is_shown
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg import Connection

    from projections.calendar.rules import RuleCalendar
    from projections.profile.shapes import Profile
    from projections.store.live import Live

_SQL: Final = statements(__name__, is_shown=is_shown("p"))
_BEHIND_DIGITS: Final = ":"
"""The character behind the digits."""
_INDUSTRY_CHARACTERS: Final = 5
_BEHIND_ALL: Final = "\uffff"


class PersonsNotListedError(LedgerError):
    """Persons are listed by no place or industry: ask for organisations."""


class PlaceUnreadableError(LedgerError):
    """Where a page ended is written PLACE/SUBJECT: take the `next_after` of that page."""


class IndustryUnreadableError(LedgerError):
    """An industry is a section of GB/T 4754, digits of it, or both: C, 14, C14, 1411."""


class PagePlace(msgspec.Struct, frozen=True):
    """Behind what a page begins: a seat, an industry with a seat, or a day; and a subject."""

    place: str
    subject_id: str


class Firm(msgspec.Struct, frozen=True):
    """A firm, as far as its reader may see who it is; None is unknown.

    Seat and industry are those by which it is listed: what registers say openly.
    """

    subject_id: str
    name: str | None
    kind: str | None
    status: str | None
    seat: str | None
    industry: str | None
    merged_into: str | None


class FirmPage(msgspec.Struct, frozen=True):
    """Some firms; `next_after` asks for what follows, None at the end.

    A page is filled with those of whom the reader may see something, and goes on behind the last.
    """

    on: date
    firms: tuple[Firm, ...]
    next_after: str | None


class UnderReview(msgspec.Struct, frozen=True):
    """A warning of which nobody took note, and which is to be reviewed on `warning.review_by`.

    `warning_id` is the id that it was told under last, by which note is taken of it; None where
    time alone brought it, and nobody was told yet.
    """

    subject_id: str
    name: str | None
    warning: ActiveWarning
    warning_id: str | None


class ReviewPage(msgspec.Struct, frozen=True):
    """Warnings to be reviewed by a day, of some subjects; `next_after` asks for what follows."""

    on: date
    by: date
    warnings: tuple[UnderReview, ...]
    next_after: str | None


_PLACE: Final = re.compile(r"([0-9A-Z.-]{1,20})/([0-9A-Za-z_:-]{1,100})")


def parse_place(text: str) -> PagePlace:
    """Read where a page ended. Raises `PlaceUnreadableError`."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise PlaceUnreadableError
    return PagePlace(match[1], match[2])


def parse_review(text: str) -> PagePlace:
    """Read where a page of reviews ended: a day. Raises `PlaceUnreadableError`."""
    found = parse_place(text)
    _day(found.place)
    return found


def parse_industry(text: str) -> str:
    """Read the beginning of a code of an industry (GB/T 4754). Raises `IndustryUnreadableError`."""
    code = industry_key(normalise_code(text))
    if code is None or len(code) > _INDUSTRY_CHARACTERS:
        raise IndustryUnreadableError
    return code


def firms(
    connection: Connection[Any],
    platform: Platform,
    sought: Sought,
    calendar: RuleCalendar,
    *,
    region: str | None = None,
    industry: str | None = None,
    after: PagePlace | None = None,
) -> FirmPage:
    """Give the firms that have their seat in a division, or are of an industry, or both.

    `region` takes in all below it; `industry` is the beginning of a code of GB/T 4754, as C or C14.
    Raises `PersonsNotListedError` and `NothingSoughtError`.
    """
    if platform is Platform.PERSON:
        raise PersonsNotListedError
    if region is None and industry is None:
        raise NothingSoughtError
    at = live(connection, platform)
    prefix = None if region is None else division_prefix(region)
    bounds = {
        "first": prefix,
        "behind": None if prefix is None else prefix + _BEHIND_DIGITS,
        "industry": industry,
        "behind_industry": None if industry is None else industry + _BEHIND_ALL,
        "limit": sought.limit + 1,
    }
    statement = at.statement(_SQL["firms"] if industry is None else _SQL["firms_of_industry"])
    found: list[tuple[str, Firm]] = []
    is_end = False
    while not is_end and len(found) <= sought.limit:
        asked = {**bounds, **_behind(after)}
        rows = connection.execute(statement, asked, binary=True).fetchall()
        is_end = len(rows) <= sought.limit
        for _, subject_id, place, packed in rows:
            firm = _firm(connection, at, subject_id, decode_state(packed), sought, calendar)
            if firm is not None:
                found.append((place, firm))
            after = PagePlace(place, subject_id)
    more = None
    if len(found) > sought.limit:
        place, last = found[sought.limit - 1]
        more = f"{place}/{last.subject_id}"
    return FirmPage(sought.on, tuple(firm for _, firm in found[: sought.limit]), more)


def _behind(after: PagePlace | None) -> dict[str, str]:
    place, _, seat = ("" if after is None else after.place).partition(".")
    return {"place": place, "seat": seat, "subject": "" if after is None else after.subject_id}


def to_review(
    connection: Connection[Any],
    platform: Platform,
    sought: Sought,
    calendar: RuleCalendar,
    *,
    by: date,
    after: PagePlace | None = None,
) -> ReviewPage:
    """Give the warnings of which nobody took note and whose day of review is `by` or before.

    Raises `PlaceUnreadableError` where `after` is of another kind of page.
    """
    at = live(connection, platform)
    asked = {
        "by": by,
        "day": date.min if after is None else _day(after.place),
        "subject": "" if after is None else after.subject_id,
        "limit": sought.limit + 1,
    }
    rows = connection.execute(at.statement(_SQL["to_review"]), asked, binary=True).fetchall()
    shown = rows[: sought.limit]
    subjects = [subject_id for _, subject_id, *_ in shown]
    told = connection.execute(at.statement(_SQL["told_last"]), (subjects,)).fetchall()
    ids = {(subject_id, rule): warning_id for subject_id, rule, warning_id in told}
    found: list[UnderReview] = []
    for _, subject_id, _, packed in shown:
        profile = current_profile(decode_state(packed), calendar, sought.on)
        found += _reviewed(subject_id, profile, by, ids)
    return ReviewPage(sought.on, by, tuple(found), _next(rows, sought.limit))


def _reviewed(
    subject_id: str, profile: Profile, by: date, ids: Mapping[tuple[str, str], str]
) -> Iterator[UnderReview]:
    due = [w for w in profile.warnings if w.review_by is not None and w.review_by <= by]
    for warning in sorted(due, key=lambda w: (w.review_by or date.max, w.rule)):
        warning_id = ids.get((subject_id, warning.rule))
        yield UnderReview(subject_id, profile.name, warning, warning_id)


def _firm(
    connection: Connection[Any],
    at: Live,
    subject_id: str,
    state: SubjectState,
    sought: Sought,
    calendar: RuleCalendar,
) -> Firm | None:
    """Give a firm by what the reader may see of it; None where that is nothing."""
    profile = current_profile(state, calendar, sought.on)
    findable = Findable(profile, calendar.on(profile.assessed_on), sought.reader)
    facts = shown_facts(connection, at, subject_id, state, findable)
    if not (facts or findable.shows_any()):
        return None
    identity = findable.identity(facts)
    seat, industry = listed_by(state.record, at.platform, subject_id)
    return Firm(
        subject_id,
        identity.name,
        identity.kind or str(kind_by_code(at.platform, subject_id)),
        identity.status,
        seat,
        industry,
        identity.merged_into,
    )


def _next(rows: list[Any], limit: int) -> str | None:
    return None if len(rows) <= limit else f"{rows[limit - 1][2]}/{rows[limit - 1][1]}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PlaceUnreadableError from None
