"""What was told arrives: notices and profiles, whoever was killed, woken or asked to take over."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from events.partitioning import LEDGER_PARTITIONS
from events.rules.rulebook import load_rulebook
from events.topics import patches_topic, profiles_topic
from events.wire.codec import decode_record
from ops.audit.replay import replay
from ops.environment import prepare
from ops.generator.codes import synthetic_credit_code_at
from ops.local.stack import Stack
from projections.calendar.rules import RuleCalendar
from projections.fold.state import decode_state
from projections.profile.profile import assess
from projections.writing.document import profile_document
from streams.publishing.producer import Sender, create_producer
from tests.acceptance.conftest import run_verb
from tests.support.answers import answer_of
from tests.support.builders import a_penalty, a_tax_listing
from tests.support.chaos import Worker, wait_for, workers
from tests.support.ledger import LEDGER, ends_of, positions, read_all, rows, saying
from tests.support.patching import ProfileReader
from tests.support.published import (
    CAUGHT_WITHIN,
    ORGANISATION,
    SETTLES_WITHIN_S,
    Ends,
    everything_told_is_out,
    is_applied,
    kill_once,
    live,
    old_or_missing,
    record,
    set_limit,
    unpublished,
    wait_until_profiles_are_published,
    wait_until_published,
)
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from events.event import Event

TAKE_OVERS = 3

SLEEPERS, NIGHTS = 5, 4
"""So many projectors share the partitions, and so often all of them sleep."""
LIVES_AT_MOST_S = 1.0
LARGE = synthetic_credit_code_at(900_000), synthetic_credit_code_at(900_001)

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run a ledger of its own; nobody works there yet."""
    with private_stack(tmp_path_factory.mktemp("publication")) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        yield stack


def test_the_successor_of_a_killed_projector_publishes_what_was_left(
    stack: Stack, tmp_path: Path
) -> None:
    unsent = f"SELECT FROM {live(stack, 'outbox')}"
    with workers(stack, tmp_path, "projector") as (projector,):
        for seed in range(TAKE_OVERS):
            kill_once(
                stack, projector, lambda _: bool(rows(stack.postgres, unsent)), 10_000 * (seed + 1)
            )
            projector.start()
            wait_until_published(stack)
            assert old_or_missing(stack) == set()


def test_a_promotion_after_a_kill_loses_no_profile_and_no_notice(
    stack: Stack, tmp_path: Path
) -> None:
    def all_is_applied_and_not_all_published(ends: Ends) -> bool:
        is_left = rows(stack.postgres, unpublished(stack)) != []
        return is_left and positions(stack.postgres) == ends

    with workers(stack, tmp_path, "projector") as (projector,):
        for seed in range(100, 100 + TAKE_OVERS * CAUGHT_WITHIN, CAUGHT_WITHIN):
            kill_once(stack, projector, all_is_applied_and_not_all_published, seed)
            if old_or_missing(stack):
                break
            # All was out, and only not noted: once more.
            projector.start()
        assert old_or_missing(stack), "killed too late each time"
        assert replay(stack, ORGANISATION, promote=True).promoted
        projector.start()
        wait_until_published(stack)
        assert old_or_missing(stack) == set()


def test_a_promotion_under_a_worker_without_traffic_goes_on_sweeping(
    stack: Stack, tmp_path: Path
) -> None:
    with workers(stack, tmp_path, "projector", CREDIT_LEDGER_SWEEP_EVERY_S="0.5") as (projector,):
        wait_until_published(stack)
        swept = f"SELECT FROM {live(stack, 'position')} WHERE swept_on < current_date - 1"
        wait_for(lambda: rows(stack.postgres, swept) == [], SETTLES_WITHIN_S, "all is swept")
        assert replay(stack, ORGANISATION, promote=True).promoted
        before = len(projector.told("lane_outage"))
        with psycopg.connect(stack.postgres, autocommit=True) as connection:
            connection.execute(f"UPDATE {live(stack, 'position')} SET swept_on = '2020-01-01'")  # type: ignore[arg-type]
        swept = f"SELECT FROM {live(stack, 'position')} WHERE swept_on < current_date - 1"
        wait_for(lambda: rows(stack.postgres, swept) == [], SETTLES_WITHIN_S, "it is swept anew")
        assert projector.told("sweep_failed") == []
        assert len(projector.told("lane_outage")) <= before + 2 * LEDGER_PARTITIONS
        assert projector.is_alive


def test_zombies_that_wake_and_are_killed_have_not_the_last_word(
    stack: Stack, tmp_path: Path
) -> None:
    """All who work sleep past their sessions, are succeeded, wake, and die within a second."""
    with workers(stack, tmp_path, *["projector"] * SLEEPERS) as running:
        for n in range(NIGHTS):
            sleepers = running[-SLEEPERS:]
            before = positions(stack.postgres)
            record(stack, 1_000 + n, 800)
            wait_for(
                lambda before=before: all(  # type: ignore[misc]
                    at > before[partition] for partition, at in positions(stack.postgres).items()
                ),
                SETTLES_WITHIN_S,
                "all are at work",
            )
            for sleeper in sleepers:
                sleeper.pause()
            running += [
                Worker(stack, "projector", tmp_path / f"successor-{n}-{i}.log")
                for i in range(SLEEPERS)
            ]
            record(stack, 2_000 + n, 800)
            wait_until_profiles_are_published(stack)
            for sleeper in sleepers:
                sleeper.resume()
            for sleeper in sleepers:
                time.sleep(LIVES_AT_MOST_S / SLEEPERS)
                sleeper.kill()
            wait_until_profiles_are_published(stack)
            assert old_or_missing(stack) == set()
        everything_told_is_out(stack)


def test_a_subject_that_an_operator_releases_is_published_and_told_of_without_another_event(
    stack: Stack, tmp_path: Path
) -> None:
    subject = synthetic_credit_code_at(900_002)
    penalty = saying(a_penalty("released", "2025-03-01", subject_id=subject)).value
    listing = saying(a_tax_listing("released", subject_id=subject)).value
    parked = f"SELECT waiting FROM {live(stack, 'parked')} WHERE subject_id = %s"
    told = f"SELECT FROM {live(stack, 'list_entry')} WHERE subject_id = %s"
    sender = Sender(create_producer(stack.kafka))
    with workers(stack, tmp_path, "projector"):
        wait_until_profiles_are_published(stack)
        sender.send((LEDGER, subject.encode(), value, None) for value in (penalty[:12], listing))
        wait_for(
            lambda: rows(stack.postgres, parked, subject) == [(1,)],
            SETTLES_WITHIN_S,
            "it is parked",
        )
        wait_until_profiles_are_published(stack)
        # The cause is mended: what was kept of the message can be read from now on.
        with psycopg.connect(stack.postgres, autocommit=True) as connection:
            mended = (
                f"UPDATE {live(stack, 'event')} SET value = %s WHERE subject_id = %s AND value = %s"
            )
            connection.execute(mended.encode(), (penalty, subject, penalty[:12]))
        before = ends_of(stack.kafka, LEDGER)
        released = run_verb(
            *("parked", "retry", subject),
            CREDIT_LEDGER_KAFKA=stack.kafka,
            CREDIT_LEDGER_POSTGRES=stack.postgres,
        )
        assert released.returncode == 0, released.stdout + released.stderr
        wait_until_published(stack)
        assert len(rows(stack.postgres, told, subject)) == 1
        assert old_or_missing(stack) == set()
        assert ends_of(stack.kafka, LEDGER) == before


def test_a_profile_that_the_broker_does_not_take_is_set_aside_and_goes_out_by_an_operators_word(
    stack: Stack, tmp_path: Path
) -> None:
    large, other = LARGE
    noise = random.Random(1)

    def a_long_penalty(n: int) -> Event:
        words = "".join(chr(noise.randrange(0x4E00, 0x9FA5)) for _ in range(60))
        return a_penalty(f"{n}-{words}", "2025-03-01", subject_id=large)

    def aside() -> list[dict[str, Any]]:
        done = run_verb(
            *("parked", "unpublished", "--json"),
            CREDIT_LEDGER_KAFKA=stack.kafka,
            CREDIT_LEDGER_POSTGRES=stack.postgres,
        )
        return list(answer_of(done.stdout))

    def published() -> set[str]:
        topic = profiles_topic(ORGANISATION)
        return {message.key().decode() for message in read_all(stack.kafka, topic)}

    sender = Sender(create_producer(stack.kafka))
    with workers(stack, tmp_path, "projector") as (projector,):
        set_limit(stack, 30_000)
        events = [*map(a_long_penalty, range(300)), a_penalty("o", "2025-03-01", subject_id=other)]
        sender.send((LEDGER, each.key, each.value, None) for each in map(saying, events))
        wait_for(lambda: bool(aside()), SETTLES_WITHIN_S, "it is set aside")
        (found,) = aside()
        assert found["subject_id"] == large
        assert found["bytes"] > 30_000
        wait_for(lambda: other in published(), SETTLES_WITHIN_S, "another's profile goes out")
        assert large not in published()
        set_limit(stack, 4_000_000)
        run_verb(
            *("parked", "publish", large),
            CREDIT_LEDGER_KAFKA=stack.kafka,
            CREDIT_LEDGER_POSTGRES=stack.postgres,
        )
        wait_for(lambda: large in published(), SETTLES_WITHIN_S, "it goes out after all")
        wait_for(lambda: aside() == [], SETTLES_WITHIN_S, "nothing is left aside")
        assert projector.is_alive
        wait_until_published(stack)
        assert old_or_missing(stack) == set()


def test_a_reader_of_patches_holds_a_long_profile_at_once_and_the_whole_follows_through_a_kill(
    stack: Stack, tmp_path: Path
) -> None:
    subject = synthetic_credit_code_at(900_003)
    calendar = RuleCalendar(load_rulebook())
    kept = f"SELECT state FROM {live(stack, 'profile')} WHERE subject_id = %s"
    sender = Sender(create_producer(stack.kafka))

    def say(*numbers: int) -> None:
        said = [
            saying(a_penalty(f"patched-{n}", "2025-03-01", subject_id=subject)) for n in numbers
        ]
        sender.send((LEDGER, each.key, each.value, None) for each in said)
        wait_for(lambda: is_applied(stack), SETTLES_WITHIN_S, "all is applied")

    def of(topic: str) -> list[bytes]:
        messages = read_all(stack.kafka, topic)
        return [m.value() for m in messages if m.key() == subject.encode()]

    def in_table() -> bytes:
        ((data,),) = rows(stack.postgres, kept, subject)
        state = decode_state(data)
        return profile_document(assess(state.record, calendar.on(state.assessed_on)))

    def at_a_reader() -> bytes | None:
        reader = ProfileReader()
        for value in (*of(profiles_topic(ORGANISATION)), *of(patches_topic(ORGANISATION))):
            reader.take(value)
        return reader.documents.get(subject)

    def whole() -> bytes:
        (*_, last) = of(profiles_topic(ORGANISATION))
        document: str = decode_record(last)[1]["document"]
        return document.encode()

    with workers(stack, tmp_path, "projector") as (projector,):
        say(*range(60))
        wait_until_profiles_are_published(stack)
        assert whole() == in_table()
        for n in range(60, 60 + CAUGHT_WITHIN):
            say(n)
            wait_for(lambda: at_a_reader() == in_table(), SETTLES_WITHIN_S, "a reader has it")
            if n >= 62 and whole() != in_table():
                projector.kill()
                if whole() != in_table():
                    break
                projector.start()
        assert whole() != in_table(), "killed too late each time"
        patches = of(patches_topic(ORGANISATION))
        assert max(map(len, patches)) < len(in_table()) / 10
        projector.start()
        wait_until_profiles_are_published(stack)
        assert whole() == at_a_reader() == in_table()
        say(1_000)
        wait_for(lambda: at_a_reader() == in_table(), SETTLES_WITHIN_S, "a reader has it")
        assert len(of(patches_topic(ORGANISATION))) > len(patches)
        wait_until_profiles_are_published(stack)
        assert whole() == in_table()
