"""Run a worker: all roles as children that are started anew, and the one that follows the tables.

What is imported here each of them holds: not Faust, which only those need that take from the broker
(`ops.consuming`). It is a third of what the others take of memory, and half of what starting costs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import structlog

from events.envelope import CHINA
from events.rules.rulebook import load_rulebook
from ops.local.home import default_home
from ops.local.watch import keep_up
from ops.terms.language import spoken
from projections.calendar.rules import RuleCalendar
from streams.following import follow_forever

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.settings import Settings

ROLES: Final = ("admission", "projector", "signer", "follower", "webhooks")
_TEND_EVERY_S: Final = 0.25
_RESTART_FIRST_S: Final = 0.2
_RESTART_MAX_S: Final = 5.0
_STABLE_S: Final = 30.0
_STOP_MAX_S: Final = 10.0
_PROJECTORS_MAX: Final = 4
_MEMORY_OF_ALL_THREADS: Final = {"MALLOC_ARENA_MAX": "1"}
"""glibc gives threads memory of their own, and each keeps what its largest batch once took."""

_log = structlog.get_logger(__name__)


def usual_projectors() -> int:
    """Give one projector for each core, within reason: Python folds on one core a process."""
    return min(os.cpu_count() or 1, _PROJECTORS_MAX)


def run_follower(settings: Settings, beside: Callable[[], object]) -> None:
    """Let what is published follow the read models until SIGTERM or SIGINT.

    `beside` begins what else is done in the process, once it can be told to end.
    """
    end_with_parent()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    beside()
    calendar = RuleCalendar(load_rulebook())
    follow_forever(settings.postgres, calendar, lambda: datetime.now(CHINA).date(), stop)


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
        os._exit(1)

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
        *(Child(role) for role in ("admission", "signer", "follower", "webhooks")),
        *(Child("projector") for _ in range(projectors)),
    ]
    print(spoken("working", "start", projectors=projectors), file=sys.stderr)
    while not stop.wait(_TEND_EVERY_S):
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
