"""How departments, cities and counties use what is recorded (信用信息使用). Pure.

Counted of the inquiries that are kept, of those that ask of subjects: what is asked of figures, or
of the service itself, is no use of credit information. Nobody is ranked: departments and places
stand in the order of their codes, and who never asked stands there too.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.envelope import CHINA
from events.rules.access import Role
from events.rules.divisions import ZHEJIANG, load_divisions, province_of
from events.rules.offices import lies_in, office_division
from projections.quality.plan_targets import must_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from events.rules.rulebook import Rulebook

AUTHORITIES: Final = (Role.DEPARTMENT, Role.REGION)
"""Roles whose use is told by whose it is; of all others only how much it is in all."""


class AskedBy(NamedTuple):
    """How often was asked of subjects in one role, for one organisation and purpose.

    `organisation` is of a supervisor the division, None of who is no authority. `answered` are
    those of `times` that were given something.
    """

    role: str
    organisation: str | None
    purpose: str | None
    times: int
    answered: int
    last_at: datetime


class UseByDepartment(msgspec.Struct, frozen=True):
    """How a department used information: how often it asked, what for, and when last.

    `asked` includes what it was refused. `purposes` has codes of purposes that were said.
    """

    department: str
    name_zh: str
    name_en: str
    asked: int
    answered: int
    purposes: dict[str, int]
    last_on: date | None


class UseByPlace(msgspec.Struct, frozen=True):
    """How the authorities of one city or county used information, its supervisors among them.

    A county counts for itself alone, not for its city too. `authorities` is how many of them asked.
    """

    region: str
    name: str
    level: str
    asked: int
    answered: int
    authorities: int


class InformationUse(msgspec.Struct, frozen=True):
    """Use of information in a month (its first day), and where the plan's target stands.

    `roles` counts what was asked in each role. `places_using` of `places` were given an answer;
    `at_least_per_mille` is the plan's target for the whole province (市县 90%).
    """

    month: date
    roles: dict[str, int]
    departments: list[UseByDepartment]
    places: list[UseByPlace]
    places_using: int
    using_per_mille: int | None
    at_least_per_mille: int


def information_use(
    asked: Sequence[AskedBy],
    rulebook: Rulebook,
    month: date,
    on: date,
    *,
    department: str | None = None,
    region: str | None = None,
) -> InformationUse:
    """Sum up what was asked in a month, of one department, or of one division and what is in it.

    Listed are departments of the province that must report, offices of cities and counties that
    asked, and every city and county of the day.
    """
    within = [
        each
        for each in asked
        if (
            department is None or (each.role == Role.DEPARTMENT and each.organisation == department)
        )
        and (region is None or _is_within(each, region, on))
    ]
    places = list(_places(within, department, region, on))
    using = sum(each.answered > 0 for each in places)
    (target,) = (each for each in rulebook.targets if each.code == "local_governments_using")
    return InformationUse(
        month,
        _summed((each.role, each.times) for each in within),
        list(_departments(within, rulebook, department, region, on)),
        places,
        using,
        using * 1000 // len(places) if places else None,
        target.at_least,
    )


def _is_within(each: AskedBy, region: str, on: date) -> bool:
    seat = _seat_of(each)
    return seat is not None and lies_in(seat, region, on)


def _seat_of(each: AskedBy) -> str | None:
    """Give the division whose authority asked; None of who is none."""
    if each.organisation is None or each.role not in AUTHORITIES:
        return None
    if each.role == Role.REGION:
        return each.organisation
    return office_division(each.organisation) or ZHEJIANG


def _departments(
    asked: Iterable[AskedBy],
    rulebook: Rulebook,
    department: str | None,
    region: str | None,
    on: date,
) -> Iterable[UseByDepartment]:
    by_code: dict[str, list[AskedBy]] = {}
    for each in asked:
        if each.role == Role.DEPARTMENT and each.organisation is not None:
            by_code.setdefault(each.organisation, []).append(each)
    listed = {
        code
        for code, row in rulebook.departments.items()
        if must_report(row) and (region is None or lies_in(row.region, region, on))
    }
    for code in sorted({department} if department is not None else listed | by_code.keys()):
        row = rulebook.department(code)
        if row is None:
            continue
        of_it = by_code.get(code, [])
        yield UseByDepartment(
            code,
            row.name_zh,
            row.name_en,
            sum(each.times for each in of_it),
            sum(each.answered for each in of_it),
            _summed((each.purpose, each.times) for each in of_it if each.purpose is not None),
            max((each.last_at.astimezone(CHINA).date() for each in of_it), default=None),
        )


def _places(
    asked: Iterable[AskedBy], department: str | None, region: str | None, on: date
) -> Iterable[UseByPlace]:
    by_place: dict[str, list[AskedBy]] = {}
    for each in asked:
        seat = _seat_of(each)
        if seat is not None:
            by_place.setdefault(seat, []).append(each)
    divisions = load_divisions()
    for code in divisions:
        division = divisions.current(code)
        if division is None or code == ZHEJIANG or province_of(code) != ZHEJIANG:
            continue
        if department is not None and code != office_division(department):
            continue
        if region is not None and not lies_in(code, region, on):
            continue
        of_it = by_place.get(code, [])
        yield UseByPlace(
            code,
            division.name,
            division.level.value,
            sum(each.times for each in of_it),
            sum(each.answered for each in of_it),
            len({(each.role, each.organisation) for each in of_it}),
        )


def _summed(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for name, count in counts:
        total[name] = total.get(name, 0) + count
    return dict(sorted(total.items()))
