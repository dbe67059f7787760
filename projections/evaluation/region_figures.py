"""What a region's index is read from: what its government reports, and its subjects counted. Pure.

A figure reported for a city is the city's own, and says nothing of its counties or its province. A
subject counts for its county, its city and its province. Each region is evaluated by itself.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from events.envelope import Source
from events.rules.divisions import divisions_of, load_divisions
from events.types.subject import SubjectKind
from projections.day.record_on_day import RecordOnDay
from projections.evaluation.region_index import RegionIndex, region_index
from projections.profile.seat import read_counted_as
from projections.record.matters import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from events.rules.code_lists import Indicator
    from projections.calendar.rules import RulesOfDay
    from projections.record.credit_record import CreditRecord

REGIONAL: Final = "regional"
"""The group of the indicators that a region's government reports of the region."""


class RegionReading(msgspec.Struct, frozen=True, gc=False):
    """A regional indicator's newest value (区域指标): for which region, by which body and event."""

    region: str
    indicator: str
    period: str
    day: date
    event_id: str
    subject_id: str
    value: int


class RegionEvaluation(msgspec.Struct, frozen=True, gc=False):
    """A region's index on a day (区域信用评价), with all that it was read from.

    `tallies` are counts of subjects by name, such as `enterprise.listed`, of the platforms read.
    """

    region: str
    name: str | None
    on: date
    index: RegionIndex | None
    readings: tuple[RegionReading, ...]
    tallies: dict[str, int]


def regional_readings(
    record: CreditRecord, rules: RulesOfDay, subject_id: str
) -> list[RegionReading]:
    """Give what a government body reports of regions: the newest of each region and indicator.

    The region is that of the event, so one body may report of several. What has ended, is set
    aside upon an objection, lies ahead of the day or is said by the subject itself does not count.
    """
    lines = rules.rulebook.indicators
    on_day = RecordOnDay(record, rules)
    newest: dict[tuple[str, str], RegionReading] = {}
    for reading in on_day.of(Reading):
        line = lines.get(reading.indicator)
        if (
            line is not None
            and line.group == REGIONAL
            and reading.source is not Source.SELF_DECLARED
            and reading.day <= rules.on < on_day.effect(reading).counts_until
        ):
            _keep_newest(
                newest,
                RegionReading(
                    reading.region,
                    reading.indicator,
                    reading.period,
                    reading.day,
                    reading.event_id,
                    subject_id,
                    reading.value,
                ),
            )
    return list(newest.values())


def _keep_newest(newest: dict[tuple[str, str], RegionReading], reading: RegionReading) -> None:
    place = (reading.region, reading.indicator)
    known = newest.get(place)
    if known is None or _newness(known) < _newness(reading):
        newest[place] = reading


def _newness(reading: RegionReading) -> tuple[str, date, str]:
    return reading.period, reading.day, reading.event_id


class RegionFigures:
    """Counts and readings gathered of all regions, in any order: sums, and the newest of each."""

    def __init__(self, rules: RulesOfDay) -> None:
        """Gather for the day of the rules."""
        self._rules = rules
        self._tallies: dict[str, dict[str, int]] = {}
        self._readings: dict[tuple[str, str], RegionReading] = {}

    def count(self, counts: Mapping[str, int]) -> None:
        """Add how many subjects count as what (`projections.profile.seat`), up to the province."""
        for text, count in counts.items():
            kind, seat, grade, listed = read_counted_as(text)
            for region in divisions_of(seat, self._rules.on):
                tallies = self._tallies.setdefault(region, {})
                for name in self._names(kind):
                    tallies.setdefault(name, 0)
                tallies[f"{kind}.known"] += count
                tallies[f"{kind}.listed"] += count * listed
                if grade is not None:
                    tallies[f"{kind}.graded"] += count
                    tallies[f"{kind}.{grade}"] += count

    def _names(self, kind: str) -> list[str]:
        """Name the counts of a kind of which any subject is known: those found none of are 0."""
        names = [f"{kind}.known", f"{kind}.listed"]
        scores = self._rules.scores.get(SubjectKind(kind))
        if scores is not None and scores[1].grades:
            names += [f"{kind}.graded", *(f"{kind}.{each.code}" for each in scores[1].grades)]
        return names

    def read(self, readings: Iterable[RegionReading]) -> None:
        """Add what bodies report; of several for one region the newest by its period holds."""
        for reading in readings:
            _keep_newest(self._readings, reading)

    def regions(self) -> list[str]:
        """Give the codes of all regions of which anything is known, in order."""
        return sorted(self._tallies.keys() | {region for region, _ in self._readings})

    def evaluation(self, region: str) -> RegionEvaluation:
        """Evaluate one region, by the rules of the day."""
        rules, tallies = self._rules, self._tallies.get(region, {})
        readings = tuple(
            reading
            for (of, _), reading in sorted(self._readings.items(), key=lambda item: item[0])
            if of == region
        )
        lines: Mapping[str, Indicator] = rules.rulebook.indicators
        values = {each.indicator: each.value for each in readings}
        model = rules.rulebook.regions[0]
        index = region_index(model, rules.versions_on, values, tallies, lines)
        place = load_divisions().at(region, rules.on)
        return RegionEvaluation(
            region,
            None if place is None else place.name,
            rules.on,
            index,
            readings,
            dict(sorted(tallies.items())),
        )
