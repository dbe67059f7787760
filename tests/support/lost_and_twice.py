"""A day of kills, and what must stand after it."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from events.event import event_to_record, event_type
from events.identity import content
from events.topics import submissions_topic
from events.wire.codec import encode_record
from ops.generator import GeneratorPlan, generate
from ops.local.stack import Stack
from tests.support.chaos import Stream, Worker, wait_for
from tests.support.ledger import (
    LEDGER,
    Said,
    admitted,
    ends_of,
    positions,
    rows,
    saying,
)
from tests.support.patience import AMPLE_S
from tests.support.stack import PrivateStack

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20261124
KILLS = 20
LONG_SESSION_S = 150.0
"""Whoever takes a place waits in vain for so long where he waits for the session of a dead one."""

SUCCESSOR_WORKS_WITHIN_S = 100.0
SETTLES_WITHIN_S = AMPLE_S
PLAN = GeneratorPlan(
    events=3_000, subjects=300, seed=SEED, first_day=date(2022, 1, 1), last_day=date(2026, 10, 31)
)


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


def a_story(chance: random.Random) -> Story:
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


def kill_at_random(running: list[Worker], chance: random.Random) -> None:
    for _ in range(KILLS):
        # The moment is the point: while starting, joining, applying, publishing or idle.
        time.sleep(chance.uniform(0.1, 2.5))
        victim = chance.choice(running)
        victim.kill()
        victim.start()


def _done(stack: Stack, role: str) -> int:
    found = admitted(stack.postgres) if role == "admission" else positions(stack.postgres)
    return sum(found.values())


def successor_works_again(stack: Stack, worker: Worker) -> None:
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


def zombie_wakes(stack: Stack, running: list[Worker], folder: Path) -> None:
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


def servers_restart(stack: Stack, servers: PrivateStack) -> None:
    for server in (servers.kafka, servers.postgres):
        server.kill()
        server.start()
        before = sum(positions(stack.postgres).values())
        wait_for(
            lambda before=before: sum(positions(stack.postgres).values()) > before,  # type: ignore[misc]
            AMPLE_S,
            f"work goes on after {type(server).__name__} was killed",
        )


def settle(stack: Stack, stream: Stream, story: Story) -> None:
    stream.finish()
    last = {topic: ends_of(stack.kafka, topic)[0] for topic in topics(story)}
    wait_for(
        lambda: all(admitted(stack.postgres).get(t) == end for t, end in last.items()),
        SETTLES_WITHIN_S,
        "everything submitted is admitted or refused",
    )
    ends = ends_of(stack.kafka, LEDGER)
    wait_for(lambda: positions(stack.postgres) == ends, SETTLES_WITHIN_S, "all of it is applied")
    for what, unpublished in _UNPUBLISHED.items():
        wait_for(lambda q=unpublished: rows(stack.postgres, q) == [], SETTLES_WITHIN_S, what)  # type: ignore[misc]


def topics(story: Story) -> set[str]:
    return {submissions_topic(said.platform, said.department) for said in story.said}
