"""The plan's targets (规划指标) beside what the ledger itself knows of them. Pure.

A target that the ledger cannot measure has no actual value: none is made up for it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from events.envelope import Source
from events.rules.dated import version_on
from events.types.subject import SubjectKind
from projections.profile.seat import kind_by_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from events.envelope import Platform
    from events.rules.catalogue import Department
    from events.rules.evaluation import Target
    from events.rules.rulebook import Rulebook

_PROVINCE: Final = "330000"
_OPERATION: Final = "operation"


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of its own coverage and freshness; `month` is the last full one.

    `entitled` is how many departments may report, `reporting` how many of them ever did,
    `reporting_on_organisations` how many of government did so on that platform, in how many
    categories; `supervising` is how many classify the subjects that they supervise. `queries_a_day`
    is how often was asked about organisations a day in that month, None where nobody counted;
    `using_per_mille` how many of a thousand cities and counties were given an answer in it, None
    where no inquiry of it is kept.
    """

    month: date
    subjects: dict[str, int]
    entitled: int
    reporting: int
    reporting_in_month: int
    reporting_on_organisations: int
    categories_of_organisations: int
    supervising: int
    supervising_of_province: int
    events: int
    events_in_month: int
    in_time_per_mille: int | None
    in_time_in_month_per_mille: int | None
    queries_a_day: int | None
    using_per_mille: int | None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A target and its actual value; None is "not measured here", and so not known to be met."""

    code: str
    name_zh: str
    name_en: str
    at_least: int
    unit: str
    reference: str
    actual: int | None
    met: bool | None


ACTUAL: Final[Mapping[str, Callable[[Figures], int | None]]] = {
    "enterprises_recorded": lambda figures: figures.subjects.get(SubjectKind.ENTERPRISE, 0),
    "departments_reporting": lambda figures: figures.reporting_on_organisations,
    "categories_recorded": lambda figures: figures.categories_of_organisations,
    "enterprise_queries_a_day": lambda figures: figures.queries_a_day,
    "local_governments_using": lambda figures: figures.using_per_mille,
    "departments_supervising": lambda figures: figures.supervising_of_province,
}
"""How targets are measured, by code; what is not here cannot be read off the ledger."""


_TOLD: Final = tuple(name for name in Measured.__struct_fields__ if name not in ("actual", "met"))
"""What is told of a target itself."""


def measured(targets: Iterable[Target], figures: Figures) -> list[Measured]:
    """Hold the figures against the targets, in the order of the plan."""
    measurements: list[Measured] = []
    for target in targets:
        measure = ACTUAL.get(target.code)
        actual = None if measure is None else measure(figures)
        met = None if actual is None else actual >= target.at_least
        told = {name: getattr(target, name) for name in _TOLD}
        measurements.append(Measured(**told, actual=actual, met=met))
    return measurements


def subjects_by_kind(counts: Mapping[Platform, Mapping[str, int]]) -> dict[str, int]:
    """Give how many subjects of each kind are recorded.

    `counts` has those of a platform by the first two characters of their ids. The kind is read off
    the code, for not every subject's registration has been reported.
    """
    by_kind: dict[str, int] = {}
    for platform, by_code in counts.items():
        for code, count in by_code.items():
            kind = kind_by_code(platform, code).value
            by_kind[kind] = by_kind.get(kind, 0) + count
    return dict(sorted(by_kind.items()))


def must_report(department: Department) -> bool:
    """Say whether a department is one of those whose reporting is assessed.

    The operator records what it does to the ledger, and subjects declare of themselves.
    """
    is_operator = _OPERATION in department.categories
    return not is_operator and department.sources != [Source.SELF_DECLARED]


def of_government(rulebook: Rulebook, codes: Iterable[str]) -> set[str]:
    """Give those of some departments that are of government, not courts or associations."""
    return {code for code in codes if Source.DEPARTMENT in rulebook.departments[code].sources}


def supervising(rulebook: Rulebook, on: date) -> set[str]:
    """Give the departments that have classes of supervision in force on a day."""
    return {
        rule.department
        for rule in rulebook.supervision
        if version_on(rule.in_force, on) is not None
    }


def of_province(rulebook: Rulebook, codes: Iterable[str]) -> set[str]:
    """Give those of some departments that are the province's."""
    return {code for code in codes if rulebook.departments[code].region == _PROVINCE}
