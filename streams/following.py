"""The follower: what is published (公示) follows the read models, in a role of its own.

It reads what projectors have committed and writes tables of its own, so nothing waits for it; where
it is killed the next one goes on from where it had come to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg
import structlog

from events.errors import LedgerError
from projections.store.bulletin.following import SUBJECTS_AT_ONCE, follow
from streams.connections import worker_connections

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from datetime import date

    from projections.calendar.rules import RuleCalendar

REST_S: Final = 1.0
_AGAIN_S: Final = 5.0
_log = structlog.get_logger(__name__)


def follow_forever(
    postgres: str, calendar: RuleCalendar, today: Callable[[], date], stop: threading.Event
) -> None:
    """Follow until told to stop; where the database is away, or was made anew, go on later."""
    connections = worker_connections(postgres, "follower")
    while not stop.is_set():
        rest_s = REST_S
        try:
            with connections.one() as connection:
                # A full step has more behind it; else what changes within the rest goes at once.
                if follow(connection, calendar, today()) >= SUBJECTS_AT_ONCE:
                    rest_s = 0.0
        except (psycopg.Error, LedgerError) as error:
            _log.warning("follower_waits", error=type(error).__name__)
            rest_s = _AGAIN_S
        stop.wait(rest_s)
    connections.close()
