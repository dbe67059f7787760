"""What is published follows the read models: as a worker's role, killed, and from scratch."""

from __future__ import annotations

import os
import threading
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import psycopg
import pytest

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from ops.clock import today
from ops.demo.scenes import lives
from ops.generator import GeneratorPlan
from projections.calendar.rules import RuleCalendar
from projections.store.bulletin import following
from projections.store.bulletin.following import SUBJECTS_AT_ONCE, follow
from projections.store.live import live
from streams.following import NEAR, REST_S, follow_forever
from tests.support.asking import filled
from tests.support.chaos import Worker, wait_for
from tests.support.patience import AMPLE_S
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.local.stack import Stack

CALENDAR = RuleCalendar(load_rulebook())
TODAY = date(2026, 6, 15)
PLAN = GeneratorPlan(
    events=1_500, subjects=200, seed=7, first_day=date(2024, 1, 1), last_day=date(2026, 5, 31)
)


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    with fresh_database(stack.postgres) as url:
        filled(url, PLAN, lives()[0])
        yield url


def entries(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT * FROM bulletin.entry ORDER BY event_id").fetchall()
    assert len({row[2] for row in rows}) == len(rows)
    return rows


def from_scratch(url: str, on: date = TODAY) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE bulletin.entry, bulletin.followed")
        while follow(connection, CALENDAR, on):
            pass
    return entries(url)


def is_level(url: str) -> bool:
    """Say whether every partition is followed to its end."""
    with psycopg.connect(url) as connection:
        ((behind,),) = connection.execute(
            "SELECT count(*) FROM organisation_v1.position p"
            " LEFT JOIN bulletin.followed f USING (partition)"
            " WHERE p.generation > coalesce(f.generation, 0)"
        ).fetchall()
    return int(behind) == 0


def test_small_steps_come_to_the_same_as_large_ones(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = from_scratch(database)
    assert len(whole) > 100
    monkeypatch.setattr(following, "SUBJECTS_AT_ONCE", 7)
    assert from_scratch(database) == whole


def test_an_index_leads_to_what_changed(database: str) -> None:
    """Who asks once a second must not look through all subjects, of which there may be millions."""
    with psycopg.connect(database) as connection:
        asked = live(connection, Platform.ORGANISATION).statement(following._SQL["changed"], 3)
        connection.execute("SET enable_seqscan = off")  # So few rows are read faster as they stand.
        values = {"after": 3, "to": 4, "limit": 5}
        plan = connection.execute(b"EXPLAIN " + asked, values).fetchall()
    assert any("Bitmap Index Scan on profile_3_generation" in line for (line,) in plan), plan


def places(url: str) -> dict[str, tuple[Any, ...]]:
    """Give where each row stands in the table: one that is written again stands elsewhere."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT event_id::text, ctid, xmin FROM bulletin.entry"
        ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_what_stands_as_it_is_is_not_written_again(database: str) -> None:
    whole = from_scratch(database)
    stood = places(database)
    changed, gone, *_ = stood
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE bulletin.followed SET generation = 0")
        connection.execute("DELETE FROM bulletin.entry WHERE event_id = %s::uuid", (gone,))
        connection.execute(
            "UPDATE bulletin.entry SET name = '', digest = NULL WHERE event_id = %s::uuid",
            (changed,),
        )
        while follow(connection, CALENDAR, TODAY):
            pass
    assert entries(database) == whole
    stands = places(database)
    assert {each for each in stood if stands[each] != stood[each]} == {changed, gone}


def test_another_version_of_the_read_models_leaves_nothing_of_the_one_before(database: str) -> None:
    whole = from_scratch(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE bulletin.entry SET version = 99, event_id = gen_random_uuid()")
        connection.execute("UPDATE bulletin.followed SET version = 99")
        while follow(connection, CALENDAR, TODAY):
            pass
    assert entries(database) == whole


def test_partitions_that_changed_are_followed_in_one_transaction(database: str) -> None:
    from_scratch(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE bulletin.followed SET generation = 0 WHERE partition < 6")
        assert follow(connection, CALENDAR, TODAY) > 1
        rows = connection.execute(
            "SELECT DISTINCT xmin FROM bulletin.followed WHERE partition < 6"
        ).fetchall()
    assert len(rows) == 1
    assert is_level(database)


def test_the_partition_that_is_furthest_behind_is_followed_first(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_scratch(database)
    monkeypatch.setattr(following, "SUBJECTS_AT_ONCE", 1)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE organisation_v1.position SET generation = generation + 1")
        connection.execute(
            "UPDATE organisation_v1.position SET generation = generation + 7 WHERE partition = 5"
        )
        connection.execute(
            "UPDATE organisation_v1.profile SET generation = p.generation"
            " FROM organisation_v1.position p WHERE p.partition = profile.partition"
            " AND subject_id IN (SELECT min(subject_id) FROM organisation_v1.profile GROUP BY partition)"
        )
        follow(connection, CALENDAR, TODAY)
        rows = connection.execute(
            "SELECT partition FROM organisation_v1.position p JOIN bulletin.followed f"
            " USING (partition) WHERE f.generation = p.generation"
        ).fetchall()
    assert rows == [(5,)]


def test_a_follower_that_is_killed_is_gone_on_from(
    stack: Stack, database: str, tmp_path: Path
) -> None:
    begun = today()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("TRUNCATE bulletin.entry, bulletin.followed")
    worker = Worker(stack, "follower", tmp_path / "follower.log", CREDIT_LEDGER_POSTGRES=database)
    try:
        wait_for(lambda: bool(entries(database)), AMPLE_S, "the first entries")
        worker.kill()
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE bulletin.followed SET generation = 0 WHERE partition < 6")
        worker.start()
        wait_for(lambda: is_level(database), AMPLE_S, "every partition is followed")
        found = entries(database)
        assert worker.stop() == 0
    finally:
        if worker.is_alive:
            worker.kill()
    # Where midnight came meanwhile, the worker may have seen either day of China.
    assert found in (from_scratch(database, begun), from_scratch(database, today()))


def test_where_the_database_is_away_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, asked = threading.Event(), []

    def away(*_: Any) -> int:
        asked.append(1)
        stop.set()
        raise psycopg.OperationalError

    monkeypatch.setattr("streams.following.follow", away)
    monkeypatch.setattr("streams.following.worker_connections", _NoConnections)
    follow_forever("", CALENDAR, lambda: TODAY, stop)
    assert asked == [1]


def test_it_goes_on_at_once_only_behind_a_full_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps, rests = iter([SUBJECTS_AT_ONCE, 3]), []

    class Stop:
        def is_set(self) -> bool:
            return len(rests) == 2

        def wait(self, rest_s: float) -> None:
            rests.append(rest_s)

    monkeypatch.setattr("streams.following.follow", lambda *_: next(steps))
    monkeypatch.setattr("streams.following.worker_connections", _NoConnections)
    follow_forever("", CALENDAR, lambda: TODAY, cast("Any", Stop()))
    assert rests == [0.0, REST_S]


def test_far_behind_it_lets_others_go_first_and_near_the_end_it_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps, priorities, stop = iter([NEAR, NEAR + 1, NEAR, 1]), [], threading.Event()

    def step(*_: Any) -> int:
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        found = next(steps)
        if found == 1:
            stop.set()
        return found

    monkeypatch.setattr("streams.following.follow", step)
    monkeypatch.setattr("streams.following.worker_connections", _NoConnections)
    monkeypatch.setattr("streams.following.REST_S", 0.0)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    follow_forever("", CALENDAR, lambda: TODAY, stop)
    assert priorities == [own, own, 19, own]


class _NoConnections:
    def __init__(self, *_: str) -> None: ...

    def one(self) -> _NoConnections:
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None: ...
