"""Measures taken against a listed subject or for an honoured one, and where they stand."""

from __future__ import annotations

from datetime import date
from typing import Any

from projections.day.lists import memberships
from projections.day.measures import measures_on
from projections.day.shapes import MeasureStatus
from projections.record.matters import (
    AnyMatter,
    Listing,
    Measure,
)
from tests.support.matters import a_matter, on_day

STARTED = ("initiated", "")


def a_listing(day: str = "2025-01-10", **fields: Any) -> Listing:
    """Give an entry of a court, which needs no notice and has no end of its own."""
    court = {"list": "judgment_defaulter", "ground": "able_but_refuses"}
    return a_matter(Listing, day, **(court | fields))


def a_measure(day: str = "2025-02-01", **fields: Any) -> Measure:
    return a_matter(Measure, day, **fields)


def found(when: str | date, *matters: AnyMatter, **effects: Any) -> list[MeasureStatus]:
    on = on_day(when, *matters, effects=effects)
    return measures_on(on, memberships(on))


def only(when: str | date, *matters: AnyMatter, **effects: Any) -> MeasureStatus:
    (measure,) = found(when, *matters, **effects)
    return measure


def standing(when: str | date, *matters: AnyMatter, **effects: Any) -> tuple[str, str]:
    measure = only(when, *matters, **effects)
    return measure.status, measure.why
