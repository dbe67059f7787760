"""Open boards: each listens as its script does, and notes when a warning came."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import msgspec
import psycopg

from events.envelope import Platform
from ops.bench.machine import percentiles
from ops.bench.watching import LedgerPlace
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.bench.watching import PositionWatch
    from ops.bench.windows.visitors import Visitor

_STREAM: Final = re.compile(rb'data-stream="([^"]+)"')
_LOOK_S: Final = 0.05
_SQL: Final = statements(__name__)


class _WarningPlace(msgspec.Struct):
    """Of a warning, where the event stands that it followed."""

    partition: int
    offset: int


_told: Final = msgspec.json.Decoder(_WarningPlace)


class Received(NamedTuple):
    """A warning as one board received it, when (monotonic), and which of the boards."""

    place: LedgerPlace
    at: float
    board: int


class OpenBoards:
    """So many boards, open from entering to leaving; one thread reads them all."""

    def __init__(self, port: int, who: Visitor, count: int) -> None:
        """Open nothing yet."""
        self._port, self._who, self._count = port, who, count
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._open, self._stop = threading.Semaphore(0), threading.Event()
        self.received: list[Received] = []

    def __enter__(self) -> Self:
        """Open them; return once each has been answered."""
        self._thread.start()
        for _ in range(self._count):
            self._open.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        """Close them."""
        self._stop.set()
        self._thread.join()

    def wait_for(self, count: int, within_s: float) -> None:
        """Wait until so much was received, or for so long."""
        until = time.monotonic() + within_s
        while len(self.received) < count and time.monotonic() < until:
            time.sleep(_LOOK_S)

    async def _run(self) -> None:
        boards = [asyncio.create_task(self._listen(each)) for each in range(self._count)]
        await asyncio.to_thread(self._stop.wait)
        for board in boards:
            board.cancel()
        await asyncio.gather(*boards, return_exceptions=True)

    async def _listen(self, board: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        said = "".join(f"{name}: {text}\r\n" for name, text in self._who.headers.items())
        head = f"GET /zh/board/stream HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{said}\r\n"
        writer.write(head.encode())
        await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"\n\n")  # how soon to come again: from here on it listens
        self._open.release()
        try:
            while True:
                line = await reader.readline()
                if not line:
                    return
                if line.startswith(b"data: "):
                    told = _told.decode(line[6:])
                    place = LedgerPlace(told.partition, told.offset, 0)
                    self.received.append(Received(place, time.monotonic(), board))
        finally:
            writer.close()


def board_figures(
    received: Sequence[Received], watch: PositionWatch, boards: int, warnings: int
) -> dict[str, Any]:
    """Give milliseconds from the commit of a warning until a board had it; and what is missing.

    What a board received twice makes up for nothing that it did not receive.
    """
    taken, had = [], set()
    for each in received:
        committed = watch.seen(each.place)
        if committed is not None:
            taken.append((each.at - committed) * 1000)
            had.add((each.board, each.place))
    return {
        "board_ms": percentiles(taken),
        "board_missing": boards * warnings - len(had),
        "boards": boards,
    }


class FollowerWatch:
    """Notes how long after a commit the bulletin has followed it, from a thread of its own."""

    def __init__(self, postgres: str) -> None:
        """Look at nothing yet."""
        self._postgres = postgres
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower watch")
        self.lag_ms: list[float] = []

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        waiting: dict[int, list[tuple[int, float]]] = {}
        with psycopg.connect(self._postgres, autocommit=True) as connection:
            at = live(connection, Platform.ORGANISATION)
            query = at.statement(_SQL["followed"])
            while not self._stop.is_set():
                found = connection.execute(query, {"version": at.version}).fetchall()
                now = time.monotonic()
                for partition, generation, followed in found:
                    self._note(waiting.setdefault(partition, []), generation, followed, now)
                time.sleep(_LOOK_S)

    def _note(
        self, waiting: list[tuple[int, float]], generation: int, followed: int, now: float
    ) -> None:
        if followed < generation and (not waiting or waiting[-1][0] < generation):
            waiting.append((generation, now))
        while waiting and waiting[0][0] <= followed:
            self.lag_ms.append((now - waiting.pop(0)[1]) * 1000)
