"""A ledger of a few departments, and submissions of which some are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg

from events.admission.rejection import RejectionReason
from events.envelope import Platform
from events.partitioning import partition_of
from events.topics import submissions_topic
from ops.generator import GeneratorPlan, generate_encoded
from projections.ledger.message import Raw
from projections.store.quality import ANY_REASON, read_refusals
from streams.batches import Batch
from tests.support import builders as a
from tests.support.given import value_of

START_MS = 1_790_000_000_000
EVENTS = 300
PLAN = GeneratorPlan(
    events=EVENTS, subjects=30, seed=7, first_day=date(2024, 1, 1), last_day=date(2026, 8, 31)
)
SPACING_MS = 6 * 3_600_000
TOPIC = submissions_topic(Platform.ORGANISATION, "market-zj")
SUBMITTED_MS = int(datetime(2026, 10, 31, 16, tzinfo=UTC).timestamp() * 1000)
"""Midnight of 1 November in China."""


def ledger() -> dict[int, list[Raw]]:
    """Give made-up events by partition, every fourth of them said twice."""
    partitions: dict[int, list[Raw]] = {}
    for number, (key, value, _) in enumerate(generate_encoded(PLAN)):
        own = partitions.setdefault(partition_of(key.decode()), [])
        for _ in range(1 + (number % 4 == 0)):
            own.append(Raw(len(own), START_MS + number * SPACING_MS, key, value))
    return partitions


class Ledger:
    """Stands for the broker: takes everything, or fails after it took it."""

    def __init__(self) -> None:
        self.failing = False

    def send_and_place(self, messages: Any) -> dict[tuple[str, int], int]:
        list(messages)
        if self.failing:
            raise ConnectionError
        return {}


def submissions(*values: bytes, first: int = 0) -> Batch:
    records = [Raw(first + n, SUBMITTED_MS, b"", value) for n, value in enumerate(values)]
    return Batch(TOPIC, 0, records)


def refused(url: str) -> dict[str, int]:
    with psycopg.connect(url, autocommit=True) as connection:
        found = read_refusals(connection)
    assert {each[:3] for each in found} <= {("organisation", "market-zj", date(2026, 11, 1))}
    return {each.reason: each.submissions for each in found}


GOOD = value_of(a.a_penalty(1, "2026-10-30"))
BAD = b"\xffno event"
BAD_REASONS = {ANY_REASON: 1, RejectionReason.BYTES_UNDECODABLE.value: 1}
