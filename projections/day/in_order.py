"""The matters of a kind in order, kept from event to event of a long record. Pure.

A record may have thousands of one kind: where one comes or goes it is put in, or taken out, at its
place, and nobody puts the others in order again.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping  # noqa: TC003 - mypyc needs them at run time
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, final

from events.envelope import Source

if TYPE_CHECKING:
    from datetime import date

    from projections.record.matter import Matter

_SELF_DECLARED: Final = Source.SELF_DECLARED

CHANGES_MAX: Final = 4_096
"""How many changes are remembered; so many events seldom come of one subject."""

day_and_id: Final[Callable[[Matter], tuple[date, str]]] = attrgetter("day", "event_id")
"""Orders matters by their day; of one day by id, so that no order of arrival matters."""


@final
class Changes:
    """The ids of what changed, in turn. Who keeps what follows from it asks what came since."""

    def __init__(self) -> None:
        """Begin with no change."""
        self._first = 0
        self._ids: list[str] = []

    @property
    def count(self) -> int:
        """Give how many there were: who has seen so many is up to date."""
        return self._first + len(self._ids)

    def add(self, event_id: str) -> None:
        """Note one more; of very many the older half is forgotten."""
        if len(self._ids) >= CHANGES_MAX:
            gone = len(self._ids) // 2
            del self._ids[:gone]
            self._first += gone
        self._ids.append(event_id)

    def since(self, seen: int) -> list[str] | None:
        """Give those after so many were seen; None where they are forgotten: all may be another."""
        return self._ids[seen - self._first :] if seen >= self._first else None

    def forget(self) -> None:
        """Let everybody who asks take all for another."""
        self._first = self.count + 1
        self._ids.clear()


def as_one(_: Matter) -> str | None:
    """Put all matters into one order."""
    return ""


def those_counting(matter: Matter) -> str | None:
    """Leave out what subjects declare of themselves: it counts neither against nor for them."""
    return None if matter.source is _SELF_DECLARED else ""


@final
class InOrder:
    """Matters of a kind by a key, oldest first; those without a key are left out."""

    def __init__(
        self, key: Callable[[Any], str | None], matters: Mapping[str, Any], seen: int
    ) -> None:
        """Put matters in order, of whose changes so many were seen."""
        self.seen = seen
        self.by_key: dict[str, list[Any]] = {}
        self._key = key
        self._known: dict[str, Any] = dict(matters)
        for matter in sorted(matters.values(), key=day_and_id):
            of_key = key(matter)
            if of_key is not None:
                self.by_key.setdefault(of_key, []).append(matter)

    def follow(self, event_ids: Iterable[str], matters: Mapping[str, Any]) -> None:
        """Put in and take out what changed."""
        for event_id in event_ids:
            before, now = self._known.pop(event_id, None), matters.get(event_id)
            if before is not None:
                of_key = self._key(before)
                if of_key is not None:
                    in_order = self.by_key[of_key]
                    del in_order[bisect_left(in_order, day_and_id(before), key=day_and_id)]
            if now is not None:
                self._known[event_id] = now
                of_key = self._key(now)
                if of_key is not None:
                    insort(self.by_key.setdefault(of_key, []), now, key=day_and_id)
