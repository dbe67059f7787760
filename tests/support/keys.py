"""Keys of those who ask, made as the command line makes them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from confluent_kafka import KafkaException

from events.envelope import CHINA
from events.rules.access import Role
from ops.doors.gate import KeyGate
from ops.doors.keys import create_key
from ops.doors.telling import Teller
from streams.publishing.producer import DeliveryError

if TYPE_CHECKING:
    from ops.local.stack import Stack


def key_of_department(stack: Stack, department: str) -> str:
    """Make a key of a department, of a name of its own, and give what is sent as `Bearer`."""
    return key_of(stack, Role.DEPARTMENT, department, f"a test {datetime.now(CHINA).isoformat()}")


def key_of(stack: Stack, role: Role, organisation: str, name: str) -> str:
    """Make a key of somebody by name, and give what is sent as `Bearer`."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        made = create_key(
            connection,
            Teller(stack.kafka),
            datetime.now(CHINA),
            roles=(role,),
            organisation=organisation,
            name=name,
        )
    return made.bearer


def local_key_of(stack: Stack) -> str | None:
    """Give a key of the roles that the local one has; None where the servers make none just now."""
    try:
        with psycopg.connect(stack.postgres, autocommit=True, connect_timeout=60) as connection:
            return _local_key(stack, connection)
    except (psycopg.Error, KafkaException, DeliveryError):
        return None


def _local_key(stack: Stack, connection: psycopg.Connection[Any]) -> str:
    now = datetime.now(CHINA)
    known = _MADE.get(stack.postgres, "")
    if KeyGate(None, lambda: now).askers(connection, known):
        return known
    made = create_key(
        connection,
        Teller(stack.kafka),
        now,
        roles=(Role.AUDITOR, Role.OPERATOR),
        name=f"a test {now.isoformat()}",
    )
    _MADE[stack.postgres] = made.bearer
    return made.bearer


_MADE: dict[str, str] = {}
"""Local keys by the database that knows them."""
