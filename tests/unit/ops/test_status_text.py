"""Across status and terminal: what `credit-ledger status` tells people of the sweep and of latency."""

from __future__ import annotations

from datetime import date

import pytest

from ops.cli.status import told_cut, told_latency, told_sweep
from ops.status import Lag, Status
from projections.http.asking.evidence import CutStanding
from projections.store.progress import Latency, PartitionSweep, SweepProgress

TODAY = date(2026, 11, 26)
CHANGED_ON = date(2026, 4, 1)


def swept(*partitions: PartitionSweep) -> SweepProgress:
    left = [each for each in partitions if each.subjects is not None]
    due, subjects = (sum(each.due for each in left), sum(each.subjects or 0 for each in left))
    counts = (len(partitions), len(left), due, subjects)
    return SweepProgress("organisation", TODAY, CHANGED_ON, *counts, list(partitions))


def test_a_sweep_that_is_done_says_to_which_day() -> None:
    done = swept(PartitionSweep(0, TODAY, 0, None))

    assert told_sweep(done) == "sweep of organisations: all partitions are swept to 2026-11-26"


def test_a_sweep_under_way_says_who_is_left_and_since_when() -> None:
    text = told_sweep(
        swept(
            PartitionSweep(0, TODAY, 0, None),
            PartitionSweep(1, date(2026, 11, 25), 1_200, 5_000),
            PartitionSweep(2, None, 34, 4_000),
        )
    )

    assert text.startswith("sweep of organisations to 2026-11-26: 1 of 3 partitions done")
    assert "swept last: 2026-11-25, never" in text
    assert "1,234 of 9,000 subjects are due" in text
    assert "2026-04-01" in text


@pytest.mark.parametrize(
    ("last_ms", "waits_s", "missed", "words"),
    [
        (None, None, False, ""),
        (310, None, False, ", last batch 0.31 s"),
        (310, 7.25, True, ", last batch 0.31 s, the oldest event waits for 7.2 s [red]missed[/]"),
    ],
)
def test_latency_is_told_with_its_objective_and_whether_it_is_missed(
    last_ms: int | None,
    waits_s: float | None,
    missed: bool,  # noqa: FBT001 - a column of the table
    words: str,
) -> None:
    found = Latency("organisation", 5.0, 1_000, 992, 0, [], last_ms, waits_s, missed)

    assert told_latency(found) == (
        "latency of organisations: objective 5 s, met by 99.2% of 1,000 events" + words
    )


def test_the_newest_cut_is_told_with_its_age_and_what_is_in_none_yet() -> None:
    lags = [Lag("credit.person.events.v1", n, 9, 10, 1, 0.1) for n in range(3)]
    status = Status("", "", lags, [], [], 0, 0, 0, [], [], healthy=True)
    behind = CutStanding("person", 7, 20, 12.4)

    assert told_cut(behind, status) == "signed    persons: cut 7, 12 s old, 10 events in none yet"
    assert told_cut(CutStanding("person", 7, 30, 0.4), status).endswith("cut 7, 0 s old")
    altered = CutStanding("person", wrong="tile/[bold]: altered")
    assert told_cut(altered, status) == "[red]log of persons[/]: tile/\\[bold]: altered"
