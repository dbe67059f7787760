"""What `up` does for the doors: rights as their topic has them, and a key for the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaException

from ops.doors.keys import make_local_key, tell_what_waits
from ops.doors.reading import read_access
from ops.doors.telling import Teller

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from psycopg import Connection


def catch_up_rights(connection: Connection[Any], kafka: str, at: datetime) -> bool:
    """Bring rights up to what was told, and tell what waits; False where Kafka is away.

    Then the keys that Postgres has are those in force: an end that waits to be told has ended.
    """
    try:
        read_access(connection, kafka)
    except (KafkaException, TimeoutError):
        return False
    return tell_what_waits(connection, Teller(kafka), at) == []


def make_ready(connection: Connection[Any], kafka: str, home: Path, at: datetime) -> bool:
    """Bring rights up to what was told, tell what waits; say whether a local key was made."""
    read_access(connection, kafka)
    teller = Teller(kafka)
    tell_what_waits(connection, teller, at)
    return make_local_key(connection, teller, home, at)
