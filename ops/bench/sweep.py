"""`bench sweep`: how fast subjects are assessed anew as time passes, and as a rule changes."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec
import psycopg

from events.envelope import Platform
from events.rules.rulebook import Rulebook, load_rulebook
from ops.audit.replay import replay
from ops.bench.machine import percentiles
from ops.filling import fill_ledger
from ops.generator import subject_id_at
from projections.calendar.rules import RuleCalendar
from projections.projector import Projector
from projections.queries.overview import positions
from projections.queries.subject.profile import answer_profile
from projections.store.database import live_schema
from projections.store.session import commit_unsynced, settle
from projections.store.statements import statements
from projections.store.store import Store
from streams.transport.collector import calm_collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ops.generator import GeneratorPlan
    from ops.local.stack import Stack

_SQL: Final = statements(__name__)
_ASKS_WAIT_S: Final = 0.01


def measure_sweep(stack: Stack, plan: GeneratorPlan, say: Callable[[str], None]) -> dict[str, Any]:
    """Sweep a loaded platform a month on, the day after, and on a day that changes a rule.

    Each figure counts subjects re-assessed and written, in as many processes as there are cores;
    nothing is published. While the rule changes, profiles are asked for and timed.
    """
    say(f"appending {plan.events:,} events over {plan.subjects:,} subjects")
    fill_ledger(stack.kafka, plan, say)
    rebuilt = replay(stack, Platform.ORGANISATION, take_over=True, say=say)
    say(f"projected at {rebuilt.events_per_s:,} events/s")
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        settle(connection)
        partitions = [p.partition for p in positions(connection, Platform.ORGANISATION)]
        first = _latest_assessed(connection) + timedelta(days=1)
        month = _sweep_all(stack, partitions, first + timedelta(days=30), None, say)
        day = _sweep_all(stack, partitions, first + timedelta(days=31), None, say)
        changed_on = first + timedelta(days=32)
        with _Asking(stack, plan) as asking:
            change = _sweep_all(stack, partitions, changed_on, changed_on, say)
    return {
        "subjects": plan.subjects,
        "month_on": month,
        "day_after": day,
        "rule_changed": change,
        "profile_meanwhile_ms": percentiles(asking.took_ms),
    }


def _latest_assessed(connection: psycopg.Connection[Any]) -> date:
    store = Store(live_schema(connection, Platform.ORGANISATION))
    row = connection.execute(store.statement(_SQL["latest_assessed"])).fetchone()
    return row[0] if row else date.min


def _sweep_all(
    stack: Stack,
    partitions: Iterable[int],
    to: date,
    changed_on: date | None,
    say: Callable[[str], None],
) -> dict[str, Any]:
    began = time.monotonic()
    swept = notices = 0
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as pool:
        # Starting Python is no part of a worker that runs all day.
        list(pool.map(_nothing, range(os.cpu_count() or 1)))
        began = time.monotonic()
        jobs = [pool.submit(sweep_partition, stack.postgres, p, to, changed_on) for p in partitions]
        for job in as_completed(jobs):
            subjects, told = job.result()
            swept += subjects
            notices += told
            say(f"{to}: {swept:,} subjects re-assessed")
    seconds = time.monotonic() - began
    return {
        "re_assessed": swept,
        "notices": notices,
        "seconds": round(seconds, 2),
        "subjects_per_s": round(swept / seconds) if seconds else 0,
    }


def _nothing(_: int) -> None:
    load_rulebook()


def sweep_partition(
    postgres: str, partition: int, to: date, changed_on: date | None
) -> tuple[int, int]:
    """Sweep one partition to a day; give how many were re-assessed, and how many notices told."""
    calm_collector()
    rulebook = load_rulebook() if changed_on is None else changed_rules(load_rulebook(), changed_on)
    swept = notices = 0
    with psycopg.connect(postgres, autocommit=True) as connection:
        commit_unsynced(connection)
        store = Store(live_schema(connection, Platform.ORGANISATION))
        projector = Projector(Platform.ORGANISATION, store, RuleCalendar(rulebook), publishes=False)
        more = True
        while more:
            applied, more = projector.sweep(connection, partition, to)
            swept += len(applied.profiles)
            notices += applied.notices
    return swept, notices


def changed_rules(rulebook: Rulebook, on: date) -> Rulebook:
    """Give the rules with one more version of the first warning, in force from a day on."""
    first, *others = rulebook.warnings
    version = msgspec.structs.replace(first.in_force[-1], start=on)
    changed = msgspec.structs.replace(first, in_force=(*first.in_force, version))
    return msgspec.structs.replace(rulebook, warnings=[changed, *others])


class _Asking:
    """Asks for profiles beside the sweep, one after the other, from a process of its own."""

    def __init__(self, stack: Stack, plan: GeneratorPlan) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._stop = self._context.Event()
        self._answers: Any = self._context.Queue()
        arguments = (stack.postgres, plan.subjects, plan.seed, self._stop, self._answers)
        self._process = self._context.Process(target=ask_until, args=arguments)
        self.took_ms: list[float] = []

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.took_ms = self._answers.get(timeout=30)
        self._process.join(30)


def ask_until(postgres: str, subjects: int, seed: int, stop: Any, answers: Any) -> None:
    """Ask for random profiles until told to stop; hand over the milliseconds that each took."""
    chance = random.Random(seed)
    calendar = RuleCalendar(load_rulebook())
    on = date(2026, 11, 1)
    took: list[float] = []
    with psycopg.connect(postgres, autocommit=True) as connection:
        while not stop.wait(_ASKS_WAIT_S):
            subject_id = subject_id_at(Platform.ORGANISATION, chance.randrange(subjects))
            began = time.perf_counter()
            answer_profile(connection, Platform.ORGANISATION, subject_id, on, calendar)
            took.append((time.perf_counter() - began) * 1000)
    answers.put(took)
