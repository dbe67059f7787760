"""Notices that wait to be told, and a broker that takes them or does not."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg

from events.envelope import Platform
from events.rules.versions import Level, WarningKind
from projections.notices.notice import Notice, Transition, WarningNotice
from projections.store.database import create_control
from projections.store.store import Store
from projections.writing.outbox import outbox_rows
from streams.connections import Connections, worker_connections
from streams.publishing import publication
from streams.publishing.producer import RefusedError
from streams.publishing.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pytest

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
            self.store.write_outbox(cursor, {partition: rows})
        return [row.value for row in rows]

    def waiting(self) -> list[tuple[Any, ...]]:
        return self.connection.execute(
            self.store.statement(
                "SELECT partition, generation, n, topic, key, value, headers FROM {outbox} "
                "ORDER BY partition, generation, n"
            )
        ).fetchall()


@contextmanager
def few_at_a_time(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Telling]:
    """Hand out empty read models, with a relay that sends a few at a time."""
    monkeypatch.setattr(publication, "_NOTICES_PER_SEND", FEW)
    connections = worker_connections(database, "admission")
    with psycopg.connect(database, autocommit=True) as connection:
        create_control(connection, PARTITIONS)
        yield Telling(connection, connections)
    connections.close()
