"""What freezing a year and verifying it share: rows from messages, regions from rows, digests.

Whoever gives the messages, Postgres's journal or Kafka, the rows are those of the same function.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from events.rules.rulebook import load_rulebook
from projections.as_of.question import Part, Question
from projections.calendar.rules import RuleCalendar
from projections.evaluation.region_figures import RegionEvaluation, RegionFigures, RegionReading
from projections.evaluation.yearly import EvaluatedSubject, RowsDigest, evaluate
from projections.ledger.reading import read
from projections.store import evaluation as frozen_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    import psycopg

    from events.envelope import Platform
    from projections.ledger.message import Message

T = TypeVar("T")


class Gathered(msgspec.Struct):
    """What a partition comes to besides its rows: rules used, counts and readings for regions."""

    partition: int
    cut: int
    rows: int = 0
    rules: set[str] = msgspec.field(default_factory=set)
    counts: Counter[str] = msgspec.field(default_factory=Counter)
    readings: list[RegionReading] = msgspec.field(default_factory=list)


def evaluated_rows(
    subjects: Iterable[tuple[str, list[Message]]],
    platform: Platform,
    valid_on: date,
    into: Gathered,
) -> Iterator[EvaluatedSubject]:
    """Evaluate the subjects of a partition one by one, gathering for regions on the way."""
    calendar = RuleCalendar(load_rulebook())
    for subject_id, messages in subjects:
        found = evaluate(
            [read(message) for message in messages],
            Question(platform=platform, subject_id=subject_id, valid_on=valid_on),
            Part(into.partition, into.cut),
            calendar,
        )
        into.rows += 1
        into.rules.update(found.rules)
        into.readings += found.readings
        if found.subject.counted_as is not None:
            into.counts[found.subject.counted_as] += 1
        yield found.subject


def in_processes(
    work: Callable[..., T], jobs: Sequence[tuple[Any, ...]], processes: int
) -> Iterator[tuple[tuple[Any, ...], T]]:
    """Do jobs in processes of their own, by default one a processor; give each as it is done."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes or os.cpu_count() or 1, mp_context=context) as pool:
        doing = {pool.submit(work, *job): job for job in jobs}
        try:
            for done in as_completed(doing):
                yield doing[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def region_evaluations(
    valid_on: date,
    counts: Iterable[Mapping[str, int]],
    readings: Iterable[Sequence[RegionReading]],
) -> list[RegionEvaluation]:
    """Evaluate every region of which anything is known, in the order of codes."""
    figures = RegionFigures(RuleCalendar(load_rulebook()).on(valid_on))
    for each in counts:
        figures.count(each)
    for found in readings:
        figures.read(found)
    return [figures.evaluation(region) for region in figures.regions()]


def rules_of_regions(regions: Iterable[RegionEvaluation]) -> list[str]:
    """Name the versions of the model by which regions were evaluated."""
    indices = [each.index for each in regions if each.index is not None]
    return sorted({f"{index.model}@{index.model_from}" for index in indices})


def digest_of_subjects(
    connection: psycopg.Connection[Any], platform: Platform, year: int
) -> RowsDigest:
    """Digest the frozen rows of a platform, as they stand."""
    digest = RowsDigest()
    for row in frozen_rows.read_subjects(connection, platform, year):
        digest.add(row)
    return digest


def digest_of_regions(connection: psycopg.Connection[Any], year: int) -> RowsDigest:
    """Digest the frozen evaluations of regions, as they stand."""
    digest = RowsDigest()
    for body in frozen_rows.read_regions(connection, year).values():
        digest.add(msgspec.Raw(body.encode()))
    return digest
