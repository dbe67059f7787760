"""TCP ports on 127.0.0.1 that stay the same for a home as long as nobody else takes them.

They lie below the ports which the system gives to outgoing connections: a client that retries a
dead server on such a port can meet itself, and then holds the port against the server's return.
"""

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

from ops.local.process import LocalStackError, replace_text

HOST = "127.0.0.1"
FIRST = 10_000
COUNT = 20_000
STEPS_MAX = 200


def kept_port(file: Path, *, besides: int = 0) -> int:
    """Return the port noted in the file while it is free, else note and return another.

    `besides` names a port that is spoken for although nobody listens there yet.
    """
    try:
        noted = int(file.read_text())
    except (OSError, ValueError):
        noted = 0
    taken = {0, besides}
    candidates = (noted, *_candidates(file))
    port = next((port for port in candidates if port not in taken and is_free(port)), None)
    if port is None:
        raise LocalStackError(f"no free port among {STEPS_MAX} on {HOST}")
    if port != noted:
        replace_text(file, f"{port}\n")
    return port


def noted_port(file: Path) -> int:
    """Return the port noted in the file, whoever has it now."""
    return int(file.read_text())


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        # As the servers do: a connection that lingers in TIME_WAIT does not count.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


def _candidates(file: Path) -> Iterator[int]:
    digest = hashlib.sha256(str(file.resolve()).encode()).digest()
    start = int.from_bytes(digest[:4], "big")
    return (FIRST + (start + 7 * step) % COUNT for step in range(STEPS_MAX))
