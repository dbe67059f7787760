"""Verify a frozen year: derive every row anew from Kafka alone, and compare with what is frozen.

Neither the journal nor any read model is asked; where the year ends in each partition is read off
the ledger's own times. The first differences are named.
"""

from __future__ import annotations

from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from events.envelope import Platform
from ops.audit import year_rows as yearly_rows
from ops.audit.by_subject import LedgerBySubject
from ops.audit.ledger import LedgerReader
from ops.terms.language import spoken
from projections.as_of.cut import format_cut
from projections.as_of.state import canonical
from projections.evaluation.yearly import EvaluatedSubject, differing, last_day
from projections.queries.evaluation_report import YearNotFrozenError
from projections.store import evaluation as frozen_rows
from projections.store.evaluation import REGIONS, Frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ops.audit.year_rows import Gathered
    from ops.local.stack import Stack
    from projections.evaluation.yearly import RowsDigest

_NAMED_MAX: Final = 10
_GROUP: Final = "year_difference"


class Verified(msgspec.Struct, frozen=True):
    """What verifying a part of a year found: how many rows, how many differ, the first of these."""

    year: int
    part: str
    rows: int
    digest: str
    different: int
    differences: list[str]


class PartitionCompared(msgspec.Struct):
    """A partition derived from Kafka: what it comes to, and where its rows are not those frozen."""

    gathered: yearly_rows.Gathered
    different: int = 0
    differences: list[str] = []


def verify_year(
    stack: Stack,
    year: int,
    *,
    processes: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> list[Verified]:
    """Derive a year from Kafka and compare, part by part. Raises `YearNotFrozenError`."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        parts = {part.part: part for part in frozen_rows.read_frozen(connection, year)}
        if not parts:
            raise YearNotFrozenError(f"{year} was not frozen: nothing to verify", year=year)
        compared = _compare_all(stack, year, parts, processes, say)
        found = [
            _subjects(connection, parts[platform], platform, compared[platform])
            for platform in Platform
        ]
        say(spoken("regions", "progress"))
        found.append(_regions(connection, parts[REGIONS], compared))
    return found


def _compare_all(
    stack: Stack,
    year: int,
    parts: dict[str, Frozen],
    processes: int,
    say: Callable[[str], None],
) -> dict[Platform, list[PartitionCompared]]:
    jobs: list[tuple[Any, ...]] = []
    for platform in Platform:
        with LedgerReader(stack.kafka, platform) as reader:
            known_ms = parts[platform].known_ms
            jobs += [
                (stack.kafka, stack.postgres, platform, partition, known_ms, year)
                for partition in reader.partitions
            ]
    compared: dict[Platform, list[PartitionCompared]] = {platform: [] for platform in Platform}
    done = yearly_rows.in_processes(compare_partition, jobs, processes)
    for (_, _, platform, *_), found in done:
        compared[platform].append(found)
        say(
            spoken(
                "derived",
                "progress",
                platform=spoken(platform, "platforms"),
                partition=found.gathered.partition,
                rows=f"{found.gathered.rows:,}",
                different=found.different,
            )
        )
    for found_of in compared.values():
        found_of.sort(key=lambda each: each.gathered.partition)
    return compared


def compare_partition(
    kafka: str, postgres: str, platform: Platform, partition: int, known_ms: int, year: int
) -> PartitionCompared:
    """Derive the rows of one partition from Kafka, and compare them with those frozen."""
    with (
        LedgerReader(kafka, platform) as reader,
        LedgerBySubject(reader, partition, known_ms) as ledger,
        psycopg.connect(postgres, autocommit=True) as connection,
    ):
        found = PartitionCompared(yearly_rows.Gathered(partition, ledger.cut))
        derived = yearly_rows.evaluated_rows(
            ledger.subjects(), platform, last_day(year), found.gathered
        )
        frozen = frozen_rows.read_subjects(connection, platform, year, partition)
        for difference in row_differences(frozen, derived):
            found.different += 1
            if len(found.differences) < _NAMED_MAX:
                found.differences.append(difference)
    return found


def row_differences(
    frozen: Iterable[EvaluatedSubject], derived: Iterable[EvaluatedSubject]
) -> Iterator[str]:
    """Name the rows of which only one is there, or which differ; both in the order of subjects."""
    both = merge(
        ((row.subject_id, 0, row) for row in frozen), ((row.subject_id, 1, row) for row in derived)
    )
    for subject_id, found in groupby(both, key=lambda each: each[0]):
        rows = {which: row for _, which, row in found}
        if len(rows) == 1:
            which = "frozen_only" if 0 in rows else "ledger_only"
            yield spoken(which, _GROUP, subject=subject_id)
        elif rows[0] != rows[1]:
            fields = "; ".join(
                _field(name, getattr(rows[0], name), getattr(rows[1], name))
                for name in differing(rows[0], rows[1])
            )
            yield spoken("row", _GROUP, subject=subject_id, fields=fields)


def _field(name: str, frozen: object, derived: object) -> str:
    return spoken("field", _GROUP, name=name, frozen=_value(frozen), derived=_value(derived))


def _value(value: object) -> str:
    if value is None:
        return spoken("nothing", _GROUP)
    return spoken("text", _GROUP, text=value) if isinstance(value, str) else repr(value)


def _subjects(
    connection: psycopg.Connection[Any],
    part: Frozen,
    platform: Platform,
    compared: Sequence[PartitionCompared],
) -> Verified:
    gathered = [each.gathered for each in compared]
    rules = sorted(set().union(*(each.rules for each in gathered)))
    cut = format_cut({each.partition: each.cut for each in gathered})
    digest = yearly_rows.digest_of_subjects(connection, platform, part.year)
    derived = sum(each.rows for each in gathered)
    about = [
        *_unlike("valid_on", part.valid_on, last_day(part.year)),
        *_unlike("cut", part.cut, cut),
        *_unlike("rules", _only(part.rules, rules), _only(rules, part.rules)),
        *_unlike("rows", part.rows, derived),
        *_unlike("rows_there", digest.rows, derived),
        *_altered(part, digest),
    ]
    named = [difference for each in compared for difference in each.differences]
    different = sum(each.different for each in compared) + len(about)
    return Verified(
        part.year, part.part, digest.rows, part.digest, different, (named + about)[:_NAMED_MAX]
    )


def _regions(
    connection: psycopg.Connection[Any],
    part: Frozen,
    compared: dict[Platform, list[PartitionCompared]],
) -> Verified:
    gathered: list[Gathered] = [each.gathered for found in compared.values() for each in found]
    evaluations = yearly_rows.region_evaluations(
        part.valid_on, [each.counts for each in gathered], [each.readings for each in gathered]
    )
    derived = {each.region: canonical(each).decode() for each in evaluations}
    frozen = frozen_rows.read_regions(connection, part.year)
    digest = yearly_rows.digest_of_regions(connection, part.year)
    named = [
        spoken(
            "region",
            _GROUP,
            region=region,
            fields="; ".join(
                region_differences(frozen.get(region, "{}"), derived.get(region, "{}"))
            ),
        )
        for region in sorted(frozen.keys() | derived.keys())
        if frozen.get(region) != derived.get(region)
    ]
    rules = yearly_rows.rules_of_regions(evaluations)
    named += [
        *_unlike("valid_on", part.valid_on, last_day(part.year)),
        *_unlike("rules", _only(part.rules, rules), _only(rules, part.rules)),
        *_unlike("rows", part.rows, len(derived)),
        *_altered(part, digest),
    ]
    return Verified(part.year, part.part, digest.rows, part.digest, len(named), named[:_NAMED_MAX])


def region_differences(frozen: str, derived: str) -> list[str]:
    """Name the places in which two evaluations of a region differ; both are JSON."""
    one, other = (dict(_leaves(msgspec.json.decode(text))) for text in (frozen, derived))
    found = [
        _field(place, one.get(place), other.get(place))
        for place in sorted(one.keys() | other.keys())
        if one.get(place) != other.get(place)
    ]
    return found or [spoken("written_otherwise", _GROUP)]


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, (dict, list)):
        yield place, value
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        yield from _leaves(each, f"{place}.{key}" if place else str(key))


def _altered(part: Frozen, digest: RowsDigest) -> list[str]:
    if part.digest == digest.hexdigest():
        return []
    return [spoken("altered", _GROUP, frozen=part.digest, now=digest.hexdigest())]


def _only(these: Sequence[str], others: Sequence[str]) -> list[str]:
    return sorted(set(these) - set(others))


def _unlike(what: str, frozen: object, derived: object) -> list[str]:
    """Name what of a whole part differs; `what` is its word in the dictionary."""
    if frozen == derived:
        return []
    return [spoken("part", _GROUP, name=spoken(what, _GROUP), frozen=frozen, derived=derived)]
