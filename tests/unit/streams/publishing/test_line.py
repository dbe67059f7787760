"""Whatever comes between: what stands last on the topic of profiles is what the tables hold.

The real relay of two workers, beside tables and a broker that are made up, in thousands of orders
that are drawn by seed. Each may commit, take over, look, be refused, be cut off and die at any
await, and an operator's verbs come between.
"""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest

from projections.projector import Applied
from projections.store.publication import Stand
from streams.publishing import relay as relay_module
from streams.publishing.fence import FencedError
from streams.publishing.line import left_behind
from streams.publishing.producer import DeliveryError
from streams.publishing.publication import SentProfiles
from streams.publishing.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from streams.publishing.line import Line

ORDERS: Final = 600
STEPS: Final = 40
PARTITIONS: Final = (0, 1)
SUBJECTS: Final = "abc"
SETTLES_WITHIN: Final = 5_000
DEEDS: Final = ("apply", "take over", "other", "look", "zombie applies", "zombie looks", "kill")
QUIET: Final = 200
WAITS: Final = 0.02
WHOLE_AFTER_S: Final = 0.001
"""So that some patches follow each other before the whole is due."""


class Version(SimpleNamespace):
    """A profile as one transaction left it; `value` tells it from all others."""

    subject_id: str
    generation: int
    value: int


class World:
    """The tables of some partitions, their topic, and whom the broker lets write there."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.generation = dict.fromkeys(PARTITIONS, 0)
        self.noted = dict.fromkeys(PARTITIONS, 0)
        self.rows: dict[int, dict[str, tuple[int, int]]] = {p: {} for p in PARTITIONS}
        self.topic: dict[int, dict[str, int]] = {p: {} for p in PARTITIONS}
        self.reader: dict[int, dict[str, int]] = {p: {} for p in PARTITIONS}
        self.writer: dict[int, object] = {}
        self.is_calm = False
        self._values = 0
        self._pause_max = self.draw.choice([2, 4, 8, 16])
        self._fails = self.draw.choice([0.0, 0.1, 0.4])

    async def pause(self) -> None:
        """Let others come between, or not."""
        for _ in range(self.draw.randrange(self._pause_max)):
            await asyncio.sleep(0)

    async def ask(self) -> None:
        """Wait for what the database answers, if it does."""
        await self.pause()
        if self.fails():
            raise OSError

    def commit(self, partition: int) -> Applied:
        """Change some profiles, in one transaction."""
        self.generation[partition] += 1
        changes = []
        for subject in self.draw.sample(SUBJECTS, self.draw.randrange(len(SUBJECTS))):
            self._values += 1
            self.rows[partition][subject] = self.generation[partition], self._values
            version = Version(
                subject_id=subject, value=self._values, generation=self.generation[partition]
            )
            changes.append(version)
        return Applied(partition, self.generation[partition], changes, 0)  # type: ignore[arg-type]

    def fails(self) -> bool:
        return not self.is_calm and self.draw.random() < self._fails

    def old(self) -> dict[tuple[int, str], tuple[int | None, int | None, int]]:
        """Give the profiles whose last word is not that of the tables, whole or with patches."""
        return {
            (p, subject): (whole, patched, value)
            for p, rows in self.rows.items()
            for subject, (_, value) in rows.items()
            for whole, patched in [(self.topic[p].get(subject), self.reader[p].get(subject))]
            if not whole == patched == value
        }

    def patch(self, partition: int, subject: str, of: int, value: int) -> None:
        """Let a reader take a patch, which it does where it holds what that is of."""
        if self.reader[partition].get(subject) == of:
            self.reader[partition][subject] = value


class Publication:
    """What a relay asks for, as `streams.publishing.publication` does it, with pauses between."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[int, object] = {}
        self._told: dict[tuple[int, str], int] = {}

    def let_be_whole(self, subjects: Sequence[str]) -> None:
        for place in [place for place in self._told if place[1] in subjects]:
            del self._told[place]

    async def send_notices(self, _: Sequence[int]) -> None:
        await self._world.pause()

    async def send_missed(self, partition: int, line: Line) -> int:
        world = self._world
        await world.pause()
        self._tokens[partition] = world.writer[partition] = object()
        for subject in SUBJECTS:
            self._told.pop((partition, subject), None)
        await world.pause()
        now = world.generation[partition]
        left = left_behind(line.began, world.noted[partition], now, line.joined)
        await world.ask()
        missed = [
            Version(subject_id=subject, value=value, generation=generation)
            for subject, (generation, value) in world.rows[partition].items()
            if generation in left
        ]
        for each in missed:
            for error in (await self.send_profiles({partition: [each]})).failed.values():
                raise error
        await self.note({partition: left.stop - 1})
        return left.stop - 1

    async def send_profiles(self, taken: Mapping[int, list[Any]]) -> SentProfiles:
        failed, patched = {}, set()
        for partition, changes in taken.items():
            await self._world.pause()
            told = {c.subject_id: self._told.pop((partition, c.subject_id), None) for c in changes}
            error = self._commit(partition, changes, told)
            await self._world.pause()
            if error is not None:
                failed[partition] = error
                continue
            self._told |= {(partition, c.subject_id): c.value for c in changes}
            patched |= {subject for subject, before in told.items() if before is not None}
        return SentProfiles(failed, patched)

    def _commit(
        self, partition: int, changes: list[Any], told: Mapping[str, int | None]
    ) -> Exception | None:
        world = self._world
        if world.writer.get(partition) is not self._tokens.get(partition, self):
            return FencedError("taken")
        if world.fails():
            return DeliveryError("undone")
        for each in changes:
            before = told[each.subject_id]
            if before is None:
                world.topic[partition][each.subject_id] = each.value
                world.reader[partition][each.subject_id] = each.value
            else:
                world.patch(partition, each.subject_id, before, each.value)
        if world.fails():
            # It is there, and the answer was lost: the producer is given up with what it knew.
            del self._tokens[partition]
            return FencedError("no answer")
        return None

    async def note(self, reached: Mapping[int, int]) -> None:
        await self._world.ask()
        for partition, generation in reached.items():
            self._world.noted[partition] = max(self._world.noted[partition], generation)


class Worker:
    """A process: a relay, and what it does beside it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.start()

    def start(self) -> None:
        self.relay = Relay(Publication(self._world))  # type: ignore[arg-type]
        self._tasks = [asyncio.create_task(self.relay.run())]
        self.held: set[int] = set()

    def kill(self) -> None:
        for task in self._tasks:
            task.cancel()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def take_over(self, partition: int) -> None:
        stood_at = self._world.generation[partition]
        await self._world.pause()
        self.relay.catch_up(partition, stood_at)
        self.held.add(partition)

    async def apply(self, partition: int) -> None:
        applied = self._world.commit(partition)
        await self._world.pause()
        self.relay.offer(applied)

    async def look(self) -> None:
        world = self._world
        found = {p: Stand(world.generation[p], notices_wait=False) for p in self.held}
        await world.pause()
        self.relay.look(found)


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what blocks be awaited in the one loop, where the order is drawn and not given."""

    async def to_thread(work: Callable[..., Coroutine[Any, Any, Any]], *given: Any) -> Any:
        return await work(*given)

    monkeypatch.setattr(relay_module.asyncio, "to_thread", to_thread)
    monkeypatch.setattr(relay_module._log, "warning", lambda *_, **__: None)
    monkeypatch.setattr(relay_module, "PROFILES_PER_SEND", 2)
    for pause in ("_GATHER_S", "_EVERY_S", "_RETRY_S", "_NOTE_EVERY_S"):
        monkeypatch.setattr(relay_module, pause, 0.0)
    monkeypatch.setattr(relay_module, "_WHOLE_AFTER_S", WHOLE_AFTER_S)


async def _live_through(world: World) -> None:
    """Let one work, and now and then the other in its place; who was succeeded does not know."""
    holder, other = Worker(world), Worker(world)
    for partition in PARTITIONS:
        holder.do(holder.take_over(partition))
    # Some worlds have many changes of hands, some many commits of others, some neither.
    often = [40, *(world.draw.choice([0, 0, 1, 8]) for _ in DEEDS[1:])]
    for what in world.draw.choices(DEEDS, often, k=STEPS):
        await world.pause()
        partition = world.draw.choice(PARTITIONS)
        match what:
            case "apply":
                holder.do(holder.apply(partition))
            case "take over":
                holder, other = other, holder
                for each in PARTITIONS:
                    holder.do(holder.take_over(each))
            case "other":
                world.commit(partition)  # an operator's verb, or a batch whose answer was lost
            case "look":
                holder.do(holder.look())
            case "zombie applies":
                other.do(other.apply(partition))
            case "zombie looks":
                other.do(other.look())
            case "kill":
                holder.kill()
                holder.start()
                for each in PARTITIONS:
                    holder.do(holder.take_over(each))
    await _settle(world, holder, other)


async def _settle(world: World, holder: Worker, other: Worker) -> None:
    """Nothing else happens, and the one who works looks. Some had to be started anew."""
    world.is_calm = True
    other.held.clear()
    if world.draw.random() < 0.3:
        holder.kill()
        holder.start()
        for partition in PARTITIONS:
            holder.do(holder.take_over(partition))
    quiet = 0
    for _ in range(SETTLES_WITHIN):
        await asyncio.sleep(WHOLE_AFTER_S if world.draw.random() < WAITS else 0)
        quiet = 0 if world.old() else quiet + 1
        if quiet > QUIET:
            break
        if world.draw.random() < 0.1:
            await holder.look()
    for worker in (holder, other):
        worker.kill()
    assert world.old() == {}


def test_a_worker_that_finds_all_published_reads_nothing_of_what_it_applies_meanwhile() -> None:
    assert not left_behind(began=0, noted=0, now=12, joined=12)
    assert not left_behind(began=7, noted=9, now=12, joined=13)
    # What others committed meanwhile, or left unpublished, is read, and all since it was found.
    assert left_behind(began=7, noted=9, now=12, joined=11) == range(8, 13)
    assert left_behind(began=7, noted=4, now=12, joined=12) == range(5, 13)


@pytest.mark.parametrize("first", range(0, ORDERS, ORDERS // 4))
def test_the_last_word_is_what_the_tables_hold(first: int) -> None:
    for seed in range(first, first + ORDERS // 4):
        asyncio.run(_live_through(World(seed)))
