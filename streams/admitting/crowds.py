"""Who says very much of one subject at once waits for it himself, and no neighbour of the subject.

A partition of the ledger is applied in its order: what is recorded behind thousands of events of
one subject waits until they are folded. So admission lets such a crowd onto the ledger no faster
than it is applied there. Pure: what is behind, and the time, are arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from events.partitioning import partition_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection, Mapping

    from events.envelope import Platform

    Place = tuple[str, int]
    """Topic and partition of submissions."""

OF_ONE_SUBJECT_MAX: Final = 500
"""So many records of one key are admitted in one batch."""

CROWD_MIN: Final = 100
"""So many records of one subject in one batch of a department are a crowd."""

BEHIND_MAX: Final = 1_000
"""A crowd goes on once no more events than these wait in its partition of the ledger."""

HELD_MAX_S: Final = 5.0
"""Or after so long: where nothing is applied, or others say as much, nobody waits for the crowd."""


class _Crowd(NamedTuple):
    platform: Platform
    subject: bytes
    is_last: bool
    """Whether the last batch was of this crowd; else it is what remains of one to be applied."""


class Crowds:
    """Which topics of submissions have a crowd under way: their last batch, or what is left of one.

    No small batch ends it: a fetch ends where it will, so one may stand in the midst of a crowd.
    """

    def __init__(self) -> None:
        """Know of none."""
        self._under_way: dict[Place, _Crowd] = {}
        self._held_since: dict[Place, float] = {}

    def note(self, place: Place, platform: Platform, subjects: Counter[bytes]) -> None:
        """Take how often each subject stood in a batch that was admitted."""
        self._held_since.pop(place, None)
        if place in self._under_way:
            self._under_way[place] = self._under_way[place]._replace(is_last=False)
        for subject, times in subjects.most_common(1):
            if times >= CROWD_MIN:
                self._under_way[place] = _Crowd(platform, subject, is_last=True)

    def platforms(self, places: Collection[Place]) -> set[Platform]:
        """Give the platforms in which any of these has a crowd under way."""
        return {self._under_way[p].platform for p in places if p in self._under_way}

    def held(
        self,
        places: Collection[Place],
        platform: Platform,
        behind: Mapping[int, int],
        now_s: float,
    ) -> set[Place]:
        """Give those of these places whose next batch must wait.

        `behind` says of every partition of the platform's ledger how many events wait there.
        """
        held: set[Place] = set()
        for place in places:
            crowd = self._under_way.get(place)
            if crowd is None or crowd.platform is not platform or not behind:
                continue
            if behind[partition_of(crowd.subject.decode(), len(behind))] > BEHIND_MAX:
                since = self._held_since.setdefault(place, now_s)
                if now_s - since < HELD_MAX_S:
                    held.add(place)
            elif not crowd.is_last:
                del self._under_way[place]
        return held
