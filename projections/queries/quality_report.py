"""What may be asked of reporting quality: departments, missing periods, the plan's targets.

Departments stand in the order of their codes; nothing here ranks them.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.admission.rejection import RejectionReason
from events.envelope import CHINA, Platform
from events.errors import LedgerError
from projections.quality.plan_targets import (
    Figures,
    Measured,
    measured,
    must_report,
    of_government,
    of_province,
    subjects_by_kind,
    supervising,
)
from projections.quality.quality import Counts, MissingPeriod, missing_periods
from projections.quality.use import InformationUse, information_use
from projections.store.control.inquiries import uses
from projections.store.quality import ANY_REASON, count_subjects, read_refusals, read_reporting
from projections.store.query_count import a_day, read_queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

    from events.rules.rulebook import Rulebook
    from projections.quality.quality import Reporter
    from projections.store.query_count import QueryCount


UNSAFE: Final = frozenset(
    {
        *(RejectionReason.PERSON_DATA_IN_CLEAR, RejectionReason.PERSONAL_DATA_FORBIDDEN),
        *(RejectionReason.STATE_SECRET_MARKED, RejectionReason.SECRET_NOT_FOR_PUBLICATION),
        *(RejectionReason.DISCLOSURE_TOO_OPEN, RejectionReason.DEPARTMENT_NOT_OF_TOPIC),
        *(RejectionReason.DEPARTMENT_NOT_ENTITLED, RejectionReason.PERSONAL_DATA_WITHOUT_CONSENT),
    }
)
"""Reasons of refusal that are about the safety of data: who may say it, and who may see it."""


class DepartmentUnknownError(LedgerError):
    """No department has this code."""


class Assessment(msgspec.Struct, frozen=True):
    """What was counted, and how many of a thousand due came in time; None where none was due."""

    counts: Counts
    in_time_per_mille: int | None


class CategoryQuality(msgspec.Struct, frozen=True):
    """How a department reported in a category on a platform in a month of recording."""

    platform: Platform
    category: str
    month: date
    assessment: Assessment


class DepartmentQuality(msgspec.Struct, frozen=True):
    """How a department reported, in all and by category; `refused` submissions never got in.

    A submission refused for several reasons stands under each of them in `refusals`. `newest_month`
    is the last in which something of it was recorded, None where nothing ever was; `unsafe` is how
    many refusals were for the safety of data: secrets, personal data, rights.
    """

    department: str
    name_zh: str | None
    name_en: str | None
    assessment: Assessment
    refused: int
    refusals: dict[str, int]
    categories: list[CategoryQuality]
    newest_month: date | None
    unsafe: int


class PlanReport(msgspec.Struct, frozen=True):
    """The ledger's own figures on a day, and the plan's targets beside them."""

    on: date
    figures: Figures
    targets: list[Measured]


def departments(
    connection: Connection[Any],
    rulebook: Rulebook,
    *,
    month: date | None = None,
    department: str | None = None,
) -> list[DepartmentQuality]:
    """Assess how departments reported, in a month (its first day) or in all.

    Those are listed who must report, and whoever else did. Raises `DepartmentUnknownError`.
    """
    if department is not None and rulebook.department(department) is None:
        raise DepartmentUnknownError(
            f"no department has the code {department!r}", department=department
        )
    categories: dict[str, list[CategoryQuality]] = {}
    for platform in Platform:
        read = read_reporting(connection, platform, month=month, department=department)
        for reporter, counts in read.items():
            categories.setdefault(reporter.department, []).append(
                CategoryQuality(platform, reporter.category, reporter.month, _assessed([counts]))
            )
    refusals: dict[str, dict[str, int]] = {}
    for refused in read_refusals(connection, month=month, department=department):
        by_reason = refusals.setdefault(refused.department, {})
        by_reason[refused.reason] = by_reason.get(refused.reason, 0) + refused.submissions
    listed = {code for code, row in rulebook.departments.items() if must_report(row)}
    if department is not None:
        listed = {department}
    return [
        _department(rulebook, code, categories.get(code, []), refusals.get(code, {}))
        for code in sorted(listed | categories.keys() | refusals.keys())
    ]


def _department(
    rulebook: Rulebook, code: str, categories: list[CategoryQuality], refusals: dict[str, int]
) -> DepartmentQuality:
    row = rulebook.department(code)
    by_reason = {
        reason: count for reason, count in sorted(refusals.items()) if reason != ANY_REASON
    }
    return DepartmentQuality(
        code,
        None if row is None else row.name_zh,
        None if row is None else row.name_en,
        _assessed(each.assessment.counts for each in categories),
        refusals.get(ANY_REASON, 0),
        by_reason,
        categories,
        max((each.month for each in categories), default=None),
        sum(count for reason, count in by_reason.items() if reason in UNSAFE),
    )


def _assessed(counted: Iterable[Counts]) -> Assessment:
    total = Counts()
    for counts in counted:
        total.add(counts)
    return Assessment(total, total.in_time_per_mille)


def missing(
    connection: Connection[Any],
    rulebook: Rulebook,
    *,
    until: date,
    since: date | None = None,
    department: str | None = None,
) -> list[MissingPeriod]:
    """Give the periods, ended by a day, in which nothing was recorded of what recurs.

    Without `since` those are looked at that began after the ledger's first record: what came
    before, no department could report to it. Raises `DepartmentUnknownError`.
    """
    if department is not None and rulebook.department(department) is None:
        raise DepartmentUnknownError(
            f"no department has the code {department!r}", department=department
        )
    reported: dict[tuple[str, str], set[date]] = {}
    months: set[date] = set()
    for platform in Platform:
        for reporter in read_reporting(connection, platform):
            reported.setdefault(reporter[:2], set()).add(reporter.month)
            months.add(reporter.month)
    if not months:
        return []
    cadences = [c for c in rulebook.cadences if department in (None, c.department)]
    return missing_periods(cadences, reported, since or min(months), until)


def targets(connection: Connection[Any], rulebook: Rulebook, *, on: date) -> PlanReport:
    """Give the ledger's figures on a day, and hold them against the plan's targets.

    Of inquiries those count that were kept by now (`use_in_month`).
    """
    read = {platform: read_reporting(connection, platform) for platform in Platform}
    counted = [item for found in read.values() for item in found.items()]
    on_organisations = read[Platform.ORGANISATION]
    month = (on.replace(day=1) - timedelta(days=1)).replace(day=1)
    in_month = [item for item in counted if item[0].month == month]
    entitled = {code for code, row in rulebook.departments.items() if must_report(row)}
    classing = supervising(rulebook, on) & entitled
    used = use_in_month(connection, rulebook, month=month, on=on)
    whole, last = (_assessed(counts for _, counts in items) for items in (counted, in_month))
    figures = Figures(
        month=month,
        subjects=subjects_by_kind({p: count_subjects(connection, p) for p in Platform}),
        entitled=len(entitled),
        reporting=len(_reporting(counted) & entitled),
        reporting_in_month=len(_reporting(in_month) & entitled),
        reporting_on_organisations=len(
            of_government(rulebook, _reporting(on_organisations.items()) & entitled)
        ),
        categories_of_organisations=len({reporter.category for reporter in on_organisations}),
        supervising=len(classing),
        supervising_of_province=len(of_province(rulebook, classing)),
        events=whole.counts.events,
        events_in_month=last.counts.events,
        in_time_per_mille=whole.in_time_per_mille,
        in_time_in_month_per_mille=last.in_time_per_mille,
        queries_a_day=a_day(connection, Platform.ORGANISATION, month, on.replace(day=1)),
        using_per_mille=used.using_per_mille if used.roles else None,
    )
    return PlanReport(on, figures, measured(rulebook.targets, figures))


def queries(connection: Connection[Any], *, month: date) -> list[QueryCount]:
    """Give how often was asked on each day of a month (its first day), by kind of question."""
    following = (month + timedelta(days=31)).replace(day=1)
    return read_queries(connection, month, following)


def use_in_month(
    connection: Connection[Any],
    rulebook: Rulebook,
    *,
    month: date,
    on: date,
    department: str | None = None,
    region: str | None = None,
) -> InformationUse:
    """Give how information was used in a month (its first day), from the inquiries kept by now."""
    following = (month + timedelta(days=31)).replace(day=1)
    since, until = (datetime.combine(day, time(), CHINA) for day in (month, following))
    asked = uses(connection, since, until)
    return information_use(asked, rulebook, month, on, department=department, region=region)


def _reporting(counted: Iterable[tuple[Reporter, Counts]]) -> set[str]:
    return {reporter.department for reporter, _ in counted}
