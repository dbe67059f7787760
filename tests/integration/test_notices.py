"""Notices on a real database: what is written is read back, sent in order, and taken out once sent."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from itertools import product
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from psycopg.rows import dict_row

from events.envelope import Platform
from events.rules.versions import Level, WarningKind
from projections.day.shapes import ListStatus
from projections.notices.notice import ListNotice, Notice, Transition, WarningNotice
from projections.store.database import create_control, create_version
from projections.store.promotion import supersede
from projections.store.publication import PublicationTables
from projections.store.session import end_asleep
from projections.store.store import Store
from projections.writing.outbox import outbox_rows
from projections.writing.rows import OutboxRow
from streams.connections import Connections, worker_connections
from streams.publishing import publication
from streams.publishing.producer import DeliveryError, RefusedError
from streams.publishing.publication import Publication
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ORGANISATION = Platform.ORGANISATION
PARTITIONS = 3
FEW = 4
"""Notices a send, so that a few make several."""
LONG = "样例" * 400
"""More bytes than have a length at hand."""


def id_of(*said: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, repr(said)))


def a_warning(number: int, **changed: Any) -> WarningNotice:
    told = WarningNotice(
        warning_id=id_of("warning", number),
        episode_id=id_of("episode", number),
        subject_id="91330000PDY00001XQ",
        rule="warning.judgment_defaulter",
        rule_from=date(2020, 1, 1),
        transition=Transition.RAISED,
        level=Level.RED,
        previous_level=None,
        region="330200",
        domain="court",
        evidence=(id_of("evidence", number),),
        on=date(2025, 1, 10),
        offset=number,
        kind=WarningKind.CANDIDATE,
        recipients=("court-zj", "税务"),
    )
    return msgspec.structs.replace(told, **changed)


class Broker:
    """What was sent, and what happens meanwhile."""

    def __init__(self) -> None:
        self.sends: list[list[tuple[str, bytes | None, bytes, list[tuple[str, bytes]] | None]]] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.refused: bytes | None = None

    def send(self, messages: Iterable[Any]) -> int:
        said = list(messages)
        if any(value == self.refused for _, _, value, _ in said):
            raise RefusedError("too large")
        self.sends.append(said)
        self.meanwhile()
        return len(self.sends[-1])

    @property
    def values(self) -> list[bytes]:
        return [message[2] for sent in self.sends for message in sent]


class Telling:
    """A store whose outbox is written as a projector would, and a relay on it."""

    def __init__(self, connection: psycopg.Connection[Any], connections: Connections) -> None:
        self.connection = connection
        self.store = Store("organisation_v1")
        self.broker = Broker()
        projector: Any = SimpleNamespace(platform=ORGANISATION, store=self.store)
        none: Any = None
        sender: Any = self.broker
        self.relay = Publication(projector, none, connections, sender, none)

    def tell(self, partition: int, generation: int, *notices: Notice) -> list[bytes]:
        """Put notices in line; give their messages."""
        rows = outbox_rows(ORGANISATION, partition, generation, notices)
        with self.connection.transaction(), self.connection.cursor() as cursor:
            self.store.write_outbox(cursor, partition, rows)
        return [row.value for row in rows]

    def waiting(self) -> list[tuple[Any, ...]]:
        return self.connection.execute(
            self.store.statement(
                "SELECT partition, generation, n, topic, key, value, headers FROM {outbox} "
                "ORDER BY partition, generation, n"
            )
        ).fetchall()


@pytest.fixture
def telling(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Telling]:
    """Hand out empty read models, with a relay that sends a few at a time."""
    monkeypatch.setattr(publication, "_NOTICES_PER_SEND", FEW)
    connections = worker_connections(database)
    with psycopg.connect(database, autocommit=True) as connection:
        create_control(connection, PARTITIONS)
        yield Telling(connection, connections)
    connections.close()


def a_change(entry: str, number: int, **changed: Any) -> ListNotice:
    told = ListNotice(
        change_id=id_of("change", number),
        entry_id=id_of("entry", entry),
        subject_id="91330000PDY00001XQ",
        list="judgment_defaulter",
        status=ListStatus.IN_EFFECT,
        previous_status=None,
        since=date(2025, 1, 10),
        until=None,
        ground="evades",
        region="330100",
        rule="list.judgment_defaulter@2020-01-01",
        on=date(2025, 1, 10),
        offset=number,
    )
    return msgspec.structs.replace(told, **changed)


def numbered(first: int, count: int) -> list[WarningNotice]:
    return [a_warning(number) for number in range(first, first + count)]


COMBINATIONS = [
    dict(zip(names, values, strict=True))
    for names, choices in [
        (
            ("level", "previous_level", "since", "expires_on", "window_months", "list"),
            (
                (None, Level.BLUE),
                (None, Level.ORANGE),
                (None, date(1999, 12, 31)),
                (None, date.max),
                (None, 0, -7, 2**31 - 1),
                (None, "", "judgment_defaulter", LONG),
            ),
        ),
        (
            ("evidence", "recipients", "acknowledged_by", "by_time"),
            (
                ((), (id_of(1),), (id_of(1), id_of(2), id_of(3)), tuple(map(id_of, range(70)))),
                ((), ("",), ("税务", "court-zj", "NULL", "a,{b}")),
                ((), ("",), (LONG, "tax-zj")),
                (False, True),
            ),
        ),
    ]
    for values in product(*choices)
]
"""What may be missing, empty, one or several, each with each other of its kind."""


def test_every_warning_is_read_back_as_it_was_told(telling: Telling) -> None:
    notices = [
        a_warning(number, **changed, offset=2**62 + number, on=date.min)
        for number, changed in enumerate(COMBINATIONS)
    ]
    recorded = {notice.offset: 2**61 + n for n, notice in enumerate(notices)}
    connection = telling.connection
    with connection.transaction(), connection.cursor() as cursor:
        telling.store.write_notices(cursor, 2, 2**40, notices, recorded)
    cursor = connection.cursor(row_factory=dict_row)
    found = cursor.execute("SELECT * FROM organisation_v1.warning ORDER BY n").fetchall()

    midnight = int(datetime(1, 1, 1, tzinfo=UTC).timestamp() * 1000) - 8 * 3_600_000
    assert len(found) == len(COMBINATIONS) == 2 * 2 * 2 * 2 * 4 * 4 + 4 * 3 * 3 * 2
    # Arrays that begin elsewhere read the same, and are not equal.
    begins = "SELECT DISTINCT array_lower({}, 1) FROM organisation_v1.warning ORDER BY 1"
    for name in ("evidence", "recipients", "acknowledged_by"):
        assert connection.execute(begins.format(name)).fetchall() == [(1,), (None,)]
    for number, (row, notice) in enumerate(zip(found, notices, strict=True)):
        told = msgspec.structs.asdict(notice)
        told["on_day"] = told.pop("on")
        # What time alone brought about came as its day began in China.
        told["recorded_ms"] = midnight if notice.by_time else recorded[notice.offset]
        del told["subject_name"]
        for name in ("warning_id", "episode_id"):
            told[name] = uuid.UUID(told[name])
        told["evidence"] = [uuid.UUID(each) for each in notice.evidence]
        told |= {name: list(told[name]) for name in ("recipients", "acknowledged_by")}
        assert row == told | {"partition": 2, "generation": 2**40, "n": number}


def test_only_warnings_stand_in_the_journal_of_warnings_at_their_place(telling: Telling) -> None:
    connection = telling.connection
    told = [a_change("a", 0), a_warning(1), a_warning(2)]
    with connection.cursor() as cursor:
        telling.store.write_notices(cursor, 0, 1, told, {1: 1, 2: 2})
        telling.store.write_notices(cursor, 0, 2, [a_change("b", 3)], {})
    found = connection.execute("SELECT generation, n FROM organisation_v1.warning ORDER BY n")

    assert found.fetchall() == [(1, 1), (1, 2)]


def listed(connection: psycopg.Connection[Any], partition: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT entry_id::text, subject_id, list, status, since, until, ground, region, rule, "
        'changed_on, "offset" FROM organisation_v1.list_entry WHERE partition = %s '
        "ORDER BY subject_id, entry_id",
        (partition,),
    ).fetchall()


def test_a_list_entry_is_read_back_as_it_was_told(telling: Telling) -> None:
    changes = [
        a_change("a", 2**62),
        a_change("b", 1, status="void", list="", since=None, ground="", region="", rule=""),
        a_change("c", 2, status=ListStatus.ENDED, until=date.max, list=LONG, ground='税务 "x" {y}'),
    ]
    with telling.connection.cursor() as cursor:
        telling.store.write_notices(cursor, 1, 1, changes, {})

    assert listed(telling.connection, 1) == sorted(
        (
            *(each.entry_id, each.subject_id, each.list, str(each.status), each.since),
            *(each.until, each.ground, each.region, each.rule, each.on, each.offset),
        )
        for each in changes
    )


def test_many_changes_of_an_entry_at_once_leave_what_they_leave_one_by_one(
    telling: Telling,
) -> None:
    """The last wins; what is void does not say of which list it was, and keeps it."""
    chance = Random(7)
    changes = [
        a_change(
            chance.choice("abcdefgh"),
            number,
            subject_id=chance.choice(["91330000PDY00001XQ", "91330000PDY00002XN"]),
            list=chance.choice(["", "", "judgment_defaulter", "market_serious"]),
            status=chance.choice(["void", *ListStatus]),
            until=chance.choice([None, date(2027, 1, 10)]),
        )
        for number in range(120)
    ]
    with telling.connection.cursor() as cursor:
        for generation, change in enumerate(changes):
            telling.store.write_notices(cursor, 0, generation, [change], {})
        for generation in range(3):
            own = changes[generation * 40 :][:40]
            telling.store.write_notices(cursor, 1, generation, own, {})

    assert listed(telling.connection, 1) == listed(telling.connection, 0) != []


def test_what_waits_is_read_back_as_it_was_put_in_line(telling: Telling) -> None:
    rows = [
        OutboxRow(2**40, 0, "", b"", b"", ""),
        OutboxRow(2**40, 2**31 - 1, LONG, bytes(range(256)) * 9, b"\0" * 5_000, LONG),
    ]
    with telling.connection.cursor() as cursor:
        telling.store.write_outbox(cursor, 2, rows)

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
