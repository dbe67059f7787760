"""Find who shares a representative or controller with a subject in the ledger itself.

The ledger is read twice up to the cut: once for whoever a message ties to the others, then, where
there are such, for their messages. Of the first only names are kept, of the second only theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from events.types.amendment import RecordCorrected
from events.types.relation import RelationRecorded
from events.wire.schemas import load_schemas
from ops.terms.language import spoken
from projections.as_of.contagion import Relative, Relatives
from projections.as_of.cut import format_cut
from projections.ledger.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ops.audit.ledger import LedgerReader
    from projections.as_of.question import Part, Question
    from projections.ledger.message import Message, Read

_TELL_EVERY: Final = 1_000_000
"""So many messages are read between two words of progress."""
_FRAME_BYTES: Final = 5


class RelativesInLedger:
    """Looks for the relatives of one subject, at the cut at which it itself is known."""

    def __init__(
        self,
        reader: LedgerReader,
        question: Question,
        own: Part,
        say: Callable[[str], None],
    ) -> None:
        """Keep what was asked; `own` is the subject's part of the cut."""
        self._reader = reader
        self._question = question
        self._own = own
        self._say = say
        # A message begins with the id of its schema; only these two types can tie anybody.
        self._tying = {
            b"\x00" + schema.id.to_bytes(4, "big")
            for kind in (RelationRecorded, RecordCorrected)
            for schema in load_schemas().history(f"credit.{kind.__name__}")
        }

    def look(self, others: Sequence[str]) -> Relatives:
        """Find all whom a message ties to the others, and these themselves, with their messages."""
        given = self._question.cut
        if given is not None:
            silent = [p for p in self._reader.partitions if p not in given]
            if silent:
                return Relatives("", silent, ())
        candidates = {other.encode() for other in others}
        offsets: dict[int, int] = {}
        for partition in self._reader.partitions:
            offsets[partition] = self._scan(partition, frozenset(others), candidates)
        kept = self._messages_of(candidates, offsets)
        members = [
            Relative(subject_id, self._reader.partition_of(subject_id), items)
            for subject_id, items in sorted(kept.items())
        ]
        return Relatives(format_cut(offsets), (), members)

    def _scan(self, partition: int, others: frozenset[str], candidates: set[bytes]) -> int:
        """Read a partition for ties to the others, note their subjects, and give its cut."""
        moment = self._question.moment_ms
        end = self._question.cut_of(partition)
        if partition == self._own.partition:
            end, moment = self._own.cut, None
        if end is None and moment is None:
            end = self._reader.end(partition)
        behind = 0
        self._say(spoken("ties", "progress", partition=partition))
        for message in self._reader.messages(partition, end, moment):
            behind = message.offset + 1
            if self._may_tie(message) and message.key not in candidates and _ties(message, others):
                candidates.add(message.key or b"")
            if behind % _TELL_EVERY == 0:
                self._say(spoken("ties_at", "progress", partition=partition, behind=f"{behind:,}"))
        return behind if end is None else end

    def _may_tie(self, message: Message) -> bool:
        return message.value is not None and message.value[:_FRAME_BYTES] in self._tying

    def _messages_of(
        self, candidates: set[bytes], offsets: Mapping[int, int]
    ) -> dict[str, list[Read]]:
        """Read the partitions in which candidates lie once more, for their messages."""
        names = [key.decode("utf-8", "replace") for key in candidates]
        partitions = {self._reader.partition_of(name) for name in names}
        kept: dict[str, list[Read]] = {}
        for partition in sorted(partitions):
            end = f"{offsets[partition]:,}"
            self._say(spoken("relatives", "progress", partition=partition, end=end))
            for message in self._reader.messages(partition, offsets[partition]):
                if message.key in candidates:
                    item = read(message)
                    kept.setdefault(item.subject_id, []).append(item)
        return kept


def _ties(message: Message, others: frozenset[str]) -> bool:
    """Say whether a message names one of the others as who is tied to its subject."""
    event = read(message).event
    if isinstance(event, RelationRecorded):
        return event.other in others
    if isinstance(event, RecordCorrected):
        return any(
            change.field == "other" and _text(change.value) in others for change in event.changes
        )
    return False


def _text(value: str) -> object:
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return None
