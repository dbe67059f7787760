"""What a batch, or who asks, loads of the read models: states, chains, messages, who is parked.

A partition has tables of its own, which are asked where one is meant. Of several all are asked at
once: what a round of small batches needs is one question a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from projections.ledger.message import Message, Parked
from projections.ledger.reading import read
from projections.store.statements import statements
from projections.store.tables.positions import PositionTable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from psycopg import Cursor

    from projections.ledger.message import Known

    Place = tuple[str, str]
    """A subject and an entry of it."""

_SQL: Final = statements(__name__)


class LoadedTables(PositionTable):
    """The read models of a version as they are loaded; each method takes the cursor to run on."""

    def load_states(
        self, cursor: Cursor[Any], partition: int, subjects: Collection[str]
    ) -> dict[str, bytes]:
        """Load the states of those subjects of a partition that are known."""
        cursor.execute(
            self.statement(_SQL["load_states"], partition),
            (list(subjects),),
            binary=True,
        )
        return dict(cursor.fetchall())

    def load_states_of(
        self, cursor: Cursor[Any], subjects: Mapping[int, Collection[str]]
    ) -> dict[int, dict[str, bytes]]:
        """Load states by partition."""
        if len(subjects) == 1:
            return {p: self.load_states(cursor, p, own) for p, own in subjects.items()}
        asked = [(partition, each) for partition, own in subjects.items() for each in own]
        cursor.execute(
            self.statement(_SQL["load_states_of_several"]),
            [list(column) for column in zip(*asked, strict=True)],
            binary=True,
        )
        found: dict[int, dict[str, bytes]] = {partition: {} for partition in subjects}
        for partition, subject_id, state in cursor:
            found[partition][subject_id] = state
        return found

    def load_parked(self, cursor: Cursor[Any], partition: int) -> dict[str, Parked]:
        """Load who is parked in a partition."""
        return self.load_parked_of(cursor, [partition])[partition]

    def load_parked_of(
        self, cursor: Cursor[Any], partitions: Collection[int]
    ) -> dict[int, dict[str, Parked]]:
        """Load who is parked, by partition."""
        cursor.execute(self.statement(_SQL["load_parked"]), (list(partitions),))
        found: dict[int, dict[str, Parked]] = {partition: {} for partition in partitions}
        for partition, *parked in cursor:
            found[partition][parked[0]] = Parked(*parked)
        return found

    def load_chains(
        self, cursor: Cursor[Any], partition: int, places: Collection[Place]
    ) -> dict[Place, list[Known]]:
        """Load what the journal holds of these entries, each chain in ledger order."""
        if not places:
            return {}
        cursor.execute(
            self.statement(_SQL["load_chains"], partition),
            ([place[0] for place in places], [place[1] for place in places]),
            binary=True,
        )
        return _chains(cursor)

    def load_chains_of(
        self, cursor: Cursor[Any], places: Mapping[int, Collection[Place]]
    ) -> dict[int, dict[Place, list[Known]]]:
        """Load chains by partition."""
        asked = [(partition, *place) for partition, own in places.items() for place in own]
        if len(places) == 1 or not asked:
            return {p: self.load_chains(cursor, p, own) for p, own in places.items()}
        cursor.execute(
            self.statement(_SQL["load_chains_of_several"]),
            [list(column) for column in zip(*asked, strict=True)],
            binary=True,
        )
        rows: dict[int, list[tuple[Any, ...]]] = {partition: [] for partition in places}
        for partition, *row in cursor:
            rows[partition].append(tuple(row))
        return {partition: _chains(own) for partition, own in rows.items()}

    def load_messages(
        self,
        cursor: Cursor[Any],
        partition: int,
        subject_id: str,
        *,
        start: int = 0,
        end: int | None = None,
    ) -> list[Message]:
        """Load a subject's messages from offset `start` up to before `end`, in ledger order."""
        cursor.execute(
            self.statement(_SQL["load_messages"], partition),
            {"subject_id": subject_id, "start": start, "end": end},
            binary=True,
        )
        key = subject_id.encode()
        messages = [Message(row[0], row[1], key, row[2]) for row in cursor.fetchall()]
        messages.sort(key=lambda message: message.offset)
        return messages


def _chains(rows: Iterable[tuple[Any, ...]]) -> dict[Place, list[Known]]:
    chains: dict[Place, list[Known]] = {}
    for subject_id, entry_id, offset, recorded_ms, value in rows:
        item = read(Message(offset, recorded_ms, subject_id.encode(), value))
        if item.known is not None:
            chains.setdefault((subject_id, entry_id), []).append(item.known)
    for chain in chains.values():
        chain.sort(key=lambda known: known.offset)
    return chains
