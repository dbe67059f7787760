"""The tables of yearly evaluations: rows in, rows out. Only SQL here, no rules.

They stand outside the read models of any version: a replay makes those anew, and touches none of
these.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg import sql

from events.envelope import CHINA, Platform
from projections.as_of.state import canonical
from projections.evaluation.region_figures import RegionEvaluation
from projections.evaluation.yearly import EvaluatedSubject
from projections.ledger.message import Message
from projections.store.statements import comma_separated, statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg import Connection

    from projections.store.store import Store

REGIONS: Final = "regions"
"""The part of a year that is about regions, beside one part a platform."""

_FIELDS: Final = EvaluatedSubject.__struct_fields__
_SQL: Final = statements(__name__, subject_columns=comma_separated(_FIELDS))
_region: Final = msgspec.json.Decoder(RegionEvaluation)


class Frozen(msgspec.Struct, frozen=True):
    """One part of a frozen year: what was known, by which rules, how many rows, and their digest.

    `part` is a platform, or `regions`, which has the cut of neither: it follows from the others.
    """

    year: int
    part: str
    valid_on: date
    known_ms: int
    cut: str
    rules: list[str]
    rows: int
    digest: str
    frozen_at: datetime


def read_frozen(connection: Connection[Any], year: int | None = None) -> list[Frozen]:
    """Give the parts of a frozen year, or of all; none where it is not frozen."""
    rows = connection.execute(_SQL["frozen"], {"year": year}).fetchall()
    return [_frozen(*row) for row in rows]


def _frozen(*row: Any) -> Frozen:
    frozen = Frozen(*row)
    return msgspec.structs.replace(frozen, frozen_at=frozen.frozen_at.astimezone(CHINA))


def write_frozen(connection: Connection[Any], parts: Sequence[Frozen]) -> None:
    """Write the parts of a year together; from then on it is frozen."""
    with connection.transaction():
        for part in parts:
            connection.execute(_SQL["add_frozen"], msgspec.structs.asdict(part))


def clear_unfrozen(connection: Connection[Any], year: int) -> None:
    """Remove what an interrupted freeze of a year left behind; what is frozen stays."""
    for table in (*Platform, "region"):
        connection.execute(_of(table, _SQL["clear"]), {"year": year})


def _of(table: str, text: str) -> sql.Composed:
    """Fill the table of a platform, or that of regions, into a statement."""
    return sql.SQL(text).format(table=sql.Identifier("evaluation", table))


def write_subjects(
    connection: Connection[Any], platform: Platform, year: int, rows: Sequence[EvaluatedSubject]
) -> None:
    """Add rows to a year that is being frozen."""
    with connection.cursor() as cursor, cursor.copy(_of(platform, _SQL["copy_subjects"])) as copy:
        for row in rows:
            values = msgspec.structs.asdict(row) | {"classes": list(row.classes)}
            copy.write_row((year, *values.values()))


def read_subjects(
    connection: Connection[Any], platform: Platform, year: int, partition: int | None = None
) -> Iterator[EvaluatedSubject]:
    """Give the rows of a year, or of one partition of it, in the order of subject ids."""
    with connection.transaction(), connection.cursor("evaluated_subjects") as cursor:
        cursor.itersize = 5_000
        cursor.execute(_of(platform, _SQL["subjects"]), {"year": year, "partition": partition})
        for row in cursor:
            yield _subject(row)


def read_subject(
    connection: Connection[Any], platform: Platform, year: int, subject_id: str
) -> EvaluatedSubject | None:
    """Give the row of one subject."""
    row = connection.execute(_of(platform, _SQL["subject"]), (year, subject_id)).fetchone()
    return None if row is None else _subject(row)


def _subject(row: Sequence[Any]) -> EvaluatedSubject:
    values = dict(zip(_FIELDS, row, strict=True))
    return EvaluatedSubject(**values | {"classes": tuple(values["classes"])})


def read_journal(
    connection: Connection[Any], store: Store, partition: int, cut: int
) -> Iterator[tuple[str, list[Message]]]:
    """Give each subject of a partition with its messages before a cut, in the order of subject ids.

    A few rows are held at a time; the database sorts, on its disk where it must. Inside the
    caller's transaction.
    """
    with connection.cursor("journal_by_subject", binary=True) as cursor:
        cursor.itersize = 5_000
        cursor.execute(store.statement(_SQL["journal"], partition), (cut,))
        for subject_id, rows in groupby(cursor, key=itemgetter(0)):
            key = subject_id.encode()
            yield subject_id, [Message(offset, ms, key, value) for _, offset, ms, value in rows]


def count_subjects_as(connection: Connection[Any], platform: Platform, year: int) -> dict[str, int]:
    """Count the rows of a year by what they count as."""
    rows = connection.execute(_of(platform, _SQL["count_as"]), (year,)).fetchall()
    return dict(rows)


def write_region(connection: Connection[Any], year: int, evaluation: RegionEvaluation) -> None:
    """Add a region to a year that is being frozen."""
    connection.execute(
        _SQL["add_region"],
        (year, evaluation.region, canonical(evaluation).decode()),
    )


def read_regions(connection: Connection[Any], year: int) -> dict[str, str]:
    """Give the evaluations of all regions of a year as canonical JSON, in the order of codes."""
    rows = connection.execute(_SQL["regions"], (year,)).fetchall()
    return dict(rows)


def read_region(connection: Connection[Any], year: int, region: str) -> RegionEvaluation | None:
    """Give the evaluation of one region."""
    row = connection.execute(_SQL["region"], (year, region)).fetchone()
    return None if row is None else _region.decode(row[0])
