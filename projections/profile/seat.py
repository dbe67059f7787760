"""Where a subject has its seat (所在地), and what it counts as among those of a region. Pure.

Yearly evaluations and the region of today count by the same words, so that neither can tell
another story. A count is of subjects, never of their places among each other.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from events.envelope import Platform
from events.rules.catalogue import load_catalogue
from events.types.subject import SubjectKind, SubjectStatus
from projections.day.shapes import ListStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from projections.profile.shapes import Profile
    from projections.record.credit_record import CreditRecord, Fact

_PERSON: Final = Platform.PERSON
_ORGANISATION: Final = Platform.ORGANISATION
_IN_EFFECT: Final = ListStatus.IN_EFFECT


_KIND_OF_CODE: Final = {
    "91": SubjectKind.ENTERPRISE,
    "92": SubjectKind.INDIVIDUAL_BUSINESS,
    "11": SubjectKind.GOVERNMENT_BODY,
    "12": SubjectKind.INSTITUTION,
    "51": SubjectKind.ASSOCIATION,
    "52": SubjectKind.ASSOCIATION,
    "53": SubjectKind.ASSOCIATION,
}
"""Kinds by registering authority and category, the first two places of a credit code."""

_GONE: Final = SubjectStatus.DEREGISTERED.value
_DIVISION_IN_CODE: Final = slice(2, 8)
_NONE: Final = "-"


class SeatBasis(StrEnum):
    """What a seat follows from."""

    REGISTERED = "registered"
    CODE = "code"
    UNKNOWN = "unknown"


class Seat(NamedTuple):
    """The division code of a subject's seat, None where unknown, and what it follows from."""

    region: str | None
    basis: SeatBasis


class CountedAs(NamedTuple):
    """What a subject counts as: its kind, its seat, its grade or None, whether it is listed."""

    kind: str
    region: str
    grade: str | None
    listed: bool

    def text(self) -> str:
        """Write it as it is stored, such as `enterprise/330106/good/listed`."""
        listed = "listed" if self.listed else _NONE
        return f"{self.kind}/{self.region}/{self.grade or _NONE}/{listed}"


def read_counted_as(text: str) -> CountedAs:
    """Read what `CountedAs.text` wrote."""
    kind, region, grade, listed = text.split("/")
    return CountedAs(kind, region, None if grade == _NONE else grade, listed != _NONE)


def kind_by_code(platform: Platform, subject_id: str) -> SubjectKind:
    """Read the kind off an id, for not every subject's registration has been reported."""
    if platform is _PERSON:
        return SubjectKind.NATURAL_PERSON
    return _KIND_OF_CODE.get(subject_id[:2], SubjectKind.OTHER)


def kind_of(profile: Profile | None, platform: Platform, subject_id: str) -> str:
    """Give the kind as registered, else by the id."""
    if profile is not None and profile.kind is not None:
        return profile.kind
    return str(kind_by_code(platform, subject_id))


def seat_of(record: CreditRecord, platform: Platform, subject_id: str) -> Seat:
    """Give where a register last placed the subject; else the division in its credit code.

    The token of a person names no place.
    """
    return _seat_by(record.facts.values(), platform, subject_id)


def listed_by(
    record: CreditRecord, platform: Platform, subject_id: str
) -> tuple[str | None, str | None]:
    """Give the seat and the industry by which a firm is listed, to every reader alike.

    They are by what registers say openly: where a firm stands in a list, and behind which other a
    page ends, would else tell the public of a registration that it may not see.
    """
    facts = [fact for fact in record.facts.values() if fact.is_open]
    said = [fact for fact in facts if fact.industry is not None]
    last = max(said, key=_when, default=None)
    seat = _seat_by(facts, platform, subject_id).region
    return seat, None if last is None else last.industry


def _when(fact: Fact) -> tuple[date, int]:
    return fact.day, fact.offset


def _seat_by(facts: Iterable[Fact], platform: Platform, subject_id: str) -> Seat:
    latest: Fact | None = None
    for fact in facts:
        if latest is None or (fact.day, fact.offset) > (latest.day, latest.offset):
            latest = fact
    if latest is not None and _names_a_division(latest.region):
        return Seat(latest.region, SeatBasis.REGISTERED)
    division = subject_id[_DIVISION_IN_CODE]
    if platform is _ORGANISATION and _names_a_division(division):
        return Seat(division, SeatBasis.CODE)
    return Seat(None, SeatBasis.UNKNOWN)


@lru_cache(maxsize=16_384)
def _names_a_division(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdecimal()  # noqa: PLR2004 - by GB/T 2260


@lru_cache(maxsize=4_096)
def industry_key(code: str | None) -> str | None:
    """Write an industry (GB/T 4754) with its section first: 3812, 38 and C38 begin with C38.

    None where the code is none of that standard.
    """
    if code is None or not code.isascii() or not code.isalnum():
        return None
    letter, digits = (code[:1], code[1:]) if code[:1].isalpha() else ("", code)
    row = load_catalogue().industries.get(digits[:2])
    section = letter.upper() or ("" if row is None else row.parent or "")
    return section + digits if section and (digits.isdigit() or not digits) else None


def counted_as(
    record: CreditRecord, profile: Profile, platform: Platform, subject_id: str
) -> CountedAs | None:
    """Say what a subject counts as; None where its seat is unknown, or it is no longer there.

    Listed is who is on any list of dishonesty; a red list is none.
    """
    if profile.status == _GONE or profile.merged_into is not None:
        return None
    seat = seat_of(record, platform, subject_id)
    if seat.region is None:
        return None
    score = profile.score
    return CountedAs(
        kind_of(profile, platform, subject_id),
        seat.region,
        None if score is None else score.grade,
        bool(profile.lists)
        and any(m.status is _IN_EFFECT and not m.honours for m in profile.lists),
    )
