"""Run a worker: one role in this process, or all as children that are started anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
import structlog
from confluent_kafka import KafkaException

from events.envelope import CHINA
from events.rules.rulebook import load_rulebook
from ops.local.home import default_home
from ops.local.watch import keep_up, watched
from ops.topics import check_durability
from projections.calendar.rules import RuleCalendar
from streams.broker import of_account
from streams.following import follow_forever
from streams.topics import topic_table
from streams.transport.app import exit_now, run
from streams.worker import create_worker, take_slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.settings import Settings

ROLES: Final = ("admission", "projector", "signer", "follower")
_RESTART_FIRST_S: Final = 0.2
_RESTART_MAX_S: Final = 5.0
_STABLE_S: Final = 30.0
_STOP_MAX_S: Final = 10.0
_PROJECTORS_MAX: Final = 4
_FOLLOWER_NICE: Final = 19

_MEMORY_OF_ALL_THREADS: Final = {"MALLOC_ARENA_MAX": "1"}
"""glibc gives threads memory of their own, and each keeps what its largest batch once took."""

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


def usual_projectors() -> int:
    """Give one projector for each core, within reason: Python folds on one core a process."""
    return min(os.cpu_count() or 1, _PROJECTORS_MAX)


def run_role(role: str, settings: Settings) -> None:
    """Run one role in this process until SIGTERM; never returns."""
    end_with_parent()
    slot, _connection = _awaiting(lambda: take_slot(settings.postgres, role))
    structlog.contextvars.bind_contextvars(role=role, slot=slot)
    _log.info("worker_starts", pid=os.getpid())
    try:
        check_durability(of_account(settings.kafka, role), topic_table(load_rulebook()))
    except (KafkaException, TimeoutError):
        _log.warning("durability_unchecked", error="the broker is away")
    folders = tuple(server.data for server in watched(default_home()))
    signed = default_home() / "evidence"
    settings = replace(settings, data_folders=folders, signed_folder=signed)
    exit_now(run(_awaiting(lambda: create_worker(role, slot, settings))))


def run_follower(settings: Settings) -> None:
    """Let what is published follow the read models until SIGTERM or SIGINT.

    It steps back where others want the processor: nobody waits for it.
    """
    end_with_parent()
    os.nice(_FOLLOWER_NICE)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    calendar = RuleCalendar(load_rulebook())
    follow_forever(settings.postgres, calendar, lambda: datetime.now(CHINA).date(), stop)


def _awaiting(make: Callable[[], _T]) -> _T:
    """Make what needs the database, again until it answers: a worker that starts first waits."""
    pause_s = _RESTART_FIRST_S
    while True:
        try:
            return make()
        except psycopg.OperationalError as error:
            _log.warning("database_away", error=type(error).__name__)
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, _RESTART_MAX_S)


def end_with_parent() -> None:
    """End when the supervising process is gone, so that a killed worker leaves nothing behind."""
    supervisor = os.environ.get("CREDIT_LEDGER_SUPERVISOR")
    if supervisor is None:
        return

    def watch() -> None:
        while os.getppid() == int(supervisor):
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_STOP_MAX_S)
        exit_now(1)

    threading.Thread(target=watch, daemon=True, name="parent watch").start()


class Child:
    """One role's process, started anew with growing pauses when it ends by itself."""

    def __init__(self, role: str) -> None:
        """Start it."""
        self.role = role
        self._pause_s = _RESTART_FIRST_S
        self._start()

    def _start(self) -> None:
        self._started = time.monotonic()
        self._again_at = 0.0
        self.process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", "ops", "worker", "--role", self.role],
            env={
                **_MEMORY_OF_ALL_THREADS,
                **os.environ,
                "CREDIT_LEDGER_SUPERVISOR": str(os.getpid()),
            },
        )

    def tend(self) -> None:
        """Start it anew where it has ended."""
        if self.process.poll() is None:
            return
        if not self._again_at:
            if time.monotonic() - self._started > _STABLE_S:
                self._pause_s = _RESTART_FIRST_S
            _log.warning("worker_ended", role=self.role, code=self.process.returncode)
            self._again_at = time.monotonic() + self._pause_s
            self._pause_s = min(self._pause_s * 2, _RESTART_MAX_S)
        elif time.monotonic() >= self._again_at:
            self._start()


def run_children(projectors: int, disk_floor_mb: int) -> int:
    """Run all roles, with so many projectors, until SIGTERM or SIGINT; give the exit code.

    A local server that ends by itself is started anew, once its disk has more room than the floor.
    """
    stop = threading.Event()

    def stopped(*_: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, stopped)
    signal.signal(signal.SIGINT, stopped)
    keep_up(default_home(), disk_floor_mb, stop)
    children = [
        *(Child(role) for role in ("admission", "signer", "follower")),
        *(Child("projector") for _ in range(projectors)),
    ]
    many = f"{projectors} projector{'' if projectors == 1 else 's'}"
    print(
        f"Working: admission, signer, follower and {many}, as processes; Ctrl-C stops them.",
        file=sys.stderr,
    )
    while not stop.wait(0.1):
        for child in children:
            child.tend()
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + _STOP_MAX_S
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
    return 0
