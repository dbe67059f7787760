"""A worker that lost a partition does not wait for room that its dropped profiles took."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from projections.projector import Applied
from streams.relay import PENDING_PROFILES_MAX, Relay


def test_profiles_dropped_with_their_partition_give_their_room_back() -> None:
    async def story() -> None:
        nobody: Any = None
        relay = Relay(nobody, "me")
        many: Any = [SimpleNamespace(subject_id=n) for n in range(PENDING_PROFILES_MAX + 1)]
        relay.offer(Applied(0, 1, many, 0), in_bulk=True)
        assert not relay._room.is_set()
        relay.catch_up(0, 5)
        await asyncio.wait_for(relay.has_room(), 1)

    asyncio.run(story())
