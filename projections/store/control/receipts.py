"""Receipts of what departments reported, and what their files were refused for on the spot.

A receipt is kept as it was given; it holds ids, places and lines, no word of what was reported.
Who was erased is not named in it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from events.envelope import Platform
from projections.store.live import live
from projections.store.quality import ANY_REASON
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date, datetime

    from psycopg import Connection

_SQL: Final = statements(__name__)


class Kept(NamedTuple):
    """A receipt as it is kept: whose, of when, of which file, of how many lines."""

    receipt_id: str
    department: str
    given_at: datetime
    name: str
    lines: int


def keep_receipt(
    connection: Connection[Any],
    kept: Kept,
    body: bytes,
    *,
    persons: Collection[str],
    platform: Platform,
    month: date,
    refused: Mapping[str, int],
) -> None:
    """Keep a receipt and whom it names, and count what was refused on the spot, once with it."""
    with connection.transaction():
        done = connection.execute(_SQL["keep"], (*kept, body))
        if done.rowcount and persons:
            connection.execute(_SQL["name_persons"], (sorted(persons), kept.receipt_id))
        if done.rowcount and refused.get(ANY_REASON):
            connection.execute(
                _SQL["count_refused"],
                (platform.value, kept.department, month, list(refused), list(refused.values())),
            )


def forget_erased(
    connection: Connection[Any], without: Callable[[bytes, Collection[str]], bytes]
) -> int:
    """Rewrite receipts that name persons who were erased; give how many.

    `without` gives a receipt as it is without some persons. A kill leaves the rest to the next.
    """
    asked = live(connection, Platform.PERSON).store.statement(_SQL["of_erased"])
    count = 0
    while True:
        with connection.transaction():
            row = connection.execute(asked).fetchone()
            if row is None:
                return count
            receipt_id, body, persons = row
            connection.execute(_SQL["rewrite"], (without(bytes(body), persons), receipt_id))
            connection.execute(_SQL["tell_anew"], (receipt_id,))
            connection.execute(_SQL["name_no_more"], (receipt_id, persons))
            count += 1


def load_receipt(connection: Connection[Any], receipt_id: str) -> bytes | None:
    """Give what is kept of a receipt; None where there is none of that id."""
    if not _is_id(receipt_id):
        return None
    row = connection.execute(_SQL["load"], (receipt_id,)).fetchone()
    return None if row is None else bytes(row[0])


def find_receipt(connection: Connection[Any], receipt_id: str) -> Kept | None:
    """Give a receipt by its id, without its lines; None where there is none of that id."""
    if not _is_id(receipt_id):
        return None
    row = connection.execute(_SQL["one"], (receipt_id,)).fetchone()
    return None if row is None else Kept(*row)


def _is_id(text: str) -> bool:
    """Tell whether a text is an id as receipts have it: only so the index is asked."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def list_receipts(
    connection: Connection[Any], department: str | None, limit: int, skipped: int = 0
) -> list[Kept]:
    """Give the latest receipts, of a department or of all, the newest first, behind some."""
    asked = {"department": department, "limit": limit, "skipped": skipped}
    return [Kept(*row) for row in connection.execute(_SQL["latest"], asked).fetchall()]


def count_receipts(connection: Connection[Any], department: str) -> int:
    """Give how many receipts a department has."""
    ((count,),) = connection.execute(_SQL["count_of"], (department,)).fetchall()
    return int(count)


def admitted_up_to(connection: Connection[Any], topics: list[str]) -> dict[tuple[str, int], int]:
    """Give the offset before which admission has dealt with everything, by topic and partition."""
    rows = connection.execute(_SQL["admitted"], (topics,)).fetchall()
    return {(topic, partition): offset for topic, partition, offset in rows}
