"""Signals kept from event to event of a long record. Pure.

A batch may bring thousands of events about one subject, and after each it is asked what is to be
told. So what was read of the others is not read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from projections.day.kept import KeptParts
from projections.signals.of_conclusions import KeptOfConclusions, OfConclusions
from projections.signals.of_matters import KeptOfMatters, OfMatters
from projections.signals.series import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import Membership
    from projections.record.credit_record import CreditRecord
    from projections.signals.evidence import Evidence

KEPT_FROM: Final = 24
"""From so many matters of one kind on evidence is kept; below, to read it anew costs less."""


@final
class Either:
    """A signal read off matters of one kind, and off conclusions as well."""

    def __init__(self, matters: OfMatters, conclusions: OfConclusions) -> None:
        """Take both."""
        self.matters = matters
        self.conclusions = conclusions

    def __call__(self, on_day: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
        """Give the evidence of both, in any order."""
        return self.matters(on_day, lists) + self.conclusions(on_day, lists)


@final
class _KeptSignal:
    """The evidence of one signal, brought up to date with each event."""

    def __init__(self, matters: OfMatters | None, conclusions: OfConclusions | None) -> None:
        self.series = Series([])
        self._matters = None if matters is None else KeptOfMatters(matters, self.series)
        self._conclusions = (
            None if conclusions is None else KeptOfConclusions(conclusions, self.series)
        )

    def catch_up(
        self, on_day: RecordOnDay, lists: Sequence[Membership], parts: KeptParts
    ) -> Series:
        if self._matters is not None:
            self._matters.catch_up(on_day, parts)
        if self._conclusions is not None:
            self._conclusions.catch_up(on_day, lists)
        return self.series


@final
class KeptSignals:
    """What was read of a long record, and what was concluded of it on the way."""

    def __init__(self, kept_from: int = KEPT_FROM) -> None:
        """Begin with nothing read; of a kind with fewer matters nothing is kept."""
        self._kept_from = kept_from
        self._kept: dict[str, _KeptSignal] = {}
        self._versions: object = None
        self.parts = KeptParts()

    def series(
        self, name: str, signal: object, on_day: RecordOnDay, lists: Sequence[Membership]
    ) -> Series | None:
        """Give the evidence of a signal on a day, up to date; None where keeping it is no use."""
        if self._versions is not on_day.rules.arranged:
            # What weighs how much is for the rules to say: with others all is read anew.
            self._versions = on_day.rules.arranged
            self._kept.clear()
        matters = conclusions = None
        if isinstance(signal, OfMatters):
            matters = signal
        elif isinstance(signal, OfConclusions):
            conclusions = signal
        elif isinstance(signal, Either):
            matters, conclusions = signal.matters, signal.conclusions
        else:
            return None
        if matters is not None and on_day.record.rewritten:
            return None  # What is one under several ids is put together anew each time.
        kept = self._kept.get(name)
        if kept is None:
            count = 0 if matters is None else len(on_day.record.of(matters.kind))
            if conclusions is not None and count < self._kept_from:
                count = max(count, len(conclusions.given(on_day, lists)))
            if count < self._kept_from:
                return None
            kept = self._kept[name] = _KeptSignal(matters, conclusions)
        return kept.catch_up(on_day, lists, self.parts)


def is_long(record: CreditRecord, events: int) -> bool:
    """Say whether a record has so many matters of a kind that keeping what they say saves time.

    It was folded of so many events, and no event brings two: so most need no closer look.
    """
    if events < KEPT_FROM:
        return False
    return max([len(matters) for matters in record.kinds.values()], default=0) >= KEPT_FROM
