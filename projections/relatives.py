"""Who shares a representative or controller with a subject, read from Postgres at one cut.

Only candidates are found here: all who were ever tied so, as the table of ties has it. Whether they
still are, on the day and as known at the cut, follows from their own messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.contagion_as_of import Relative, Relatives
from projections.cut import format_cut, whole_cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg import Connection

    from projections.cut import Found
    from projections.live import Live
    from projections.long_histories import LongHistories


class RelativesReader:
    """Looks for the relatives of one subject, at the cut at which it itself is known."""

    def __init__(
        self,
        connection: Connection[Any],
        at: Live,
        histories: LongHistories,
        own: tuple[int, Found],
        cut: Mapping[int, int] | None,
        known_at_ms: int | None,
    ) -> None:
        """Keep what was asked; `own` is the subject's partition and its part of the cut."""
        self._connection = connection
        self._at = at
        self._histories = histories
        self._own = own
        self._cut = cut
        self._known_at_ms = known_at_ms
        self.final = own[1].final
        """Whether nothing the ledger may still add alters the cut, as far as it was needed."""

    def look(self, others: Sequence[str]) -> Relatives:
        """Find all who were ever tied to the others, and these themselves, with their messages."""
        found = whole_cut(self._connection, self._at, self._cut, self._known_at_ms)
        partition, known = self._own
        offsets = {**found.offsets, partition: known.offset}
        self.final = self.final and found.final
        return Relatives(format_cut(offsets), found.silent, self._members(others, offsets))

    def _members(self, others: Sequence[str], offsets: Mapping[int, int]) -> Iterator[Relative]:
        candidates = {*others, *self._ever_tied(others, offsets)}
        for subject_id in sorted(candidates):
            partition = self._at.partition_of(subject_id)
            items = self._histories.read(
                self._connection, self._at, subject_id, offsets[partition]
            )
            yield Relative(subject_id, partition, items)

    def _ever_tied(self, others: Sequence[str], offsets: Mapping[int, int]) -> set[str]:
        """Give whom a message before the cut ties to one of the others.

        And whoever is parked: by rules mended since, what waits there may fold by now.
        """
        rows = self._connection.execute(
            self._at.statement(
                "SELECT t.subject_id FROM {tie} t "
                "JOIN unnest(%s::smallint[], %s::bigint[]) c (partition, next_offset) "
                'ON c.partition = t.partition AND t."offset" < c.next_offset '
                "WHERE t.other = ANY(%s) AND NOT t.is_void "
                "UNION SELECT subject_id FROM {parked}"
            ),
            (list(offsets), list(offsets.values()), list(others)),
        ).fetchall()
        return {row[0] for row in rows}
