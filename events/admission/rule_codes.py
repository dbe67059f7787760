"""Checks of codes against the rulebook: lists, grades, measures, indicators, professions, warnings.

`check_list` and its like judge a new record, by the rules of its day. Of a correction neither the
day nor the other fields of its record are known: there a code must be one that the rules know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.admission.checks import AMOUNT_FEN_MAX, Setting, given, not_allowed
from events.admission.rejection import Reason, RejectionReason, reason
from events.envelope import Source
from events.rules.code_lists import IndicatorUnit
from events.rules.dated import version_on
from events.rules.offices import acts_as
from events.types.listing import ListNoticeGiven

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from events.admission.checks import Check
    from events.rules.rulebook import Rulebook
    from events.rules.versions import ListVersion
    from events.types.declaration import IndicatorReported
    from events.types.grade import GradeAssigned
    from events.types.listing import ListEntered
    from events.types.measure import MeasureInitiated

ANY_DEPARTMENT: Final = "*"
_PER_MILLE_MAX: Final = 10**9
_COUNT_MAX: Final = 10**9
VALUES: Final = {
    IndicatorUnit.FEN: (-AMOUNT_FEN_MAX, AMOUNT_FEN_MAX),
    IndicatorUnit.PER_MILLE: (-_PER_MILLE_MAX, _PER_MILLE_MAX),
    IndicatorUnit.COUNT: (0, _COUNT_MAX),
    IndicatorUnit.POINTS: (0, 100),
}
"""What an indicator can amount to at all, by its unit."""


def check_list(
    event: ListEntered | ListNoticeGiven, rulebook: Rulebook, day: date
) -> Iterator[Reason]:
    """Check that a list is named under its own category, and a ground of it in force on the day."""
    rule = rulebook.lists.get(event.list)
    if rule is None or rule.category != event.envelope.category:
        known = ", ".join(f"{r.code} ({r.category})" for r in rulebook.lists.values())
        why = f"one of the lists, under its own category: {known}"
        yield reason(RejectionReason.LIST_UNKNOWN, "list", event.list, why)
        return
    version = version_on(rule.in_force, day)
    if version is None or event.ground not in version.grounds:
        grounds = tuple(version.grounds) if version else ("none in force that day",)
        why = f"one of the grounds of {rule.code} in force on the day: {', '.join(grounds)}"
        yield reason(RejectionReason.GROUND_UNKNOWN, "ground", event.ground, why)
    elif _leaves_defence_open(event, version):
        # 警示在先: nobody is listed who was not told by when to answer.
        why = f"no rule gives {rule.code} days for the defence, so a notice names its last day"
        yield reason(RejectionReason.VALUE_MISSING, "defence_until", "", why)


def _leaves_defence_open(event: ListEntered | ListNoticeGiven, version: ListVersion) -> bool:
    """Say whether neither a notice nor the rules of its day say by when the subject may answer."""
    return (
        isinstance(event, ListNoticeGiven)
        and event.defence_until is None
        and version.notice_required
        and not version.defence_days
        and event.envelope.source is not Source.IMPORTED
    )


def check_grade(event: GradeAssigned, rulebook: Rulebook, day: date) -> Iterator[Reason]:
    """Check that a scheme is named under its own category, and a grade of it on the day."""
    scheme = rulebook.grades.get(event.scheme)
    if scheme is None or scheme.category != event.envelope.category:
        known = ", ".join(f"{s.code} ({s.category})" for s in rulebook.grades.values())
        why = f"one of the schemes, under its own category: {known}"
        yield reason(RejectionReason.SCHEME_UNKNOWN, "scheme", event.scheme, why)
    elif event.grade not in (grades := scheme.grades_on(day)):
        why = f"one of the grades of {scheme.code} on {day}: {', '.join(grades) or 'none yet'}"
        yield reason(RejectionReason.GRADE_UNKNOWN, "grade", event.grade, why)


def check_measure(event: MeasureInitiated, rulebook: Rulebook, day: date) -> Iterator[Reason]:
    """Check that a measure is published on the day, and may be initiated by the department."""
    rule = rulebook.measures.get(event.measure)
    version = None if rule is None else rule.version_on(day)
    if version is None:
        why = f"a measure of the published list in force on {day}"
        yield reason(RejectionReason.MEASURE_UNKNOWN, "measure", event.measure, why)
    elif not {acts_as(event.envelope.department), ANY_DEPARTMENT} & set(version.departments):
        why = f"{event.measure} may be initiated by: {', '.join(version.departments)}"
        yield reason(
            RejectionReason.MEASURE_NOT_OF_DEPARTMENT,
            "envelope.department",
            event.envelope.department,
            why,
        )


def check_indicator(event: IndicatorReported, rulebook: Rulebook, day: date) -> Iterator[Reason]:
    """Check that an indicator is in force on the day, and what its value amounts to."""
    indicator = rulebook.indicators.get(event.indicator)
    if indicator is None or not indicator.in_force(day):
        why = f"an indicator in force on {day}"
        yield reason(RejectionReason.INDICATOR_UNKNOWN, "indicator", event.indicator, why)
        return
    low, high = VALUES[indicator.unit]
    if not low <= event.value <= high:
        rule = f"{indicator.code} is given in {indicator.unit}, from {low} to {high}"
        yield not_allowed("value", event.value, rule)


def check_profession(field: str, code: str, rulebook: Rulebook, day: date) -> Iterator[Reason]:
    """Check that a profession is one of those in force on the day."""
    profession = rulebook.professions.get(code)
    if profession is None or not profession.in_force(day):
        why = f"a profession in force on {day}"
        yield reason(RejectionReason.PROFESSION_UNKNOWN, field, code, why)


def _known(why: RejectionReason, what: str, codes_of: Callable[[Rulebook], Iterable[str]]) -> Check:
    """Give the check of a code that the rules must know, whenever in force."""

    def check(field: str, code: str, setting: Setting) -> Iterator[Reason]:
        known = list(dict.fromkeys(codes_of(setting.rulebook)))
        if code not in known:
            yield reason(why, field, code, f"{what}: {', '.join(known)}")

    return check


known_list: Final = _known(
    RejectionReason.LIST_UNKNOWN, "one of the lists", lambda rules: rules.lists
)
known_ground: Final = _known(
    RejectionReason.GROUND_UNKNOWN,
    "one of the grounds of lists",
    lambda rules: (g for r in rules.lists.values() for v in r.in_force for g in v.grounds),
)
known_scheme: Final = _known(
    RejectionReason.SCHEME_UNKNOWN, "one of the schemes", lambda rules: rules.grades
)
known_grade: Final = _known(
    RejectionReason.GRADE_UNKNOWN,
    "one of the grades of schemes",
    lambda rules: (g.code for s in rules.grades.values() for v in s.in_force for g in v.grades),
)
known_measure: Final = _known(
    RejectionReason.MEASURE_UNKNOWN, "one of the measures", lambda rules: rules.measures
)
known_indicator: Final = _known(
    RejectionReason.INDICATOR_UNKNOWN, "one of the indicators", lambda rules: rules.indicators
)
known_profession: Final = _known(
    RejectionReason.PROFESSION_UNKNOWN, "one of the professions", lambda rules: rules.professions
)
known_warning: Final = _known(
    RejectionReason.WARNING_UNKNOWN,
    "a rule of a warning",
    lambda rules: (rule.id for rule in rules.warnings),
)


def known_departments(field: str, codes: list[str], setting: Setting) -> Iterator[Reason]:
    """Check the codes of one or more departments; all that are unknown make one reason."""
    yield from given(field, codes, setting)
    unknown = [code for code in codes if setting.rulebook.department(code) is None]
    if unknown:
        why = "codes in the registry of departments"
        yield reason(RejectionReason.DEPARTMENT_UNKNOWN, field, ", ".join(unknown), why)
