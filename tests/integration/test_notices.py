"""Notices on a real database: what is written is read back, sent in order, and taken out once sent."""

from __future__ import annotations

import uuid
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest

from events.envelope import Platform
from events.rule_versions import Level, WarningKind
from projections.database import create_control, create_version, supersede
from projections.notice import Notice, Transition, WarningNotice
from projections.outbox import outbox_rows
from projections.store import Store
from streams import publication
from streams.connections import Connections
from streams.producer import DeliveryError
from streams.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ORGANISATION = Platform.ORGANISATION
PARTITIONS = 3
FEW = 4
"""Notices a send, so that a few make several."""


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

    def send(self, messages: Iterable[Any]) -> int:
        self.sends.append(list(messages))
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
        self.relay = Publication(projector, none, connections, sender)

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
    connections = Connections(database)
    with psycopg.connect(database, autocommit=True) as connection:
        create_control(connection, PARTITIONS)
        yield Telling(connection, connections)
    connections.close()


def numbered(first: int, count: int) -> list[WarningNotice]:
    return [a_warning(number) for number in range(first, first + count)]


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
    assert {p: at.generation for p, at in stands.items()} == {0: 5_000, 1: 75, 2: 80}
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
