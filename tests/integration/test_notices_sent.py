"""What waits to be told goes out in order, once acknowledged is gone, and moves with the read models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest

from projections.notices.notice import WarningNotice
from projections.store.database import create_version
from projections.store.promotion import supersede
from projections.store.publication import PublicationTables
from projections.store.session import end_asleep
from projections.writing.rows import OutboxRow
from streams.publishing.producer import DeliveryError
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S
from tests.support.telling import (
    FEW,
    LONG,
    ORGANISATION,
    Telling,
    a_warning,
    few_at_a_time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def telling(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Telling]:
    with few_at_a_time(database, monkeypatch) as found:
        yield found


def numbered(first: int, count: int) -> list[WarningNotice]:
    return [a_warning(number) for number in range(first, first + count)]


def test_what_waits_is_read_back_as_it_was_put_in_line(telling: Telling) -> None:
    rows = [
        OutboxRow(2**40, 0, "", b"", b"", ""),
        OutboxRow(2**40, 2**31 - 1, LONG, bytes(range(256)) * 9, b"\0" * 5_000, LONG),
    ]
    with telling.connection.cursor() as cursor:
        telling.store.write_outbox(cursor, {2: rows})

    assert telling.waiting() == [(2, *row) for row in rows]


def test_notices_go_out_in_order_by_partition_and_are_taken_out(telling: Telling) -> None:
    later = telling.tell(1, 9, *numbered(0, 3))
    first = telling.tell(0, 7, *numbered(10, 5))
    second = telling.tell(0, 8, *numbered(20, 2))
    other = telling.tell(2, 1, *numbered(30, 2))
    telling.relay.send_notices([0, 1])

    assert telling.broker.values == [*first, *second, *later]
    assert [len(sent) for sent in telling.broker.sends] == [FEW, FEW, 2]
    assert [row[5] for row in telling.waiting()] == other


def test_what_is_sent_is_what_the_outbox_says(telling: Telling) -> None:
    (value,) = telling.tell(0, 1, a_warning(1))
    telling.relay.send_notices([0])
    headers = [
        ("level", b"red"),
        ("domain", b"court"),
        ("kind", b"candidate"),
        ("transition", b"raised"),
        ("recipients", "court-zj,税务".encode()),
    ]

    topic = "credit.organisation.warnings.330200"
    assert telling.broker.sends == [[(topic, b"91330000PDY00001XQ", value, headers)]]


def test_what_is_told_while_others_are_sent_is_sent_next(telling: Telling) -> None:
    """Of the partitions sent, also of one whose last notices were not all read."""
    told = telling.tell(0, 7, *numbered(0, FEW - 1)) + telling.tell(1, 7, *numbered(10, 3))
    come: list[bytes] = []

    def meanwhile() -> None:
        telling.broker.meanwhile = lambda: None
        come.extend(telling.tell(0, 8, *numbered(20, 2)) + telling.tell(1, 8, *numbered(30, 1)))

    telling.broker.meanwhile = meanwhile
    telling.relay.send_notices([0, 1])

    assert telling.broker.values[:FEW] == told[:FEW]
    assert sorted(telling.broker.values) == sorted(told + come)
    assert telling.waiting() == []


def test_what_the_broker_does_not_acknowledge_stays(telling: Telling) -> None:
    told = telling.tell(0, 7, *numbered(0, 3))

    def fail() -> None:
        raise DeliveryError

    telling.broker.meanwhile = fail
    with pytest.raises(DeliveryError):
        telling.relay.send_notices([0])
    assert [row[5] for row in telling.waiting()] == told

    telling.broker.meanwhile = lambda: None
    telling.relay.send_notices([0])
    assert telling.broker.values == told * 2
    assert telling.waiting() == []


def test_what_the_broker_never_takes_is_set_aside_and_goes_out_once_it_does(
    telling: Telling,
) -> None:
    told = telling.tell(0, 7, *numbered(0, 5))
    telling.broker.refused = told[1]
    telling.relay.send_notices([0])
    assert telling.broker.values == [told[0], *told[2:]]
    assert telling.waiting() == []
    tables = PublicationTables(telling.store)
    (aside,) = tables.all_set_aside(telling.connection)
    assert (aside.generation, aside.n, aside.bytes) == (7, 1, len(told[1]))
    assert aside.reason == "too large"

    telling.broker.refused = None
    tables.publish_again(telling.connection, 0, aside.subject_id)
    assert tables.all_set_aside(telling.connection) == []
    telling.relay.send_notices([0])
    assert telling.broker.values[-1] == told[1]
    assert telling.waiting() == []


def test_profiles_that_an_old_version_had_not_published_are_published_by_the_new_one(
    telling: Telling,
) -> None:
    connection = telling.connection
    subjects = {"old": 3, "new": 9}
    for statement in (
        "UPDATE {0}.position SET generation = 9 WHERE partition = 0",
        "UPDATE {0}.publication SET generation = 5 WHERE partition = 0",
    ):
        connection.execute(statement.format("organisation_v1"))  # type: ignore[arg-type]
    with connection.transaction():
        create_version(connection, ORGANISATION, 2)
        for schema in ("organisation_v1", "organisation_v2"):
            for subject, generation in subjects.items():
                connection.execute(
                    f"INSERT INTO {schema}.profile VALUES "  # type: ignore[arg-type]
                    "(0, %s, '', %s, 1, '2026-01-01', NULL, 0, 0, NULL)",
                    (subject, generation if schema == "organisation_v1" else 1),
                )
        supersede(connection, ORGANISATION, "organisation_v1", "organisation_v2", 2)
    telling.store.bind("organisation_v2")
    tables = PublicationTables(telling.store)
    now, published = tables.unpublished(connection, 0)
    missed = range(published + 1, now + 1)
    (changed,) = tables.changed_profiles(connection, 0, missed, 10)
    assert [row[0] for row in changed] == ["new"]
    assert now == published + 1 == 10


@pytest.mark.parametrize("headers_were", ["text", "text[]"])
def test_what_waits_moves_to_a_new_version_which_goes_on_behind_it(
    telling: Telling, headers_were: str
) -> None:
    """The relay takes out by generation: what waits unsent must not lie before what was sent."""
    connection = telling.connection
    told = telling.tell(0, 5_000, *numbered(0, 2))
    before = telling.waiting()
    connection.execute("UPDATE organisation_v1.position SET generation = 70 WHERE partition = 1")
    connection.execute("UPDATE organisation_v1.position SET generation = 80 WHERE partition = 2")
    if headers_were == "text[]":
        as_array_of_postgres(connection)
    with connection.transaction():
        create_version(connection, ORGANISATION, 2)
        connection.execute(
            "UPDATE organisation_v2.position SET generation = 75 WHERE partition > 0"
        )
        supersede(connection, ORGANISATION, "organisation_v1", "organisation_v2", 2)
    telling.store.bind("organisation_v2")

    stands = telling.store.positions(connection.cursor())
    assert {p: at.generation for p, at in stands.items()} == {0: 5_001, 1: 76, 2: 81}
    published = connection.execute(
        "SELECT DISTINCT partition, generation FROM organisation_v2.publication"
    )
    assert sorted(published.fetchall()) == [(0, 5_000), (1, 75), (2, 80)]
    assert telling.waiting() == before
    telling.relay.send_notices([0])
    assert telling.broker.values == told


def as_array_of_postgres(connection: psycopg.Connection[Any]) -> None:
    """Let the headers be what they were in versions made before."""
    (text,) = connection.execute("SELECT headers FROM organisation_v1.outbox LIMIT 1").fetchone()  # type: ignore[misc]
    connection.execute("ALTER TABLE organisation_v1.outbox DROP COLUMN headers")
    connection.execute("ALTER TABLE organisation_v1.outbox ADD COLUMN headers text[]")
    connection.execute(
        "UPDATE organisation_v1.outbox SET headers = %s", (msgspec.json.decode(text),)
    )
    connection.execute("ALTER TABLE organisation_v1.outbox ALTER COLUMN headers SET NOT NULL")


def test_who_sleeps_in_the_midst_of_a_copy_locks_nobody_out(
    telling: Telling, database: str
) -> None:
    store = telling.store
    with (
        psycopg.connect(database) as sleeper,
        psycopg.connect(database, autocommit=True) as successor,
        successor.cursor() as asks,
    ):
        store.lock_position(sleeper.cursor(), 0)
        # As a process leaves it that is stopped while it sends: begun, and no row comes.
        sleeper.pgconn.send_query(b"COPY organisation_v1.parked FROM STDIN")
        wait_for(lambda: _copies(successor) == 1, AMPLE_S, "it waits for rows")
        assert end_asleep(asks, store, 60.0) == 0, "it has just begun"
        successor.execute("SET lock_timeout = '10ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            store.lock_position(asks, 0)
        assert end_asleep(asks, store, 0.0) == 1
        successor.execute("SET lock_timeout = '10s'")
        store.lock_position(asks, 0)
        sleeper.close()


def _copies(connection: psycopg.Connection[Any]) -> int:
    waiting = "SELECT FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'ClientRead'"
    return connection.execute(waiting).rowcount
