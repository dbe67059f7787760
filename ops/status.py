"""How things stand: broker, database, lag of every partition, latency, sweep, parked, outbox."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic
from projections.calendar.rules import RuleCalendar
from projections.calendar.sweep_day import sweep_day
from projections.store.admission import AdmissionNow, admission_of, is_submissions
from projections.store.control.audits import Audit, last_audits
from projections.store.control.breach import Breach, noted_breaches
from projections.store.control.submissions import all_submission_positions, ledger_standings
from projections.store.database import live_schema
from projections.store.progress import Latency, SweepProgress, latency_of, sweep_progress
from projections.store.store import Store
from streams.broker import librdkafka, servers
from streams.publishing.producer import Quiet
from streams.reading.log import Partition
from streams.room import Disk, disk_of
from streams.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ops.local.stack import Stack
    from projections.ledger.witness import ReaderStanding
    from streams.settings import Settings

    Place = tuple[str, int]

BEHIND_S_MAX: Final = 60.0
_ANSWER_WITHIN_S: Final = 10.0


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
    lost: list[str]
    disks: list[Disk]
    healthy: bool
    admission: AdmissionNow | None = None
    audits: Sequence[Audit] = ()


def read_status(stack: Stack, settings: Settings) -> Status:
    """Ask broker and database; what does not answer is said in its place.

    The disks of `settings.data_folders` are looked at, too.
    """
    disks = [disk_of(folder) for folder in settings.data_folders]
    has_room = all(disk.free_mb >= settings.disk_floor_mb for disk in disks)
    try:
        with psycopg.connect(stack.postgres, autocommit=True, connect_timeout=5) as connection:
            found = _status(stack, connection, settings.latency_objective_s)
    except psycopg.OperationalError as error:
        text = str(error).strip().splitlines()[0]
        found = _away(servers(stack.kafka), f"away: {text}")
    except (KafkaException, TimeoutError) as error:
        found = _away(f"away: {error.args[0] if error.args else 'it does not answer'}", "up")
    return msgspec.structs.replace(found, disks=disks, healthy=found.healthy and has_room)


def _away(kafka: str, postgres: str) -> Status:
    return Status(kafka, postgres, [], [], [], 0, 0, 0, [], [], healthy=False)


def _status(stack: Stack, connection: psycopg.Connection[Any], objective_s: float) -> Status:
    with ThreadPoolExecutor(1) as beside:
        # The broker takes its time to let us in; meanwhile the rules are read.
        asked = beside.submit(end_offsets, stack.kafka)
        calendar = RuleCalendar(load_rulebook())
        standings = _standings(connection)
        ends = asked.result()
    stands = {place: standing.next_offset for place, standing in standings.items()}
    at = {place: stands.get(place, 0) for place in sorted(ends.keys() | stands.keys())}
    behind = {place: offset for place, offset in at.items() if offset < ends.get(place, 0)}
    ages_s = waiting_s(stack.kafka, behind)
    lags = [
        Lag(*place, offset, ends.get(place, 0), 0, 0.0)
        if place not in behind
        else Lag(*place, offset, ends[place], ends[place] - offset, ages_s.get(place))
        for place, offset in at.items()
    ]
    admission = admission_of(connection, objective_s, ends, ages_s)
    lost = _lost(stack.kafka, standings, noted_breaches(connection))
    parked, set_aside = _count(connection, "parked"), _count(connection, "set_aside")
    late = any((lag.behind_s or 0) > BEHIND_S_MAX for lag in lags)
    now = datetime.now(UTC)
    to = sweep_day(now)
    latency = [
        latency_of(
            connection, platform, objective_s, now.timestamp() * 1000, _waiting(lags, platform)
        )
        for platform in Platform
    ]
    missed = admission.missed or any(each.missed for each in latency)
    return Status(
        f"up at {servers(stack.kafka)}",
        "up",
        lags,
        latency,
        [sweep_progress(connection, p, to, calendar.changed_on(to)) for p in Platform],
        parked,
        _count(connection, "outbox"),
        set_aside,
        lost,
        [],
        healthy=not (late or parked or set_aside or lost or missed),
        admission=admission,
        audits=last_audits(connection),
    )


def _waiting(lags: Iterable[Lag], platform: Platform) -> float | None:
    """Give the age of the oldest event of a platform's ledger that waits; None where none does."""
    topic = ledger_topic(platform)
    ages = [lag.behind_s for lag in lags if lag.topic == topic and lag.behind]
    return max((age for age in ages if age is not None), default=None)


def _standings(connection: psycopg.Connection[Any]) -> Mapping[tuple[str, int], ReaderStanding]:
    found = all_submission_positions(connection)
    for platform in Platform:
        for partition, standing in ledger_standings(connection, platform).items():
            found[ledger_topic(platform), partition] = standing
    return found


def _lost(
    kafka: str, standings: Mapping[tuple[str, int], ReaderStanding], noted: Iterable[Breach]
) -> list[str]:
    """Name every place at which a log does not hold what was read of it, by a look and as noted."""
    found = {(b.topic, b.partition): b.detail for b in noted}
    with Witness(kafka) as witness:
        for (topic, partition), standing in standings.items():
            detail = witness.what_changed(topic, partition, standing)
            if detail is not None:
                found[topic, partition] = detail
    return [f"{topic}, partition {p}: {detail}" for (topic, p), detail in sorted(found.items())]


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    total = 0
    for platform in Platform:
        total += Store(live_schema(connection, platform)).count_rows(connection, table)
    return total


def waiting_s(kafka: str, behind: Mapping[Place, int]) -> Mapping[Place, float]:
    """Give the age of the first message that waits, by topic and partition that is behind."""
    if not behind:
        return {}
    from streams.reading.reader import LogReader  # noqa: PLC0415 - where nothing waits, none reads

    with LogReader(kafka) as reader:
        found = reader.first_ms({Partition(*place): offset for place, offset in behind.items()})
    now = time.time()
    return {(at.topic, at.partition): max(0.0, now - ms / 1000) for at, ms in found.items()}


def end_offsets(kafka: str) -> Mapping[Place, int]:
    """Give the end of every partition that we read, of ledgers and submissions.

    Raises `KafkaException` where the broker does not answer.
    """
    return _ends_told(_admin(kafka))


class KeptEnds:
    """Asks for these ends by one client that is kept: opening one costs more than many askings."""

    def __init__(self, kafka: str) -> None:
        """Keep where the broker is; nothing is opened before it is asked."""
        self._kafka = kafka
        self._client: AdminClient | None = None

    def __call__(self) -> Mapping[Place, int]:
        """Give the ends as they are now; after an error the next asks by a new client.

        Raises `KafkaException` where the broker does not answer.
        """
        client = self._client
        if client is None:
            client = self._client = _admin(self._kafka)
        try:
            return _ends_told(client)
        except BaseException:
            self._client = None
            raise


def _admin(kafka: str) -> AdminClient:
    return AdminClient(librdkafka(kafka, {"logger": Quiet()}))


def _ends_told(asked: AdminClient) -> Mapping[Place, int]:
    ledgers = set(map(ledger_topic, Platform))
    places = {
        TopicPartition(name, partition): OffsetSpec.latest()
        for name, topic in asked.list_topics(timeout=_ANSWER_WITHIN_S).topics.items()
        if name in ledgers or is_submissions(name)
        for partition in topic.partitions
    }
    if not places:
        return {}
    found = asked.list_offsets(
        places,
        isolation_level=IsolationLevel.READ_COMMITTED,
        request_timeout=_ANSWER_WITHIN_S,
    )
    return {(at.topic, at.partition): end.result().offset for at, end in found.items()}
