"""`bench asof`: how long `state` takes, for ordinary subjects and for one with a long history."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg

from events.envelope import Platform
from events.partitioning import partition_of
from events.rulebook import load_rulebook
from ops.bench.machine import percentiles
from ops.filling import fill
from ops.generator import GeneratorPlan, encoded, extra_subject, generate_encoded
from ops.replay import replay
from projections import queries
from projections.rules import RuleCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.local.stack import Stack

LONG_HISTORY_EVENTS: Final = 10_000
_ASKS: Final = 2_000
_LONG_ASKS: Final = 200


def load(stack: Stack, plan: GeneratorPlan, say: Callable[[str], None]) -> str:
    """Load a plan and one long history, project them by a promoted rebuild; give its subject."""
    say(f"appending {plan.events:,} events and one history of {LONG_HISTORY_EVENTS:,}")
    fill(stack.kafka, generate_encoded(plan), say)
    long = list(encoded(extra_subject(plan, LONG_HISTORY_EVENTS)))
    fill(stack.kafka, long)
    rebuilt = replay(stack, Platform.ORGANISATION, take_over=True, say=say)
    say(f"projected at {rebuilt.events_per_s:,} events/s")
    return long[0][0].decode()


def measure_asof(stack: Stack, plan: GeneratorPlan, say: Callable[[str], None]) -> dict[str, Any]:
    """Ask for states at random days and cuts; in process, on one warm connection."""
    long = load(stack, plan, say)
    calendar = RuleCalendar(load_rulebook())
    chance = random.Random(plan.seed)
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        connection.execute("ANALYZE")
        rows = connection.execute(
            "SELECT subject_id FROM organisation_v2.profile TABLESAMPLE SYSTEM (5) LIMIT %s",
            (_ASKS,),
        ).fetchall()
        ends = {
            p.partition: p.next_offset for p in queries.positions(connection, Platform.ORGANISATION)
        }

        def ask(subject_id: str) -> float:
            partition = partition_of(subject_id)
            cut = {partition: chance.randint(ends[partition] // 2, ends[partition])}
            day = plan.last_day - timedelta(days=chance.randrange(1500))
            began = time.perf_counter()
            queries.state(
                connection,
                Platform.ORGANISATION,
                subject_id,
                valid_on=day,
                calendar=calendar,
                cut=cut,
            )
            return (time.perf_counter() - began) * 1000

        ordinary = [s for (s,) in rows if s != long] or [long]
        for _ in range(50):
            ask(chance.choice(ordinary))
        say("asking")
        state_ms = [ask(chance.choice(ordinary)) for _ in range(_ASKS)]
        whole = [ask(long) for _ in range(_LONG_ASKS)]
    return {
        "events": plan.events + LONG_HISTORY_EVENTS,
        "state_ms": percentiles(state_ms),
        "long_history_ms": percentiles(whole),
    }


def measure_replay(stack: Stack, plan: GeneratorPlan, say: Callable[[str], None]) -> dict[str, Any]:
    """Time a full rebuild of a loaded ledger, and its comparison with the live version."""
    load(stack, plan, say)
    found = replay(stack, Platform.ORGANISATION, say=say)
    return {
        "events": found.events,
        "events_per_s": found.events_per_s,
        "fold_s": found.seconds,
        "compare_s": found.compare_s,
        "differences": len(found.differences),
    }


def default_plan(events: int, subjects: int, seed: int) -> GeneratorPlan:
    """Give the plan that all benchmarks load: fixed days, so that runs can be compared."""
    return GeneratorPlan(
        events=events,
        subjects=subjects,
        seed=seed,
        first_day=date(2016, 1, 1),
        last_day=date(2026, 10, 31),
    )
