"""When a threshold is on: told apart, day by day, by a reference that knows no intervals."""

from __future__ import annotations

import random
from datetime import date, timedelta

import msgspec
import pytest

from events.dates import FOREVER
from events.rules.versions import Threshold
from projections.signals.evidence import Evidence, months_after
from projections.signals.series import Series
from projections.signals.threshold_course import Run, Windowed, days_after, presence

FIRST, LAST = date(2024, 1, 1), date(2026, 6, 30)


def threshold(**fields: object) -> Threshold:
    return msgspec.convert({"level": "red", "at_least": 1} | fields, Threshold)


def piece(start: date, end: date = FOREVER, weight: int = 1, department: str = "a") -> Evidence:
    return Evidence(start, f"{start}", end, weight, department, "330100", "market")


def on_days(evidence: list[Evidence], asked: Threshold, hold_days: int) -> list[date]:
    """Give every day on which a threshold is on, by looking at each day and the one before."""
    found: list[date] = []
    is_on, below = False, 0
    day = FIRST
    while day <= LAST:
        counting = [
            e
            for e in evidence
            if e.start <= day < e.end
            and (asked.window_months is None or day < months_after(e.start, asked.window_months))
        ]
        value = sum(e.weight for e in counting)
        enough = len({e.department for e in counting}) >= asked.departments
        leaves = asked.at_least if asked.lift_below is None else asked.lift_below
        if enough and value >= asked.at_least:
            is_on, below = True, 0
        elif enough and value >= leaves:
            below = 0
        else:
            below += 1
            is_on = is_on and below <= hold_days
        if is_on:
            found.append(day)
        day += timedelta(days=1)
    return found


def days_of(runs: list[Run]) -> list[date]:
    days: list[date] = []
    for start, end in runs:
        day = start
        while day < min(end, LAST + timedelta(days=1)):
            days.append(day)
            day += timedelta(days=1)
    return days


@pytest.mark.parametrize("seed", range(150))
def test_runs_are_the_days_on_which_a_threshold_is_on(seed: int) -> None:
    rng = random.Random(seed)
    evidence: list[Evidence] = []
    for _ in range(rng.randrange(1, 12)):
        start = FIRST + timedelta(days=rng.randrange(700))
        end = rng.choice([FOREVER, start + timedelta(days=rng.randrange(1, 200))])
        evidence.append(piece(start, end, rng.randrange(1, 4), rng.choice("abc")))
    evidence.sort()
    at_least = rng.randrange(1, 6)
    asked = threshold(
        at_least=at_least,
        lift_below=rng.choice([None, rng.randrange(1, at_least + 1)]),
        window_months=rng.choice([None, 1, 6, 12]),
        departments=rng.choice([1, 1, 2, 3]),
    )
    hold_days = rng.choice([0, 0, 1, 7, 30])
    runs = Windowed(evidence, asked.window_months).runs(asked, hold_days)

    assert days_of(runs) == on_days(evidence, asked, hold_days)
    assert runs == sorted(runs)


@pytest.mark.parametrize("seed", range(150))
def test_pieces_that_come_and_go_leave_what_a_whole_reading_gives(seed: int) -> None:
    rng = random.Random(seed)
    asked = [
        (threshold(at_least=rng.randrange(1, 5), departments=rng.choice([1, 1, 2])), hold)
        for hold in (0, 7)
    ]
    standing: list[Evidence] = []
    series = Series([])
    for _ in range(40):
        gone = rng.sample(standing, min(len(standing), rng.choice([0, 0, 1, 2])))
        come = []
        for _ in range(rng.choice([0, 1, 1, 2])):
            start = FIRST + timedelta(days=rng.randrange(200))
            end = rng.choice([FOREVER, start + timedelta(days=rng.randrange(1, 200))])
            come.append(piece(start, end, rng.randrange(1, 4), rng.choice("abc")))
        standing = sorted([*(each for each in standing if each not in gone), *come])
        series.replace([each for each in series.pieces if each in gone], come)
        anew = Series(list(standing))
        assert series.pieces == anew.pieces
        assert series.total == anew.total
        assert series.departments == anew.departments
        for months in (None, 1, 6) if standing else ():
            kept, fresh = series.within(months), anew.within(months)
            on = FIRST + timedelta(days=rng.randrange(300))
            assert kept.next_day(on) == fresh.next_day(on)
            for levels, hold in asked:
                assert list(kept.runs(levels, hold)) == list(fresh.runs(levels, hold))


def test_a_window_of_a_month_from_the_last_of_january_ends_with_february() -> None:
    (cut,) = Windowed([piece(date(2025, 1, 31))], 1).pieces
    assert cut.end == date(2025, 2, 28)


def test_what_ends_before_its_window_is_not_cut() -> None:
    short = piece(date(2025, 1, 31), date(2025, 2, 1))
    assert list(Windowed([short], 1).pieces) == [short]


def test_nothing_runs_beyond_the_end_of_time() -> None:
    assert days_after(FOREVER, 30) == FOREVER
    assert days_after(date(9999, 12, 30), 30) == FOREVER
    assert months_after(date(9999, 6, 1), 12) == FOREVER
    (cut,) = Windowed([piece(date(9999, 6, 1))], 12).pieces
    assert cut.end == FOREVER


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([("01-05", "01-20")], ("01-05", "01-20")),
        ([("01-05", "01-10"), ("01-10", "01-20")], ("01-05", "01-20")),
        ([("01-05", "01-09"), ("01-10", "01-20")], ("01-10", "01-20")),
        ([("01-12", "01-30"), ("01-10", "01-20"), ("01-31", "02-02")], ("01-10", "01-30")),
        ([("01-01", "01-02"), ("01-03", "01-15"), ("01-15", "01-16")], ("01-03", "01-16")),
    ],
)
def test_presence_is_the_stretch_without_a_gap(
    runs: list[tuple[str, str]], expected: tuple[str, str]
) -> None:
    read = [Run(*(date.fromisoformat(f"2025-{day}") for day in run)) for run in (*runs, expected)]
    assert presence(read[:-1], date(2025, 1, 12)) == read[-1]
