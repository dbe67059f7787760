"""Keys of those who ask, made as the command line makes them."""

from __future__ import annotations

from contextlib import suppress
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


TOLD_AGAIN = 3


def key_of_department(stack: Stack, department: str) -> str:
    """Make a key of a department, of a name of its own, and give what is sent as `Bearer`."""
    return key_of(stack, Role.DEPARTMENT, department, f"a test {datetime.now(CHINA).isoformat()}")


def key_of(stack: Stack, role: Role, organisation: str, name: str) -> str:
    """Make a key of somebody by name, and give what is sent as `Bearer`."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        return _created(stack, connection, (role,), organisation, name)


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
    roles, name = (Role.AUDITOR, Role.OPERATOR), f"a test {now.isoformat()}"
    _MADE[stack.postgres] = _created(stack, connection, roles, None, name)
    return _MADE[stack.postgres]


def _created(
    stack: Stack,
    connection: psycopg.Connection[Any],
    roles: tuple[Role, ...],
    organisation: str | None,
    name: str,
) -> str:
    """Make a key; a broker that was too busy to take it in seconds is told of it again."""
    whose = {"roles": roles, "organisation": organisation, "name": name}
    teller = Teller(stack.kafka)
    for _ in range(TOLD_AGAIN):
        with suppress(DeliveryError):
            return create_key(connection, teller, datetime.now(CHINA), **whose).bearer
    return create_key(connection, teller, datetime.now(CHINA), **whose).bearer


_MADE: dict[str, str] = {}
"""Local keys by the database that knows them."""
