"""However a worker ends, its lanes are shut and its exit code says why."""

from __future__ import annotations

import asyncio
from typing import Any

from streams.transport import app as app_module
from streams.transport.bounds import Bounds
from streams.transport.lanes import Lanes


class Cancelled:
    """An app whose consumer was cancelled: whoever waits for it is too."""

    def __init__(self) -> None:
        self.lanes = Lanes(Bounds())
        self.consumer = self

    async def hint(self) -> None:
        raise asyncio.CancelledError

    async def stop(self) -> None:
        raise asyncio.CancelledError


def test_a_consumer_that_was_cancelled_keeps_no_lane_from_shutting() -> None:
    app: Any = Cancelled()

    async def story() -> None:
        await app_module._end(app, [])
        await app.lanes.reopen([("topic", 0)], app)

    asyncio.run(story())
    assert app.lanes.open == {}
    assert app.lanes.failure is None
