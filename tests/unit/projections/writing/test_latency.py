"""Latency is measured once a batch, never better than it was, and told in buckets."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from projections.writing.latency import BOUNDS_MS, Waited, measure, within


@pytest.mark.parametrize(
    ("ms", "bucket"),
    [(0, 1), (50, 1), (51, 2), (5_000, 7), (5_001, 8), (600_000, 11), (600_001, 12)],
)
def test_a_batch_is_counted_in_the_first_bucket_that_holds_it(ms: int, bucket: int) -> None:
    assert Waited(ms, 1).bucket == bucket


def test_a_batch_is_measured_by_its_oldest_event_and_never_below_nought() -> None:
    assert measure(lambda: 12.5, 12_000, 7) == Waited(500, 7)
    assert measure(lambda: 11.0, 12_000, 7) == Waited(0, 7)
    assert measure(None, 12_000, 7) is None


@pytest.mark.requirement(13)
def test_only_buckets_that_end_by_the_objective_surely_met_it() -> None:
    counts = [1] * (len(BOUNDS_MS) + 1)

    assert within(counts, 5_000) == 7
    assert within(counts, 4_999) == 6
    assert within(counts, 600_000) == len(BOUNDS_MS)
    assert within(counts, 10**9) == len(BOUNDS_MS)


def test_the_row_of_a_position_has_a_place_for_every_bucket() -> None:
    text = (files("projections.store") / "schema.sql").read_text("utf-8")
    found = re.search(r"latency_counts bigint\[\] .*ARRAY\[(\d+)\]", text)

    assert found is not None
    assert int(found[1]) == len(BOUNDS_MS) + 1
