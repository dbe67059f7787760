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


def at_once(took_s: float, size: int) -> float:
    """Let the next fetch begin when the one before has ended."""
    del took_s, size
    return 0.0


class OwnReading(OrderedDict[Any, Any]):
    """aiokafka's results of fetches by partition, each with our `Records` in it."""

    def __init__(
        self,
        fetcher: Any,
        with_headers: Callable[[Partition], bool],
        on_damage: Callable[[Partition, LedgerError], None],
        *,
        rest_s: Callable[[float, int], float] = at_once,
    ) -> None:
        """Take the place of a fetcher's results; what is damaged is told to `on_damage`.

        `rest_s` says of a fetch that took so long and brought so many bytes how long after its
        start the next one of the same broker starts.
        """
        super().__init__()
        self.budget = Budget()
        self._rest_s = rest_s
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
        began_at = time.monotonic()
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
            size = sum(map(len, self._answers.values()))
            self._next_at[node_id] = began_at + self._rest_s(time.monotonic() - began_at, size)
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
