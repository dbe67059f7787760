"""The follower: what is published (公示) follows the read models, in a role of its own.

It reads what projectors have committed and writes tables of its own, so nothing waits for it; where
it is killed the next one goes on from where it had come to.
"""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import psycopg
import structlog

from events.errors import LedgerError
from projections.store.bulletin.following import SUBJECTS_AT_ONCE, follow
from streams.connections import worker_connections

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from projections.calendar.rules import RuleCalendar

REST_S: Final = 1.0
RESTS_FOR: Final = 9
"""A step that steps back for nobody is followed by a rest of so many times its processor time."""
NEAR: Final = 100
"""Of more subjects in a step it is far behind, and the next one lets all others go first."""
_LAST_IN_LINE: Final = 19
_AGAIN_S: Final = 5.0
_log = structlog.get_logger(__name__)


def follow_forever(
    postgres: str, calendar: RuleCalendar, today: Callable[[], date], stop: threading.Event
) -> None:
    """Follow until told to stop; where the database is away, or was made anew, go on later."""
    connections = worker_connections(postgres, "follower")
    looked_at = 0
    # A priority that was given away is not to be had again, so who steps back is another thread.
    with ThreadPoolExecutor(1, "follower stepping back", _step_back) as patient:
        while not stop.is_set():
            rest_s = REST_S
            try:
                with connections.one() as connection:
                    step = partial(follow, connection, calendar, today())
                    if looked_at > NEAR:
                        looked_at = patient.submit(step).result()
                    else:
                        began_s = time.process_time()
                        looked_at = step()
                        rest_s = max(REST_S, RESTS_FOR * (time.process_time() - began_s))
                # A full step has more behind it; else what changes within the rest goes at once.
                if looked_at >= SUBJECTS_AT_ONCE:
                    rest_s = 0.0
            except (psycopg.Error, LedgerError) as error:
                _log.warning("follower_waits", error=type(error).__name__)
                rest_s = _AGAIN_S
            stop.wait(rest_s)
    connections.close()


def _step_back() -> None:
    """Let everybody else go first, this thread alone."""
    with suppress(OSError):  # Elsewhere than on Linux a thread has no priority of its own.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LAST_IN_LINE)
