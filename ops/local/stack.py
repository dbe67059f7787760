"""The local stack as a whole: up, down, and what is running now.

A server of one's own takes the place of ours where `CREDIT_LEDGER_KAFKA` or
`CREDIT_LEDGER_POSTGRES` names it; that half is then neither started nor stopped.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ops.local.home import closed, default_home, locked
from ops.local.kafka import LocalKafka
from ops.local.port import noted_port
from ops.local.postgres import LocalPostgres
from ops.terms.language import spoken

__all__ = [
    "LocalKafka",
    "LocalPostgres",
    "Stack",
    "current",
    "default_home",
    "down",
    "erase",
    "kafka_address",
    "postgres_address",
    "up",
    "watched",
]

KAFKA_SETTING = "CREDIT_LEDGER_KAFKA"
POSTGRES_SETTING = "CREDIT_LEDGER_POSTGRES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Where a running Kafka and a running Postgres answer."""

    kafka: str
    """What `CREDIT_LEDGER_KAFKA` may name (`streams.broker`); locally a folder of accounts."""
    postgres: str
    """URL of a database named `credit_ledger`."""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def up(home: Path, *, say: Callable[[str], None] = _say) -> Stack:
    """Start what does not run, both at once, and return where it answers.

    Raises:
        LocalStackError: a server ended or did not answer in time; the end of its log is shown.

    """
    if not home.exists():
        closed(home)
    with locked(home / "lock"), ThreadPoolExecutor(2) as threads:
        kafka = threads.submit(_kafka_up, home, say)
        postgres = threads.submit(_postgres_up, home, say)
        found = Stack(kafka=kafka.result(), postgres=postgres.result())
        closed(home)  # Not before: a Postgres of an older version may still have been inside.
        return found


def down(home: Path) -> None:
    """Stop what runs, wait for its end, and keep the data."""
    if not home.exists():
        return
    with locked(home / "lock"), ThreadPoolExecutor(2) as threads:
        for stopped in [threads.submit(half.stop) for half in _ours(home)]:
            stopped.result()


def erase(home: Path) -> None:
    """Stop what runs and delete the data; the cache of jars stays."""
    if not home.exists():
        return
    with locked(home / "lock"), ThreadPoolExecutor(2) as threads:
        for erased in [threads.submit(half.erase) for half in _ours(home)]:
            erased.result()


def current(home: Path) -> Stack | None:
    """Return where the stack answers if both halves run, else None."""
    kafka, postgres = kafka_address(home), postgres_address(home)
    if kafka is None or postgres is None:
        return None
    return Stack(kafka=kafka, postgres=postgres)


def watched(home: Path) -> list[LocalKafka | LocalPostgres]:
    """Give the servers of a home that are in use: those that no setting replaces."""
    found: list[LocalKafka | LocalPostgres] = []
    if KAFKA_SETTING not in os.environ:
        found.append(LocalKafka(home))
    if POSTGRES_SETTING not in os.environ:
        found.append(LocalPostgres(home))
    return [server for server in found if server.folder.exists()]


def kafka_address(home: Path) -> str | None:
    """Return where the broker answers, if it runs or a setting names one."""
    ours = LocalKafka(home)
    return os.environ.get(KAFKA_SETTING) or (ours.address if ours.is_open else None)


def postgres_address(home: Path) -> str | None:
    """Return where the database answers, if it runs or a setting names one."""
    ours = LocalPostgres(home)
    return os.environ.get(POSTGRES_SETTING) or (ours.address if ours.pid else None)


def _ours(home: Path) -> list[LocalKafka | LocalPostgres]:
    # What we started is ours to stop, also where a setting has since named another server.
    return [LocalKafka(home), LocalPostgres(home)]


def _kafka_up(home: Path, say: Callable[[str], None]) -> str:
    named = os.environ.get(KAFKA_SETTING)
    return named or _start("Kafka", LocalKafka(home, say=say), say)


def _postgres_up(home: Path, say: Callable[[str], None]) -> str:
    named = os.environ.get(POSTGRES_SETTING)
    return named or _start("Postgres", LocalPostgres(home, say=say), say)


def _start(name: str, server: LocalKafka | LocalPostgres, say: Callable[[str], None]) -> str:
    if server.pid is not None:
        return server.start()
    began = time.monotonic()
    address = server.start()
    # The address of Postgres carries its password: only the port is said.
    port = noted_port(server.folder / "port")
    seconds = f"{time.monotonic() - began:.1f}"
    say(spoken("server_up", "start", name=name, port=port, seconds=seconds))
    return address
