"""Twenty kills, a zombie, a rebalance, both servers killed: nothing is lost, nothing counts twice."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.divisions import WARNING_REGIONS
from events.rules.rulebook import load_rulebook
from events.topics import profiles_topic, warnings_topic
from events.wire.codec import decode_record
from ops.audit.replay import replay
from ops.environment import prepare
from ops.local.stack import Stack
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of
from projections.calendar.rules import RuleCalendar
from projections.ledger.reading import read
from projections.queries.subject.history import MessageEffect, history
from projections.queries.subject.profile import answer_profile
from tests.support.chaos import Stream, workers
from tests.support.ledger import (
    LEDGER,
    by_subject,
    read_all,
    read_refused,
    rows,
)
from tests.support.lost_and_twice import (
    SEED,
    Story,
    a_story,
    kill_at_random,
    servers_restart,
    settle,
    successor_works_again,
    topics,
    zombie_wakes,
)
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from pathlib import Path

PER_S = 20.0
ORGANISATION = Platform.ORGANISATION

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


def test_nothing_is_lost_and_nothing_counts_twice(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    story = a_story(chance)
    with private_stack(tmp_path) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        stream = Stream(stack.kafka, story.said, PER_S)
        with workers(stack, tmp_path, "admission", "projector") as running:
            stream.start()
            kill_at_random(running, chance)
            for worker in running:
                successor_works_again(stack, worker)
            zombie_wakes(stack, running, tmp_path)
            servers_restart(stack, servers)
            settle(stack, stream, story)
            codes = [worker.stop() for worker in running if worker.is_alive]
            assert codes
            assert set(codes) == {0}
        _every_bad_submission_is_refused(stack, story)
        _every_good_submission_counts_once(stack, story)
        _read_models_equal_an_independent_fold(stack)
        _warnings_are_told_once(stack)
        _published_profiles_are_the_newest(stack)
        assert replay(stack, ORGANISATION).differences == []


def _every_bad_submission_is_refused(stack: Stack, story: Story) -> None:
    refused: dict[tuple[str, int], bytes] = {}
    for message in read_refused(stack.kafka):
        _, value = decode_record(message.value())
        place = value["topic"], value["offset"]
        # One that was refused again after a crash says the same again.
        assert refused.setdefault(place, message.value()) == message.value()
    submitted = [m for topic in topics(story) for m in read_all(stack.kafka, topic)]
    assert {m.value() for m in submitted} == {said.value for said in story.said}
    assert refused.keys() == {(m.topic(), m.offset()) for m in submitted if m.value() in story.bad}


def _every_good_submission_counts_once(stack: Stack, story: Story) -> None:
    recorded = Counter(
        decode_record(m.value())[1]["envelope"]["event_id"] for m in read_all(stack.kafka, LEDGER)
    )
    assert recorded.keys() == story.counts.keys()
    counted: Counter[str] = Counter()
    repeats = 0
    # Another content under an id that stands already is kept and shown, and this too only once.
    repeat = MessageEffect.REPEAT
    subjects = [
        row[0]
        for row in rows(stack.postgres, "SELECT DISTINCT subject_id FROM organisation_v1.event")
    ]
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        for subject in subjects:
            after: int | None = -1
            while after is not None:
                page = history(connection, ORGANISATION, subject, limit=1_000, after=after)
                assert page is not None
                repeats += sum(item.effect is repeat for item in page.items)
                counted.update(
                    str(item.event_id) for item in page.items if item.effect is not repeat
                )
                after = page.next_after
    assert counted == story.counts
    assert repeats == recorded.total() - story.counts.total()


def _read_models_equal_an_independent_fold(stack: Stack) -> None:
    messages = read_all(stack.kafka, LEDGER)
    journal = rows(
        stack.postgres,
        'SELECT partition, "offset", subject_id, value FROM organisation_v1.event ORDER BY 1, 2',
    )
    assert journal == [(m.partition(), m.offset(), m.key().decode(), m.value()) for m in messages]
    calendar = RuleCalendar(load_rulebook())
    found = by_subject(messages)
    assert rows(stack.postgres, "SELECT count(*) FROM organisation_v1.profile") == [(len(found),)]
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        ((on,),) = connection.execute("SELECT current_date").fetchall()
        on += timedelta(days=2)
        for subject, own in found.items():
            answer = answer_profile(connection, ORGANISATION, subject, on, calendar)
            assert answer is not None
            assert (answer.events, answer.last_offset) == (len(own), own[-1].offset)
            own_answer = state_as_of(
                [read(message) for message in own],
                Question(platform=ORGANISATION, subject_id=subject, valid_on=on),
                Part(partition_of(subject), own[-1].offset + 1),
                calendar,
            )
            assert own_answer.profile == answer.profile


def _warnings_are_told_once(stack: Stack) -> None:
    told: dict[str, bytes] = {}
    for region in WARNING_REGIONS:
        for message in read_all(stack.kafka, warnings_topic(ORGANISATION, region)):
            _, value = decode_record(message.value())
            assert told.setdefault(value["warning_id"], message.value()) == message.value()
    kept = rows(stack.postgres, "SELECT warning_id::text FROM organisation_v1.warning")
    assert told
    assert told.keys() == {warning_id for (warning_id,) in kept}


def _published_profiles_are_the_newest(stack: Stack) -> None:
    newest: dict[str, int] = {}
    for message in read_all(stack.kafka, profiles_topic(ORGANISATION)):
        _, value = decode_record(message.value())
        newest[message.key().decode()] = value["offset"]
    kept = rows(stack.postgres, "SELECT subject_id, last_offset FROM organisation_v1.profile")
    assert newest == dict(kept)
