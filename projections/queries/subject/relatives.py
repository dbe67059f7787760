"""Who shares a representative or controller with a subject, read from Postgres at one cut.

Only candidates are found here: all who were ever tied so, as the table of ties has it. Whether they
still are, on the day and as known at the cut, follows from their own messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.envelope import Platform
from events.identifiers import is_person_token
from projections.as_of.contagion import Relative, Relatives
from projections.as_of.cut import format_cut
from projections.ledger.message import Message
from projections.ledger.reading import read
from projections.store.cut import whole_cut
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg import Connection

    from projections.as_of.question import Question
    from projections.store.cut import KnownUpTo
    from projections.store.live import Live

_SQL: Final = statements(__name__)
_READ_AT_ONCE: Final = 200
"""Subjects whose messages are read by one statement; they are folded and let go before the next."""


class RelativesReader:
    """Looks for the relatives of one subject, at the cut at which it itself is known."""

    def __init__(
        self,
        connection: Connection[Any],
        at: Live,
        question: Question,
        known: KnownUpTo,
    ) -> None:
        """Keep what was asked; `known` is the subject's own part of the cut."""
        self._connection = connection
        self._at = at
        self._question = question
        self._known = known
        self.final = known.final
        """Whether nothing the ledger may still add alters the cut, as far as it was needed."""

    def look(self, others: Sequence[str]) -> Relatives:
        """Find all who were ever tied to the others, and these themselves, with their messages."""
        found = whole_cut(self._connection, self._at, self._question)
        own = self._at.partition_of(self._question.subject_id)
        offsets = {**found.offsets, own: self._known.offset}
        self.final = self.final and found.final
        return Relatives(format_cut(offsets), found.silent, self._members(others, offsets))

    def _members(self, others: Sequence[str], offsets: Mapping[int, int]) -> Iterator[Relative]:
        by_partition: dict[int, list[str]] = {}
        # A person is no subject of the organisations' ledger, nor they of that of persons.
        is_person = self._at.platform is Platform.PERSON
        candidates = {other for other in others if is_person_token(other) is is_person}
        candidates |= self._ever_tied(others, offsets)
        for subject_id in sorted(candidates - {self._question.subject_id}):
            by_partition.setdefault(self._at.partition_of(subject_id), []).append(subject_id)
        for partition, subjects in by_partition.items():
            for first in range(0, len(subjects), _READ_AT_ONCE):
                some = subjects[first : first + _READ_AT_ONCE]
                yield from self._read(partition, some, offsets[partition])

    def _read(self, partition: int, subjects: Sequence[str], end: int) -> Iterator[Relative]:
        """Read the messages of some subjects of one partition, each in ledger order."""
        rows = self._connection.execute(
            self._at.statement(_SQL["messages"], partition), (subjects, end), binary=True
        ).fetchall()
        found: dict[str, list[Message]] = {}
        for subject_id, offset, recorded_ms, value in rows:
            message = Message(offset, recorded_ms, subject_id.encode(), value)
            found.setdefault(subject_id, []).append(message)
        for subject_id, messages in found.items():
            messages.sort(key=lambda message: message.offset)
            yield Relative(subject_id, partition, [read(message) for message in messages])

    def _ever_tied(self, others: Sequence[str], offsets: Mapping[int, int]) -> set[str]:
        """Give whom a message before the cut ties to one of the others.

        And whoever is parked: by rules mended since, what waits there may fold by now.
        """
        rows = self._connection.execute(
            self._at.statement(_SQL["ever_tied"]),
            (list(offsets), list(offsets.values()), list(others)),
        ).fetchall()
        return {row[0] for row in rows}
