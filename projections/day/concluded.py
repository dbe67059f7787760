"""What is concluded of each matter of a kind, kept in order from event to event. Pure.

Thousands of entries may stand on lists: where one changes, it alone is concluded anew, and whoever
reads conclusions is told which are others than they were.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence  # noqa: TC003 - mypyc needs them at run time
from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Any, Final, final

from events.dates import FOREVER
from projections.day.in_order import Changes

if TYPE_CHECKING:
    from projections.calendar.rules import RulesOfDay

_NOT_SEEN: Final = -1


@final
class ConclusionKind:
    """What is concluded: of which kind of matter, and what is asked of a conclusion."""

    def __init__(
        self,
        kind: type,
        place: Callable[[Any], Any],
        changes_on: Callable[[Any, date], date],
        *,
        rests_on_all: bool = False,
    ) -> None:
        """Take what orders conclusions as their matters are, and when time alone changes one.

        What `rests_on_all` holds no longer where a matter of any other kind changes.
        """
        self.kind = kind
        self.place = place
        self.changes_on = changes_on
        self.rests_on_all = rests_on_all


@final
class KeptConclusions:
    """One conclusion of each of some matters on one day, which follows from each by itself."""

    def __init__(self, what: ConclusionKind) -> None:
        """Begin with nothing concluded."""
        self._place = what.place
        self._changes_on = what.changes_on
        self._rules: Any = None
        self._seen = _NOT_SEEN
        self._in_order: list[Any] = []
        self._days: list[date] = []
        self.known: dict[str, Any] = {}
        """Conclusions by the event ids of their matters."""
        self.changes = Changes()
        self.given: list[Any] = []
        """The conclusions as they were given last: a list that is never changed."""

    def of(
        self,
        matters: Mapping[str, Any],
        in_order: Sequence[Any],
        changes: Changes,
        rules: RulesOfDay,
        conclude: Callable[[Any], Any],
    ) -> list[Any]:
        """Give what is concluded of each of `matters`, which have an order, and changes."""
        ids = None if rules is not self._rules else changes.since(self._seen)
        if ids is None:
            self.known = {matter.event_id: conclude(matter) for matter in in_order}
            self.given = list(self.known.values())
            self._in_order = list(self.given)
            days = [self._changes_on(each, rules.on) for each in self.given]
            self._days = sorted([day for day in days if day != FOREVER])
            self._rules = rules
            self.changes.forget()
        elif ids:
            for event_id in ids:
                self._replace(event_id, matters.get(event_id), rules.on, conclude)
            self.given = list(self._in_order)
        self._seen = changes.count
        return self.given

    def next_day(self) -> date:
        """Give the next day on which time alone changes any of what was given last."""
        return self._days[0] if self._days else FOREVER

    def forget(self) -> None:
        """Conclude all anew when next asked: something else that it rests on is another."""
        self._seen = _NOT_SEEN

    def _replace(
        self, event_id: str, matter: Any, on: date, conclude: Callable[[Any], Any]
    ) -> None:
        before = self.known.pop(event_id, None)
        if before is not None:
            place = bisect_left(self._in_order, self._place(before), key=self._place)
            del self._in_order[place]
            day = self._changes_on(before, on)
            if day != FOREVER:
                del self._days[bisect_left(self._days, day)]
        if matter is not None:
            now = self.known[event_id] = conclude(matter)
            insort(self._in_order, now, key=self._place)
            day = self._changes_on(now, on)
            if day != FOREVER:
                insort(self._days, day)
        self.changes.add(event_id)


@final
class Following:
    """How far somebody has read conclusions, who keeps what follows from them."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._seen = _NOT_SEEN

    def changed(
        self, concluded: KeptConclusions | None, given: Sequence[Any]
    ) -> Sequence[str] | None:
        """Give the ids of what changed since it was last asked; None where any may have.

        So it is where what was `given` was not kept, and the next time after that.
        """
        if concluded is None or given is not concluded.given:
            self._seen = _NOT_SEEN
            return None
        seen, self._seen = self._seen, concluded.changes.count
        return None if seen == _NOT_SEEN else concluded.changes.since(seen)
