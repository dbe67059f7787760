"""HTTP connections that nobody can hold: a request must come whole within seconds, or it is ended.

uvicorn waits without end for the rest of a request and for a reader of an answer, and bounds only
what is answered, not what is open. Here each connection has a deadline while it owes something,
and where there are too many, those that have owed longest make room.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

REQUEST_S: Final = 10.0
"""From the opening of a connection, or the first byte of its next request, to the end of it; and
within which a body that is longer has to go on."""
BODY_BYTES_PER_S: Final = 32 * 1024
"""A body that comes as fast as this may take longer: a file over the line of a county's office."""
READING_S: Final = 30.0
"""How long a client may leave what was written to it unread."""
CONNECTIONS_MAX: Final = 1_000
FILES_BESIDE: Final = 128
"""Files and connections of the process beside those of clients."""


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol, with deadlines for what a client owes, and a bound on connections."""

    connections_max = CONNECTIONS_MAX
    peers: frozenset[str] = frozenset()
    """Addresses that may connect; none are named: all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nothing owed."""
        super().__init__(*args, **kwargs)
        self._owed: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._came = 0

    def connection_made(self, transport: Any) -> None:
        """Take a connection, if need be in place of the one that has owed a request longest."""
        super().connection_made(transport)
        if self.peers and not self._is_peer(transport):
            transport.abort()
            return
        if self._open() > self.connections_max and not self._make_room():
            transport.abort()
            return
        self._expect()

    def _is_peer(self, transport: Any) -> bool:
        return str(transport.get_extra_info("peername")[0]) in self.peers

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget its deadlines."""
        self._settle()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; a request that is whole owes nothing more."""
        super().data_received(data)
        self._came += len(data)
        # A request is owed from its first byte on, and until the last of its body.
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY) and not self.transport.is_closing():
            self._expect()
        else:
            self._settle()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        self.flow.pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(READING_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: it has read."""
        self.flow.resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def on_response_complete(self) -> None:
        """Begin anew: until the next request begins, uvicorn's own deadline holds."""
        super().on_response_complete()
        if self.conn.their_state is not h11.SEND_BODY:
            self._settle()

    @property
    def owes_since(self) -> float | None:
        """Give when this connection's request fell due, or None where it owes none."""
        return None if self._owed is None else self._owed.when()

    def _open(self) -> int:
        return sum(not each.transport.is_closing() for each in self.connections)

    def _make_room(self) -> bool:
        owing = [each for each in self.connections if isinstance(each, BoundedProtocol)]
        due = [(since, id(each), each) for each in owing if (since := each.owes_since) is not None]
        if not due:
            return False
        min(due)[2].give_way()
        return True

    def give_way(self) -> None:
        """End, so that another may come."""
        self._settle()
        self.transport.abort()

    def _expect(self) -> None:
        if self._owed is None:
            self._came = 0
            self._owed = self.loop.call_later(REQUEST_S, self._fall_due)

    def _fall_due(self) -> None:
        """End, unless what is missing is a body that keeps coming."""
        self._owed = None
        if self.conn.their_state is h11.SEND_BODY and self._came >= BODY_BYTES_PER_S * REQUEST_S:
            self._expect()
        else:
            self.transport.abort()

    def _settle(self) -> None:
        if self._owed is not None:
            self._owed.cancel()
            self._owed = None


def room_for_connections() -> int:
    """Raise the limit of open files as far as allowed; give how many connections that leaves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS_MAX + FILES_BESIDE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS_MAX
    return max(1, min(CONNECTIONS_MAX, soft - FILES_BESIDE))
