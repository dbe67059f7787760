"""A worker process for the tests of the micro-batch transport, with SQLite in place of Postgres.

It holds positions and effects in one SQLite file, moves both in one transaction, and can be
told, by a JSON object as its only argument, to be slow, to fail, or to wait at a gate.
"""

import asyncio
import contextlib
import json
import random
import sqlite3
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from projections.store.tables.positions import PositionConflictError
from streams.batches import Batch
from streams.transport.agents import batch_agent
from streams.transport.app import create_app, exit_now, run
from streams.transport.bounds import Batching, Bounds, Fetching, Patience


class Journal:
    """Positions and effects in one SQLite file, shared by the processes of a test."""

    def __init__(self, path: str) -> None:
        self._path = path
        with self._session() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(
                "CREATE TABLE IF NOT EXISTS position"
                " (topic TEXT, partition INT, next_offset INT, PRIMARY KEY (topic, partition))"
            )
            # No uniqueness: a doubled effect must show as a doubled row.
            database.execute(
                "CREATE TABLE IF NOT EXISTS effect"
                " (topic TEXT, partition INT, first INT, next_offset INT, worker TEXT, value BLOB)"
            )

    @contextlib.contextmanager
    def _session(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=20, isolation_level=None)
        try:
            yield database
        finally:
            database.close()

    async def next_offsets(self, topic: str, partitions: Collection[int]) -> Mapping[int, int]:
        return {p: o for p, o in self.positions(topic).items() if p in partitions}

    def positions(self, topic: str) -> dict[int, int]:
        with self._session() as database:
            rows = database.execute(
                "SELECT partition, next_offset FROM position WHERE topic = ?", (topic,)
            )
            return dict(rows.fetchall())

    def set_position(self, topic: str, partition: int, offset: int) -> None:
        with self._session() as database:
            database.execute(
                "INSERT OR REPLACE INTO position VALUES (?, ?, ?)", (topic, partition, offset)
            )

    def apply(self, batch: Batch, worker: str) -> None:
        key = (batch.topic, batch.partition)
        last_value = batch.records[-1].value
        with self._session() as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT OR IGNORE INTO position VALUES (?, ?, 0)", key)
            moved = database.execute(
                "UPDATE position SET next_offset = ?"
                " WHERE topic = ? AND partition = ? AND next_offset = ?",
                (batch.next_offset, *key, batch.first),
            )
            if not moved.rowcount:
                database.execute("ROLLBACK")
                raise PositionConflictError
            database.execute(
                "INSERT INTO effect VALUES (?, ?, ?, ?, ?, ?)",
                (*key, batch.first, batch.next_offset, worker, last_value),
            )
            database.execute("COMMIT")

    def effects(self, topic: str) -> list[tuple[int, int, int, str]]:
        """Give (partition, first, next_offset, worker) in the order of application."""
        with self._session() as database:
            return database.execute(
                "SELECT partition, first, next_offset, worker FROM effect"
                " WHERE topic = ? ORDER BY rowid",
                (topic,),
            ).fetchall()


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What a worker is told."""

    brokers: str
    group: str
    instance_id: str
    topic: str
    journal: str
    session_timeout_s: float = 6.0
    rebalance_timeout_s: float = 8.0
    bounds: dict[str, dict[str, float]] = field(default_factory=dict)
    slow_s: dict[str, float] = field(default_factory=dict)  # by partition
    failure_rate: float = 0.0
    seed: int = 0
    gate: str | None = None  # while this file exists, batches wait and say so in `<gate>.waiting`

    def as_bounds(self) -> Bounds:
        kinds = {"fetching": Fetching, "batching": Batching, "patience": Patience}
        return Bounds(**{name: kinds[name](**given) for name, given in self.bounds.items()})  # type: ignore[arg-type]

    def to_json(self) -> str:
        return json.dumps(asdict(self))


class Applier:
    """Applies batches as the orders say."""

    def __init__(self, orders: Orders, journal: Journal) -> None:
        self._orders = orders
        self._journal = journal
        self._chance = random.Random(orders.seed)

    async def __call__(self, batch: Batch) -> None:
        orders = self._orders
        gate = Path(orders.gate) if orders.gate else None
        while gate and gate.exists():
            gate.with_suffix(".waiting").touch()
            await asyncio.sleep(0.01)
        await asyncio.sleep(orders.slow_s.get(str(batch.partition), 0.0))
        chance = self._chance.random()
        if chance < orders.failure_rate / 2:
            raise ConnectionError("failed before the transaction")
        try:
            self._journal.apply(batch, orders.instance_id)
        except PositionConflictError:
            print("conflict", batch.partition, batch.first, flush=True)
            raise
        if chance < orders.failure_rate:
            raise ConnectionError("failed after the commit, whose outcome is thus unknown")


def main() -> None:
    """Run until stopped."""
    orders = Orders(**json.loads(sys.argv[1]))
    journal = Journal(orders.journal)
    app = create_app(
        name=orders.instance_id,
        kafka=orders.brokers,
        group=orders.group,
        instance_id=orders.instance_id,
        session_timeout_s=orders.session_timeout_s,
        heartbeat_interval_s=0.5,
        request_timeout_s=10.0,
        rebalance_timeout_s=orders.rebalance_timeout_s,
        bounds=orders.as_bounds(),
    )
    batch_agent(app, orders.topic, journal, Applier(orders, journal))
    exit_now(run(app))


if __name__ == "__main__":
    main()
