"""What the demo plays on: a running ledger, submissions sent and waited for, what was refused."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, TopicPartition
from rich.console import Console

from events.envelope import Platform
from events.errors import LedgerError
from events.event import event_to_record, event_type
from events.rules.rulebook import load_rulebook
from events.topics import rejections_topic, submissions_topic
from events.wire.codec import cloud_event_headers, decode_record, department_source, encode_record
from ops.evidence.settings import ORIGIN, ORIGIN_SETTING, POLICY_SETTING
from ops.terms.language import language
from ops.terms.terms import Language, all_terms
from projections.as_of.question import Question
from projections.calendar.rules import RuleCalendar
from projections.queries.overview import coverage
from projections.queries.subject.profile import ProfileAnswer, answer_profile
from projections.queries.subject.state import StateAnswer, answer_state
from streams.broker import broker
from streams.publishing.producer import Quiet, Sender, create_producer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import psycopg

    from events.event import Event
    from ops.local.stack import Stack

_WAIT_MAX_S: Final = 90.0

console = Console(highlight=False)


class DemoFailedError(LedgerError):
    """The demo did not come out as it must."""


def must(holds: bool, what: str) -> None:  # noqa: FBT001 - a check reads best so
    """Stop the demo where it does not come out as it must."""
    if not holds:
        raise DemoFailedError(f"the demo did not come out as it must: {what}")


def title(text: str) -> None:
    """Begin an act."""
    console.print(f"\n[bold]{text}[/]")


@contextmanager
def worker(stack: Stack, home: Path) -> Iterator[None]:
    """Run `credit-ledger worker` beside us, as an operator would in a terminal of its own.

    Its log and its keys are those of the demo's home, and of no other ledger.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", "worker"],
        env={
            **os.environ,
            "CREDIT_LEDGER_KAFKA": stack.kafka,
            "CREDIT_LEDGER_POSTGRES": stack.postgres,
            "CREDIT_LEDGER_HOME": str(home),
            "CREDIT_LEDGER_KEYS": str(home / "keys"),
            ORIGIN_SETTING: ORIGIN,
            POLICY_SETTING: "",
            "CREDIT_LEDGER_CUT_EVERY_S": "1",
        },
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


class Stage:
    """A running ledger: the acts submit on it and ask it."""

    def __init__(self, stack: Stack, connection: psycopg.Connection[Any]) -> None:
        """Connect; nothing is sent yet."""
        self.stack = stack
        self.connection = connection
        self.calendar = RuleCalendar(load_rulebook())
        self._sender = Sender(create_producer(stack.kafka))
        self._submitted = dict.fromkeys(Platform, 0)
        self._senders: dict[Platform, set[str]] = {platform: set() for platform in Platform}

    def submit(self, events: Sequence[Event], platform: Platform = Platform.ORGANISATION) -> None:
        """Submit as the departments would, and wait until all of it is admitted and projected."""
        self._sender.send(
            (
                submissions_topic(platform, event.envelope.department),
                event.envelope.subject_id.encode(),
                encode_record(f"credit.{event_type(event)}", event_to_record(event)),
                cloud_event_headers(
                    event_id=event.envelope.event_id
                    or f"{event.envelope.document_no or 'amendment'}",
                    record=f"credit.{event_type(event)}",
                    source=department_source(event.envelope.department),
                    time=datetime.now(UTC),
                ),
            )
            for event in events
        )
        self._submitted[platform] += len(events)
        self._senders[platform] |= {event.envelope.department for event in events}
        wanted = self._submitted[platform]
        deadline = time.monotonic() + _WAIT_MAX_S
        while (arrived := self._arrived(platform)) < wanted:
            if time.monotonic() > deadline:
                raise DemoFailedError(
                    f"{arrived} of {wanted} submissions arrived in {_WAIT_MAX_S:.0f} s: "
                    "look at the worker with `credit-ledger worker`"
                )
            time.sleep(0.05)

    def _arrived(self, platform: Platform) -> int:
        """Count what was projected, and what was refused."""
        projected = coverage(self.connection, platform).events
        with _reader(self.stack.kafka) as reader:
            places = [TopicPartition(topic, 0) for topic in self._refusals(platform)]
            ends = [reader.get_watermark_offsets(place, timeout=10)[1] for place in places]
        return projected + int(sum(ends))

    def _refusals(self, platform: Platform) -> list[str]:
        """Name the topics that hold what was refused of those who submitted here."""
        return [rejections_topic(platform, each) for each in sorted(self._senders[platform])]

    def _end_of(self, topic: str) -> int:
        with _reader(self.stack.kafka) as reader:
            return int(reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1])

    def refused(self, platform: Platform = Platform.ORGANISATION) -> dict[str, str]:
        """Give the refused documents and their reasons, as the department reads them."""
        found: dict[str, str] = {}
        for topic in self._refusals(platform):
            self._read_refused(topic, found)
        return found

    def _read_refused(self, topic: str, found: dict[str, str]) -> None:
        end = self._end_of(topic)
        with _reader(self.stack.kafka) as reader:
            reader.assign([TopicPartition(topic, 0, 0)])
            for _ in range(end):
                message = reader.poll(10)
                must(message is not None and message.error() is None, "the refusals can be read")
                _, value = decode_record(message.value())
                found[value["document_no"]] = "; ".join(map(_reason_told, value["reasons"]))

    def state(
        self,
        subject_id: str,
        valid_on: date,
        *,
        platform: Platform = Platform.ORGANISATION,
        cut: dict[int, int] | None = None,
    ) -> StateAnswer:
        """Ask for a subject's state valid on a day, as known at a cut or now."""
        return answer_state(
            self.connection,
            Question(platform=platform, subject_id=subject_id, valid_on=valid_on, cut=cut),
            self.calendar,
        )

    def profile(
        self, subject_id: str, on: date, platform: Platform = Platform.ORGANISATION
    ) -> ProfileAnswer:
        """Ask for a subject's current profile, which it must have."""
        answer = answer_profile(self.connection, platform, subject_id, on, self.calendar)
        if answer is None:
            raise DemoFailedError(f"{subject_id} has no profile")
        return answer


def _reason_told(reason: Mapping[str, str]) -> str:
    """Tell why something was refused, in the language of the terminal."""
    if language() is Language.EN:
        return f"{reason['field']}: {reason['rule']} [{reason['code']}]"
    return f"{all_terms()['RejectionReason'][reason['code']][0]} [{reason['code']}]"


@contextmanager
def _reader(kafka: str) -> Iterator[Consumer]:
    connection = broker(kafka)
    consumer = Consumer(
        {
            **connection.librdkafka(),
            "group.id": connection.group("demo"),
            "logger": Quiet(),
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        yield consumer
    finally:
        consumer.close()


def yuan(fen: int | None) -> str:
    """Write an amount as people do: 1,000,630.94; unknown stays unknown."""
    return "unknown" if fen is None else f"{fen // 100:,}.{fen % 100:02d}"
