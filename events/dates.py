"""Which known day counts, which version is in force on it, how long a period is. Pure, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from events.envelope import Dated, Envelope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from events.rule_versions import Period, Periods, Version

V = TypeVar("V", bound="Version")


def known_date(envelope: Envelope, recorded_on: date) -> Dated:
    """Give the day that a clock starts from: the first one known, and which it is."""
    day = envelope.occurred_on
    if day is not None:
        return Dated(day, "occurred_on")
    day = envelope.published_on
    if day is not None:
        return Dated(day, "published_on")
    day = envelope.observed_on
    if day is not None:
        return Dated(day, "observed_on")
    return Dated(recorded_on, "recorded_on")


def version_on(versions: Sequence[V], on: date) -> V | None:
    """Give the version in force on a day; versions stand in order of their first day."""
    for version in reversed(versions):
        if version.start <= on:
            return version
    return None


def period_of(periods: Periods, severity: str) -> Period:
    """Give the period of a severity; one that is not told apart has the general one."""
    period: Period | None = None
    if severity == "serious":
        period = periods.serious
    elif severity == "minor":
        period = periods.minor
    elif severity == "unpublished":
        period = periods.unpublished
    return periods.general if period is None else period
