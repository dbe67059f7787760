"""Keys of those who ask, made as the command line makes them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import psycopg

from events.envelope import CHINA
from events.rules.access import Role
from ops.doors.keys import create_key
from ops.doors.telling import Teller

if TYPE_CHECKING:
    from ops.local.stack import Stack


def key_of_department(stack: Stack, department: str) -> str:
    """Make a key of a department, of a name of its own, and give what is sent as `Bearer`."""
    now = datetime.now(CHINA)
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        made = create_key(
            connection,
            Teller(stack.kafka),
            now,
            roles=(Role.DEPARTMENT,),
            organisation=department,
            name=f"a test {now.isoformat()}",
        )
    return made.bearer
