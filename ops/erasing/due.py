"""Erases whose days of waiting are over, by itself: once a minute, where the follower runs.

What is due stands in the read models and what was done on the ledger, so nothing is kept here: who
is killed at any step leaves it to the next, and what two say is done once.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
import structlog

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from ops.erasing.saying import Erasing
from ops.submission.receipts import forget_erased_persons
from ops.vault.erasures import ErasureReader
from ops.vault.opening import vault_settings
from projections.calendar.rules import RuleCalendar
from projections.record.erasure import ErasureStage
from projections.store.erasing.erasures import due_erasures, erasures_at
from projections.store.live import live
from streams.broker import of_account
from streams.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from psycopg import Connection


EVERY_S: Final = 60.0
_ASK_EVERY_S: Final = 0.1
_log = structlog.get_logger(__name__)


class DoneByItself(NamedTuple):
    """What a round did.

    `said`: of so many persons it was said that they are erased; `kept`: so many wait on, as a
    record keeps them by now, or as it was not taken; `waiting`: so many are said, and not recorded
    yet; `destroyed`: the keys of so many went.
    """

    said: int
    kept: int
    waiting: int
    destroyed: int


def erase_due(
    connection: Connection[Any],
    erasing: Erasing,
    reader: ErasureReader,
    on: date,
    wait_s: float = 0.0,
) -> DoneByItself:
    """Say of whom is due on a day that he is erased, and destroy the keys of who was.

    Receipts name who was no more. Waits at most so long until the read models know it. Raises
    `DeskAwayError`, `ErasuresUnknownError`, `VaultAwayError`.
    """
    said, kept = erasing.erase_due(connection, on)
    until = time.monotonic() + wait_s
    while (waiting := _not_recorded(connection, on, kept)) and time.monotonic() < until:
        time.sleep(_ASK_EVERY_S)
    forget_erased_persons(connection)
    # Where nobody was ever erased the ledger is not read for it.
    destroyed = reader.go_through() if _was_any_erased(connection) else 0
    return DoneByItself(said, kept, waiting, destroyed)


def _not_recorded(connection: Connection[Any], on: date, kept: int) -> int:
    return max(0, len(due_erasures(connection, live(connection, Platform.PERSON), on)) - kept)


def _was_any_erased(connection: Connection[Any]) -> bool:
    at = live(connection, Platform.PERSON)
    return bool(erasures_at(connection, at, [ErasureStage.ERASED.value], "", 1))


def follow_erasures(kafka: str, postgres: str, today: Callable[[], date]) -> threading.Thread:
    """Begin to do what is due, each minute in a thread that ends with the process.

    A fault waits for the next round, and so does what an end in the midst leaves.
    """
    account = of_account(kafka, "query")
    reader = ErasureReader(account, vault_settings(postgres).postgres)
    erasing = Erasing(account, RuleCalendar(load_rulebook()), 0.0)

    def follow() -> None:
        while True:
            _round(postgres, erasing, reader, today())
            time.sleep(EVERY_S)

    following = threading.Thread(target=follow, daemon=True, name="erasures")
    following.start()
    return following


def _round(postgres: str, erasing: Erasing, reader: ErasureReader, on: date) -> None:
    try:
        with psycopg.connect(postgres, autocommit=True) as connection:
            done = erase_due(connection, erasing, reader, on)
    except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
        _log.warning("erasing_waits", error=fault(error))
        return
    if any(done):
        _log.info("erased", **done._asdict())
