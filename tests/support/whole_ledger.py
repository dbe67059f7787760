"""A ledger of several subjects in memory, each in a partition of its own: told, and asked as of.

What the projectors do midnight by midnight is done here from the same parts, without a database.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from events.envelope import CHINA, Platform
from events.event import event_type
from projections.as_of.contagion import Relative, Relatives
from projections.as_of.question import Part, Question
from projections.as_of.state import State, state_as_of
from projections.contagion.told import Red, Web, known_from
from projections.ledger.message import Message
from projections.ledger.reading import read
from projections.notices.notice import WarningNotice
from tests.support.given import CALENDAR, Projection, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from events.event import Event
    from projections.day.ties import Tie
    from projections.notices.notice import Notice

Said = tuple["Event", date]


class WholeLedger:
    """What was said of several subjects, with the day on which each was recorded."""

    def __init__(self, said: Iterable[Said]) -> None:
        """Put it in ledger order: by the day of recording, and of one day as it was said."""
        self.partitions: dict[str, int] = {}
        self.messages: dict[str, list[Message]] = defaultdict(list)
        for event, recorded in sorted(said, key=lambda each: each[1]):
            subject_id = event.envelope.subject_id
            self.partitions.setdefault(subject_id, len(self.partitions))
            own = self.messages[subject_id]
            own.append(message(event, len(own), recorded))

    @property
    def ends_on(self) -> date:
        """Give the day on which the last was recorded."""
        return max(own[-1].recorded_on for own in self.messages.values())

    def cut_at_midnight(self, on: date) -> dict[int, int]:
        """Give what was recorded before a day began, by partition."""
        midnight = datetime(on.year, on.month, on.day, tzinfo=CHINA).timestamp() * 1000
        return {
            self.partitions[subject]: sum(m.recorded_ms < midnight for m in own)
            for subject, own in self.messages.items()
        }

    def whole(self) -> dict[int, int]:
        """Give the cut behind all of it."""
        return {self.partitions[subject]: len(own) for subject, own in self.messages.items()}

    def state(self, subject_id: str, on: date, cut: Mapping[int, int] | None = None) -> State:
        """Answer as of a day and a cut, over all partitions: by default all that is known."""
        offsets = self.whole() if cut is None else cut
        partition = self.partitions[subject_id]

        def look(others: Sequence[str]) -> Relatives:
            silent = [p for p in self.partitions.values() if p not in offsets]
            # Everybody may be tied; who is not is to be left out by the answer.
            members = (
                Relative(s, p, [read(m) for m in self.messages[s][: offsets[p]]])
                for s, p in self.partitions.items()
            )
            assert others
            return Relatives(
                ",".join(f"{p}:{o}" for p, o in sorted(offsets.items())), silent, members
            )

        return state_as_of(
            [read(m) for m in self.messages[subject_id][: offsets[partition]]],
            Question(platform=Platform.ORGANISATION, subject_id=subject_id, valid_on=on),
            Part(partition, offsets[partition]),
            CALENDAR,
            look=look,
        )

    def web(self, to: date) -> Web:
        """Give what ties the subjects and what was red, as told up to a day."""
        ties: list[Tie] = []
        notices: list[Notice] = []
        for own in self.messages.values():
            projection = Projection()
            for each in own:
                projection.sweep(each.recorded_on)
                projection.apply([each])
            projection.sweep(to)
            ties += projection.ties
            notices += projection.notices
        return Web(ties, reds(notices))

    def entries_of(self, kind: str) -> set[str]:
        """Give the ids of the events of one type."""
        events = [read(m).event for own in self.messages.values() for m in own]
        return {e.envelope.event_id for e in events if e is not None and event_type(e) == kind}

    def change_days(self) -> list[date]:
        """Give midnights at which something may differ: those after each message, and before."""
        days = {m.recorded_on for own in self.messages.values() for m in own}
        return sorted(days | {day + timedelta(days=1) for day in days})


def reds(notices: Iterable[Notice]) -> list[Red]:
    """Give what was told of the warnings that were ever red, as `load_web` reads it."""
    told = [notice for notice in notices if isinstance(notice, WarningNotice)]
    ever = {(n.subject_id, n.rule) for n in told if n.level == "red"}
    return [
        Red(
            known_from(n.on, by_time=n.by_time),
            (order, 0),
            n.subject_id,
            n.rule,
            n.level == "red",
            n.domain,
            n.evidence,
        )
        for order, n in enumerate(told)
        if (n.subject_id, n.rule) in ever
    ]
