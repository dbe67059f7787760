"""What an event costs in processor time, and whose: broker, Postgres, each role of the worker.

Wall time on a machine that others use says little. Processor time says what the work took.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import psutil

from ops.local.home import default_home
from ops.local.kafka import LocalKafka
from ops.local.postgres import LocalPostgres

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BROKER: Final = "broker"
POSTGRES: Final = "postgres"
MEASURING: Final = "measuring"
SUPERVISOR: Final = "supervisor"
SERVICE: Final = "service"

_SERVES: Final = "serve"
"""The verb by which a service runs."""


class Cost:
    """Seconds of processor time since the last look, by part of the benchmarks' stack."""

    def __init__(self, worker: psutil.Process) -> None:
        """Begin to count, beside a worker that runs with all its roles, and a service if any."""
        self._worker = worker
        self._before = self._seconds()

    def since(self) -> dict[str, float]:
        """Give what was spent since the start, or since it was last asked."""
        before, self._before = self._before, self._seconds()
        return {part: spent - before.get(part, 0.0) for part, spent in self._before.items()}

    def _seconds(self) -> dict[str, float]:
        home = default_home()
        spent = {
            BROKER: _of_pid(LocalKafka(home).pid),
            POSTGRES: _of_pid(LocalPostgres(home).pid),
            MEASURING: _own(psutil.Process()),
            SUPERVISOR: _own(self._worker),
        }
        for child in self._worker.children():
            with suppress(psutil.Error):
                role = role_of(child.cmdline())
                spent[role] = spent.get(role, 0.0) + _family(child)
        for own in psutil.Process().children():
            with suppress(psutil.Error):
                if _SERVES in own.cmdline():
                    spent[SERVICE] = _family(own)
        return spent


def role_of(command: list[str]) -> str:
    """Give the role that a worker's process was started for, without its number."""
    place = command.index("--role") + 1 if "--role" in command else len(command)
    return command[place].partition(".")[0] if place < len(command) else "other"


def us_per_event(spent: Mapping[str, float], events: int) -> dict[str, float]:
    """Give microseconds an event by part, and of all parts but the measuring one."""
    found = {part: seconds / events * 1e6 for part, seconds in spent.items()}
    found["all"] = sum(each for part, each in found.items() if part != MEASURING)
    return {part: round(each, 1) for part, each in found.items()}


def share_of_core(spent: Mapping[str, float], seconds: float) -> dict[str, float]:
    """Give the share of one core by part, and of all parts but the measuring one."""
    found = {part: each / seconds for part, each in spent.items()}
    found["all"] = sum(each for part, each in found.items() if part != MEASURING)
    return {part: round(each, 3) for part, each in found.items()}


def _of_pid(pid: int | None) -> float:
    with suppress(psutil.Error):
        return 0.0 if pid is None else _family(psutil.Process(pid))
    return 0.0


def _family(process: psutil.Process) -> float:
    """Count a process, its children, and those of its children that have ended."""
    times = process.cpu_times()
    return _sum((times.children_user, times.children_system)) + sum(
        _own(each) for each in [process, *process.children(recursive=True)]
    )


def _own(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return _sum((times.user, times.system))
    return 0.0


def _sum(seconds: Iterable[float]) -> float:
    return float(sum(seconds))
