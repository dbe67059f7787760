"""A home of the benchmarks' own, with a Kafka and a Postgres: empty at the start, gone at the end.

Servers, keys and logs named by settings are never measured: made-up records must not reach a real
ledger, and nothing made up is signed or sealed by a real key, or shown to a real witness.
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
from ops.evidence.keys import make_keys
from ops.evidence.settings import ORIGIN_SETTING, POLICY_SETTING, read_evidence_settings
from ops.local.home import HOME_SETTING, KEYS_SETTING, locked
from ops.local.stack import (
    KAFKA_SETTING,
    POSTGRES_SETTING,
    Stack,
    default_home,
    down,
    erase,
    up,
)
from ops.vault.opening import VAULT_SETTING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_EXIT_TERMINATED: Final = 143
_ASIDE: Final = (
    *(HOME_SETTING, KAFKA_SETTING, POSTGRES_SETTING, KEYS_SETTING, VAULT_SETTING),
    *(ORIGIN_SETTING, POLICY_SETTING),
)
_BESIDE_SERVERS: Final = ("evidence", "keys", "logs")
"""What else a stack leaves in its home: a log signed over records that are gone fits no others."""


@contextmanager
def bench_stack(say: Callable[[str], None], *, keep: bool = False) -> Iterator[Stack]:
    """Run an empty, prepared stack; stop it at the end and erase it, unless `keep` says not to.

    While it runs, the home is its own, and `ops.environment.running_stack` finds it, here and in
    child processes. Its logs have keys, as after `credit-ledger up`.
    """
    home = default_home() / "bench"
    with locked(home / "bench.lock"), _settings_aside(), _terminated_in_order():
        _emptied(home)
        try:
            stack = up(home, say=say)
            os.environ[HOME_SETTING] = str(home)
            os.environ[KAFKA_SETTING] = stack.kafka
            os.environ[POSTGRES_SETTING] = stack.postgres
            prepare(stack, LEDGER_PARTITIONS)
            make_keys(read_evidence_settings())
            yield stack
        finally:
            if keep:
                down(home)
                say(f"kept: {HOME_SETTING}={home} credit-ledger up")
            else:
                _emptied(home)


def _emptied(home: Path) -> None:
    erase(home)
    for name in _BESIDE_SERVERS:
        shutil.rmtree(home / name, ignore_errors=True)


@contextmanager
def _settings_aside() -> Iterator[None]:
    before = {name: os.environ.pop(name, None) for name in _ASIDE}
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
