"""Signals that list entries and notices give, each by itself, kept from event to event. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence  # noqa: TC003 - mypyc needs them at run time
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, final

from projections.day.lists import notices_given
from projections.signals.series import Series

if TYPE_CHECKING:
    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import Membership, PendingNotice
    from projections.signals.evidence import Evidence

_id_of_entry: Final[Callable[[Any], str]] = attrgetter("entry_id")
_id_of_notice: Final[Callable[[Any], str]] = attrgetter("event_id")


@final
class OfLists:
    """A signal read off list entries, or else off notices of entries to come, each by itself."""

    def __init__(
        self,
        read: Callable[[Membership], list[Evidence]] | None,
        read_notice: Callable[[PendingNotice], list[Evidence]] | None = None,
    ) -> None:
        """Take how the evidence of one entry, or of one notice, is read."""
        read_one: Any = read_notice if read is None else read
        self.read: Callable[[Any], list[Evidence]] = read_one
        self.id_of: Callable[[Any], str] = _id_of_notice if read is None else _id_of_entry
        self._of_notices = read is None

    def standing(self, on_day: RecordOnDay, lists: Sequence[Membership]) -> Sequence[Any]:
        """Give what is read."""
        return notices_given(on_day) if self._of_notices else lists

    def __call__(self, on_day: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
        """Give the evidence of all, in any order."""
        evidence: list[Evidence] = []
        for each in self.standing(on_day, lists):
            evidence += self.read(each)
        return evidence


@final
class KeptOfLists:
    """The evidence of such a signal, and which pieces are of which entry or notice."""

    def __init__(self, signal: OfLists) -> None:
        """Begin with nothing read."""
        self._read = signal.read
        self._id_of = signal.id_of
        self._known: dict[str, Any] = {}
        self._pieces: dict[str, list[Evidence]] = {}
        self.series = Series([])

    def catch_up(self, standing: Sequence[Any]) -> None:
        """Read anew what stands otherwise than it did."""
        known = self._known
        gone: list[Evidence] = []
        come: list[Evidence] = []
        for each in standing:
            name = self._id_of(each)
            if known.get(name) is not each:
                known[name] = each
                before, pieces = self._pieces.get(name, []), self._read(each)
                if pieces != before:
                    gone += before
                    come += pieces
                    self._pieces[name] = pieces
        if len(known) > len(standing):
            for name in known.keys() - set(map(self._id_of, standing)):
                del known[name]
                gone += self._pieces.pop(name, [])
        if gone or come:
            self.series.replace(gone, come)
