"""What cannot be applied stops its own subject, or its partition, and nobody else."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest

from events.envelope import Platform
from events.event import Event
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from events.wire.schemas import load_schemas
from ops.audit.replay import replay
from ops.audit.state import state_from_kafka
from ops.environment import prepare
from ops.generator.codes import synthetic_credit_code_at
from ops.local.stack import Stack
from projections.as_of.question import Question
from projections.as_of.state import state_bytes
from projections.calendar.rules import RuleCalendar
from projections.queries.subject.profile import ParkedNow, ProfileAnswer, answer_profile
from projections.queries.subject.state import answer_state
from streams.publishing.producer import Sender, create_producer
from tests.support.builders import a_penalty
from tests.support.chaos import wait_for, workers
from tests.support.ledger import LEDGER, positions, saying
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import Ledger

ORGANISATION = Platform.ORGANISATION
CALENDAR = RuleCalendar(load_rulebook())
WITHIN_S = 180.0
ON = date(2026, 6, 1)
CUT_SHORT = 12  # bytes: the frame is whole, the record is not
FIRST = 90_000

pytestmark = pytest.mark.stack


def _subjects() -> list[str]:
    """Give valid codes that no other test uses, each of another partition than the one before.

    Files of made-up firms begin with the first of all such codes, so these begin far behind.
    """
    found: list[str] = []
    for index in range(FIRST, FIRST + 200):
        code = synthetic_credit_code_at(index)
        if not found or partition_of(code) != partition_of(found[-1]):
            found.append(code)
    return found


SUBJECTS = iter(_subjects())


def _penalties(subject: str, count: int) -> list[Event]:
    return [a_penalty(f"{subject}-{n}", "2025-03-01", subject_id=subject) for n in range(count)]


def _append(stack: Stack, *messages: tuple[str, bytes]) -> None:
    """Append to the ledger behind admission's back, as only a fault could."""
    sender = Sender(create_producer(stack.kafka))
    sender.send([(LEDGER, key.encode(), value, None) for key, value in messages])


def _profile(stack: Stack, subject: str) -> ProfileAnswer | None:
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        return answer_profile(connection, ORGANISATION, subject, ON, CALENDAR)


def _wait_for_penalties(stack: Stack, subject: str, count: int) -> ProfileAnswer:
    def there() -> bool:
        answer = _profile(stack, subject)
        return answer is not None and len(answer.profile.of("PenaltyImposed")) == count

    wait_for(there, WITHIN_S, f"{count} penalties of {subject}")
    answer = _profile(stack, subject)
    assert answer is not None
    return answer


def _wait_until_waiting(stack: Stack, subject: str, waiting: int) -> ParkedNow:
    def waits() -> bool:
        answer = _profile(stack, subject)
        return answer is not None and answer.parked is not None and answer.parked.waiting == waiting

    wait_for(waits, WITHIN_S, f"{subject} parked, {waiting} waiting")
    answer = _profile(stack, subject)
    assert answer is not None
    assert answer.parked is not None
    return answer.parked


def _both_states(stack: Stack, subject: str) -> tuple[bytes, bytes]:
    """Give the state as of a day from Postgres, and from Kafka alone at the same cut."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        answer = answer_state(
            connection, Question(platform=ORGANISATION, subject_id=subject, valid_on=ON), CALENDAR
        )
    own = state_from_kafka(
        stack.kafka,
        Question(
            platform=ORGANISATION,
            subject_id=subject,
            valid_on=ON,
            cut={answer.state.partition: answer.state.cut},
        ),
        CALENDAR,
    )
    return answer.body, state_bytes(own)


def test_bytes_that_cannot_be_decoded_park_their_key_and_a_dismissal_releases_it(
    ledger: Ledger,
) -> None:
    stack, subject, other = ledger.stack, next(SUBJECTS), next(SUBJECTS)
    first, second, third = (saying(event).value for event in _penalties(subject, 3))
    _append(
        stack,
        (subject, first),
        (subject, second[:CUT_SHORT]),
        (subject, second),
        (subject, third),
        (other, saying(_penalties(other, 1)[0]).value),
    )
    _wait_for_penalties(stack, other, 1)
    parked = _wait_until_waiting(stack, subject, 2)
    _wait_for_penalties(stack, subject, 1)
    live, own = _both_states(stack, subject)
    assert live == own

    (row,) = [r for r in ledger.ask("parked", "list") if r["subject_id"] == subject]
    assert (row["offset"], row["waiting"]) == (parked.offset, 2)
    shown = ledger.ask("parked", "show", subject)
    assert shown["messages"][0]["hex"] == second[:CUT_SHORT].hex()
    retried = ledger.run("parked", "retry", subject)
    assert retried.returncode == 1
    assert "Still parked" in retried.stdout
    dismissed = ledger.run("parked", "dismiss", subject, "--reason", "cut short on the way")
    assert dismissed.returncode == 0, dismissed.stderr
    assert "is set aside, and what waited behind it is applied" in dismissed.stdout

    # The verb has waited for it: nothing is left to wait for.
    answer = _profile(stack, subject)
    assert answer is not None
    assert len(answer.profile.of("PenaltyImposed")) == 3
    assert answer == _wait_for_penalties(stack, subject, 3)
    assert answer.parked is None
    live, own = _both_states(stack, subject)
    assert live == own
    assert replay(stack, ORGANISATION).differences == []
    again = ledger.run("parked", "dismiss", subject, "--reason", "twice")
    assert again.returncode == 2
    assert "not parked" in again.stderr


def test_an_event_under_the_key_of_another_parks_the_key_and_not_the_subject(
    ledger: Ledger,
) -> None:
    stack, key, subject = ledger.stack, next(SUBJECTS), next(SUBJECTS)
    own = saying(_penalties(key, 1)[0]).value
    strange, rightly = (saying(event).value for event in _penalties(subject, 2))
    _append(stack, (key, strange), (key, own), (subject, rightly))
    _wait_for_penalties(stack, subject, 1)
    parked = _wait_until_waiting(stack, key, 1)
    assert "key" in parked.reason
    live, audited = _both_states(stack, key)
    assert live == audited
    assert replay(stack, ORGANISATION).differences == []

    assert ledger.run("parked", "dismiss", key, "--reason", "of another").returncode == 0
    _wait_for_penalties(stack, key, 1)
    live, audited = _both_states(stack, key)
    assert live == audited
    assert replay(stack, ORGANISATION).differences == []


def test_an_unknown_schema_stops_its_partition_says_so_and_stops_no_other(tmp_path: Path) -> None:
    stopped, other = next(SUBJECTS), next(SUBJECTS)
    known = saying(_penalties(stopped, 1)[0]).value
    # One of the next ids, as workers meet while newer ones are put in their place.
    soon = max(entry.id for entry in load_schemas()) + 1
    unknown = b"\x00" + soon.to_bytes(4, "big") + known[5:]
    with private_stack(tmp_path) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        with workers(stack, tmp_path, "projector") as (projector,):
            _append(stack, (stopped, unknown), (stopped, known))
            wait_for(
                lambda: any(
                    re.search(rf"\b{soon}\b", json.dumps(line)) for line in _complaints(projector)
                ),
                WITHIN_S,
                "the log names the schema",
            )
            for count in range(1, 4):
                before = len(_complaints(projector))
                _append(stack, (other, saying(_penalties(other, count)[-1]).value))
                _wait_for_penalties(stack, other, count)
                wait_for(lambda: len(_complaints(projector)) > before, WITHIN_S, "it says so again")
            assert positions(stack.postgres)[partition_of(stopped)] == 0
            assert projector.is_alive
            assert projector.stop() == 0


def _complaints(projector: object) -> list[dict[str, object]]:
    told = projector.told  # type: ignore[attr-defined]
    return [line for name in ("lane_failed", "lane_outage", "lane_stopped") for line in told(name)]


@pytest.mark.parametrize("key", [b"\xff\xfe", None], ids=["no text", "none"])
def test_a_message_whose_key_names_nobody_is_dismissed_where_it_stands(
    ledger: Ledger, key: bytes | None
) -> None:
    # Its partition is that of the key as it was written, not of the name that it is shown by.
    shown = (key or b"").decode("utf-8", "replace")
    value = saying(_penalties(next(SUBJECTS), 1)[0]).value
    Sender(create_producer(ledger.stack.kafka)).send([(LEDGER, key, value, None)])

    def is_parked() -> bool:
        return shown in {row["subject_id"] for row in ledger.ask("parked", "list")}

    wait_for(is_parked, WITHIN_S, "it is parked")
    dismissed = ledger.run("parked", "dismiss", shown, "--reason", "names nobody")
    assert dismissed.returncode == 0, dismissed.stderr
    wait_for(lambda: not is_parked(), WITHIN_S, "it is dismissed")
