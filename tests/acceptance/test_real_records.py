"""The real tax decisions: the outcome known beforehand, and the same bytes from Kafka alone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS
from events.rules.rulebook import load_rulebook
from events.wire.codec import decode_record
from ops.audit.ledger import LedgerReader
from ops.audit.replay import replay
from ops.demo.tax_decisions import observations
from ops.environment import prepare
from ops.local.stack import Stack
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of, state_bytes
from projections.calendar.rules import RuleCalendar
from projections.ledger.reading import read
from projections.queries.subject.profile import answer_profile
from projections.queries.subject.state import answer_state
from streams.publishing.producer import Sender, create_producer
from tests.support.chaos import wait_for
from tests.support.ledger import read_refused
from tests.support.patience import AMPLE_S
from tests.support.running import Worker, applied, number, send
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAYS = (date(2025, 8, 28), date(2025, 8, 29), date(2026, 5, 15), date(2026, 8, 8), date(2031, 1, 1))
DECISIONS_RECORDED = 41
CORRECTIONS = 7

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("real")
    with private_stack(folder) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        workers = [Worker(stack, "admission"), Worker(stack, "projector")]
        try:
            sent = send(
                Sender(create_producer(stack.kafka)), [o.submission.event for o in observations()]
            )
            wait_for(
                lambda: applied(stack.postgres) + len(read_refused(stack.kafka)) >= sent,
                AMPLE_S,
                "all observations recorded or refused",
            )
            yield stack
        finally:
            for worker in workers:
                worker.stop()


def test_41_decisions_are_recorded_2_refused_and_7_corrected(loaded: Stack) -> None:
    calendar = RuleCalendar(load_rulebook())
    records = corrections = 0
    with psycopg.connect(loaded.postgres, autocommit=True) as connection:
        for subject in _subjects(loaded):
            answer = answer_profile(
                connection, Platform.ORGANISATION, subject, date(2026, 11, 23), calendar
            )
            assert answer is not None
            profile = answer.profile
            kept = (*profile.of("PenaltyImposed"), *profile.of("TaxArrearsAnnounced"))
            records += len(kept)
            corrections += sum(record.corrected for record in kept)
            assert profile.anomalies == {}
    refused = {decode_record(m.value())[1]["document_no"] for m in read_refused(loaded.kafka)}
    assert (records, len(refused), corrections) == (DECISIONS_RECORDED, 2, CORRECTIONS)


@pytest.mark.requirement(93)
def test_postgres_and_kafka_alone_give_the_same_bytes(loaded: Stack) -> None:
    calendar = RuleCalendar(load_rulebook())
    compared = 0
    with (
        psycopg.connect(loaded.postgres, autocommit=True) as connection,
        LedgerReader(loaded.kafka, Platform.ORGANISATION) as reader,
    ):
        for subject in _subjects(loaded):
            partition = reader.partition_of(subject)
            messages = reader.messages_of(subject, reader.end(partition))
            cuts = {0, *(m.offset for m in messages), messages[-1].offset + 1}
            for cut in sorted(cuts)[:: max(1, len(cuts) // 6)]:
                for day in DAYS:
                    answer = answer_state(
                        connection,
                        Question(
                            platform=Platform.ORGANISATION,
                            subject_id=subject,
                            valid_on=day,
                            cut={partition: cut},
                        ),
                        calendar,
                    )
                    own = state_as_of(
                        [read(m) for m in messages if m.offset < cut],
                        Question(platform=Platform.ORGANISATION, subject_id=subject, valid_on=day),
                        Part(partition, cut),
                        calendar,
                    )
                    assert state_bytes(own) == answer.body
                    compared += 1
    assert compared > len(DAYS) * len(_subjects(loaded))


@pytest.mark.requirement(93)
def test_a_rebuild_from_kafka_equals_the_live_read_models_and_takes_over(loaded: Stack) -> None:
    found = replay(loaded, Platform.ORGANISATION, promote=True)
    assert found.differences == []
    assert found.promoted
    live = "SELECT version FROM control.projection WHERE platform = 'organisation' AND live"
    assert number(loaded.postgres, live) == found.version


def _subjects(stack: Stack) -> list[str]:
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        return [
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT subject_id FROM organisation_v1.event ORDER BY 1"
            ).fetchall()
        ]
