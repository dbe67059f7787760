"""What is told of a process is of that process."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from ops.bench.machine import peak_rss_mb

HELD_MB = 300


def test_a_process_does_not_count_what_the_one_that_began_it_held() -> None:
    held = b"x" * (HELD_MB << 20)
    assert peak_rss_mb() > HELD_MB
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        assert other.submit(peak_rss_mb).result() < HELD_MB
    assert len(held) == HELD_MB << 20
