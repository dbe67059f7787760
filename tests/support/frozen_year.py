"""A year that is frozen over a real ledger."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest

from events.envelope import Platform
from events.topics import ledger_topic
from ops.audit.replay import replay
from ops.audit.year_check import Verified, verify_year
from ops.audit.year_freeze import FreezeRefusedError, freeze
from ops.local.stack import Stack
from projections.store import evaluation as evaluation_store
from streams.publishing.producer import create_producer
from tests.acceptance.conftest import run_verb
from tests.support.given import value_of

if TYPE_CHECKING:
    from events.event import Event

YEAR = 2025


class Frozen(NamedTuple):
    """A stack on which 2025 was frozen, and what was recorded after that year's moment."""

    stack: Stack
    parts: list[evaluation_store.Frozen]
    refusals: list[str]

    def run(self, *arguments: str) -> Any:
        return run_verb(
            *arguments,
            CREDIT_LEDGER_KAFKA=self.stack.kafka,
            CREDIT_LEDGER_POSTGRES=self.stack.postgres,
        )


def message(event: Event) -> tuple[bytes, bytes, str]:
    envelope = event.envelope
    return envelope.subject_id.encode(), value_of(event), envelope.event_id


def append_person(kafka: str, event: Event) -> None:
    producer = create_producer(kafka)
    key, value, _ = message(event)
    producer.produce(ledger_topic(Platform.PERSON), value, key)
    assert producer.flush(10) == 0


def project(stack: Stack) -> None:
    for platform in Platform:
        assert replay(stack, platform, processes=1, take_over=True).promoted


def refused(stack: Stack, now: datetime, **known: datetime) -> str:
    with pytest.raises(FreezeRefusedError) as why:
        freeze(stack, YEAR, now=now, **known)
    return str(why.value)


def verified(frozen: Frozen) -> list[Verified]:
    return verify_year(frozen.stack, YEAR, processes=2)


def alter(frozen: Frozen, statement: str, *values: object) -> None:
    with psycopg.connect(frozen.stack.postgres, autocommit=True) as connection:
        assert connection.execute(statement.encode(), values).rowcount == 1
