"""Signals that matters of one kind give, and their evidence kept from event to event. Pure.

Where each matter gives its evidence by itself, only what an event touched is read anew; where it
gives it in its turn among others of a group, also those whose turn is another now. And what has
marks is, as what these do to it depends on the day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence  # noqa: TC003 - mypyc needs them at run time
from typing import TYPE_CHECKING, Any, final

from projections.day.in_order import those_counting
from projections.day.record_on_day import RecordOnDay  # noqa: TC001 - mypyc needs it at run time
from projections.record.kinds import KINDS
from projections.signals.in_turn import InTurn, KeptInTurn, Pieces

if TYPE_CHECKING:
    from projections.day.kept import KeptParts
    from projections.day.shapes import Membership
    from projections.record.matter import Matter
    from projections.signals.evidence import Evidence
    from projections.signals.series import Series


@final
class OfMatters:
    """A signal read off the matters of one kind, each by itself unless they are read `InTurn`."""

    def __init__(
        self,
        kind: type[Matter],
        read: Callable[[RecordOnDay, Sequence[Any]], list[Evidence]],
    ) -> None:
        """Take how the evidence of some matters is read; they stand in the order of their days."""
        self.kind = kind
        self.read = read

    def __call__(self, on_day: RecordOnDay, _: Sequence[Membership]) -> list[Evidence]:
        """Give the evidence of all matters that count, in any order."""
        return self.read(on_day, on_day.counting(self.kind))


@final
class KeptOfMatters:
    """The evidence of one signal of matters, and which pieces are of which."""

    def __init__(self, signal: OfMatters, series: Series) -> None:
        """Begin with nothing read; what is, goes into the series."""
        self._kind = signal.kind
        self._tag = KINDS[signal.kind]
        self._seen = -1
        self._rules: object = None
        self._read: _Each | KeptInTurn
        if isinstance(signal.read, InTurn):
            self._read = KeptInTurn(signal.read, series)
        else:
            self._read = _Each(signal, series)

    def catch_up(self, on_day: RecordOnDay, parts: KeptParts) -> None:
        """Read anew what was touched since, and what marks may do otherwise to by now.

        What they do depends on the day, and of a repair on other records too.
        """
        matters, changes = on_day.record.kinds.get(self._tag, {}), parts.changes(self._tag)
        ids = None if self._seen < 0 else changes.since(self._seen)
        if ids is None:
            ids = [*self._read.known, *matters]
        self._seen = changes.count
        kind, is_same_day = self._kind, on_day.rules is self._rules
        self._rules = on_day.rules
        ids += [
            m.event_id
            for m in on_day.marked
            if type(m) is kind and not (is_same_day and m.marks and not m.marks.repairs)
        ]
        for event_id in dict.fromkeys(ids) if len(ids) > 1 else ids:
            matter = matters.get(event_id)
            counts = (
                matter is not None
                and those_counting(matter) is not None
                and event_id not in on_day.deleted
            )
            self._read.take(event_id, matter if counts else None)
        self._read.finish(on_day)


@final
class _Each:
    """Matters of which each gives its evidence by itself."""

    def __init__(self, signal: OfMatters, series: Series) -> None:
        self.known: dict[str, Matter] = {}
        self._read = signal.read
        self._pieces = Pieces(series)
        self._stale: list[str] = []

    def take(self, event_id: str, matter: Matter | None) -> None:
        """Note a matter as it stands; None does not count, or no longer."""
        if matter is not None:
            self.known[event_id] = matter
        elif self.known.pop(event_id, None) is None:
            return
        self._stale.append(event_id)

    def finish(self, on_day: RecordOnDay) -> None:
        """Read what was taken."""
        for event_id in self._stale:
            matter = self.known.get(event_id)
            self._pieces.put(event_id, [] if matter is None else self._read(on_day, [matter]))
        self._stale.clear()
        self._pieces.finish()


def part_of(whole: OfMatters, domains: frozenset[str]) -> OfMatters:
    """Give the signal that is the part of another in some domains."""

    def read(on_day: RecordOnDay, matters: Sequence[Any]) -> list[Evidence]:
        return [piece for piece in whole.read(on_day, matters) if piece.domain in domains]

    return OfMatters(whole.kind, read)
