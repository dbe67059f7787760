"""Signals from licences that run out, and from how they are renewed. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, final

from events.dates import FOREVER, day_after
from events.numbers import number_key
from projections.day.succession import Succession
from projections.record.matters import Licence  # noqa: TC001 - mypyc needs it at run time
from projections.signals.evidence import Evidence, months_after, put
from projections.signals.in_turn import InTurn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.day.record_on_day import RecordOnDay

EXPIRY_DAYS: Final = 30
"""How long before its last day a licence counts as expiring (行政许可法 art. 50)."""

EXPIRED_MONTHS: Final = 12
"""For how long an expired licence counts; who has not renewed by then has given it up."""


def licence_series(licence: Licence) -> tuple[str, str]:
    """Give what the grants of one licence have in common, first and renewed."""
    return number_key(licence.licence_no), licence.category


@final
class LicenceSuccession(Succession):
    """The grants of one licence, and of each that ends the first day on which it is renewed.

    A renewal is a further grant of the same number in the same category that lasts longer: the
    first in order that is not of an earlier day.
    """

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self._day, self._longest = date.min, date.min
        # What no later grant has renewed: each lasts at least as long as those behind it.
        self._open: list[tuple[date, str]] = []
        self._grants: dict[str, Licence] = {}

    def take(self, matter: Licence) -> Sequence[str] | None:
        """Take one more, of the last day so far or a later one."""
        if matter.day < self._day:
            return None
        if matter.day > self._day:
            self._day, self._longest = matter.day, date.min
        last, event_id = matter.valid_until or FOREVER, matter.event_id
        self._grants[event_id] = matter
        changed = [event_id]
        while self._open and self._open[-1][0] < last:
            changed.append(self._hold(self._open.pop()[1], matter.day))
        if self._longest > last:
            self._hold(event_id, matter.day)  # Of one day any renews any.
        else:
            self._hold(event_id, FOREVER)
            self._open.append((last, event_id))
        self._longest = max(self._longest, last)
        return changed

    def replace(self, before: Licence, now: Licence) -> Sequence[str] | None:
        """Take a licence for what it was before."""
        if (before.day, before.valid_until) != (now.day, now.valid_until):
            return None
        self._grants[now.event_id] = now
        if now.valid_until is not None:
            self._hold(now.event_id, self.places[now.event_id][1])
        return (now.event_id,)

    def _hold(self, event_id: str, renewed: date) -> str:
        licence = self._grants[event_id]
        if licence.valid_until is not None:
            self.set_place(event_id, (licence, renewed))
        return event_id


def _expiring(on_day: RecordOnDay, place: tuple[Licence, date]) -> list[Evidence]:
    evidence: list[Evidence] = []
    licence, renewed = place
    last = licence.valid_until
    if last is not None:
        first = date.fromordinal(max(last.toordinal() - EXPIRY_DAYS, 1))
        put(evidence, on_day, licence, max(first, licence.day), min(day_after(last), renewed))
    return evidence


def _expired(on_day: RecordOnDay, place: tuple[Licence, date]) -> list[Evidence]:
    evidence: list[Evidence] = []
    licence, renewed = place
    if licence.valid_until is not None:
        start = day_after(licence.valid_until)
        put(evidence, on_day, licence, start, min(months_after(start, EXPIRED_MONTHS), renewed))
    return evidence


licence_expiring: Final[InTurn] = InTurn(licence_series, LicenceSuccession, _expiring)
"""Licences within 30 days of their last day, that day included, and not renewed."""

licence_expired: Final[InTurn] = InTurn(licence_series, LicenceSuccession, _expired)
"""Licences that ran out within a year and were not renewed."""
