"""Twenty kills, a zombie, a rebalance, both servers killed: nothing is lost, nothing counts twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import psycopg
import pytest

from events.envelope import Platform
from events.event import event_to_record, event_type
from events.identity import content
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.divisions import WARNING_REGIONS
from events.rules.rulebook import load_rulebook
from events.topics import profiles_topic, submissions_topic, warnings_topic
from events.wire.codec import decode_record, encode_record
from ops.audit.replay import replay
from ops.environment import prepare
from ops.generator import GeneratorPlan, generate
from ops.local.stack import Stack
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of
from projections.calendar.rules import RuleCalendar
from projections.ledger.reading import read
from projections.queries.subject.history import MessageEffect, history
from projections.queries.subject.profile import answer_profile
from tests.support.chaos import Stream, Worker, wait_for, workers
from tests.support.ledger import (
    LEDGER,
    Said,
    admitted,
    by_subject,
    ends_of,
    positions,
    read_all,
    read_refused,
    rows,
    saying,
)
from tests.support.patience import AMPLE_S
from tests.support.stack import PrivateStack, private_stack

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20261124
KILLS = 20
PER_S = 20.0
LONG_SESSION_S = 150.0
"""Whoever takes a place waits in vain for so long where he waits for the session of a dead one."""

SUCCESSOR_WORKS_WITHIN_S = 100.0
SETTLES_WITHIN_S = AMPLE_S
PLAN = GeneratorPlan(
    events=3_000, subjects=300, seed=SEED, first_day=date(2022, 1, 1), last_day=date(2026, 10, 31)
)
ORGANISATION = Platform.ORGANISATION

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


_UNPUBLISHED = {
    "every notice is published": "SELECT * FROM organisation_v1.outbox",
    "every profile is published": "SELECT * FROM organisation_v1.publication b "
    "JOIN organisation_v1.position a USING (partition) "
    "WHERE topic_kind = 'profiles' AND b.generation < a.generation",
}


class Story(NamedTuple):
    """What is submitted, and what must come of it."""

    said: list[Said]
    bad: set[bytes]  # what must be refused
    counts: Counter[str]  # of what each event id is said with: twice where a conflict is made


def test_nothing_is_lost_and_nothing_counts_twice(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    story = _story(chance)
    with private_stack(tmp_path) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        stream = Stream(stack.kafka, story.said, PER_S)
        with workers(stack, tmp_path, "admission", "projector") as running:
            stream.start()
            _kill_at_random(running, chance)
            for worker in running:
                _successor_works_again(stack, worker)
            _zombie_wakes(stack, running, tmp_path)
            _servers_restart(stack, servers)
            _settle(stack, stream, story)
            codes = [worker.stop() for worker in running if worker.is_alive]
            assert codes
            assert set(codes) == {0}
        _every_bad_submission_is_refused(stack, story)
        _every_good_submission_counts_once(stack, story)
        _read_models_equal_an_independent_fold(stack)
        _warnings_are_told_once(stack)
        _published_profiles_are_the_newest(stack)
        assert replay(stack, ORGANISATION).differences == []


def _story(chance: random.Random) -> Story:
    """Mix what is right with repeats, near and far, and with what must be refused."""
    events = list(generate(PLAN))
    said: list[Said] = []
    bad: set[bytes] = set()
    for event in events:
        said.append(saying(event))
        if chance.random() < 0.05:
            said.append(said[chance.randrange(len(said))] if not bad else said[-1])
        if chance.random() < 0.02:
            said.append(_spoilt(event, chance))
            bad.add(said[-1].value)
    contents = {(event.envelope.event_id, content(event)) for event in events}
    return Story(said, bad, Counter(event_id for event_id, _ in contents))


def _spoilt(event: object, chance: random.Random) -> Said:
    """Spoil a submission: bytes cut short, or a code whose check digit is wrong."""
    good = saying(event)  # type: ignore[arg-type]
    if chance.random() < 0.5:
        return good._replace(value=good.value[: len(good.value) // 2])
    envelope = event.envelope  # type: ignore[attr-defined]
    code = envelope.subject_id
    wrong = code[:-1] + ("1" if code[-1] != "1" else "2")
    changed = msgspec.structs.replace(
        event,  # type: ignore[type-var]
        envelope=msgspec.structs.replace(envelope, subject_id=wrong, event_id=""),
    )
    value = encode_record(f"credit.{event_type(changed)}", event_to_record(changed))  # type: ignore[type-var]
    return good._replace(key=wrong.encode(), value=value)


def _kill_at_random(running: list[Worker], chance: random.Random) -> None:
    for _ in range(KILLS):
        # The moment is the point: while starting, joining, applying, publishing or idle.
        time.sleep(chance.uniform(0.1, 2.5))
        victim = chance.choice(running)
        victim.kill()
        victim.start()


def _done(stack: Stack, role: str) -> int:
    found = admitted(stack.postgres) if role == "admission" else positions(stack.postgres)
    return sum(found.values())


def _successor_works_again(stack: Stack, worker: Worker) -> None:
    before = _done(stack, worker.role)
    wait_for(lambda: _done(stack, worker.role) > before, AMPLE_S, f"{worker.role} works at all")
    worker.kill()
    worker.start(CREDIT_LEDGER_SESSION_TIMEOUT_S=str(LONG_SESSION_S))
    before = _done(stack, worker.role)
    what = f"{worker.role} works in a long session"
    wait_for(lambda: _done(stack, worker.role) > before, AMPLE_S, what)
    worker.kill()
    before = _done(stack, worker.role)
    # The stream goes on, so there is always something to admit, and to apply once it is.
    if worker.role == "projector":
        wait_for(lambda: sum(ends_of(stack.kafka, LEDGER).values()) > before, AMPLE_S, "work waits")
    worker.start()
    what = f"the successor of a killed {worker.role} works, although the session has not ended"
    took_s = wait_for(lambda: _done(stack, worker.role) > before, SUCCESSOR_WORKS_WITHIN_S, what)
    print(f"{worker.role}: work again after {took_s:.1f} s")


def _zombie_wakes(stack: Stack, running: list[Worker], folder: Path) -> None:
    """Two projectors share; one sleeps past its session, the other takes over; the first wakes."""
    sleeper = running[1]
    second = Worker(stack, "projector", folder / "second.log")
    running.append(second)
    wait_for(lambda: _members(stack) == 2, AMPLE_S, "two projectors share the ledger")
    sleeper.pause()
    ends = ends_of(stack.kafka, LEDGER)
    wait_for(
        lambda: all(positions(stack.postgres)[p] >= end for p, end in ends.items()),
        AMPLE_S,
        "the second projector takes over what the sleeper held",
    )
    sleeper.resume()
    more = {p: end + 1 for p, end in ends_of(stack.kafka, LEDGER).items()}
    wait_for(
        lambda: sum(positions(stack.postgres).values()) >= sum(more.values()),
        AMPLE_S,
        "work goes on with the zombie awake",
    )
    if not sleeper.is_alive:
        sleeper.start()


def _members(stack: Stack) -> int:
    """Count the projectors that are at work: each holds its slot, and each has connections."""
    ((held,),) = rows(
        stack.postgres,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted",
        0x70726F,
    )
    return int(held)


def _servers_restart(stack: Stack, servers: PrivateStack) -> None:
    for server in (servers.kafka, servers.postgres):
        server.kill()
        server.start()
        before = sum(positions(stack.postgres).values())
        wait_for(
            lambda before=before: sum(positions(stack.postgres).values()) > before,  # type: ignore[misc]
            AMPLE_S,
            f"work goes on after {type(server).__name__} was killed",
        )


def _settle(stack: Stack, stream: Stream, story: Story) -> None:
    stream.finish()
    last = {topic: ends_of(stack.kafka, topic)[0] for topic in _topics(story)}
    wait_for(
        lambda: all(admitted(stack.postgres).get(t) == end for t, end in last.items()),
        SETTLES_WITHIN_S,
        "everything submitted is admitted or refused",
    )
    ends = ends_of(stack.kafka, LEDGER)
    wait_for(lambda: positions(stack.postgres) == ends, SETTLES_WITHIN_S, "all of it is applied")
    for what, unpublished in _UNPUBLISHED.items():
        wait_for(lambda q=unpublished: rows(stack.postgres, q) == [], SETTLES_WITHIN_S, what)  # type: ignore[misc]


def _topics(story: Story) -> set[str]:
    return {submissions_topic(said.platform, said.department) for said in story.said}


def _every_bad_submission_is_refused(stack: Stack, story: Story) -> None:
    refused: dict[tuple[str, int], bytes] = {}
    for message in read_refused(stack.kafka):
        _, value = decode_record(message.value())
        place = value["topic"], value["offset"]
        # One that was refused again after a crash says the same again.
        assert refused.setdefault(place, message.value()) == message.value()
    submitted = [m for topic in _topics(story) for m in read_all(stack.kafka, topic)]
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
