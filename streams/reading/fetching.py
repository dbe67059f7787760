"""aiokafka fetches, and we read what it fetched: one seam for both, as `records` reads.

It keeps the bytes of each answer, and puts our reader in place of aiokafka's, which has not begun
to read by then. `tests/unit/streams/test_faust_traps.py` says when the seam has gone.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from aiokafka.consumer.fetcher import FetchResult
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest

from streams.reading.records import Budget, Records

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.errors import LedgerError
    from streams.reading.log import Partition


_ASKING: Final = "offsets"
"""Names the connection on which a broker is asked how far its logs reach."""


class OwnReading(OrderedDict[Any, Any]):
    """aiokafka's results of fetches by partition, each with our `Records` in it."""

    def __init__(
        self,
        fetcher: Any,
        with_headers: Callable[[Partition], bool],
        on_damage: Callable[[Partition, LedgerError], None],
        *,
        every_s: float = 0.0,
        full_bytes: int = 0,
    ) -> None:
        """Take the place of a fetcher's results; what is damaged is told to `on_damage`.

        A broker is asked no sooner than `every_s` after the fetch before, unless that brought
        `full_bytes`.
        """
        super().__init__()
        self.budget = Budget()
        self._every_s, self._full_bytes = every_s, full_bytes
        self._next_at: dict[int, float] = {}
        self._with_headers = with_headers
        self._on_damage = on_damage
        self._answers: dict[Any, bytes] = {}
        self._send = fetcher._client.send  # noqa: SLF001 - the one place all answers pass
        fetcher._client.send = self._keeping  # noqa: SLF001
        fetcher._records = self  # noqa: SLF001

    async def _keeping(self, node_id: int, request: Any, **options: Any) -> Any:
        if isinstance(request, OffsetRequest):
            # A broker answers a connection in order: behind a long fetch this would wait its end.
            options.setdefault("group", _ASKING)
        is_fetch = isinstance(request, FetchRequest)
        if is_fetch:
            await asyncio.sleep(self._next_at.get(node_id, -math.inf) - time.monotonic())
            self._next_at[node_id] = time.monotonic() + self._every_s
        response = await self._send(node_id, request, **options)
        if is_fetch:
            # aiokafka takes an answer up before it awaits the next. What it drops, as of places
            # that are read no more, is let go then: megabytes of each partition had stayed.
            self._answers = {
                (topic, partition): data
                for topic, partitions in response.topics
                for partition, *_, data in partitions
                if data
            }
            if sum(map(len, self._answers.values())) >= self._full_bytes:
                del self._next_at[node_id]
        return response

    def __setitem__(self, source: Any, result: Any) -> None:
        """Note a result, its records to be read by us."""
        data = self._answers.pop(tuple(source), None)
        if data is not None and isinstance(result, FetchResult):
            theirs = result._partition_records  # noqa: SLF001
            result._partition_records = Records(  # noqa: SLF001
                data,
                theirs._aborted_transactions,  # noqa: SLF001
                theirs.next_fetch_offset,
                budget=self.budget,
                with_headers=self._with_headers(source),
                on_damage=lambda error: self._on_damage(source, error),
            )
        super().__setitem__(source, result)
