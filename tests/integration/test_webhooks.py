"""Webhooks to receivers that are slow, fail, lie, redirect, end, or are away: nothing lost, nothing with other content."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from standardwebhooks import Webhook as Receiver

from projections.notices.webhook import GAPS
from projections.store.control.webhooks import (
    delivery_counts,
    failing_deliveries,
    replay_deliveries,
    webhook_kept,
    webhooks_failing,
)
from tests.support.chaos import wait_for
from tests.support.hooked import (
    KEYS,
    Delivering,
    Post,
    Receiving,
    a_hook,
    all_told,
    cleared,
    garbage,
    hung_up,
    in_order,
    loaded,
    receiving,
    said,
    taken,
)
from tests.support.patience import AMPLE_S
from tests.unit.projections.notices.test_webhook import public_key_verifies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.local.stack import Stack


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    with loaded(stack) as url:
        yield url


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with cleared(database) as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiving]:
    with receiving() as found:
        yield found


@pytest.fixture
def delivering(connection: psycopg.Connection[Any]) -> Delivering:
    return Delivering(connection)


@pytest.mark.requirement(101)
def test_a_thousand_warnings_arrive_though_the_worker_is_killed_midway(
    connection: psycopg.Connection[Any], database: str, receiver: Receiving
) -> None:
    told = all_told(connection)
    hook = a_hook(connection, receiver.url)
    wanted = {each.warning_id for each in told}
    assert len(wanted) > 1_000
    kills = 0
    for share in (0.1, 0.4, 0.7, 1.0):
        worker = subprocess.Popen([sys.executable, "-m", "tests.support.webhook_worker", database])
        try:
            least = share * len(wanted)
            wait_for(lambda: len(receiver.by_id()) >= least, AMPLE_S, "arrived")
            if share == 1.0:
                wait_for(
                    lambda: delivery_counts(connection, hook.webhook_id).sent == len(wanted),
                    AMPLE_S,
                    "noted",
                )
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            kills += 1

    assert kills == 4
    assert receiver.by_id().keys() == wanted
    assert {len(bodies) for bodies in receiver.by_id().values()} == {1}
    assert in_order(receiver.posts, told)
    signs = KEYS.key_of(hook.webhook_id, 1)
    for post in receiver.posts[:: len(receiver.posts) // 50]:
        assert Receiver(signs.told_secret).verify(post.body, post.headers)["data"]["subject"]
        assert public_key_verifies(signs.told_public, post.headers, post.body)
    assert receiver.posts[0].path == "/hook?a=b"


@pytest.mark.parametrize(
    "manner",
    [
        said(500),
        said(404),
        said(429, Retry_After="600"),
        said(302, Location="/other"),
        garbage,
        hung_up,
    ],
    ids=["fails", "not_there", "too_many", "redirects", "lies", "hangs_up"],
)
def test_what_is_not_taken_is_sent_again_as_it_was(
    manner: Callable[[Any, Post], None], delivering: Delivering, receiver: Receiving
) -> None:
    connection = delivering.connection
    hook = a_hook(connection, receiver.url, last=30)
    told = all_told(connection)[-30:]
    receiver.manner = manner
    assert delivering.turn(hook) == 0
    # Of each subject only the first is tried: what follows waits for it.
    tried = Counter(post.id for post in receiver.posts)
    assert len(tried) == len({each.subject_id for each in told})
    assert set(tried.values()) == {1}
    assert delivering.turn(hook) == 0
    assert len(receiver.posts) == sum(tried.values())
    assert {post.path for post in receiver.posts} == {"/hook?a=b"}

    receiver.manner = taken
    delivering.clock.move(timedelta(minutes=12))
    assert delivering.turn(hook) == 30
    assert receiver.by_id().keys() == {each.warning_id for each in told}
    assert {len(bodies) for bodies in receiver.by_id().values()} == {1}
    assert in_order(receiver.posts, told)


def test_who_is_slow_for_one_subject_keeps_no_other_waiting(
    delivering: Delivering, receiver: Receiving, database: str
) -> None:
    hook = a_hook(delivering.connection, receiver.url, last=30)
    told = all_told(delivering.connection)[-30:]
    ((slow, _),) = Counter(each.subject_id for each in told).most_common(1)
    others = {each.warning_id for each in told if each.subject_id != slow}

    def slow_for_one(handler: Any, post: Post) -> None:
        if post.subject == slow:
            receiver.released.wait(AMPLE_S)
        taken(handler, post)

    receiver.manner = slow_for_one
    delivering.within_s = AMPLE_S
    with ThreadPoolExecutor() as pool:
        turn = pool.submit(delivering.turn, hook)
        with psycopg.connect(database, autocommit=True) as other:
            wait_for(
                lambda: delivery_counts(other, hook.webhook_id).sent == len(others),
                AMPLE_S,
                "others",
            )
        assert {p.id for p in receiver.posts if p.subject != slow} == others
        assert sum(post.subject == slow for post in receiver.posts) == 1
        receiver.released.set()
        assert turn.result() == 30
    assert in_order(receiver.posts, told)


def test_who_does_not_answer_is_not_waited_for_without_end(
    delivering: Delivering, receiver: Receiving
) -> None:
    hook = a_hook(delivering.connection, receiver.url, last=1)
    receiver.manner = lambda *_: receiver.released.wait(AMPLE_S)
    delivering.within_s = 0.2
    assert delivering.turn(hook) == 0
    (failed,) = failing_deliveries(delivering.connection, hook.webhook_id, 10)
    assert failed.last_error == "no answer within 0.2 s"


def test_a_receiver_that_says_gone_is_sent_nothing_more(
    delivering: Delivering, receiver: Receiving
) -> None:
    hook = a_hook(delivering.connection, receiver.url, last=3)
    receiver.manner = said(410)
    delivering.turn(hook)
    posts = len(receiver.posts)
    receiver.manner = taken
    delivering.clock.move(timedelta(days=2))

    assert delivering.turn(hook) == 0
    assert len(receiver.posts) == posts
    ended = webhook_kept(delivering.connection, hook.webhook_id)
    assert ended is not None
    assert ended.ended_why == "gone"
    assert webhooks_failing(delivering.connection) == 1


def test_what_is_given_up_is_listed_and_sent_by_hand(
    delivering: Delivering, receiver: Receiving
) -> None:
    connection = delivering.connection
    hook = a_hook(connection, receiver.url, last=1)
    receiver.manner = said(503)
    for _ in range(len(GAPS) + 3):
        delivering.turn(hook)
        delivering.clock.move(timedelta(days=2))
    assert len(receiver.posts) == len(GAPS)
    (failed,) = failing_deliveries(connection, hook.webhook_id, 10)
    assert (failed.state, failed.last_error) == ("failed", "HTTP 503")
    assert webhooks_failing(connection) == 1

    receiver.manner = taken
    assert replay_deliveries(connection, hook.webhook_id, delivering.clock()) == 1
    assert delivering.turn(hook) == 1
    assert {len(bodies) for bodies in receiver.by_id().values()} == {1}
    assert webhooks_failing(connection) == 0
    assert replay_deliveries(connection, hook.webhook_id, delivering.clock()) == 0
    again = replay_deliveries(
        connection, hook.webhook_id, delivering.clock(), message_id=failed.message_id
    )
    assert (again, delivering.turn(hook)) == (1, 1)
