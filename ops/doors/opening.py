"""What `up` does for the doors: rights as their topic has them, and a key for the command line."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

import structlog
from confluent_kafka import KafkaException

from ops.doors.keys import make_local_key, tell_what_waits
from ops.doors.reading import read_access
from ops.doors.telling import Teller
from streams.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from psycopg import Connection

TELL_EVERY_S: Final = 10.0
_log = structlog.get_logger(__name__)


def catch_up_rights(connection: Connection[Any], kafka: str, at: datetime) -> bool:
    """Bring rights up to what was told, and tell what waits; False where Kafka is away.

    Then the keys that Postgres has are those in force: an end that waits to be told has ended.
    """
    try:
        read_access(connection, kafka)
    except (KafkaException, TimeoutError):
        return False
    return tell_what_waits(connection, Teller(kafka), at) == []


def follow_ends(
    connected: Callable[[], AbstractContextManager[Connection[Any]]],
    kafka: str,
    now: Callable[[], datetime],
) -> threading.Thread:
    """Begin to tell the broker of keys that ended while it was away, in a thread of the process.

    What goes wrong waits for the next round.
    """
    teller = Teller(kafka)

    def follow() -> None:
        while True:
            time.sleep(TELL_EVERY_S)
            try:
                with connected() as connection:
                    tell_what_waits(connection, teller, now())
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                _log.warning("ends_wait", error=fault(error))

    following = threading.Thread(target=follow, daemon=True, name="ends of keys")
    following.start()
    return following


def make_ready(connection: Connection[Any], kafka: str, home: Path, at: datetime) -> bool:
    """Bring rights up to what was told, tell what waits; say whether a local key was made."""
    read_access(connection, kafka)
    teller = Teller(kafka)
    tell_what_waits(connection, teller, at)
    return make_local_key(connection, teller, home, at)
