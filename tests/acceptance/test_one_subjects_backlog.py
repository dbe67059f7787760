"""Thousands of penalties of one subject at once are applied, and hold up nobody else for long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from events.partitioning import LEDGER_PARTITIONS, partition_of
from ops.environment import prepare
from ops.local.stack import Stack
from streams.publishing.producer import Sender, create_producer
from tests.support.builders import SUBJECT, a_penalty
from tests.support.chaos import wait_for, workers
from tests.support.ledger import LEDGER, ends_of, positions, rows, saying
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from pathlib import Path

PENALTIES = 4_000
WITHIN_S = 150.0

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


def test_four_thousand_penalties_of_one_subject_are_applied_while_others_report(
    tmp_path: Path,
) -> None:
    said = [saying(a_penalty(f"backlog-{n}", "2025-03-01")) for n in range(PENALTIES)]
    others = [f"91330000PDY0{n:05}" for n in range(40)]
    with private_stack(tmp_path) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        sender = Sender(create_producer(stack.kafka))
        with workers(stack, tmp_path, "projector") as (projector,):
            sender.send((LEDGER, each.key, each.value, None) for each in said)
            slowest = 0.0
            for n, other in enumerate(
                o for o in others if partition_of(o) != partition_of(SUBJECT)
            ):
                if n >= 10:
                    break
                partition = partition_of(other)
                before = positions(stack.postgres)[partition]
                one = saying(a_penalty(f"other-{n}", "2025-03-01", subject_id=other))
                sender.send([(LEDGER, other.encode(), one.value, None)])
                began = time.monotonic()
                wait_for(
                    lambda p=partition, b=before: positions(stack.postgres)[p] > b,  # type: ignore[misc]
                    WITHIN_S,
                    "another subject's penalty is applied",
                )
                slowest = max(slowest, time.monotonic() - began)
            wait_for(
                lambda: positions(stack.postgres) == ends_of(stack.kafka, LEDGER),
                WITHIN_S,
                "all is applied",
            )
            print(f"others waited at most {slowest:.1f} s")
            assert projector.told("lane_outage") == []
            assert projector.told("lane_failed") == []
        ((events,),) = rows(
            stack.postgres,
            "SELECT count(*) FROM organisation_v1.event WHERE subject_id = %s",
            SUBJECT,
        )
        assert events == PENALTIES
