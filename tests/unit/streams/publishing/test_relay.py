"""The relay: who takes over publishes what was left, at once, and notes only what it knows of."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from projections.projector import Applied
from projections.store.publication import Stand
from streams.publishing import relay as relay_module
from streams.publishing.fence import FencedError
from streams.publishing.producer import DeliveryError
from streams.publishing.publication import SentProfiles
from streams.publishing.relay import PENDING_PROFILES_MAX, Relay
from tests.support.partition_log import becomes
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from streams.publishing.line import Line

PARTITIONS = range(12)
TABLES_AT = 5


class Tables:
    """What the relay asks for, as it was asked; every partition stands at one generation."""

    def __init__(self) -> None:
        self.notices: list[int] = []
        self.missed: list[int] = []
        self.gone: list[int] = []
        self.sent: list[tuple[int, str]] = []
        self.noted: dict[int, int] = {}
        self.failures: list[dict[int, Exception]] = []
        self.long: set[str] = set()
        self.whole: list[str] = []
        self.while_sending_notices: list[Callable[[], None]] = []
        self.while_sending_missed: list[Callable[[], None]] = []

    def send_notices(self, partitions: list[int]) -> None:
        if self.while_sending_notices:
            self.while_sending_notices.pop(0)()
        self.notices += partitions

    def let_go(self, partitions: list[int]) -> list[int]:
        self.gone += partitions
        return list(partitions)

    def send_missed(self, partition: int, _line: Line) -> int:
        if self.while_sending_missed:
            self.while_sending_missed.pop(0)()
        self.missed.append(partition)
        self.noted[partition] = TABLES_AT
        return TABLES_AT

    def let_be_whole(self, subjects: list[str]) -> None:
        self.whole += subjects

    def send_profiles(self, taken: Mapping[int, list[Any]]) -> SentProfiles:
        failed = self.failures.pop(0) if self.failures else {}
        self.sent += [
            (p, change.subject_id) for p, own in taken.items() if p not in failed for change in own
        ]
        went = {change.subject_id for p, own in taken.items() if p not in failed for change in own}
        patched = went & self.long - set(self.whole)
        self.whole = [subject for subject in self.whole if subject not in went]
        return SentProfiles(dict(failed), patched)

    def note(self, reached: Mapping[int, int]) -> None:
        self.noted |= reached


def changes(*subjects: str, generation: int = 0) -> Any:
    return [SimpleNamespace(subject_id=each, generation=generation) for each in subjects]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for pause in ("_GATHER_S", "_EVERY_S", "_RETRY_S", "_NOTE_EVERY_S"):
        monkeypatch.setattr(relay_module, pause, 0.0)


def told(story: Callable[[Tables, Relay], Coroutine[Any, Any, None]]) -> None:
    """Run a story beside a relay that publishes."""

    async def run() -> None:
        tables = Tables()
        relay = Relay(tables)  # type: ignore[arg-type]
        running = asyncio.create_task(relay.run())
        try:
            await story(tables, relay)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())


def test_partitions_taken_over_while_notices_are_sent_have_theirs_sent_too() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        loop = asyncio.get_running_loop()

        def take_over_the_rest() -> None:
            for partition in PARTITIONS[1:]:
                loop.call_soon_threadsafe(relay.catch_up, partition, TABLES_AT)

        tables.while_sending_notices.append(take_over_the_rest)
        relay.catch_up(0, TABLES_AT)
        await becomes(lambda: set(tables.missed) == set(PARTITIONS))
        assert set(tables.notices) == set(PARTITIONS)

    told(story)


def test_what_is_offered_in_order_is_sent_and_noted() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        relay.catch_up(3, TABLES_AT)
        relay.offer(Applied(3, 6, changes("a"), 0))
        relay.offer(Applied(3, 7, changes("b", "a"), 1))
        await becomes(lambda: tables.noted.get(3) == 7)
        assert sorted(tables.sent) == [(3, "a"), (3, "b")]
        assert tables.missed == [3]
        assert tables.notices == [3]

    told(story)


def test_producers_of_partitions_that_others_hold_end_once_nothing_waits_for_them() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        for partition in (3, 4, 5):
            relay.catch_up(partition, TABLES_AT)
        await becomes(lambda: not relay._behind())
        tables.failures.append({5: OSError()})
        relay.offer(Applied(5, 6, changes("a"), 0))
        await becomes(lambda: not tables.failures)
        waits = [p for p, line in relay._lines.items() if line.pending]
        await relay.let_go({3})
        assert tables.gone == [p for p in (4, 5) if p not in waits]

    told(story)


def test_what_changed_no_profile_is_noted_as_published_too() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        relay.catch_up(3, TABLES_AT)
        await becomes(lambda: not relay._behind())
        relay.offer(Applied(3, 6, [], 2))
        await becomes(lambda: tables.noted == {3: 6})
        assert tables.sent == []

    told(story)


def test_a_profile_that_waited_never_follows_the_newer_one_read_from_the_tables() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        loop = asyncio.get_running_loop()

        def another_change() -> None:
            # It is committed before the tables are read, and offered while they are sent.
            loop.call_soon_threadsafe(relay.offer, Applied(3, TABLES_AT - 1, changes("a"), 0))

        tables.while_sending_missed.append(another_change)
        relay.catch_up(3, TABLES_AT - 2)
        await becomes(lambda: not relay._behind())
        relay.offer(Applied(3, TABLES_AT, changes("a"), 0))
        relay.offer(Applied(3, TABLES_AT + 1, changes("b"), 0))
        await becomes(lambda: tables.noted.get(3) == TABLES_AT + 1)
        assert tables.sent == [(3, "b")]

    told(story)


def test_what_another_process_made_in_between_is_not_noted_but_read_from_the_tables() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        relay.catch_up(3, 3)
        await becomes(lambda: tables.noted == {3: TABLES_AT})
        # An operator's verb made generation 6; this worker's own batch is 7.
        relay.offer(Applied(3, 7, changes("a"), 0))
        for _ in range(50):
            await asyncio.sleep(0)
        assert tables.noted == {3: TABLES_AT}
        relay.look({3: Stand(7, notices_wait=True)})
        await becomes(lambda: tables.notices == [3, 3])
        assert tables.missed == [3], "the first look may have come before the offer"
        relay.look({3: Stand(7, notices_wait=False)})
        await becomes(lambda: tables.missed == [3, 3])

    told(story)


def test_offers_that_come_in_the_wrong_order_join_without_a_look_at_the_tables() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        relay.catch_up(3, TABLES_AT)
        await becomes(lambda: tables.noted == {3: TABLES_AT})
        relay.offer(Applied(3, 7, changes("b"), 0))
        relay.offer(Applied(3, 6, changes("a"), 0))
        await becomes(lambda: tables.noted == {3: 7})
        assert tables.sent == [(3, "a"), (3, "b")]
        relay.look({3: Stand(7, notices_wait=False)})
        relay.look({3: Stand(7, notices_wait=False)})
        assert tables.missed == [3]

    told(story)


def test_a_partition_that_another_took_is_left_alone_until_it_is_held_again() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        for partition in (3, 4):
            relay.catch_up(partition, TABLES_AT)
        await becomes(lambda: len(tables.noted) == 2)
        tables.failures.append({3: FencedError("taken")})
        relay.offer(Applied(3, 6, changes("old"), 0))
        relay.offer(Applied(4, 6, changes("mine"), 0))
        await becomes(lambda: tables.noted == {3: TABLES_AT, 4: 6})
        relay.offer(Applied(3, 7, changes("old"), 0))
        for _ in range(50):
            await asyncio.sleep(0)
        assert tables.sent == [(4, "mine")]
        assert tables.noted[3] == TABLES_AT
        relay.look({3: Stand(7, notices_wait=False)})
        await becomes(lambda: tables.missed == [3, 4, 3])

    told(story)


def test_what_failed_waits_and_goes_out_with_what_came_since() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        relay.catch_up(3, TABLES_AT)
        await becomes(lambda: tables.noted == {3: TABLES_AT})
        tables.failures += [{3: DeliveryError("away")}, {3: DeliveryError("away")}]
        relay.offer(Applied(3, 6, changes("a"), 0))
        await becomes(lambda: not tables.failures)
        relay.offer(Applied(3, 7, changes("b"), 0))
        await becomes(lambda: tables.noted == {3: 7})
        assert set(tables.sent) == {(3, "a"), (3, "b")}
        await becomes(lambda: relay.failing_s == 0.0)

    told(story)


def test_what_is_wrong_with_one_partition_or_with_notices_stops_no_other_profile() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        def fail_at(calls: list[Callable[[], None]]) -> None:
            def fail() -> None:
                calls.append(fail)
                raise DeliveryError("no such topic")

            calls.append(fail)

        relay.catch_up(4, TABLES_AT)
        await becomes(lambda: not relay._behind())
        for _ in range(50):
            await asyncio.sleep(0)
        fail_at(tables.while_sending_notices)
        fail_at(tables.while_sending_missed)
        relay.catch_up(3, TABLES_AT)
        relay.offer(Applied(4, 6, changes("a"), 1))
        await becomes(lambda: tables.sent == [(4, "a")])
        assert tables.notices == [4]
        assert tables.missed == [4]
        tables.while_sending_notices.clear()
        tables.while_sending_missed.clear()
        await becomes(lambda: tables.noted == {3: TABLES_AT, 4: 6})
        assert {3, 4} <= set(tables.notices[1:])

    told(story)


def test_what_waited_for_one_before_it_goes_on_once_the_tables_have_told_that() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        # Another process made generation 5: it is read from the tables, and 6 follows at once.
        relay.catch_up(3, TABLES_AT - 1)
        relay.offer(Applied(3, TABLES_AT + 1, changes("a"), 0))
        await becomes(lambda: tables.noted == {3: TABLES_AT + 1})
        assert tables.sent == [(3, "a")]

    told(story)


def test_of_what_went_out_in_patches_the_whole_follows_and_only_then_is_it_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        monkeypatch.setattr(relay_module, "_WHOLE_AFTER_S", AMPLE_S)
        relay.catch_up(3, TABLES_AT)
        await becomes(lambda: tables.noted == {3: TABLES_AT})
        tables.long = {"long"}
        relay.offer(Applied(3, 6, changes("short", generation=6), 0))
        relay.offer(Applied(3, 7, changes("long", generation=7), 0))
        await becomes(lambda: tables.noted == {3: 6})
        relay.offer(Applied(3, 8, changes("long", generation=8), 0))
        await becomes(lambda: tables.noted == {3: 7})
        assert tables.sent == [(3, "short"), (3, "long"), (3, "long")]
        # Its time comes, as of the first patch.
        line = relay._lines[3]
        line.owed = {name: owed._replace(due_at=0.0) for name, owed in line.owed.items()}
        relay.offer(Applied(3, 9, changes("short", generation=9), 0))
        await becomes(lambda: tables.noted == {3: 9})
        assert sorted(tables.sent[3:]) == [(3, "long"), (3, "short")]
        assert line.owed == {}

    told(story)


def test_what_is_owed_whole_of_a_partition_that_others_hold_is_left_to_them() -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        relay.catch_up(3, TABLES_AT)
        await becomes(lambda: tables.noted == {3: TABLES_AT})
        tables.long = {"long"}
        relay.offer(Applied(3, 6, changes("long", generation=6), 0))
        await becomes(lambda: bool(relay._lines[3].owed))
        await relay.let_go({4})
        relay.offer(Applied(4, 1, changes("other", generation=1), 0))
        await becomes(lambda: tables.noted == {3: TABLES_AT, 4: 1})
        assert tables.sent == [(3, "long"), (4, "other")]

    told(story)


def test_profiles_dropped_with_their_partition_give_their_room_back() -> None:
    async def story() -> None:
        nobody: Any = None
        relay = Relay(nobody)
        many: Any = [SimpleNamespace(subject_id=n) for n in range(PENDING_PROFILES_MAX + 1)]
        relay.offer(Applied(0, 1, many, 0), in_bulk=True)
        assert not relay._room.is_set()
        relay.catch_up(0, 5)
        await asyncio.wait_for(relay.has_room(), AMPLE_S)

    asyncio.run(story())


def test_the_first_profiles_go_out_at_once_and_the_next_share_what_a_sending_costs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(tables: Tables, relay: Relay) -> None:
        relay.catch_up(3, TABLES_AT)
        relay.offer(Applied(3, 6, changes("a"), 0))
        await becomes(lambda: tables.noted.get(3) == 6)
        for generation, subject in enumerate("bc", 7):
            relay.offer(Applied(3, generation, changes(subject), 1))
            await becomes(lambda told=generation - 6: len(tables.notices) > told)  # type: ignore[misc]
        assert tables.sent == [(3, "a")]
        assert relay._due_at == relay._rests_until > time.monotonic() + AMPLE_S
        relay._due_at = 0.0
        relay._work.set()
        await becomes(lambda: tables.noted.get(3) == 8)
        assert tables.sent == [(3, "a"), (3, "b"), (3, "c")]

    monkeypatch.setattr(relay_module, "_EVERY_S", 2 * AMPLE_S)
    told(story)


def test_what_took_long_to_send_is_followed_by_a_longer_rest_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(relay_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(relay_module, "_EVERY_S", 1.0)

    class Slow(Tables):
        takes_s = 0.25

        def send_profiles(self, taken: Mapping[int, list[Any]]) -> SentProfiles:
            clock.now += self.takes_s
            return super().send_profiles(taken)

    tables = Slow()
    relay = Relay(tables)  # type: ignore[arg-type]
    rests = []

    async def story() -> None:
        for generation, tables.takes_s in enumerate([0.25, 9.0, 0.01, 0.01], 1):
            relay.offer(Applied(3, generation, changes("a"), 0))
            clock.now = relay._due_at
            began = clock.now
            await relay._publish()
            rests.append(relay._rests_until - began)
            clock.now += 60.0

    asyncio.run(story())
    assert rests == pytest.approx([1.0, 2.0, 3.0, 1.0])
