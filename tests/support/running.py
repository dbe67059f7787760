"""A ledger that really runs: workers as processes, submissions sent, waiting for what must come."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg

from events.envelope import Platform
from events.event import Event, event_to_record, event_type
from events.topics import submissions_topic
from events.wire.codec import encode_record
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ops.local.stack import Stack
    from streams.publishing.producer import Sender


class Worker:
    """One role of a worker, as a process that can be killed, paused and started anew."""

    def __init__(self, stack: Stack, role: str) -> None:
        self._stack = stack
        self.role = role
        self.start()

    def start(self) -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ops", "worker", "--role", self.role],
            env={
                **os.environ,
                "CREDIT_LEDGER_KAFKA": self._stack.kafka,
                "CREDIT_LEDGER_POSTGRES": self._stack.postgres,
                "CREDIT_LEDGER_SESSION_TIMEOUT_S": "3",
            },
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it as an operator would; give the exit code."""
        self.process.terminate()
        return self.process.wait(AMPLE_S)


def submission(event: Event) -> tuple[str, bytes, bytes, None]:
    """Frame an event as its department submits it."""
    envelope = event.envelope
    return (
        submissions_topic(Platform.ORGANISATION, envelope.department),
        envelope.subject_id.encode(),
        encode_record(f"credit.{event_type(event)}", event_to_record(event)),
        None,
    )


def send(sender: Sender, events: Iterable[Event]) -> int:
    """Submit events and wait for the broker's acknowledgement."""
    return sender.send(submission(event) for event in events)


def applied(postgres: str) -> int:
    """Count what the organisations' read models have applied."""
    return number(postgres, "SELECT coalesce(sum(next_offset), 0) FROM organisation_v1.position")


def admitted(postgres: str) -> int:
    """Count the submissions that admission has dealt with."""
    return number(postgres, "SELECT coalesce(sum(next_offset), 0) FROM control.submission_position")


def number(postgres: str, query: str) -> int:
    """Ask for one number."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
