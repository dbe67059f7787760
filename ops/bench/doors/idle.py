"""`bench idle`: what broker, database, worker and service take while nobody says or asks anything.

Then the same with streams of warnings open, of which none has anything to tell.
"""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final

from events.rules.access import Role
from ops.bench.cost import Cost, share_of_core
from ops.bench.doors.serving import headers_of
from ops.bench.pipeline import worker_process
from ops.bench.windows.service import service_process
from ops.worker import usual_projectors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ops.local.stack import Stack

STREAMS: Final = 100
_SETTLE_S: Final = 60
"""Until worker and service have started, and the broker has compiled what that took."""
_IDLE_S: Final = 30
_OPEN_WITHIN_S: Final = 60.0


def measure_idle(stack: Stack, streams: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Give which share of one core each part takes, without streams and with so many open."""
    with (
        worker_process(stack, usual_projectors()) as worker,
        service_process(stack) as port,
        ExitStack() as opened,
    ):
        found = {"idle_cpu": _shares(Cost(worker), say)}
        headers = headers_of(stack, Role.AUDITOR, **{"Credit-Purpose": "audit"})
        say(f"opening {streams} streams of warnings")
        for _ in range(streams):
            opened.enter_context(closing(_stream(port, headers)))
        found["idle_cpu_streams"] = _shares(Cost(worker), say)
    return found | {
        "streams": streams,
        "method": f"processor time over {_IDLE_S} s, after {_SETTLE_S} s of rest, as a share of "
        "one core: worker with all its roles, broker, database and service together, without the "
        "measuring process; then with streams open that have nothing to tell",
    }


def _shares(cost: Cost, say: Callable[[str], None]) -> dict[str, float]:
    say(f"resting for {_SETTLE_S} + {_IDLE_S} s")
    time.sleep(_SETTLE_S)
    cost.since()
    time.sleep(_IDLE_S)
    return share_of_core(cost.since(), _IDLE_S)


def _stream(port: int, headers: Mapping[str, str]) -> socket.socket:
    """Open a stream, which has begun once the service has answered."""
    opened = socket.create_connection(("127.0.0.1", port), _OPEN_WITHIN_S)
    said = {"Host": "127.0.0.1", "Accept": "text/event-stream", **headers}
    lines = [
        "GET /v1/organisation/warnings/stream HTTP/1.1",
        *(f"{n}: {v}" for n, v in said.items()),
    ]
    opened.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = opened.recv(1_024)
    if not answer.startswith(b"HTTP/1.1 200 "):
        opened.close()
        raise RuntimeError(f"no stream: {answer[:60]!r}")
    return opened
