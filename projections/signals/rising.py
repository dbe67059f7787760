"""The signal of balances that rise from one announcement of arrears to the next. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final, final

from events.dates import FOREVER
from projections.day.in_order import day_and_id
from projections.day.succession import Succession
from projections.day.weight import announcer
from projections.record.matters import Arrears  # noqa: TC001 - mypyc needs it at run time
from projections.record.traits import cleared_on
from projections.signals.evidence import Evidence, put
from projections.signals.in_turn import InTurn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.day.record_on_day import RecordOnDay

_TWICE: Final = 2


def _announcement(arrears: Arrears) -> str:
    """Name the announcement: the items of a period are one."""
    return arrears.period or arrears.day.isoformat()


@final
class _Announced:
    """The items of one announcement in order, and what they add up to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.items: list[Arrears] = []
        self._total = 0
        self._unknown = 0
        self.risen = 0
        """How often in a row balances rose up to this one; no more than twice is counted."""

    def take(self, item: Arrears) -> None:
        insort(self.items, item, key=day_and_id)
        if item.balance_fen is None:
            self._unknown += 1
        else:
            self._total += item.balance_fen

    def replace(self, before: Arrears, now: Arrears) -> None:
        del self.items[bisect_left(self.items, day_and_id(before), key=day_and_id)]
        if before.balance_fen is None:
            self._unknown -= 1
        else:
            self._total -= before.balance_fen
        self.take(now)

    @property
    def balance_fen(self) -> int | None:
        """Give what was announced; None where any of it is unknown."""
        return None if self._unknown else self._total

    def count_rises(self, before: _Announced | None) -> bool:
        """Count anew after the one before; say whether it is another count."""
        then = None if before is None else before.balance_fen
        now = self.balance_fen
        rose = then is not None and now is not None and now > then
        risen = min(before.risen + 1, _TWICE) if before is not None and rose else 0
        was, self.risen = self.risen, risen
        return was != risen


@final
class RisingSuccession(Succession):
    """The announcements of one department in order, and which rose twice in a row.

    An unknown balance neither rises nor falls, and what is compared begins anew after it.
    """

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self._firsts: list[tuple[date, str]] = []
        self._in_order: list[_Announced] = []
        self._by_name: dict[str, _Announced] = {}

    def take(self, matter: Arrears) -> Sequence[str] | None:
        """Take one more item; in between, it may be the first of its announcement."""
        name, first = _announcement(matter), day_and_id(matter)
        announced = self._by_name.get(name)
        if announced is None:
            announced = self._by_name[name] = _Announced(name)
            announced.take(matter)
            number = bisect_left(self._firsts, first)
            self._firsts.insert(number, first)
            self._in_order.insert(number, announced)
        elif first < day_and_id(announced.items[0]):
            return None
        else:
            announced.take(matter)
            number = bisect_left(self._firsts, day_and_id(announced.items[0]))
        return self._count_from(number)

    def replace(self, before: Arrears, now: Arrears) -> Sequence[str] | None:
        """Take an item for what it was before, as upon a payment."""
        if before.day != now.day or before.period != now.period:
            return None
        announced = self._by_name[_announcement(now)]
        first = day_and_id(announced.items[0])
        announced.replace(before, now)
        return self._count_from(bisect_left(self._firsts, first))

    def _count_from(self, number: int) -> list[str]:
        """Count rises from an announcement on, until one stands as it stood."""
        names = [self._stand(number - 1)] if number else []
        for place in range(number, len(self._in_order)):
            before = self._in_order[place - 1] if place else None
            if not self._in_order[place].count_rises(before) and place > number:
                break
            names.append(self._stand(place))
        return names

    def _stand(self, place: int) -> str:
        """Give an announcement its place: its items, and the day of the following."""
        announced = self._in_order[place]
        risen = None
        if announced.risen == _TWICE:
            following = self._firsts[place + 1][0] if place + 1 < len(self._firsts) else FOREVER
            risen = tuple(announced.items), following
        self.set_place(announced.name, risen)
        return announced.name


def _still_owed(on_day: RecordOnDay, place: tuple[tuple[Arrears, ...], date]) -> list[Evidence]:
    """Give the item of an announcement that is owed longest, up to the following one."""
    items, end = place
    pieces: list[Evidence] = []
    start = items[-1].day
    for item in items:
        if item.balance_fen:
            put(pieces, on_day, item, start, min(end, cleared_on(item)))
    return [max(pieces, key=lambda piece: (piece.end, piece.event_id))] if pieces else []


arrears_rising: Final[InTurn] = InTurn(announcer, RisingSuccession, _still_owed, _announcement)
"""That two announcements in a row each rose above the one before, while the last holds.

It holds until the next announcement, or until nothing of it is owed.
"""
