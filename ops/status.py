"""How things stand: broker, database, lag of every partition, latency, sweep, parked, outbox."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
from confluent_kafka import Consumer, KafkaException, TopicPartition
from psycopg import sql

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic
from projections.calendar.rules import RuleCalendar
from projections.calendar.sweep_day import sweep_day
from projections.store.database import live_schema
from projections.store.progress import Latency, SweepProgress, latency_of, sweep_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ops.local.stack import Stack

BEHIND_S_MAX: Final = 60.0
_TIMEOUT_S: Final = 10.0


class Lag(msgspec.Struct, frozen=True):
    """How far a reader is behind one partition: in events, and the age of the oldest in seconds."""

    topic: str
    partition: int
    position: int
    end: int
    behind: int
    behind_s: float | None


class Status(msgspec.Struct, frozen=True):
    """How the ledger stands."""

    kafka: str
    postgres: str
    lags: list[Lag]
    latency: list[Latency]
    sweep: list[SweepProgress]
    parked: int
    outbox: int
    set_aside: int
    healthy: bool


def read_status(stack: Stack, latency_objective_s: float) -> Status:
    """Ask broker and database; what does not answer is said in its place."""
    try:
        with psycopg.connect(stack.postgres, autocommit=True, connect_timeout=5) as connection:
            return _status(stack, connection, latency_objective_s)
    except psycopg.OperationalError as error:
        text = str(error).strip().splitlines()[0]
        return Status(stack.kafka, f"away: {text}", [], [], [], 0, 0, 0, healthy=False)
    except KafkaException as error:
        return Status(f"away: {error.args[0]}", "up", [], [], [], 0, 0, 0, healthy=False)


def _status(stack: Stack, connection: psycopg.Connection[Any], objective_s: float) -> Status:
    positions = _positions(connection)
    reader = _reader(stack.kafka)
    try:
        lags = [_lag(reader, topic, p, at) for (topic, p), at in sorted(positions.items())]
    finally:
        reader.close()
    parked, set_aside = _count(connection, "parked"), _count(connection, "set_aside")
    late = any((lag.behind_s or 0) > BEHIND_S_MAX for lag in lags)
    now, calendar = datetime.now(UTC), RuleCalendar(load_rulebook())
    to = sweep_day(now)
    latency = [
        latency_of(
            connection, platform, objective_s, now.timestamp() * 1000, _waiting(lags, platform)
        )
        for platform in Platform
    ]
    return Status(
        f"up at {stack.kafka}",
        "up",
        lags,
        latency,
        [sweep_progress(connection, p, to, calendar.changed_on(to)) for p in Platform],
        parked,
        _count(connection, "outbox"),
        set_aside,
        healthy=not (late or parked or set_aside or any(each.missed for each in latency)),
    )


def _waiting(lags: Iterable[Lag], platform: Platform) -> float | None:
    """Give the age of the oldest event of a platform's ledger that waits; None where none does."""
    topic = ledger_topic(platform)
    ages = [lag.behind_s for lag in lags if lag.topic == topic and lag.behind]
    return max((age for age in ages if age is not None), default=None)


def _positions(connection: psycopg.Connection[Any]) -> Mapping[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for topic, partition, offset in connection.execute("SELECT * FROM control.submission_position"):
        found[topic, partition] = offset
    for platform in Platform:
        table = sql.Identifier(live_schema(connection, platform), "position")
        rows = connection.execute(sql.SQL("SELECT partition, next_offset FROM {}").format(table))
        for partition, offset in rows:
            found[ledger_topic(platform), partition] = offset
    return found


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    total = 0
    for platform in Platform:
        name = sql.Identifier(live_schema(connection, platform), table)
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone()
        total += row[0] if row else 0
    return total


def _reader(kafka: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "credit-ledger.status",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )


def _lag(reader: Consumer, topic: str, partition: int, position: int) -> Lag:
    place = TopicPartition(topic, partition, position)
    _, end = reader.get_watermark_offsets(place, timeout=_TIMEOUT_S)
    behind = max(0, end - position)
    behind_s = 0.0 if behind == 0 else _age_s(reader, place)
    return Lag(topic, partition, position, end, behind, behind_s)


def _age_s(reader: Consumer, place: TopicPartition) -> float | None:
    """Give how long ago the first message that waits was recorded."""
    reader.assign([place])
    message = reader.poll(_TIMEOUT_S)
    reader.unassign()
    if message is None or message.error():
        return None
    recorded_ms: int = message.timestamp()[1]
    return max(0.0, time.time() - recorded_ms / 1000)


def waiting_s(kafka: str, behind: Mapping[tuple[str, int], int]) -> Mapping[tuple[str, int], float]:
    """Give the age of the first message that waits, by topic and partition that is behind."""
    if not behind:
        return {}
    reader = _reader(kafka)
    try:
        found = {place: _age_s(reader, TopicPartition(*place, at)) for place, at in behind.items()}
        return {place: age for place, age in found.items() if age is not None}
    finally:
        reader.close()


def end_offsets(kafka: str) -> Mapping[tuple[str, int], int]:
    """Give the end of every ledger partition, by topic and partition."""
    reader = _reader(kafka)
    try:
        topics = reader.list_topics(timeout=_TIMEOUT_S).topics
        return {
            (topic, partition): reader.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=_TIMEOUT_S
            )[1]
            for topic in map(ledger_topic, Platform)
            if topic in topics
            for partition in topics[topic].partitions
        }
    finally:
        reader.close()
