"""A projector that publishes nothing any more gives up, but not for a broker that is away."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import Platform
from projections.ledger.message import Raw
from projections.store.publication import Stand
from projections.store.tables.positions import Position
from streams import projector
from streams.batches import Batch
from streams.faults import WorkerStuckError
from streams.projector import ProjectorAgent
from streams.reading.log import Partition
from streams.room import Room
from streams.transport.bounds import Bounds
from streams.transport.lanes import Lanes
from tests.support.partition_log import becomes

if TYPE_CHECKING:
    from pathlib import Path


def given_up(failing_s: float, *, is_away: bool) -> object:
    """Look at a relay that has failed for so long; give why the process has to end."""
    looks: list[object] = []

    def known(held: object) -> dict[int, int]:
        looks.append(held)
        return {}

    def end(_topic: str, _partition: int) -> int:
        if is_away:
            raise TimeoutError
        return 7

    async def let_go(_held: object) -> None:
        raise TimeoutError

    fold: Any = SimpleNamespace(platform=Platform.ORGANISATION)
    relay: Any = SimpleNamespace(
        failing_s=failing_s,
        publication=SimpleNamespace(look=lambda _held: {}),
        known=known,
        look=lambda _found: None,
        let_go=let_go,
    )
    witness: Any = SimpleNamespace(end=end)
    none: Any = None
    agent = ProjectorAgent(fold, none, relay, witness, none)
    app: Any = SimpleNamespace(lanes=Lanes(Bounds()))

    async def story() -> None:
        looking = asyncio.create_task(agent.look_forever(app, every_s=0.001))
        await becomes(lambda: len(looks) > 1)  # So the first has come to its end.
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    asyncio.run(story())
    return app.lanes.failure


def test_nothing_is_applied_swept_or_related_while_a_disk_is_almost_full(tmp_path: Path) -> None:
    fold: Any = SimpleNamespace(platform=Platform.ORGANISATION)
    none: Any = None
    room = Room([tmp_path], floor_mb=10**9)
    agent = ProjectorAgent(fold, none, none, none, none, room)
    batch = Batch(agent.topic, 0, [Raw(0, 0, b"key", b"value")])
    on = date(2026, 6, 1)
    for write in (
        lambda: agent._apply(batch),
        lambda: agent._sweep_some(0, on),
        lambda: agent._relate_now(0, on),
    ):
        with pytest.raises(OSError, match="nothing is written until there is room"):
            write()


def test_sleepers_are_sought_once_as_all_lanes_begin_and_again_where_one_waits_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, sought = [100.0], []
    monkeypatch.setattr(projector.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(projector, "end_asleep", lambda *_: sought.append(now[0]) or 0)
    fold: Any = SimpleNamespace(platform=Platform.ORGANISATION, store=None)
    none: Any = None
    agent = ProjectorAgent(fold, none, none, none, none)
    for _ in range(12):
        agent._end_asleep(none)
    now[0] += projector.SLEEPERS_EVERY_S
    agent._end_asleep(none)
    assert sought == [100.0, now[0]]


def test_a_database_that_came_back_without_its_last_commits_is_seen_without_another_event() -> None:
    """Commits are confirmed from memory: one that falls may lose the last of them."""
    fold: Any = SimpleNamespace(platform=Platform.ORGANISATION)
    stands = {0: Stand(7, notices_wait=False), 1: Stand(9, notices_wait=False)}
    relay: Any = SimpleNamespace(
        failing_s=0.0,
        publication=SimpleNamespace(look=lambda _held: stands),
        known=lambda _held: {0: 9, 1: 9},
        look=lambda _found: None,
    )
    none: Any = None
    agent = ProjectorAgent(fold, none, relay, none, none)
    begun_anew: dict[int, str] = {}
    lanes = {
        Partition(agent.topic, p): SimpleNamespace(
            next_offset=100,
            relocate=lambda why, p=p: begun_anew.setdefault(p, type(why).__name__),
        )
        for p in stands
    }

    async def story() -> None:
        app: Any = SimpleNamespace(lanes=SimpleNamespace(open=lanes))
        looking = asyncio.create_task(agent.look_forever(app, every_s=0.001))
        await becomes(lambda: bool(begun_anew))
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    asyncio.run(story())
    assert begun_anew == {0: "TablesWentBackError"}


def test_where_nobody_commits_a_look_waits_longer_and_after_news_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second look tells whether what the first found was only not yet offered here."""
    rests: list[float] = []
    generations = iter([7, 7, 7, 8, 8])

    async def sleep(seconds: float) -> None:
        rests.append(seconds)

    def look(_held: object) -> dict[int, Stand]:
        generation = next(generations, None)
        if generation is None:
            raise SystemExit
        return {0: Stand(generation, notices_wait=False)}

    async def let_go(_held: object) -> None:
        pass

    relay: Any = SimpleNamespace(
        failing_s=0.0,
        publication=SimpleNamespace(look=look),
        known=lambda _held: {0: 0},
        look=lambda _found: None,
        let_go=let_go,
    )
    fold: Any = SimpleNamespace(platform=Platform.ORGANISATION)
    none: Any = None
    agent = ProjectorAgent(fold, none, relay, none, none)
    app: Any = SimpleNamespace(lanes=SimpleNamespace(open={}))

    async def now(work: Any, *given: Any) -> Any:
        return work(*given)

    monkeypatch.setattr(projector, "asyncio", SimpleNamespace(sleep=sleep, to_thread=now))
    with pytest.raises(SystemExit):
        asyncio.run(agent.look_forever(app, every_s=1.0))
    assert rests == [1.0, 1.0, 2.0, 2.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("failing_s", "is_away", "gives_up"),
    [
        (0.0, False, False),
        (projector.PUBLICATION_STUCK_AFTER_S - 1, False, False),
        (projector.PUBLICATION_STUCK_AFTER_S + 1, True, False),
        (projector.PUBLICATION_STUCK_AFTER_S + 1, False, True),
    ],
)
def test_it_gives_up_where_all_answer_and_nothing_goes_out(
    failing_s: float, *, is_away: bool, gives_up: bool
) -> None:
    assert isinstance(given_up(failing_s, is_away=is_away), WorkerStuckError) is gives_up


def test_nobody_is_asked_of_a_partition_that_is_swept_and_told_to_the_day() -> None:
    """A look at all positions says so: it is asked twice a minute, of each partition."""
    now = datetime(2026, 6, 2, 12, tzinfo=UTC)
    to, before = date(2026, 6, 2), date(2026, 6, 1)
    stands = {0: (to, to), 1: (before, to), 2: (to, before)}
    positions = {p: Position(5, 0, 1, swept, told) for p, (swept, told) in stands.items()}
    asked: list[tuple[str, int]] = []

    class Agent(ProjectorAgent):
        async def _sweep_if_due(self, app: Any, source: Any, to: date) -> None:
            del app, to
            asked.append(("sweep", source.partition))

        async def _relate(self, partition: int, to: date) -> None:
            del to
            asked.append(("relate", partition))

    cursor = nullcontext(None)
    connection = SimpleNamespace(cursor=lambda: cursor)
    fold: Any = SimpleNamespace(
        platform=Platform.ORGANISATION,
        store=SimpleNamespace(positions=lambda _: positions),
    )
    connections: Any = SimpleNamespace(one=lambda: nullcontext(connection))
    none: Any = None
    agent = Agent(fold, connections, none, none, none)
    app: Any = SimpleNamespace(
        lanes=SimpleNamespace(open=[Partition(agent.topic, p) for p in (*stands, 3)])
    )

    async def story() -> None:
        sweeping = asyncio.create_task(agent.sweep_forever(app, 0.001, lambda: now))
        await becomes(lambda: ("relate", 3) in asked)
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)

    asyncio.run(story())
    assert asked[:4] == [("sweep", 1), ("sweep", 3), ("relate", 2), ("relate", 3)]
