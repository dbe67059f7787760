"""What a record weighs: its severity, its amount, and what of it is still owed. Pure."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final, final

from events.dates import FOREVER
from projections.day.succession import Succession
from projections.record.matters import (
    AnyMatter,
    Arrears,
    Conduct,
    Inspection,
    Penalty,
)
from projections.record.traits import TRAITS, amount_fen, left_fen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from projections.calendar.rules import RulesOfDay

GENERAL: Final = "general"
"""The severity of a record that has none of its own."""


def tier_of(matter: AnyMatter, rules: RulesOfDay, on: date | None = None) -> tuple[str, str]:
    """Give the severity of a record and the rule that weighs it ("" where it is not weighed).

    It is weighed by the rules of a day where one is given.
    """
    if type(matter) is Penalty:
        return rules.tier(matter, on)
    if type(matter) is Conduct:
        return matter.seriousness.value, ""
    if type(matter) is Inspection and matter.risk is not None:
        return matter.risk.value, ""
    return GENERAL, ""


def amounts_fen(matter: AnyMatter, on: date) -> tuple[int | None, int | None]:
    """Give the amount of a record and what of it is still owed on a day; None is unknown.

    Both are 0 for a record that is about no amount.
    """
    amount = amount_fen(matter)
    if not TRAITS[type(matter)].is_owed or (matter.ended_on or FOREVER) <= on:
        return amount, 0
    return amount, left_fen(matter, on)


def announcer(arrears: Arrears) -> str:
    """Give who announced: one department's balances take each other's place, no other's."""
    return arrears.department


@final
class BalanceSuccession(Succession):
    """The balances (欠税余额) that one department announced, and until when each holds.

    What a department announces for a period is all that is then owed, so the next period's balance
    takes its place. Arrears that name no period are debts of their own, and add up.
    """

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self._in_order: list[tuple[date, str, str]] = []
        """The periods in the order of the first item of each."""
        self._firsts: dict[str, tuple[date, str, str]] = {}
        self._items: dict[str, dict[str, Arrears]] = {}

    def take(self, matter: Arrears) -> Sequence[str] | None:
        """Take one more; in between, it may be the first of its period."""
        period, event_id = matter.period, matter.event_id
        if period is None:
            self.set_place(event_id, (matter, FOREVER))
            return (event_id,)
        item = matter.day, event_id, period
        first = self._firsts.get(period)
        if first is not None:
            if item < first:
                return None
            self._items[period][event_id] = matter
            return self._held(bisect_left(self._in_order, first), [matter])
        self._firsts[period], self._items[period] = item, {event_id: matter}
        number = bisect_left(self._in_order, item)
        self._in_order.insert(number, item)
        held = self._held(number, [matter])
        if number:
            held += self._held(number - 1, self._items[self._in_order[number - 1][2]].values())
        return held

    def replace(self, before: Arrears, now: Arrears) -> Sequence[str] | None:
        """Take a balance for what it was before, as upon a payment."""
        if before.day != now.day or before.period != now.period:
            return None
        if now.period is not None:
            self._items[now.period][now.event_id] = now
        self.set_place(now.event_id, (now, self.places[now.event_id][1]))
        return (now.event_id,)

    def _held(self, number: int, items: Iterable[Arrears]) -> list[str]:
        """Set until when items of a period hold; give those of which that changed."""
        following = number + 1
        end = self._in_order[following][0] if following < len(self._in_order) else FOREVER
        return [
            item.event_id
            for item in items
            if self.set_place(item.event_id, (item, max(item.day, end)))
        ]


def replaced_on(arrears: Iterable[Arrears]) -> dict[str, date]:
    """Give, by event id, the day from which an announced balance is another's.

    The arrears stand in the order of their days.
    """
    by_department: dict[str, BalanceSuccession] = {}
    for each in arrears:
        succession = by_department.get(each.department)
        if succession is None:
            succession = by_department[each.department] = BalanceSuccession()
        succession.take(each)
    return {
        event_id: until
        for succession in by_department.values()
        for event_id, (_, until) in succession.places.items()
        if until != FOREVER
    }
