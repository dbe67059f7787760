"""Who shares a transaction changes nothing of what is written, on a real database."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from ops.generator import GeneratorPlan, generate_encoded
from projections.calendar.rules import RuleCalendar
from projections.ledger.message import Raw, Unread
from projections.projector import Applied, Projector
from projections.store.database import create_control, create_version
from projections.store.store import Store
from projections.store.tables.positions import PositionConflictError
from tests.support import builders as a
from tests.support.erasing import one_of_each_erasure
from tests.support.given import recorded_ms, value_of
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

pytestmark = pytest.mark.stack

PLAN = GeneratorPlan(
    events=700, subjects=90, seed=5, first_day=date(2024, 1, 1), last_day=date(2025, 5, 31)
)
LATE = recorded_ms(date(2025, 6, 2))
AT_ONCE_MAX = 9
CLOCK_NOT = ("since",)
"""Columns that the clock of the database writes."""

Ledger = dict[int, list[Raw]]


def ledger(platform: Platform) -> Ledger:
    """Give what makes rows in every table: made-up events, one of each type, and odd messages."""
    found: Ledger = defaultdict(list)

    def say(partition: int, key: bytes | None, value: bytes | None, at: int, **how: Any) -> None:
        found[partition].append(Raw(len(found[partition]), at, key, value, **how))

    days = (PLAN.last_day - PLAN.first_day).days
    for number, (key, value, _) in enumerate(generate_encoded(PLAN)):
        on = date.fromordinal(PLAN.first_day.toordinal() + number * days // PLAN.events)
        say(partition_of(key.decode()), key, value, recorded_ms(on))
    own = a.one_of_each() if platform is Platform.ORGANISATION else one_of_each_erasure()
    for event in own:
        subject = event.envelope.subject_id
        say(partition_of(subject), subject.encode(), value_of(event), LATE)
    for partition in range(LEDGER_PARTITIONS):
        # Of nobody, and so of the same subject in every partition.
        say(partition, None, b"no event", LATE)
        say(partition, b"broken", None, LATE, unread=Unread.DAMAGED)
        say(partition, None, None, LATE, unread=Unread.NO_RECORD)
    # What is parked is released by its dismissal, and what waited behind it is applied.
    parked = a.a_penalty("parked").envelope.subject_id
    place = partition_of(parked)
    offset = len(found[place])
    say(place, parked.encode(), b"broken", LATE)
    for event in (a.a_penalty("behind"), a.a_dismissal(offset)):
        say(place, parked.encode(), value_of(event), LATE)
    return found


def rounds_of(said: Ledger, seed: int) -> Iterator[dict[int, list[Raw]]]:
    """Divide a ledger into rounds of few or many partitions, with a few or no messages each."""
    chance = Random(seed)
    left = {partition: list(own) for partition, own in said.items()}
    while left:
        chosen = chance.sample(sorted(left), chance.randint(1, len(left)))
        batches: dict[int, list[Raw]] = {}
        for partition in chosen:
            size = chance.randint(1, AT_ONCE_MAX)
            batches[partition], rest = left[partition][:size], left[partition][size:]
            if rest:
                left[partition] = rest
            else:
                del left[partition]
        yield batches


@pytest.fixture(scope="module")
def connection(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    with (
        fresh_database(stack.postgres) as url,
        psycopg.connect(url, autocommit=True) as opened,
    ):
        create_control(opened, LEDGER_PARTITIONS)
        with opened.transaction():
            for platform in Platform:
                create_version(opened, platform, 2)
        yield opened


def rows(connection: psycopg.Connection[Any], schema: str) -> dict[str, list[str]]:
    """Give every row of a version's tables, as the database writes it, without the clock's part."""
    columns: dict[str, list[str]] = defaultdict(list)
    for table, column in connection.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c"
        " JOIN pg_class t ON t.relname = c.table_name AND NOT t.relispartition"
        " AND t.relnamespace = c.table_schema::regnamespace WHERE c.table_schema = %s",
        (schema,),
    ):
        if not (table in ("parked", "set_aside") and column in CLOCK_NOT):
            columns[table].append(column)
    found: dict[str, list[str]] = {}
    for table, names in columns.items():
        query = sql.SQL("SELECT ({})::text FROM {} ORDER BY 1").format(
            sql.SQL("ROW({})").format(sql.SQL(", ").join(map(sql.Identifier, names))),
            sql.Identifier(schema, table),
        )
        found[table] = [row[0] for row in connection.execute(query)]
    return found


def projectors(platform: Platform) -> tuple[Projector, Projector]:
    def on(version: int) -> Projector:
        store = Store(f"{platform}_v{version}")
        return Projector(platform, store, RuleCalendar(load_rulebook()), clock=lambda: LATE / 1000)

    return on(1), on(2)


@pytest.mark.parametrize("platform", Platform)
def test_rounds_leave_the_rows_that_transactions_of_single_partitions_leave(
    connection: psycopg.Connection[Any], platform: Platform
) -> None:
    singly, together = projectors(platform)
    for number, batches in enumerate(rounds_of(ledger(platform), seed=3)):
        expected = {p: singly.apply(connection, p, batch) for p, batch in batches.items()}
        found = together.apply_round(connection, batches)
        assert found == expected, f"round {number}"
    expected_rows = rows(connection, f"{platform}_v1")
    # Nothing is contagious, published or set aside here.
    empty = {table for table, own in expected_rows.items() if not own}
    assert empty <= {"related_told", "set_aside", "erasure", "list_entry", "tie", "duty"}
    assert rows(connection, f"{platform}_v2") == expected_rows


def test_a_conflict_and_a_lock_are_of_their_partition_alone(stack: Stack) -> None:
    with (
        fresh_database(stack.postgres) as url,
        psycopg.connect(url, autocommit=True) as connection,
        psycopg.connect(url) as other,
    ):
        create_control(connection, LEDGER_PARTITIONS)
        projector, _ = projectors(Platform.ORGANISATION)
        batches = {partition: [Raw(0, LATE, b"key", b"value")] for partition in range(3)}
        batches[1] = [Raw(7, LATE, b"key", b"value")]
        projector.store.lock_position(other.cursor(), 2)
        found = projector.apply_round(connection, batches)
        assert found.keys() == {0, 1}
        assert isinstance(found[0], Applied)
        assert isinstance(found[1], PositionConflictError)
        other.rollback()
        with connection.cursor() as cursor:
            stands = projector.store.positions(cursor)
        assert {p: stands[p].next_offset for p in range(3)} == {0: 1, 1: 0, 2: 0}


def test_what_fails_in_the_midst_leaves_nothing_of_any_partition(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        fresh_database(stack.postgres) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        create_control(connection, LEDGER_PARTITIONS)
        projector, _ = projectors(Platform.ORGANISATION)
        before = rows(connection, "organisation_v1")

        def fail(*_: object) -> None:
            raise OSError("the disk is full")

        monkeypatch.setattr(Store, "move_positions", fail)
        batches = {p: own[:5] for p, own in ledger(Platform.ORGANISATION).items()}
        with pytest.raises(OSError, match="disk is full"):
            projector.apply_round(connection, batches)
        assert rows(connection, "organisation_v1") == before
        monkeypatch.undo()
        assert len(projector.apply_round(connection, batches)) == len(batches)
