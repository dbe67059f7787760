"""A projector that publishes nothing any more gives up, but not for a broker that is away."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from events.envelope import Platform
from streams import projector
from streams.batches import WorkerStuckError
from streams.projector import ProjectorAgent
from streams.transport.bounds import Bounds
from streams.transport.lanes import Lanes


def given_up(failing_s: float, *, is_away: bool) -> object:
    """Look once at a relay that has failed for so long; give why the process has to end."""

    def end(_topic: str, _partition: int) -> int:
        if is_away:
            raise TimeoutError
        return 7

    fold: Any = SimpleNamespace(platform=Platform.ORGANISATION)
    relay: Any = SimpleNamespace(
        failing_s=failing_s,
        publication=SimpleNamespace(look=lambda _held: {}),
        look=lambda _found: None,
    )
    witness: Any = SimpleNamespace(end=end)
    none: Any = None
    agent = ProjectorAgent(fold, none, relay, witness, none)
    app: Any = SimpleNamespace(lanes=Lanes(Bounds()))

    async def story() -> None:
        looking = asyncio.create_task(agent.look_forever(app, every_s=0.001))
        await asyncio.sleep(0.05)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    asyncio.run(story())
    return app.lanes.failure


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
