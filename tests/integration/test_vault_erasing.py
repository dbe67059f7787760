"""The vault and the erasures in Kafka: keys go, a copy that is put back brings none again, and without Kafka nothing opens."""

from __future__ import annotations

import threading
import time
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from confluent_kafka import Consumer, IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from events.envelope import CHINA
from events.event import Event
from events.rules.erasure import waiting_days
from events.rules.rulebook import load_rulebook
from events.sealing.form import SealSuite
from ops.vault import erasures
from ops.vault.door import VaultDoor
from ops.vault.erasures import ErasureReader, ErasuresUnknownError
from ops.vault.opener import VaultOpener
from ops.vault.opening import VaultSettings, make_vault_ready
from projections.http.errors import VaultClosedError
from streams.broker import broker
from streams.publishing.producer import create_fenced_producer
from tests.support import builders as a
from tests.support.builders import PERSON
from tests.support.chaos import wait_for
from tests.support.erasing import a_request, an_approval, an_erasing
from tests.support.given import value_of
from tests.support.patience import AMPLE_S
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.local.stack import Stack

DAY = date(2026, 3, 2)
DONE = DAY + timedelta(days=waiting_days(DAY))
OTHER = "P" + "fedcba9876543210" * 2
REQUEST = a_request()
ERASED = [(REQUEST, DAY), (an_approval(REQUEST), DAY), (an_erasing(REQUEST), DONE)]
TABLES = ("person_key", "record_key", "erased", "erasure", "gone_through")


def report(no: int, subject: str = PERSON) -> Event:
    return a.a_penalty(no, "2026-01-05", subject_id=subject, subject_name="密封测试人")


class Vault:
    """A vault with a ledger of its own, on which the days can be chosen."""

    def __init__(self, settings: VaultSettings, kafka: str, topic: str) -> None:
        self.settings, self.kafka, self.topic = settings, kafka, topic
        self.reader = self.fresh_reader()
        self.door = VaultDoor(settings, load_rulebook(), self.reader)
        self._producer = create_fenced_producer(kafka, f"credit-ledger.projector.{topic}")
        self._producer.init_transactions(AMPLE_S)

    def fresh_reader(self) -> ErasureReader:
        return ErasureReader(self.kafka, self.settings.postgres, self.topic)

    def say(self, *said: tuple[Event, date]) -> None:
        """Write on the ledger in a transaction, whose mark stands behind the last record."""
        self._producer.begin_transaction()
        for event, on in said:
            at = datetime.combine(on, clock(12), CHINA)
            key = event.envelope.subject_id.encode()
            stamp = int(at.timestamp() * 1000)
            self._producer.produce(self.topic, value_of(event), key, 0, timestamp=stamp)
        self._producer.commit_transaction(AMPLE_S)
        wait_for(self._is_marked, AMPLE_S, "the mark of the transaction")

    def _is_marked(self) -> bool:
        """Whether no transaction is open: a commit is answered before its mark is written."""
        admin, place = AdminClient(broker(self.kafka).librdkafka()), TopicPartition(self.topic, 0)
        committed, written = (
            admin.list_offsets({place: OffsetSpec.latest()}, isolation_level=level)[place]
            .result(AMPLE_S)
            .offset
            for level in (IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED)
        )
        return committed == written

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.settings.postgres, autocommit=True) as connection:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

    def copied(self) -> dict[str, list[Any]]:
        return {
            table: self.sql(f"SELECT * FROM vault.{table} ORDER BY 1, 2") for table in TABLES[:2]
        } | {table: self.sql(f"SELECT * FROM vault.{table} ORDER BY 1") for table in TABLES[2:]}

    def put_back(self, copy: dict[str, list[Any]]) -> None:
        for table in reversed(TABLES):
            self.sql(f"DELETE FROM vault.{table}")
        for table in TABLES:
            for row in copy[table]:
                marks = ", ".join(["%s"] * len(row))
                self.sql(f"INSERT INTO vault.{table} VALUES ({marks})", *row)

    def keys_of(self, subject: str) -> tuple[int, int]:
        ((persons,),) = self.sql(
            "SELECT count(*) FROM vault.person_key WHERE subject_id = %s", subject
        )
        ((records,),) = self.sql(
            "SELECT count(*) FROM vault.record_key WHERE subject_id = %s", subject
        )
        return persons, records


@pytest.fixture
def vault(stack: Stack, tmp_path: Path) -> Iterator[Vault]:
    topic = f"credit.person.erasures-{uuid4().hex[:8]}"
    admin = AdminClient(broker(stack.kafka).librdkafka())
    config = {"message.timestamp.type": "CreateTime"}
    (made,) = admin.create_topics([NewTopic(topic, 2, 1, config=config)]).values()
    made.result(30)
    with fresh_database(stack.postgres) as url:
        settings = VaultSettings(postgres=url, keys=tmp_path / "keys", suite=SealSuite.INTL)
        make_vault_ready(settings)
        yield Vault(settings, stack.kafka, topic)
    admin.delete_topics([topic])


def test_what_is_gone_through_again_is_read_by_the_same_consumer(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def consumer(settings: dict[str, Any]) -> Consumer:
        made.append(settings)
        return Consumer(settings)

    monkeypatch.setattr(erasures, "Consumer", consumer)
    reader = vault.fresh_reader()
    assert reader.go_through() == 0
    assert sealed(vault, report(1)) == [True]
    vault.say(*ERASED)

    assert (reader.go_through(), reader.go_through()) == (1, 0)
    assert vault.keys_of(PERSON) == (0, 0)
    # The door of the vault has a reader of its own.
    assert len(made) == 2
    reader.close()
    assert reader.go_through() == 0


def test_who_asks_waits_for_nobody_who_goes_through_the_ledger_unless_what_is_known_is_too_old(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = vault.fresh_reader()
    reader.go_through()
    entered, goes_on, told = threading.Event(), threading.Event(), threading.Event()
    portions = reader._portions

    def slow(*asked: Any) -> Any:
        entered.set()
        assert goes_on.wait(60)
        return portions(*asked)

    monkeypatch.setattr(reader, "_portions", slow)
    reader._until = time.monotonic() + erasures.AHEAD_S / 2
    reader.caught_up()
    assert entered.wait(60)
    reader.caught_up()

    reader._until = 0.0
    late = threading.Thread(target=lambda: (reader.caught_up(), told.set()))
    late.start()
    assert not told.is_set()
    goes_on.set()
    assert told.wait(60)
    late.join()
    reader.close()


def sealed(vault: Vault, *events: Event) -> list[bool]:
    return [each is not None for each in vault.door.sealed(events)]


def test_keys_go_with_the_erasing_and_no_report_of_the_person_is_sealed_again(
    vault: Vault,
) -> None:
    assert sealed(vault, report(1), report(2), report(3, OTHER)) == [True, True, True]
    vault.say(*ERASED[:2])
    assert vault.reader.go_through() == 0
    assert vault.keys_of(PERSON) == (1, 2)

    vault.say(ERASED[2])

    assert vault.reader.go_through() == 1
    assert (vault.keys_of(PERSON), vault.keys_of(OTHER)) == ((0, 0), (1, 1))
    assert sealed(vault, report(1), report(4), report(3, OTHER)) == [False, False, True]
    assert vault.reader.go_through() == 0
    vault.say(ERASED[2], *ERASED)
    assert vault.reader.go_through() == 0
    assert vault.keys_of(PERSON) == (0, 0)


def test_what_is_said_too_early_or_by_one_person_alone_destroys_nothing(vault: Vault) -> None:
    sealed(vault, report(1))
    alone = an_approval(REQUEST, by="王一")
    early = DONE - timedelta(days=1)

    vault.say((REQUEST, DAY), (alone, DAY), (an_erasing(REQUEST), DONE))
    vault.say((an_approval(REQUEST), DONE), (an_erasing(REQUEST), DONE))

    assert vault.reader.go_through() == 0
    assert vault.keys_of(PERSON) == (1, 1)
    assert early < DONE


def test_a_copy_that_is_put_back_resurrects_nothing(vault: Vault) -> None:
    sealed(vault, report(1), report(2))
    copy = vault.copied()
    record = report(1).envelope.event_id
    running = VaultOpener(vault.settings, vault.kafka)
    running._erasures = vault.reader
    assert [subject for subject, _ in running.keys_of([record])[record]] == [PERSON]
    vault.say(*ERASED)
    assert vault.reader.go_through() == 1

    vault.put_back(copy)

    # The service that runs meanwhile, and one that starts on the copy.
    assert running.keys_of([record]) == {}
    assert vault.keys_of(PERSON) == (0, 0)
    vault.put_back(copy)
    assert vault.keys_of(PERSON) == (1, 2)
    started = VaultOpener(vault.settings, vault.kafka)
    started._erasures = vault.fresh_reader()
    assert started.keys_of([record]) == {}
    assert vault.keys_of(PERSON) == (0, 0)
    running.close()
    started.close()


def test_a_copy_that_is_put_back_while_another_goes_through_the_ledger_resurrects_nothing(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(vault, report(1))
    copy = vault.copied()
    vault.say(*ERASED)
    assert vault.reader.go_through() == 1
    vault.say((a_request(2, subject_id=OTHER), DONE))
    own, copies = erasures.go_on, [copy]

    def meanwhile(*args: Any) -> int | None:
        if copies:
            vault.put_back(copies.pop())
        return own(*args)

    monkeypatch.setattr("ops.vault.erasures.go_on", meanwhile)
    assert vault.fresh_reader().go_through() == 1
    assert vault.keys_of(PERSON) == (0, 0)


def test_where_the_ledger_cannot_be_read_nothing_is_opened_and_nothing_sealed(
    vault: Vault, stack: Stack
) -> None:
    sealed(vault, report(1))
    nowhere = ErasureReader(stack.kafka, vault.settings.postgres, "credit.person.nowhere")
    opener = VaultOpener(vault.settings, vault.kafka)
    opener._erasures = nowhere

    with pytest.raises(VaultClosedError):
        opener.keys_of([report(1).envelope.event_id])
    with pytest.raises(ErasuresUnknownError):
        VaultDoor(vault.settings, load_rulebook(), nowhere).sealed([report(2)])
    opener.close()


def test_who_is_killed_between_reading_and_keeping_leaves_it_to_the_next(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(vault, report(1))
    vault.say(*ERASED)
    steps: list[str] = []

    def dies(_connection: Any, *_: Any) -> int:
        steps.append("died")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ops.vault.erasures.go_on", dies)
        with pytest.raises(KeyboardInterrupt):
            vault.fresh_reader().go_through()
    assert vault.keys_of(PERSON) == (1, 1)

    assert vault.fresh_reader().go_through() == 1
    assert vault.keys_of(PERSON) == (0, 0)
    assert steps == ["died"]
