"""A Kafka and a Postgres of the benchmarks' own: empty at the start, gone at the end.

Servers named by settings are never measured: made-up records must not reach a real ledger.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from events.partitioning import LEDGER_PARTITIONS
from ops.environment import prepare
from ops.local.home import locked
from ops.local.stack import (
    KAFKA_SETTING,
    POSTGRES_SETTING,
    Stack,
    default_home,
    down,
    erase,
    up,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_EXIT_TERMINATED: Final = 143


def bench_home() -> Path:
    """Give the folder of the benchmarks' stack."""
    return default_home() / "bench"


@contextmanager
def bench_stack(say: Callable[[str], None], *, keep: bool = False) -> Iterator[Stack]:
    """Run an empty, prepared stack; stop it at the end and erase it, unless `keep` says not to.

    While it runs, `ops.environment.running_stack` finds it, here and in child processes.
    """
    home = bench_home()
    with locked(home / "bench.lock"), _settings_aside(), _terminated_in_order():
        erase(home)
        try:
            stack = up(home, say=say)
            os.environ[KAFKA_SETTING] = stack.kafka
            os.environ[POSTGRES_SETTING] = stack.postgres
            prepare(stack, LEDGER_PARTITIONS)
            yield stack
        finally:
            if keep:
                down(home)
                say(f"kept: CREDIT_LEDGER_HOME={home} credit-ledger up")
            else:
                erase(home)
                shutil.rmtree(home / "logs", ignore_errors=True)


@contextmanager
def _settings_aside() -> Iterator[None]:
    before = {name: os.environ.pop(name, None) for name in (KAFKA_SETTING, POSTGRES_SETTING)}
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _terminated_in_order() -> Iterator[None]:
    """Turn SIGTERM into an exit that still stops what was started."""

    def leave(*_: Any) -> None:
        sys.exit(_EXIT_TERMINATED)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
