"""Starts a local server anew that ended by itself, as for want of room, once it can run again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import structlog

from events.errors import LedgerError
from ops.local.home import locked
from ops.local.stack import watched
from streams.room import disk_of

if TYPE_CHECKING:
    from pathlib import Path

    from ops.local.stack import LocalKafka, LocalPostgres

_log = structlog.get_logger(__name__)

_LOOK_EVERY_S: Final = 2.0


def start_what_ended(home: Path, floor_mb: int) -> list[str]:
    """Start servers that ended by themselves, where there is room; give their names.

    One that was stopped in order, as by `down`, stays stopped.
    """
    return [
        type(server).__name__
        for server in watched(home)
        if _has_ended(server) and _start(home, server, floor_mb)
    ]


def _has_ended(server: LocalKafka | LocalPostgres) -> bool:
    return (server.folder / "pid").exists() and server.pid is None


def _start(home: Path, server: LocalKafka | LocalPostgres, floor_mb: int) -> bool:
    name = type(server).__name__
    with locked(home / "lock"):
        # Asked again under the lock: another command may just have stopped or started it.
        if not _has_ended(server) or disk_of(server.data).free_mb < floor_mb:
            return False
        try:
            server.start()
        except LedgerError as error:
            _log.warning("server_not_started", server=name, detail=str(error).splitlines()[0])
            return False
    _log.warning("server_started_anew", server=name)
    return True


def keep_up(home: Path, floor_mb: int, stop: threading.Event) -> None:
    """Look every few seconds, in a thread of its own, until told to stop."""

    def look() -> None:
        while not stop.wait(_LOOK_EVERY_S):
            start_what_ended(home, floor_mb)

    threading.Thread(target=look, daemon=True, name="servers").start()
