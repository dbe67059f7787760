"""Run a role that takes what comes from the broker: admission, or a projector."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import psycopg
import structlog
from confluent_kafka import KafkaException

from events.rules.rulebook import load_rulebook
from ops.local.home import default_home
from ops.local.stack import watched
from ops.topics import TopicMismatchError, check_durability
from ops.worker import end_with_parent
from streams.broker import of_account
from streams.topics import topic_table
from streams.transport.app import exit_now, run
from streams.worker import create_worker, take_slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.settings import Settings

_AWAITED_FIRST_S: Final = 0.2
_AWAITED_MAX_S: Final = 5.0
_CHECKED_AGAIN_S: Final = 5.0

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


def run_role(role: str, settings: Settings) -> None:
    """Run one role in this process until SIGTERM; never returns."""
    end_with_parent()
    slot, _connection = _awaiting(lambda: take_slot(settings.postgres, role))
    structlog.contextvars.bind_contextvars(role=role, slot=slot)
    _log.info("worker_starts", pid=os.getpid())
    kafka, table = of_account(settings.kafka, role), topic_table(load_rulebook())
    check = partial(check_durability, kafka, table)
    if not _answered(check):
        threading.Thread(target=check_until_answered, args=(check,), daemon=True).start()
    folders = tuple(server.data for server in watched(default_home()))
    signed = default_home() / "evidence"
    settings = replace(settings, data_folders=folders, signed_folder=signed)
    exit_now(run(_awaiting(lambda: create_worker(role, slot, settings))))


def check_until_answered(
    check: Callable[[], None],
    pause_s: float = _CHECKED_AGAIN_S,
    end: Callable[[int], None] = exit_now,
) -> None:
    """Check the topics until the broker answers: a role that began while it was away goes on.

    What would have kept the role from starting ends it then, and is told.
    """
    try:
        while not _answered(check):
            time.sleep(pause_s)
    except TopicMismatchError as error:
        _log.error("topics_unsafe", error=str(error))
        end(1)


def _answered(check: Callable[[], None]) -> bool:
    try:
        check()
    except (KafkaException, TimeoutError):
        _log.warning("durability_unchecked", error="the broker is away")
        return False
    return True


def _awaiting(make: Callable[[], _T]) -> _T:
    """Make what needs the database, again until it answers: a worker that starts first waits."""
    pause_s = _AWAITED_FIRST_S
    while True:
        try:
            return make()
        except psycopg.OperationalError as error:
            _log.warning("database_away", error=type(error).__name__)
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, _AWAITED_MAX_S)
