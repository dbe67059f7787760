"""aiokafka fetches, and we read what it fetched: one seam for both, as `records` reads.

It keeps the bytes of each answer, and puts our reader in place of aiokafka's, which has not begun
to read by then. `tests/unit/streams/test_faust_traps.py` says when the seam has gone.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from copy import copy
from typing import TYPE_CHECKING, Any, Final

from aiokafka.consumer.fetcher import FetchResult
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest

from streams.reading.records import Budget, Records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from events.errors import LedgerError
    from streams.reading.log import Partition


_ASKING: Final = "offsets"
"""Names the connection on which a broker is asked how far its logs reach."""


def at_once(took_s: float, size: int) -> float:
    """Let the next fetch begin when the one before has ended."""
    del took_s, size
    return 0.0


class OfLate:
    """What brought records of late: while some do, others need not be asked for each time.

    A broker looks at each partition that a fetch names, and whether it may be read; both sides
    write and read its name. Of more than a hundred topics of departments a dozen have much to say.
    """

    def __init__(self, late_s: float = math.inf, all_every_s: float = 0.0) -> None:
        """Take how long after a record a partition counts, and how often all are asked for."""
        self._late_s = late_s
        self._all_every_s = all_every_s
        self._brought_at: dict[tuple[str, int], float] = {}
        self._all_at: dict[int, float] = {}

    def brought(self, places: Iterable[tuple[str, int]], now: float) -> None:
        """Note what has just brought records."""
        self._brought_at.update(dict.fromkeys(places, now))

    def asked(self, node_id: int, request: FetchRequest, now: float) -> FetchRequest:
        """Give what is asked of a broker now: all, or of these only what brought some of late.

        A fetch that may wait at the broker asks for all: in a quiet time it ends with the first.
        """
        some: list[tuple[str, list[tuple[int, int, int]]]] = []
        if not request._max_wait_ms and now < self._all_at.get(node_id, -math.inf):  # noqa: SLF001
            since, at = now - self._late_s, self._brought_at
            for topic, places in request.topics:
                own = [place for place in places if at.get((topic, place[0]), -math.inf) > since]
                if own:
                    some.append((topic, own))
        if not some:
            self._all_at[node_id] = now + self._all_every_s
            return request
        fewer = copy(request)
        fewer._topics = some  # noqa: SLF001 - aiokafka looks for nothing but what is answered
        return fewer


class OwnReading(OrderedDict[Any, Any]):
    """aiokafka's results of fetches by partition, each with our `Records` in it."""

    def __init__(
        self,
        fetcher: Any,
        with_headers: Callable[[Partition], bool],
        on_damage: Callable[[Partition, LedgerError], None],
        *,
        rest_s: Callable[[float, int], float] = at_once,
        of_late: OfLate | None = None,
    ) -> None:
        """Take the place of a fetcher's results; what is damaged is told to `on_damage`.

        `rest_s` says of a fetch that took so long and brought so many bytes how long after its
        start the next one of the same broker starts, `of_late` what it asks for.
        """
        super().__init__()
        self.budget = Budget()
        self._rest_s = rest_s
        self._of_late = of_late or OfLate()
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
            request = self._of_late.asked(node_id, request, time.monotonic())
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
            self._of_late.brought(self._answers, began_at)
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
