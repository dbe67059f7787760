"""Signals that list entries, notices and measures give, each by itself, and kept so. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence  # noqa: TC003 - mypyc needs them at run time
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, final

from projections.day.concluded import ConclusionKind, Following
from projections.day.lists import MEMBERSHIPS, NOTICES, notices_given
from projections.day.record_on_day import RecordOnDay  # noqa: TC001 - mypyc needs it at run time
from projections.signals.in_turn import Pieces

if TYPE_CHECKING:
    from projections.day.shapes import Membership
    from projections.signals.evidence import Evidence
    from projections.signals.series import Series

    Given = Callable[[RecordOnDay, Sequence[Membership]], Sequence[Any]]


@final
class OfConclusions:
    """A signal read off what is concluded of matters, of each by itself."""

    def __init__(
        self,
        what: ConclusionKind,
        given: Given,
        read: Callable[[RecordOnDay, Any], list[Evidence]],
    ) -> None:
        """Take what is read, how it is given of a record on a day, and how one is read."""
        self.what = what
        self.given = given
        self.read = read
        self.id_of: Callable[[Any], str] = _ID_OF_ENTRY if what is MEMBERSHIPS else _ID

    def __call__(self, on_day: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
        """Give the evidence of all, in any order."""
        evidence: list[Evidence] = []
        for each in self.given(on_day, lists):
            evidence += self.read(on_day, each)
        return evidence


_ID_OF_ENTRY: Final[Callable[[Any], str]] = attrgetter("entry_id")
_ID: Final[Callable[[Any], str]] = attrgetter("event_id")


def of_entries(read: Callable[[Membership], list[Evidence]]) -> OfConclusions:
    """Read entries on lists."""
    return OfConclusions(MEMBERSHIPS, lambda _, lists: lists, lambda _, member: read(member))


def of_notices(read: Callable[[Any], list[Evidence]]) -> OfConclusions:
    """Read notices of entries to come."""
    return OfConclusions(
        NOTICES, lambda on_day, _: notices_given(on_day), lambda _, notice: read(notice)
    )


@final
class KeptOfConclusions:
    """The evidence of such a signal: which pieces are of which conclusion."""

    def __init__(self, signal: OfConclusions, series: Series) -> None:
        """Begin with nothing read; what is, goes into the series."""
        self._signal = signal
        self._following = Following()
        self._known: dict[str, Any] = {}
        self._pieces = Pieces(series)

    def catch_up(self, on_day: RecordOnDay, lists: Sequence[Membership]) -> None:
        """Read anew what stands otherwise than it did."""
        given = self._signal.given(on_day, lists)
        concluded = None if on_day.kept is None else on_day.kept.concluded(self._signal.what)
        ids = self._following.changed(concluded, given)
        if ids is None or concluded is None:
            id_of = self._signal.id_of
            stand = {id_of(each): each for each in given}
            for name in self._known.keys() - stand.keys():
                self._take(on_day, name, None)
            for name, each in stand.items():
                self._take(on_day, name, each)
        else:
            for name in ids:
                self._take(on_day, name, concluded.known.get(name))
        self._pieces.finish()

    def _take(self, on_day: RecordOnDay, name: str, now: Any) -> None:
        if self._known.get(name) is now:
            return
        if now is None:
            del self._known[name]
            self._pieces.put(name, [])
        else:
            self._known[name] = now
            self._pieces.put(name, self._signal.read(on_day, now))
