"""How matters are read that stand by others of their group, and what is kept of that. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence  # noqa: TC003 - mypyc needs them at run time
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, final

from projections.calendar.slots import Slot  # noqa: TC001 - mypyc needs it at run time
from projections.day.in_order import day_and_id
from projections.day.record_on_day import RecordOnDay  # noqa: TC001 - mypyc needs it at run time
from projections.day.succession import Succession  # noqa: TC001 - mypyc needs it at run time

if TYPE_CHECKING:
    from projections.record.matter import Matter
    from projections.signals.evidence import Evidence
    from projections.signals.series import Series

_by_id: Final[Callable[[Any], str]] = attrgetter("event_id")


@final
class InTurn:
    """How matters are read that stand by others of their group: each place by itself, once known.

    What the matters of a `group` give does not depend on those of any other.
    """

    def __init__(
        self,
        group: Callable[[Any], Hashable],
        succession: Callable[[], Succession],
        one: Callable[[RecordOnDay, Any], list[Evidence]],
        name: Callable[[Any], str] = _by_id,
        slot: Slot[list[Succession]] | None = None,
    ) -> None:
        """Take what folds a group, what reads one place, and under which name a matter stands.

        Several signals that share a `slot` share the places of a record.
        """
        self.group = group
        self.succession = succession
        self.one = one
        self.name = name
        self._slot = slot

    def __call__(self, on_day: RecordOnDay, matters: Sequence[Any]) -> list[Evidence]:
        """Give the evidence of all matters that count, which stand in the order of their days."""
        folded = None if self._slot is None else self._slot.get(on_day.slots)
        if folded is None:
            folded = self._folded(matters)
            if self._slot is not None:
                self._slot.fill(on_day.slots, folded)
        evidence: list[Evidence] = []
        for succession in folded:
            for place in succession.places.values():
                evidence += self.one(on_day, place)
        return evidence

    def _folded(self, matters: Sequence[Any]) -> list[Succession]:
        groups: dict[Hashable, Succession] = {}
        for matter in matters:
            group = self.group(matter)
            succession = groups.get(group)
            if succession is None:
                succession = groups[group] = self.succession()
            succession.take(matter)
        return list(groups.values())


@final
class Pieces:
    """What was read, by name, as it stands in a series."""

    def __init__(self, series: Series) -> None:
        """Begin with nothing read."""
        self._series = series
        self._pieces: dict[Hashable, list[Evidence]] = {}
        self._gone: list[Evidence] = []
        self._come: list[Evidence] = []

    def put(self, name: Hashable, pieces: list[Evidence]) -> None:
        """Replace what was read under a name."""
        before = self._pieces.get(name)
        if before is None:
            if pieces:
                self._come += pieces
                self._pieces[name] = pieces
        elif pieces != before:
            stood, stand = set(before), set(pieces)
            self._gone += [piece for piece in before if piece not in stand]
            self._come += [piece for piece in pieces if piece not in stood]
            if pieces:
                self._pieces[name] = pieces
            else:
                del self._pieces[name]

    def finish(self) -> None:
        """Bring the series up to date with all that was replaced."""
        if self._gone or self._come:
            self._series.replace(self._gone, self._come)
            self._gone, self._come = [], []


@final
class _Group:
    """The matters of one group, and how they stand by each other."""

    def __init__(self, succession: Succession) -> None:
        self.matters: dict[str, Matter] = {}
        self.succession = succession
        self.stale: set[str] = set()
        """The names to be read anew."""
        self.is_broken = False
        """Whether it is to be folded anew."""


@final
class KeptInTurn:
    """Matters that give their evidence in their turn among those of their group."""

    def __init__(self, read: InTurn, series: Series) -> None:
        """Begin with none."""
        self.known: dict[str, Matter] = {}
        self._in_turn = read
        self._pieces = Pieces(series)
        self._groups: dict[Hashable, _Group] = {}
        self._touched: dict[Hashable, None] = {}

    def take(self, event_id: str, matter: Matter | None) -> None:
        """Note a matter as it stands; None does not count, or no longer."""
        before = self.known.get(event_id)
        if matter is before:
            if matter is not None:
                # It stands where it stood, and its marks may do otherwise to it.
                self._group(matter).stale.add(self._in_turn.name(matter))
            return
        if before is not None and matter is not None and self._is_replaced(before, matter):
            return
        if before is not None:
            group = self._group(before)
            del group.matters[event_id], self.known[event_id]
            group.is_broken = True
        if matter is not None:
            self.known[event_id] = matter
            group = self._group(matter)
            group.matters[event_id] = matter
            if not group.is_broken:
                changed = group.succession.take(matter)
                if changed is None:
                    group.is_broken = True
                else:
                    group.stale.update(changed)

    def _is_replaced(self, before: Matter, matter: Matter) -> bool:
        """Take a matter for what it was before, if it stands where that stood."""
        group = self._group(before)
        if group.is_broken or self._in_turn.group(matter) != self._in_turn.group(before):
            return False
        changed = group.succession.replace(before, matter)
        if changed is None:
            return False
        self.known[matter.event_id] = group.matters[matter.event_id] = matter
        group.stale.update(changed)
        return True

    def _group(self, matter: Matter) -> _Group:
        key = self._in_turn.group(matter)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(self._in_turn.succession())
        self._touched[key] = None
        return group

    def finish(self, on_day: RecordOnDay) -> None:
        """Read what stands in another place now."""
        for key in self._touched:
            group = self._groups[key]
            if group.is_broken:
                self._fold_anew(group)
            places, one = group.succession.places, self._in_turn.one
            for name in group.stale:
                place = places.get(name)
                self._pieces.put((key, name), [] if place is None else one(on_day, place))
            group.stale.clear()
            if not group.matters:
                del self._groups[key]
        self._touched.clear()
        self._pieces.finish()

    def _fold_anew(self, group: _Group) -> None:
        before = group.succession.places
        succession = group.succession = self._in_turn.succession()
        for matter in sorted(group.matters.values(), key=day_and_id):
            succession.take(matter)
        places = succession.places
        group.stale.update([name for name, place in places.items() if before.get(name) != place])
        group.stale.update(before.keys() - places.keys())
        group.is_broken = False
