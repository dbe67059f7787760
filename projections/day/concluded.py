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
    from projections.record.matter import Matter

_NOT_SEEN: Final = -1


@final
class ConclusionKind:
    """What is concluded: of which kind of matter, and what is asked of a conclusion."""

    def __init__(
        self,
        kind: type[Matter],
        place: Callable[[Any], Any],
        changes_on: Callable[[Any, date], date],
        beside: frozenset[int] = frozenset(),
        rests_on: Callable[[Any], str] | None = None,
    ) -> None:
        """Take what orders conclusions as their matters are, and when time alone changes one.

        They hold no longer where a matter of a kind `beside` them changes, which tags name; within
        their own kind one that changes reaches those that name it as what they rest on.
        """
        self.kind = kind
        self.place = place
        self.changes_on = changes_on
        self.beside = beside
        self.rests_on = rests_on


@final
class KindOnDay:
    """The matters of a kind on a day."""

    def __init__(
        self,
        matters: Mapping[str, Any],
        in_order: Sequence[Any],
        marked: Sequence[str],
        deleted: set[str],
        rules: RulesOfDay,
    ) -> None:
        """Take them by id, those not deleted in order, and the ids of those with marks."""
        self._matters = matters
        self._deleted = deleted
        self.in_order = in_order
        self.marked = marked
        self.rules = rules

    def standing(self, event_id: str) -> Any:
        """Give a matter, None where it is deleted, or no longer there."""
        return None if event_id in self._deleted else self._matters.get(event_id)


@final
class KeptConclusions:
    """One conclusion of each of some matters on one day, which follows from each by itself."""

    def __init__(self, what: ConclusionKind) -> None:
        """Begin with nothing concluded."""
        self._place = what.place
        self._changes_on = what.changes_on
        self._rules: Any = None
        self._seen = _NOT_SEEN
        self._rests_on = what.rests_on
        self._matters: dict[str, Any] = {}
        self._resting: dict[str, dict[str, None]] = {}
        self._in_order: list[Any] = []
        self._is_stale = False
        self._days: list[date] = []
        self.known: dict[str, Any] = {}
        """Conclusions by the event ids of their matters."""
        self.changes = Changes()
        self.given: list[Any] = []
        """The conclusions as they were given last: a list that is never changed."""

    def of(
        self,
        of: KindOnDay,
        changes: Changes,
        conclude: Callable[[Any], Any],
    ) -> list[Any]:
        """Give what is concluded of each matter that is not deleted; `changes` are theirs."""
        rules = of.rules
        ids = None if rules is not self._rules else changes.since(self._seen)
        if ids is None:
            self._conclude_all(of.in_order, rules.on, conclude)
            self._rules = rules
        else:
            for event_id in ids:
                self._replace(event_id, of.standing(event_id), rules.on, conclude)
                for other in list(self._resting.get(event_id, ())):
                    self._replace(other, self._matters[other], rules.on, conclude)
            # What marks do depends on other records, too.
            for event_id in of.marked:
                self._replace(event_id, of.standing(event_id), rules.on, conclude)
            if self._is_stale:
                self.given = list(self._in_order)
                self._is_stale = False
        self._seen = changes.count
        return self.given

    def next_day(self) -> date:
        """Give the next day on which time alone changes any of what was given last."""
        return self._days[0] if self._days else FOREVER

    def forget(self) -> None:
        """Conclude all anew when next asked: something else that it rests on is another."""
        self._seen = _NOT_SEEN

    def _conclude_all(
        self, in_order: Sequence[Any], on: date, conclude: Callable[[Any], Any]
    ) -> None:
        self._matters = {matter.event_id: matter for matter in in_order}
        self._resting.clear()
        for matter in in_order:
            self._rest(matter, is_there=True)
        self.known = {matter.event_id: conclude(matter) for matter in in_order}
        self.given = list(self.known.values())
        self._in_order = list(self.given)
        days = [self._changes_on(each, on) for each in self.given]
        self._days = sorted([day for day in days if day != FOREVER])
        self._is_stale = False
        self.changes.forget()

    def _replace(
        self, event_id: str, matter: Any, on: date, conclude: Callable[[Any], Any]
    ) -> None:
        before, now = self.known.get(event_id), None if matter is None else conclude(matter)
        stood = self._matters.get(event_id)
        if now == before and matter is stood:
            return
        if before is not None:
            self._rest(self._matters.pop(event_id), is_there=False)
            del self.known[event_id]
            del self._in_order[bisect_left(self._in_order, self._place(before), key=self._place)]
            day = self._changes_on(before, on)
            if day != FOREVER:
                del self._days[bisect_left(self._days, day)]
        if now is not None:
            self._matters[event_id], self.known[event_id] = matter, now
            self._rest(matter, is_there=True)
            insort(self._in_order, now, key=self._place)
            day = self._changes_on(now, on)
            if day != FOREVER:
                insort(self._days, day)
        self._is_stale = True
        self.changes.add(event_id)

    def _rest(self, matter: Any, *, is_there: bool) -> None:
        """Note on which a matter rests, or that it no longer does."""
        if self._rests_on is not None:
            resting = self._resting.setdefault(self._rests_on(matter), {})
            if is_there:
                resting[matter.event_id] = None
            else:
                resting.pop(matter.event_id, None)


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
