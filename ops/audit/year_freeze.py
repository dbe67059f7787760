"""Freeze a year: evaluate every subject and region as known at the midnight that ended it, once.

From the journal in Postgres, partitions in parallel, a few messages in memory at a time. What is
frozen is checked against Kafka alone by `ops.audit.year_check`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from events.envelope import Platform
from events.errors import LedgerError
from ops.audit.ledger import LedgerReader
from ops.audit.year_rows import (
    Gathered,
    digest_of_regions,
    digest_of_subjects,
    evaluated_rows,
    in_processes,
    region_evaluations,
    rules_of_regions,
)
from ops.terms.language import spoken
from projections.as_of.cut import format_cut
from projections.evaluation.yearly import (
    EvaluatedSubject,
    RowsDigest,
    last_day,
    last_moment_ms,
    midnight_after,
)
from projections.store import evaluation as frozen_rows
from projections.store.cut import offset_at
from projections.store.evaluation import REGIONS, Frozen
from projections.store.live import live
from projections.store.session import lock_session
from projections.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ops.local.stack import Stack
    from projections.evaluation.region_figures import RegionEvaluation

SETTLES: Final = timedelta(minutes=5)
"""So long after a midnight no broker's clock still stamps what comes before it."""

_LOCK_KEY: Final = 0x79656172
_ROWS_AT_ONCE: Final = 2_000


class FreezeRefusedError(LedgerError):
    """The year cannot be frozen. Each cause is an error of its own."""

    exit_code = 1


class YearNotOverError(FreezeRefusedError):
    """The year is not over, or it was not at the moment that was given."""


class MomentToComeError(FreezeRefusedError):
    """The moment has not come yet."""


class YearFrozenError(FreezeRefusedError):
    """The year is frozen already, and is frozen only once."""


class NothingToFreezeError(FreezeRefusedError):
    """Nothing was recorded before the moment."""


class YearNotAppliedError(FreezeRefusedError):
    """The year is not applied to its end."""


class KnownYear(NamedTuple):
    """The year being frozen, the last millisecond known, and the moment at which it is frozen."""

    year: int
    ms: int
    now: datetime


def freeze(
    stack: Stack,
    year: int,
    *,
    now: datetime,
    known_before: datetime | None = None,
    processes: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> list[Frozen]:
    """Evaluate a year and freeze it, both platforms and all regions together.

    Known is what was recorded before `known_before`, by default the midnight that ended the year; a
    later moment is for a ledger to which the year was reported afterwards. Raises
    `FreezeRefusedError`.
    """
    moment = _moment(year, now, known_before)
    known = KnownYear(year, last_moment_ms(moment), now)
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        _refuse_frozen(connection, year)
        cuts: dict[Platform, dict[int, int]] = {}
        for platform in Platform:
            with LedgerReader(stack.kafka, platform) as reader:
                ends = {partition: reader.end(partition) for partition in reader.partitions}
            cuts[platform] = cut_applied(connection, platform, ends, known.ms)
    if not any(any(cut.values()) for cut in cuts.values()):
        raise NothingToFreezeError(
            f"nothing was recorded before {moment.isoformat()}, so there is nothing to freeze; "
            "what was reported of a year afterwards is known at a later moment: --known-before",
            moment=moment.isoformat(timespec="minutes"),
        )
    until = moment.isoformat(timespec="minutes")
    say(spoken("known_before", "progress", year=year, moment=until))
    return freeze_at(stack.postgres, known, cuts, processes=processes, say=say)


def _moment(year: int, now: datetime, known_before: datetime | None) -> datetime:
    midnight = midnight_after(year)
    if known_before is None:
        if now < midnight + SETTLES:
            raise YearNotOverError(
                f"{year} ends at {midnight.isoformat()}, and is not over",
                year=year,
                end=midnight.isoformat(timespec="minutes"),
            )
        return midnight
    if known_before < midnight:
        raise YearNotOverError(
            f"{year} ends at {midnight.isoformat()}, after that moment",
            year=year,
            end=midnight.isoformat(timespec="minutes"),
        )
    if known_before > now:
        raise MomentToComeError(
            f"{known_before.isoformat()} has not come yet", moment=known_before.isoformat()
        )
    return known_before


def _refuse_frozen(connection: psycopg.Connection[Any], year: int) -> None:
    if frozen_rows.read_frozen(connection, year):
        raise YearFrozenError(f"{year} is frozen already, and is frozen only once", year=year)


def cut_applied(
    connection: psycopg.Connection[Any], platform: Platform, ends: Mapping[int, int], known_ms: int
) -> dict[int, int]:
    """Give the cut after a millisecond; all before it must have been applied.

    `ends` is where the partitions of the ledger ended before this looks: a partition that has
    nothing later must have been applied up to there. Raises `FreezeRefusedError`.
    """
    at = live(connection, platform)
    cut: dict[int, int] = {}
    for partition, end in ends.items():
        found = offset_at(connection, at, partition, known_ms)
        if not found.final and found.offset < end:
            raise YearNotAppliedError(
                f"{platform}, partition {partition}: applied up to before offset {found.offset} of "
                f"{end}, and more of the year may follow: `credit-ledger worker` applies it",
                partition=partition,
                applied=found.offset,
                end=end,
            )
        cut[partition] = found.offset
    return cut


def freeze_at(
    postgres: str,
    known: KnownYear,
    cuts: Mapping[Platform, Mapping[int, int]],
    *,
    processes: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> list[Frozen]:
    """Freeze a year as known at a cut of each platform. Raises `FreezeRefusedError`."""
    year = known.year
    with psycopg.connect(postgres, autocommit=True) as connection:
        lock_session(connection, _LOCK_KEY)
        _refuse_frozen(connection, year)
        frozen_rows.clear_unfrozen(connection, year)
        gathered = _freeze_all(postgres, connection, year, cuts, processes, say)
        parts = [
            _subjects_part(connection, known, platform, cuts[platform], gathered[platform])
            for platform in Platform
        ]
        counts = [frozen_rows.count_subjects_as(connection, p, year) for p in Platform]
        say(spoken("regions", "progress"))
        regions = region_evaluations(
            last_day(year), counts, [g.readings for found in gathered.values() for g in found]
        )
        parts.append(_regions_part(connection, known, regions))
        frozen_rows.write_frozen(connection, parts)
    return parts


def _freeze_all(
    postgres: str,
    connection: psycopg.Connection[Any],
    year: int,
    cuts: Mapping[Platform, Mapping[int, int]],
    processes: int,
    say: Callable[[str], None],
) -> dict[Platform, list[Gathered]]:
    jobs = [
        (postgres, platform, live(connection, platform).store.schema, partition, cut, year)
        for platform, found in cuts.items()
        for partition, cut in found.items()
        if cut
    ]
    gathered: dict[Platform, list[Gathered]] = {platform: [] for platform in Platform}
    for (_, platform, *_), done in in_processes(freeze_partition, jobs, processes):
        gathered[platform].append(done)
        whose, rows = spoken(platform, "platforms"), f"{done.rows:,}"
        say(spoken("evaluated", "progress", platform=whose, partition=done.partition, rows=rows))
    return gathered


def freeze_partition(
    postgres: str, platform: Platform, schema: str, partition: int, cut: int, year: int
) -> Gathered:
    """Evaluate the subjects of one partition and write their rows, in one transaction."""
    into = Gathered(partition, cut)
    with psycopg.connect(postgres, autocommit=True) as connection, connection.transaction():
        journal = frozen_rows.read_journal(connection, Store(schema), partition, cut)
        rows: list[EvaluatedSubject] = []
        for subject in evaluated_rows(journal, platform, last_day(year), into):
            rows.append(subject)
            if len(rows) == _ROWS_AT_ONCE:
                frozen_rows.write_subjects(connection, platform, year, rows)
                rows = []
        frozen_rows.write_subjects(connection, platform, year, rows)
    return into


def _subjects_part(
    connection: psycopg.Connection[Any],
    known: KnownYear,
    platform: Platform,
    cut: Mapping[int, int],
    gathered: Sequence[Gathered],
) -> Frozen:
    digest = digest_of_subjects(connection, platform, known.year)
    rules = sorted(set().union(*(each.rules for each in gathered)))
    return _part(known, platform.value, format_cut(cut), rules, digest)


def _regions_part(
    connection: psycopg.Connection[Any], known: KnownYear, regions: Sequence[RegionEvaluation]
) -> Frozen:
    with connection.transaction():
        for region in regions:
            frozen_rows.write_region(connection, known.year, region)
    digest = digest_of_regions(connection, known.year)
    return _part(known, REGIONS, "", rules_of_regions(regions), digest)


def _part(known: KnownYear, part: str, cut: str, rules: list[str], digest: RowsDigest) -> Frozen:
    return Frozen(
        known.year,
        part,
        last_day(known.year),
        known.ms,
        cut,
        rules,
        digest.rows,
        digest.hexdigest(),
        known.now,
    )
