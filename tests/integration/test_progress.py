"""What an operator sees of the sweep and of latency, on a real database, through interruptions."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from ops.bench.sweep import changed_rules
from ops.generator import GeneratorPlan, generate_encoded
from projections.calendar.rules import RuleCalendar
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.queries.subject.profile import answer_profile
from projections.store.database import create_control
from projections.store.progress import latency_of, sweep_progress
from projections.store.store import Store
from projections.writing.latency import RECENT_MS
from tests.support.interrupted_sweep import STEP
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

START_MS = 1_790_000_000_000
"""In September 2026."""
CHANGED_ON = date(2026, 12, 1)
PLAN = GeneratorPlan(
    events=1_200, subjects=700, seed=11, first_day=date(2024, 1, 1), last_day=date(2026, 8, 31)
)
STEPS = 3
ORGANISATION = Platform.ORGANISATION


def ledger() -> dict[int, list[Raw]]:
    """Give made-up events by partition, a second apart."""
    found: dict[int, list[Raw]] = {}
    for number, (key, value, _) in enumerate(generate_encoded(PLAN)):
        own = found.setdefault(partition_of(key.decode()), [])
        own.append(Raw(len(own), START_MS + number * 1_000, key, value))
    return found


@pytest.fixture
def database(stack: Stack) -> Iterator[str]:
    """Hand out a database with the read models, swept to the day before a rule changes."""
    calendar = RuleCalendar(load_rulebook())
    with fresh_database(stack.postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            create_control(connection, LEDGER_PARTITIONS)
            projector = Projector(ORGANISATION, Store("organisation_v1"), calendar)
            for partition, batch in ledger().items():
                projector.apply(connection, partition, batch)
            for partition in range(LEDGER_PARTITIONS):
                while projector.sweep(connection, partition, CHANGED_ON - timedelta(1))[1]:
                    pass
        yield url


def assessed(connection: psycopg.Connection[object], partition: int) -> dict[str, tuple[date, int]]:
    """Give the day on which each subject was assessed last, and by which transaction."""
    rows = connection.execute(
        "SELECT subject_id, assessed_on, generation FROM organisation_v1.profile "
        "WHERE partition = %s",
        (partition,),
    ).fetchall()
    return {row[0]: row[1:] for row in rows}  # type: ignore[index,misc]


@pytest.mark.requirement(72)
def test_a_change_of_rules_assesses_everybody_once_through_a_kill_while_profiles_are_read(
    database: str,
) -> None:
    busiest = max(ledger().items(), key=lambda item: len({raw.key for raw in item[1]}))[0]
    calendar = RuleCalendar(changed_rules(load_rulebook(), CHANGED_ON))
    command = ("-m", "tests.support.interrupted_sweep", database, str(busiest), str(CHANGED_ON))
    with psycopg.connect(database, autocommit=True) as connection:
        before = assessed(connection, busiest)
        assert len(before) > (STEPS + 1) * STEP
        with subprocess.Popen(
            [sys.executable, *command, str(STEPS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as sweeping:
            assert sweeping.stdout is not None
            assert sweeping.stdout.readline() == "written\n"
            meanwhile = sweep_progress(
                connection, ORGANISATION, CHANGED_ON, calendar.changed_on(CHANGED_ON)
            )
            for subject_id in before:
                found = answer_profile(connection, ORGANISATION, subject_id, CHANGED_ON, calendar)
                assert found is not None
            sweeping.kill()
        told = {each.partition: each for each in meanwhile.by_partition}
        assert (told[busiest].due, told[busiest].subjects) == (
            len(before) - STEPS * STEP,
            len(before),
        )
        assert told[busiest].swept_on == CHANGED_ON - timedelta(1)

        halfway = assessed(connection, busiest)
        done = {key: at for key, at in halfway.items() if at[0] == CHANGED_ON}
        assert len(done) == STEPS * STEP
        projector = Projector(ORGANISATION, Store("organisation_v1"), calendar)
        applied, more = projector.sweep(connection, busiest, CHANGED_ON)
        after = assessed(connection, busiest)

        assert not more
        assert {change.subject_id for change in applied.profiles} == before.keys() - done.keys()
        assert {key: after[key] for key in done} == done
        assert {after[key] for key in before.keys() - done.keys()} == {
            (CHANGED_ON, applied.generation)
        }
        assert projector.sweep(connection, busiest, CHANGED_ON)[0].profiles == []


def test_what_is_left_is_counted_only_where_the_day_is_not_swept_to(database: str) -> None:
    calendar = RuleCalendar(changed_rules(load_rulebook(), CHANGED_ON))
    changed_on = calendar.changed_on(CHANGED_ON)
    with psycopg.connect(database, autocommit=True) as connection:
        swept = sweep_progress(
            connection,
            ORGANISATION,
            CHANGED_ON - timedelta(1),
            calendar.changed_on(date(2026, 11, 30)),
        )
        assert (swept.unswept, swept.due, swept.subjects) == (0, 0, 0)

        projector = Projector(ORGANISATION, Store("organisation_v1"), calendar)
        left = sweep_progress(connection, ORGANISATION, CHANGED_ON, changed_on)
        assert left.unswept == left.partitions == LEDGER_PARTITIONS
        assert left.due == left.subjects > 0
        projector.sweep(connection, 0, CHANGED_ON)
        further = sweep_progress(connection, ORGANISATION, CHANGED_ON, changed_on)

    assert further.unswept == LEDGER_PARTITIONS - 1
    first, *others = further.by_partition
    assert (first.swept_on, first.due, first.subjects) == (CHANGED_ON, 0, None)
    assert further.due == sum(each.due for each in others) < left.due


@pytest.mark.requirement(13)
def test_latency_is_measured_with_the_position_and_held_against_the_objective(
    stack: Stack,
) -> None:
    partition, batch = max(ledger().items(), key=lambda item: len(item[1]))
    first, second = batch[:20], batch[20:50]
    now_s = [first[0].timestamp_ms / 1000 + 0.3]
    with (
        fresh_database(stack.postgres) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        create_control(connection, LEDGER_PARTITIONS)
        store, calendar = Store("organisation_v1"), RuleCalendar(load_rulebook())
        projector = Projector(ORGANISATION, store, calendar, clock=lambda: now_s[0])
        projector.apply(connection, partition, first)
        at_ms = first[-1].timestamp_ms
        met = latency_of(connection, ORGANISATION, 5.0, at_ms, None)
        waiting = latency_of(connection, ORGANISATION, 5.0, at_ms, 5.1)
        now_s[0] = second[0].timestamp_ms / 1000 + 7
        projector.apply(connection, partition, second)
        at_ms = second[-1].timestamp_ms
        late = latency_of(connection, ORGANISATION, 5.0, at_ms, None)
        lenient = latency_of(connection, ORGANISATION, 10.0, at_ms, None)
        long_ago = latency_of(connection, ORGANISATION, 5.0, at_ms + RECENT_MS + 1, None)
        silent = Projector(ORGANISATION, store, calendar)
        silent.apply(connection, partition, batch[50:])
        same = latency_of(connection, ORGANISATION, 5.0, at_ms, None)

    assert (met.events, met.within, met.last_ms, met.missed) == (20, 20, 300, False)
    assert met.sum_ms == 20 * 300
    assert waiting.missed
    assert (late.events, late.within, late.last_ms, late.missed) == (50, 20, 7_000, True)
    assert (lenient.within, lenient.missed) == (50, False)
    assert (long_ago.last_ms, long_ago.missed) == (None, False)
    assert same.counts == late.counts
