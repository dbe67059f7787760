"""Odd messages are thrown at every kind of topic, and two who report must not wait for it.

Each throw is a line of `tests/support/odd_messages.py`. The thrown subject has its place in the same
partition of the ledger as one of those who report, so also the neighbours in a partition must go on.
"""

from __future__ import annotations

import time
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import pytest

from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.divisions import WARNING_REGIONS
from events.topics import (
    lists_topic,
    profiles_topic,
    rejections_topic,
    submissions_topic,
    warnings_topic,
)
from ops.audit.replay import replay
from ops.environment import prepare
from ops.local.stack import Stack
from streams.admitting.crowds import BEHIND_MAX, HELD_MAX_S, OF_ONE_SUBJECT_MAX
from tests.support.chaos import wait_for, workers
from tests.support.ledger import LEDGER, admitted, ends_of, positions, rows
from tests.support.odd_messages import ABORTED, LEFT_OPEN, ODD, THROWN_BY, Thrower, of_one_subject
from tests.support.patience import AMPLE_S
from tests.support.stack import private_stack
from tests.support.thrown_at import ORGANISATION, THROWN_ABOUT, Others, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


WAITS_MAX_S = 200.0
"""On an idle machine nobody waits for a second, and where a partition stands, for ever.

A busy one unpacks gigabytes in minutes, and that is no fault of who is thrown at.
"""

CROWD = 4_000

OTHERS_MAX = 50
"""What others say, and marks of transactions, in a partition in `HELD_MAX_S`."""

MEMORY_MAX = 600 * 1024 * 1024
"""What a worker may take beyond what it had: 1.9 GB were thrown at it, packed."""
SUBMISSIONS = submissions_topic(ORGANISATION, THROWN_BY)
WRITTEN = [
    rejections_topic(ORGANISATION, THROWN_BY),
    profiles_topic(ORGANISATION),
    lists_topic(ORGANISATION),
    warnings_topic(ORGANISATION, WARNING_REGIONS[0]),
]

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("odd")
    with private_stack(folder) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        with workers(stack, folder, "admission", "projector") as running:
            others = Others(stack)
            others.start()
            wait_for(lambda: len(others.waited) >= 4, AMPLE_S, "the first reports")
            scene = Scene(stack, running, others, {}, [])
            scene.had.append(scene.memory())
            yield scene
            others.stop.set()
            others.join()


@pytest.mark.parametrize("what", ODD)
def test_nobody_waits_for_what_is_thrown_at_a_departments_topic(scene: Scene, what: str) -> None:
    pids = scene.pids()
    assert scene.throw(what, SUBMISSIONS) < WAITS_MAX_S
    assert scene.pids() == pids, "nobody had to start anew"


# Nobody but admission has the right to write there, and it leaves no transaction open.
@pytest.mark.parametrize("what", [what for what in ODD if what != LEFT_OPEN])
def test_nobody_waits_for_what_is_thrown_at_the_ledger(scene: Scene, what: str) -> None:
    pids = scene.pids()
    assert scene.throw(what, LEDGER, partition_of(THROWN_ABOUT)) < WAITS_MAX_S
    assert scene.pids() == pids, "nobody had to start anew"


class Look(NamedTuple):
    """What stood in a partition of the ledger, when: its end is asked before what is applied."""

    began_s: float
    at_s: float
    end: int
    applied: int


def let_on_too_early(looks: list[Look]) -> list[tuple[Look, Look]]:
    """Give the stretches in which a second batch was let on although too much waited all the time.

    Of the rule, not of the machine's speed: where nothing is applied for `HELD_MAX_S`, it goes on.
    """
    return [
        (first, last)
        for first, last in combinations(looks, 2)
        if last.at_s - first.began_s < HELD_MAX_S
        and first.end - last.applied > BEHIND_MAX + OTHERS_MAX
        and last.end - first.end > OF_ONE_SUBJECT_MAX + OTHERS_MAX
    ]


def test_a_crowd_of_one_subject_waits_for_itself_and_its_neighbours_do_not(scene: Scene) -> None:
    stack, subject, place = scene.stack, THROWN_ABOUT, partition_of(THROWN_ABOUT)

    def look() -> Look:
        began_s = time.monotonic()
        end = ends_of(stack.kafka, LEDGER)[place]
        applied = positions(stack.postgres)[place]
        return Look(began_s, time.monotonic(), end, applied)

    def behind() -> int:
        seen = look()
        return seen.end - seen.applied

    wait_for(lambda: behind() < BEHIND_MAX, AMPLE_S, "what was thrown before is applied")
    penalties = Thrower(stack.kafka, SUBMISSIONS, 0, subject, 20_000)
    began, looks = time.monotonic(), [look()]
    of_one_subject(penalties, CROWD, 0)
    while admitted(stack.postgres).get(SUBMISSIONS, 0) < ends_of(stack.kafka, SUBMISSIONS)[0]:
        looks.append(look())
    looks.append(look())
    waited = scene.others.wait_after(began)
    scene.waits[f"{CROWD:,} penalties of one subject, at {SUBMISSIONS}"] = waited
    assert looks[-1].end - looks[0].end > OF_ONE_SUBJECT_MAX, "the looks were beside the crowd"
    assert let_on_too_early(looks) == []
    assert waited < WAITS_MAX_S


@pytest.mark.parametrize("topic", WRITTEN)
def test_nobody_waits_for_what_is_thrown_at_a_topic_that_we_only_write(
    scene: Scene, topic: str
) -> None:
    scene.settle()
    pids = scene.pids()
    began = time.monotonic()
    for number, (what, throw) in enumerate(ODD.items()):
        if " MB in " not in what and " GB in " not in what:
            throw(Thrower(scene.stack.kafka, topic, 0, THROWN_ABOUT, 10_000 + number))
    assert scene.others.wait_after(began) < WAITS_MAX_S
    assert scene.pids() == pids, "nobody had to start anew"


def test_in_the_end_all_of_it_is_accounted_for(scene: Scene) -> None:
    stack, others = scene.stack, scene.others
    others.stop.set()
    others.join()
    wait_for(
        lambda: not others.look() and len(others.waited) == len(others.sent), AMPLE_S, "all of it"
    )
    wait_for(
        lambda: admitted(stack.postgres)[SUBMISSIONS] == ends_of(stack.kafka, SUBMISSIONS)[0],
        AMPLE_S,
        "admission stands at the end, past what is no record",
    )
    wait_for(
        lambda: positions(stack.postgres) == ends_of(stack.kafka, LEDGER), AMPLE_S, "as does it all"
    )
    taken_back = "SELECT count(*) FROM organisation_v1.event WHERE value LIKE %s"
    assert rows(stack.postgres, taken_back, f"%{ABORTED}%".encode()) == [(0,)]
    assert replay(stack, ORGANISATION).differences == []
    for worker in scene.workers:
        assert worker.told("lane_failed") == []
        assert worker.told("check_failed") == []
    took = scene.memory() - scene.had[0]
    assert took < MEMORY_MAX
    print(f"\nat most {took >> 20} MB beyond {scene.had[0] >> 20} MB; who waited longest:")
    slowest = sorted(scene.waits.items(), key=lambda each: -each[1])
    for what, waited in slowest[:8]:
        print(f"{waited:5.2f} s  {what}")
