"""The plan's targets have an actual value where the ledger knows it, and none made up."""

from __future__ import annotations

from datetime import date

import pytest

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from projections.quality.plan_targets import (
    ACTUAL,
    Figures,
    measured,
    must_report,
    subjects_by_kind,
)

RULEBOOK = load_rulebook()
FIGURES = Figures(
    month=date(2026, 10, 1),
    subjects={"enterprise": 795_248},
    entitled=60,
    reporting=50,
    reporting_in_month=30,
    reporting_on_organisations=38,
    categories_of_organisations=90,
    supervising=26,
    supervising_of_province=25,
    events=1_000_000,
    events_in_month=1_000,
    in_time_per_mille=None,
    in_time_in_month_per_mille=None,
    queries_a_day=8_000,
    using_per_mille=880,
)


@pytest.mark.requirement(98)
def test_what_is_measured_is_a_target_of_the_plan() -> None:
    assert ACTUAL.keys() <= {target.code for target in RULEBOOK.targets}


@pytest.mark.requirement(98)
@pytest.mark.parametrize(
    ("code", "actual", "met"),
    [
        ("enterprises_recorded", 795_248, True),
        ("departments_reporting", 38, False),
        ("categories_recorded", 90, True),
        ("departments_supervising", 25, True),
        ("enterprise_coverage", None, None),
        ("enterprise_queries_a_day", 8_000, True),
        ("local_governments_using", 880, False),
    ],
)
def test_a_target_is_met_missed_or_not_measured(
    code: str,
    actual: int | None,
    met: bool | None,  # noqa: FBT001 - a row of the table
) -> None:
    found = {each.code: each for each in measured(RULEBOOK.targets, FIGURES)}[code]
    assert (found.actual, found.met) == (actual, met)


def test_kinds_are_read_off_the_code_and_a_person_is_one_by_its_platform() -> None:
    counts = {
        Platform.ORGANISATION: {"91": 3, "92": 2, "51": 1, "52": 1, "N2": 4},
        Platform.PERSON: {"P9": 5, "P1": 6},
    }
    assert subjects_by_kind(counts) == {
        "association": 2,
        "enterprise": 3,
        "individual_business": 2,
        "natural_person": 11,
        "other": 4,
    }


def test_the_operator_and_those_who_declare_of_themselves_are_not_assessed() -> None:
    others = {code for code, row in RULEBOOK.departments.items() if not must_report(row)}
    assert others == {"operator", "subjects"}
