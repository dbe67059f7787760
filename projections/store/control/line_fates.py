"""What lines of receipts came to, kept once nothing can change it any more.

A page of a file of 20,000 lines then costs what its 100 lines cost. What is kept is no new truth:
it is what the journal and the refusals say, and forgotten it is read off them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from psycopg import Connection

_SQL: Final = statements(__name__)


class KeptFate(NamedTuple):
    """What a line came to: its fate, the codes of why, and the event that it said."""

    line: int
    fate: str
    why: tuple[str, ...]
    event_id: str | None


def keep_fates(
    connection: Connection[Any], receipt_id: str, fates: Iterable[tuple[KeptFate, str | None]]
) -> None:
    """Keep what lines came to, each with the natural person whom it names, if any."""
    settled = list(fates)
    if not settled:
        return
    named = {**_columns([fate for fate, _ in settled]), "persons": [who for _, who in settled]}
    with connection.transaction():
        connection.execute(_SQL["hold"], (receipt_id,))
        connection.execute(_SQL["keep"], {"receipt": receipt_id, **named})


def kept_fates(connection: Connection[Any], receipt_id: str) -> dict[int, KeptFate]:
    """Give what is kept of a receipt, by line."""
    rows = connection.execute(_SQL["kept"], (receipt_id,))
    return {line: KeptFate(line, fate, _codes(why), event) for line, fate, why, event in rows}


def count_fates(connection: Connection[Any], receipt_id: str) -> dict[str, int]:
    """Give how many lines of a receipt came to what, of those that are kept."""
    return dict(connection.execute(_SQL["counts"], (receipt_id,)).fetchall())


def page_of_fates(
    connection: Connection[Any],
    receipt_id: str,
    still_open: Sequence[KeptFate],
    *,
    fate: str | None,
    well: Collection[str],
    first: int,
    limit: int,
) -> list[KeptFate]:
    """Give some lines, of one fate or of all: those kept, and those that are given as still open.

    Those whose fate is in `well` stand last.
    """
    which = {"fate": fate, "well": list(well), "first": first, "limit": limit}
    rows = connection.execute(
        _SQL["page"], {"receipt": receipt_id, **which, **_columns(still_open)}
    )
    return [KeptFate(line, fate, _codes(why), event) for line, fate, why, event in rows]


def _columns(fates: Sequence[KeptFate]) -> dict[str, list[Any]]:
    return {
        "lines": [each.line for each in fates],
        "fates": [each.fate for each in fates],
        "whys": [" ".join(each.why) for each in fates],
        "events": [each.event_id for each in fates],
    }


def _codes(why: str) -> tuple[str, ...]:
    return tuple(why.split())
