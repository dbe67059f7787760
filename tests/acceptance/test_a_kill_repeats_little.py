"""Admission killed in a backlog of several departments says a round again, and not the backlog."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS
from events.topics import submissions_topic
from ops.environment import prepare
from ops.generator.codes import synthetic_credit_codes
from ops.local.stack import Stack
from streams.admitting.admission import ROUND_RECORDS_MAX
from streams.publishing.producer import create_producer
from tests.support import builders as a
from tests.support.chaos import wait_for, workers
from tests.support.ledger import LEDGER, admitted, ends_of, saying
from tests.support.patience import AMPLE_S
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from pathlib import Path

EACH = 4_000
SUBJECTS = 40
"""So many that none is a crowd, which would wait for a projector; there is none here."""
KILLS = 3
WITHIN_S = AMPLE_S

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


def test_a_kill_in_a_backlog_repeats_a_round_at_most(tmp_path: Path) -> None:
    with private_stack(tmp_path) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        producer = create_producer(stack.kafka)
        topics = []
        subjects = list(synthetic_credit_codes(SUBJECTS))
        for make in (a.a_penalty, a.arrears, a.a_judgment):
            told = [saying(make(subject_id=subject)) for subject in subjects]
            topics.append(submissions_topic(Platform.ORGANISATION, told[0].department))
            for said in islice(cycle(told), EACH):
                producer.produce(topics[-1], said.value, said.key)
                producer.poll(0)
        assert producer.flush(WITHIN_S) == 0

        def recorded() -> int:
            return sum(ends_of(stack.kafka, LEDGER).values())

        def done() -> int:
            return sum(admitted(stack.postgres).get(topic, 0) for topic in topics)

        with workers(stack, tmp_path, "admission") as (admission,):
            for kill in range(1, KILLS + 1):
                # In the middle of what is under way, wherever that is.
                wait_for(lambda n=kill: done() > n * 2_000, WITHIN_S, "it is at work")  # type: ignore[misc]
                admission.kill()
                admission.start()
            wait_for(lambda: done() == 3 * EACH, WITHIN_S, "all of it is admitted")
        repeated = recorded() - 3 * EACH
    print(f"{repeated:,} of {3 * EACH:,} said again after {KILLS} kills")
    assert 0 <= repeated <= KILLS * ROUND_RECORDS_MAX
