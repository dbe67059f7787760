"""What a transaction writes of what it folds: rows packed and messages encoded. Pure.

A batch is folded in portions of whole subjects. What becomes of a subject is packed at once, while
all of it is at hand, and then let go: memory does not grow with the batch, and the processor's
caches serve.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from projections.day.shapes import ListStatus
from projections.fold.state import SubjectState, encode_state
from projections.profile.kept import KeptRecord  # noqa: TC001 - a NamedTuple reads its hints
from projections.profile.seat import counted_as, industry_key, listed_by
from projections.quality.reporting import Reporting
from projections.writing.outbox import ProfileChange, profile_message
from projections.writing.rows import ProfileRow, event_row, handle_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.envelope import Platform
    from projections.day.ties import Tie
    from projections.fold.fold import Fold
    from projections.ledger.message import Read
    from projections.notices.notice import Notice
    from projections.profile.shapes import Profile
    from projections.quality.quality import Deadlines
    from projections.record.erasure import Erasure

_IN_EFFECT: Final = ListStatus.IN_EFFECT


_BY_OFFSET: Final = attrgetter("offset")


class LongRecord(NamedTuple):
    """A state worth keeping at hand once its row is written, and what was worked out of it."""

    subject_id: str
    data: bytes
    state: SubjectState
    kept: KeptRecord


class Writing:
    """The rows and messages of one transaction on one partition, as they come about."""

    def __init__(
        self,
        platform: Platform,
        partition: int,
        generation: int,
        deadlines: Deadlines,
        *,
        encodes: bool,
    ) -> None:
        """Begin with nothing; with `encodes` profiles are encoded for their topic at once."""
        self.platform = platform
        self.partition = partition
        self.generation = generation
        self._encodes = encodes
        self._events: list[bytes] = []
        self.new: list[ProfileRow] = []
        self.known: list[ProfileRow] = []
        self.changes: list[ProfileChange] = []
        self._notices: list[Notice] = []
        self.recorded: dict[int, int] = {}
        """When the events were recorded that brought notices about, by their offsets."""
        self.ties: list[Tie] = []
        self.handles: list[bytes] = []
        self.reporting = Reporting(deadlines)
        self.long: list[LongRecord] = []
        self.erasures: dict[str, Erasure] = {}

    def journal(self, items: Iterable[Read]) -> None:
        """Take messages for the journal."""
        partition = self.partition
        self._events += [event_row(partition, item) for item in items]

    def conclude(self, fold: Fold, subject_id: str) -> None:
        """Take what a subject has come to, if the fold touched it."""
        state = fold.states.get(subject_id)
        if state is None:
            return
        profile = fold.profile(subject_id)
        state = fold.states[subject_id]
        kept = fold.kept.get(subject_id)
        row = self.profile(subject_id, state, profile, kept, parked=subject_id in fold.parked)
        (self.known if fold.is_stored(subject_id) else self.new).append(row)
        if kept is not None:
            self.long.append(LongRecord(subject_id, row.state, state, kept))

    def profile(
        self,
        subject_id: str,
        state: SubjectState,
        profile: Profile,
        kept: KeptRecord | None = None,
        *,
        parked: bool,
    ) -> ProfileRow:
        """Pack a subject's row, and note its profile for the topic."""
        offset = state.last_offset
        change = ProfileChange(subject_id, offset, parked, profile, self.generation)
        if self._encodes:
            message = profile_message(change, profile, self.partition)
            change = change._replace(profile=message)
        self.changes.append(change)
        counts = counted_as(state.record, profile, self.platform, subject_id)
        seat, industry = listed_by(state.record, self.platform, subject_id)
        return ProfileRow(
            self.partition,
            subject_id,
            encode_state(state, None if kept is None else kept.packed),
            self.generation,
            state.last_offset,
            profile.assessed_on,
            profile.next_change_on,
            sum([m.status is _IN_EFFECT for m in profile.lists]),
            max([w.level.height for w in profile.warnings], default=0),
            None if counts is None else counts.text(),
            seat,
            industry_key(industry),
            min([w.review_by for w in profile.warnings if w.review_by is not None], default=None),
        )

    def finish(self, fold: Fold) -> None:
        """Take what else came of a portion, once all of its subjects are concluded."""
        self._notices += [notice for _, notice in fold.notices]
        self.recorded |= fold.recorded
        self.erasures |= fold.erasures()
        self.ties += fold.ties()
        self.handles += [
            row for item, said in fold.handles() for row in handle_rows(self.partition, item, said)
        ]
        self.reporting.count(fold.known_applied(), fold.flaws)

    def events(self) -> list[bytes]:
        """Give the rows of the journal, subject by subject, each in ledger order.

        So one subject's stand together, where they are asked for together; and the index takes
        them in its own order, which costs a fifth less.
        """
        return self._events

    def notices(self) -> list[Notice]:
        """Give what is to be told, in ledger order."""
        return sorted(self._notices, key=_BY_OFFSET)
