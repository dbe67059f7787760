"""A line between a browser and a service that may go dead without an end, as where a laptop sleeps."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART: Final = 65_536


class Line:
    """Passes connections on; those that are dead stay open, and nothing comes of them any more."""

    def __init__(self, listening: socket.socket, target: tuple[str, int]) -> None:
        """Pass on what is connected to one place to another."""
        self._listening, self._target = listening, target
        self._dead = Event()
        self._open: list[socket.socket] = []

    @property
    def address(self) -> str:
        """Where a browser reaches the service by this line."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def goes_dead(self) -> None:
        """Let the connections that stand go dead, and neither side know; later ones pass."""
        dead, self._dead = self._dead, Event()
        dead.set()

    def pass_on(self) -> None:
        """Take connections until the line is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for pair in ((near, far), (far, near)):
                    Thread(target=_pump, args=(*pair, self._dead), daemon=True).start()

    def close(self) -> None:
        """Close the line with all that stands."""
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _pump(said: socket.socket, heard: socket.socket, dead: Event) -> None:
    with suppress(OSError):
        while part := said.recv(_PART):
            if not dead.is_set():
                heard.sendall(part)
        if not dead.is_set():
            heard.shutdown(socket.SHUT_WR)


@contextmanager
def line_to(address: str) -> Iterator[Line]:
    """Give a line to a service on the loopback address."""
    port = int(address.rpartition(":")[2])
    line = Line(socket.create_server(("127.0.0.1", 0)), ("127.0.0.1", port))
    passing = Thread(target=line.pass_on, daemon=True)
    passing.start()
    try:
        yield line
    finally:
        line.close()
        passing.join(AMPLE_S)
