"""`bench asof`: how long `state` takes, for ordinary subjects and for one with a long history."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from events.envelope import Platform
from events.partitioning import partition_of
from events.rules.rulebook import load_rulebook
from ops.audit.replay import replay
from ops.bench.machine import percentiles
from ops.filling import fill
from ops.generator import (
    GeneratorPlan,
    encoded,
    extra_subject,
    generate_encoded,
    subject_id_at,
)
from projections.as_of.question import Question
from projections.calendar.rules import RuleCalendar
from projections.queries.overview import positions
from projections.queries.subject.long_histories import LongHistories
from projections.queries.subject.state import answer_state
from projections.store.live import live
from projections.store.session import settle
from streams.transport.collector import calm_collector

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.local.stack import Stack

LONG_HISTORY_EVENTS: Final = 10_000
_ASKS: Final = 2_000
_LONG_ASKS: Final = 200
_WARM_UP_ASKS: Final = 200


def load_histories(stack: Stack, plan: GeneratorPlan, say: Callable[[str], None]) -> str:
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
    long = load_histories(stack, plan, say)
    _settle(stack)
    calm_collector()
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        asker = _Asker(connection, plan)
        say("asking")
        for _ in range(_WARM_UP_ASKS):
            asker.ask(asker.subject(), asker.cut())
        state_ms = [asker.ask(asker.subject(), asker.cut()) for _ in range(_ASKS)]
        first = asker.ask(long, None)
        whole = [asker.ask(long, None) for _ in range(_LONG_ASKS // 2)]
        offsets = asker.offsets_of(long)
        part = [asker.ask(long, asker.cut_within(long, offsets)) for _ in range(_LONG_ASKS // 2)]
    return {
        "events": plan.events + LONG_HISTORY_EVENTS,
        "subjects": plan.subjects,
        "state_ms": percentiles(state_ms),
        "long_history_ms": percentiles([first, *whole, *part]),
        "long_history_whole_ms": percentiles(whole),
        "long_history_first_ms": round(first, 2),
        "method": "the state in process on one warm connection, canonical bytes "
        "and hash included; ordinary: any subject, day and cut; long: half of the asks with "
        f"all {LONG_HISTORY_EVENTS:,} events known, half at a cut within them",
    }


def _settle(stack: Stack) -> None:
    """Do at once what Postgres does by itself some minutes after a load."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        settle(connection)


class _Asker:
    """Asks at random; the same seed asks the same."""

    def __init__(self, connection: psycopg.Connection[Any], plan: GeneratorPlan) -> None:
        self._connection = connection
        self._plan = plan
        self._chance = random.Random(plan.seed)
        self._calendar = RuleCalendar(load_rulebook())
        self._histories = LongHistories()
        self._ends = {
            p.partition: p.next_offset for p in positions(connection, Platform.ORGANISATION)
        }

    def subject(self) -> str:
        """Pick any subject of the plan."""
        return subject_id_at(Platform.ORGANISATION, self._chance.randrange(self._plan.subjects))

    def cut(self) -> dict[int, int]:
        """Pick any offset of each partition."""
        return {p: self._chance.randint(0, end) for p, end in self._ends.items()}

    def offsets_of(self, subject_id: str) -> list[int]:
        """Give where a subject's messages stand."""
        at = live(self._connection, Platform.ORGANISATION)
        with self._connection.cursor() as cursor:
            found = at.store.load_messages(cursor, at.partition_of(subject_id), subject_id)
        return [message.offset for message in found]

    def cut_within(self, subject_id: str, offsets: list[int]) -> dict[int, int]:
        """Pick a cut within a subject's own history: elsewhere it would know all or nothing."""
        return {partition_of(subject_id): self._chance.choice(offsets) + 1}

    def ask(self, subject_id: str, cut: dict[int, int] | None) -> float:
        """Ask for a random day; give the milliseconds it took."""
        day = self._plan.first_day + timedelta(days=self._chance.randrange(self._plan.days))
        began = time.perf_counter()
        answer_state(
            self._connection,
            Question(platform=Platform.ORGANISATION, subject_id=subject_id, valid_on=day, cut=cut),
            self._calendar,
            self._histories,
        )
        return (time.perf_counter() - began) * 1000


def measure_replay(stack: Stack, plan: GeneratorPlan, say: Callable[[str], None]) -> dict[str, Any]:
    """Time a full rebuild of a loaded ledger, and its comparison with the live version."""
    load_histories(stack, plan, say)
    found = replay(stack, Platform.ORGANISATION, say=say)
    return {
        "events": found.events,
        "subjects": plan.subjects,
        "events_per_s": found.events_per_s,
        "fold_s": found.seconds,
        "compare_s": found.compare_s,
        "differences": [msgspec.to_builtins(each) for each in found.differences],
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
