"""Keys of compartments wrapped under a newer master key; those of records stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.sealing.wrapping import MasterKeys

_SQL: Final = statements(__name__)


def rotates_alone(connection: Connection[Any]) -> bool:
    """Say whether no other process rotates; from then on none does while this session lasts."""
    row = connection.execute(_SQL["one_rotation"]).fetchone()
    return bool(row and row[0])


def wrap_some_anew(
    connection: Connection[Any], masters: MasterKeys, version: int, limit: int
) -> int:
    """Wrap at most `limit` compartments under a version, in one transaction; give how many."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_SQL["alone"])
        rows = cursor.execute(_SQL["older"], (version, limit)).fetchall()
        cursor.executemany(
            _SQL["wrap"],
            [
                (
                    version,
                    masters.wrap(version, masters.unwrap(master, bytes(wrapped), place), place),
                    *place,
                )
                for subject, compartment, master, wrapped in rows
                for place in ((subject, compartment),)
            ],
        )
    return len(rows)
