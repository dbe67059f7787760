"""`bench pipeline`: from the ledger to all read models durable in Postgres, one worker."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psutil
import psycopg

from events.envelope import Platform
from ops.bench.copying import copy_limit_per_s
from ops.bench.cost import Cost, us_per_event
from ops.filling import fill_ledger
from projections.store.database import database_schema
from projections.store.statements import statements
from projections.store.store import Store
from streams.connections import session_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.generator import GeneratorPlan
    from ops.local.stack import Stack

_POLL_S: Final = 0.05
_STALLED_S: Final = 120.0
_LONG_S: Final = 0.1
_SAY_EVERY_S: Final = 2.0
_MEMORY_EVERY_S: Final = 0.25
"""How often memory and batches are looked at: looking costs the cores that are measured."""

_SQL: Final = statements(__name__)
_STORE: Final = Store(database_schema(Platform.ORGANISATION, 1))
"""The read models of a stack made for the measurement: their first version."""


@contextmanager
def worker_process(stack: Stack, projectors: int) -> Iterator[psutil.Popen]:
    """Run one worker, as an operator would; stop it at the end."""
    process = psutil.Popen(
        [sys.executable, "-m", "ops", "worker", "--projectors", str(projectors)],
        env={
            **os.environ,
            "CREDIT_LEDGER_KAFKA": stack.kafka,
            "CREDIT_LEDGER_POSTGRES": stack.postgres,
        },
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()


def measure_pipeline(
    stack: Stack, plan: GeneratorPlan, projectors: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Load a plan's events, then time one worker over them.

    The rate counts from the start of the first batch to the last event durable; start-up is told
    apart, and processor time by part is of the same stretch. Memory is the peak of all the worker's
    processes together, sampled; it grew from what it was until a third was applied. So is the
    longest transaction.
    """
    say(f"generating {plan.events:,} events over {plan.subjects:,} subjects into Kafka")
    filled = fill_ledger(stack.kafka, plan, say)
    total = filled["events"]
    run = time_worker(stack, total, projectors, say)
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        for name in ("profile", "warning", "list_entry", "parked"):
            run[f"rows_{name}"] = _STORE.count_rows(connection, name)
    say("copying the same rows, packed beforehand, into other read models")
    run["copy_limit_per_s"] = copy_limit_per_s(stack, total, projectors)
    return run | {
        "projectors": projectors,
        "events": total,
        "generate_per_s": round(total / filled["seconds"]),
    }


def time_worker(
    stack: Stack, total: int, projectors: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Time one worker over a ledger of `total` events, none of which is applied yet."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        started = time.monotonic()
        with worker_process(stack, projectors) as process:
            run = _watch(connection, process, total, say)
            published = time.monotonic()
            await_published(connection)
            run["published_after_s"] = round(time.monotonic() - published, 2)
            run["cpu_s"] = round(sum(sum(p.cpu_times()[:2]) for p in _family(process)), 2)
    run["start_up_s"] = round(run.pop("first_at") - started, 2)
    return run


def await_published(connection: psycopg.Connection[Any]) -> None:
    """Wait until no profile waits to be published."""
    while _number(connection, _SQL["unpublished"]):
        time.sleep(_POLL_S)


def _watch(
    connection: psycopg.Connection[Any],
    process: psutil.Popen,
    total: int,
    say: Callable[[str], None],
) -> dict[str, Any]:
    first_at, count, longest_s = math.inf, 0, 0.0
    memory = [0, 0]  # the peak until a third was applied, and of all
    moved_at = told_at = looked_at = time.monotonic()
    cost = Cost(process)
    while count < total:
        if not count:
            # Seen while it runs: what its first batches do before any of them ends counts too.
            under_way_s = _under_way_s(connection)
            if under_way_s > _LONG_S:
                if math.isinf(first_at):
                    cost.since()  # What starting up took is no cost of an event.
                first_at = min(first_at, time.monotonic() - under_way_s)
        found = _number(connection, _SQL["applied"])
        now = time.monotonic()
        if found != count:
            if math.isinf(first_at):
                cost.since()
            count, moved_at, first_at = found, now, min(first_at, now)
        if process.poll() is not None or now - moved_at > _STALLED_S:
            raise RuntimeError(f"the worker stands still at {count:,} of {total:,} events")
        if now - looked_at > _MEMORY_EVERY_S:
            looked_at = now
            longest_s = max(longest_s, _under_way_s(connection))
            taken = sum(p.memory_info().rss for p in _family(process))
            memory[1] = max(memory[1], taken)
            if 3 * count < total:
                memory[0] = memory[1]
        if now - told_at > _SAY_EVERY_S:
            told_at = now
            say(f"{count:,} of {total:,} events durable, {_rate(count, now - first_at):,}/s")
        time.sleep(_POLL_S)
    seconds = time.monotonic() - first_at
    return {
        "events_per_s": _rate(count, seconds),
        "seconds": round(seconds, 2),
        "first_at": first_at,
        "cpu_us_per_event": us_per_event(cost.since(), total),
        "peak_rss_mb": round(memory[1] / 2**20),
        "memory_growth": round(memory[1] / memory[0], 2) if memory[0] else None,
        "longest_batch_s": round(longest_s, 1),
    }


def _under_way_s(connection: psycopg.Connection[Any]) -> float:
    """Say for how long the oldest batch under way has been applied."""
    row = connection.execute(_SQL["under_way"], (session_name("projector"),)).fetchone()
    return (row[0] or 0.0) if row else 0.0


def _family(worker: psutil.Popen) -> list[psutil.Process]:
    return [psutil.Process(worker.pid), *worker.children(recursive=True)]


def _rate(count: int, seconds: float) -> int:
    return round(count / seconds) if seconds > 0 else 0


def _number(connection: psycopg.Connection[Any], text: str) -> int:
    row = connection.execute(_STORE.statement(text)).fetchone()
    return int(row[0]) if row else 0
