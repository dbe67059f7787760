"""Replay: fold the whole ledger from Kafka into a fresh version, compare it with the live one.

Blue and green: the new version grows beside the live one, partitions in parallel, catches up, is
compared while the live one stands still for a moment, and takes over in one transaction or is
dropped. A replay tells nobody anything: its notices are compared, not published.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic
from ops.audit.comparison import Compared, TableDifference, compare_all
from ops.audit.ledger import LedgerReader
from ops.terms.language import spoken
from projections.calendar.rules import RuleCalendar
from projections.projector import Projector
from projections.store.control.audits import AuditKind, note_audit
from projections.store.control.breach import forget_breaches, lower_ledger_ends
from projections.store.control.submissions import acknowledged_ends
from projections.store.database import (
    create_version,
    database_schema,
    drop_version,
    live_schema_of_any_shape,
    next_version,
)
from projections.store.promotion import hold, stands, supersede
from projections.store.session import commit_unsynced, lock_session
from projections.store.store import Store
from streams.settings import read_settings
from streams.transport.collector import calm_collector

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from ops.local.stack import Stack

LOCK_KEY: Final = 0x7265706C


class Replayed(msgspec.Struct, frozen=True):
    """What a replay did and found; `incomparable` names tables whose columns changed."""

    platform: Platform
    version: int
    events: int
    seconds: float
    events_per_s: float
    compare_s: float
    differences: list[TableDifference]
    incomparable: list[str]
    promoted: bool


def replay(
    stack: Stack,
    platform: Platform,
    *,
    processes: int = 0,
    promote: bool = False,
    take_over: bool = False,
    agree: Callable[[Compared], bool] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Replayed:
    """Rebuild a platform's read models from Kafka, compare them, and promote or drop them.

    `promote` lets the new version take over if it is equal. `agree` is asked with what differs, and
    says whether it takes over all the same, as after a change of rules or of code; the live version
    goes on meanwhile. `take_over` compares nothing, which is how a ledger is projected for the
    first time without a worker.
    """
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        lock_session(connection, LOCK_KEY)
        version = next_version(connection, platform)
        with connection.transaction():
            create_version(connection, platform, version)
        live = Store(live_schema_of_any_shape(connection, platform))
        try:
            began = time.monotonic()
            with LedgerReader(stack.kafka, platform) as reader:
                ends = {p: reader.end(p) for p in reader.partitions}
            if not take_over:
                # Only what the live version has applied can be compared with it.
                held = stands(connection, live.schema)
                ends = {p: min(end, held[p].next_offset) for p, end in ends.items()}
            events = _fold_all(stack, platform, version, ends, processes, say)
            seconds = time.monotonic() - began
            began = time.monotonic()
            found = _catch_up_and_compare(
                stack, platform, connection, live, version, promote=promote, take_over=take_over
            )
            compare_s = time.monotonic() - began
            promoted = take_over or (promote and not any(found))
            if agree is not None and not promoted and agree(found):
                # Events may have come while somebody was asked.
                _catch_up_and_compare(
                    stack, platform, connection, live, version, promote=True, take_over=True
                )
                promoted = True
        except BaseException:
            drop_version(connection, platform, version)
            raise
        if not promoted:
            drop_version(connection, platform, version)
        if not take_over:
            different = sum(max(each.only_live, each.only_replayed) for each in found.differences)
            now = datetime.now(UTC)
            note_audit(connection, platform, AuditKind.REPLAY, None, now, different)
    return Replayed(
        platform,
        version,
        events,
        round(seconds, 3),
        round(events / seconds) if seconds else 0,
        round(compare_s, 3),
        *found,
        promoted,
    )


def _fold_all(
    stack: Stack,
    platform: Platform,
    version: int,
    ends: Mapping[int, int],
    processes: int,
    say: Callable[[str], None],
) -> int:
    total = sum(ends.values())
    workers = processes or min(os.cpu_count() or 1, len(ends))
    done = 0
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=calm_collector) as pool:
        jobs = {
            pool.submit(fold_partition, stack.kafka, stack.postgres, platform, version, p, end): end
            for p, end in ends.items()
            if end
        }
        for job in as_completed(jobs):
            done += job.result()
            whose, of = spoken(platform, "platforms"), f"{total:,}"
            say(spoken("folded", "progress", platform=whose, done=f"{done:,}", total=of))
    return total


def fold_partition(
    kafka: str, postgres: str, platform: Platform, version: int, partition: int, end: int
) -> int:
    """Fold one partition from where the version stands up to before `end`; give how many."""
    projector = Projector(
        platform,
        Store(database_schema(platform, version)),
        RuleCalendar(load_rulebook()),
        publishes=False,
    )
    with (
        psycopg.connect(postgres, autocommit=True) as connection,
        LedgerReader(kafka, platform) as reader,
    ):
        commit_unsynced(connection)
        with connection.cursor() as cursor:
            start = projector.store.positions(cursor)[partition].next_offset
        # Batches as large as a worker's: the larger, the fewer subjects are assessed twice.
        messages_max = read_settings(kafka, postgres).batch_records_max
        # A log that lost its end is shorter than what was read of it.
        end = min(end, reader.end(partition))
        for batch in reader.batches(partition, start, end, messages_max):
            projector.apply(connection, partition, batch)
    return end - start


def _catch_up_and_compare(
    stack: Stack,
    platform: Platform,
    connection: psycopg.Connection[Any],
    live: Store,
    version: int,
    *,
    promote: bool,
    take_over: bool,
) -> Compared:
    """Hold the live version still, bring the fresh one to the same place, compare, and switch."""
    fresh = Store(database_schema(platform, version))
    with connection.transaction():
        held = hold(connection, live.schema)
        for partition, position in held.items():
            fold_partition(
                stack.kafka, stack.postgres, platform, version, partition, position.next_offset
            )
            _sweep(stack, platform, fresh, partition, position.swept_on)
        for partition, position in held.items():
            _relate(stack, platform, fresh, partition, position.related_on)
        found = Compared([], []) if take_over else compare_all(connection, live, fresh)
        if take_over or (promote and not any(found)):
            supersede(connection, platform, live.schema, fresh.schema, version)
            _go_on(stack, platform, connection)
    return found


def _go_on(stack: Stack, platform: Platform, connection: psycopg.Connection[Any]) -> None:
    """Take what the log holds now for the truth, where it had lost its end."""
    topic = ledger_topic(platform)
    acknowledged = acknowledged_ends(connection, topic)
    # Asked only now: what was appended meanwhile is no loss.
    with LedgerReader(stack.kafka, platform) as reader:
        ends = {p: reader.end(p) for p, end in acknowledged.items() if reader.end(p) < end}
        lower_ledger_ends(connection, topic, ends)
        forget_breaches(connection, topic, reader.partitions)


def _sweep(stack: Stack, platform: Platform, fresh: Store, partition: int, to: date) -> None:
    projector = Projector(platform, fresh, RuleCalendar(load_rulebook()), publishes=False)
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        more = True
        while more:
            _, more = projector.sweep(connection, partition, to)


def _relate(stack: Stack, platform: Platform, fresh: Store, partition: int, to: date) -> None:
    projector = Projector(platform, fresh, RuleCalendar(load_rulebook()), publishes=False)
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        projector.relate(connection, partition, to)
