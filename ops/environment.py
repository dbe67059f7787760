"""The composition root: where broker and database are, and everything made from that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from ops.local.stack import Stack, current, default_home, up
from ops.topics import create_topics
from projections.store.database import create_control
from streams.topics import topic_table

if TYPE_CHECKING:
    from collections.abc import Callable


class NotRunningError(LedgerError):
    """Kafka or Postgres is not running: start both with `credit-ledger up`."""

    exit_code = 3


def running_stack() -> Stack:
    """Give where broker and database answer. Raises `NotRunningError`."""
    stack = current(default_home())
    if stack is None:
        raise NotRunningError
    return stack


def prepared_stack(say: Callable[[str], None], partitions: int) -> Stack:
    """Start what is not running, and create the topics and tables that are missing."""
    stack = up(default_home(), say=say)
    prepare(stack, partitions)
    return stack


def prepare(stack: Stack, partitions: int) -> list[str]:
    """Create the topics and tables that are missing; give the topics created."""
    created = create_topics(stack.kafka, topic_table(load_rulebook(), partitions))
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        create_control(connection, partitions)
    return created
