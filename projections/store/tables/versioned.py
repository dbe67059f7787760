"""The tables of one version of the read models, which stand in a schema of their own.

Statements name tables in braces; here the braces are filled in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from psycopg import sql

_TABLES: Final = (
    *("position", "publication", "list_entry", "warning", "duty", "outbox", "parked"),
    *("set_aside", "reporting", "tie", "related_told", "handle", "erasure"),
)


@lru_cache(maxsize=2_048)
def _statement(schema: str, text: str, partition: int | None) -> bytes:
    # Composed once: filling in the names costs as much as a short query takes.
    suffix = "" if partition is None else f"_{partition}"
    names = {name: sql.Identifier(schema, name) for name in _TABLES}
    split = {name: sql.Identifier(schema, name + suffix) for name in ("event", "profile")}
    return sql.SQL(text).format(**names, **split).as_bytes(None)


class VersionedTables:
    """The tables of a version; a newer one may take over meanwhile."""

    def __init__(self, schema: str) -> None:
        """Begin with a version, by its schema."""
        self.schema = schema

    def bind(self, schema: str) -> None:
        """Move to another schema: a newer version has taken over."""
        self.schema = schema

    def table(self, name: str) -> sql.Identifier:
        """Name a table of this schema."""
        return sql.Identifier(self.schema, name)

    def statement(self, text: str, partition: int | None = None) -> bytes:
        """Fill `{table}` names into a query; `{event}` and `{profile}` are of one partition."""
        return _statement(self.schema, text, partition)
