"""Whether the read models are late: looked at every few seconds, never by who waits for a page."""

from __future__ import annotations

import time
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final, NamedTuple

from events.envelope import Platform
from events.topics import ledger_topic
from projections.as_of.cut import format_cut
from projections.queries.overview import PartitionPosition, positions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from projections.http.asking.asked import Service

LATE_S: Final = 60
"""From so many seconds on that an event waits, every page says so."""
_LOOK_AFTER_S: Final = 4.0
"""From this age on what is known is looked at anew, while pages are told what is known."""
_OLD_S: Final = 5.0
"""From this age on pages wait for the look."""
_WAIT_S: Final = 0.3
"""A page waits no longer than this for a look; what the last one saw is told."""


class Timeliness(NamedTuple):
    """How late the read models are, in whole minutes; `is_known` where the broker tells.

    `cuts` says up to where each ledger is in them at least, as of the last look.
    """

    minutes: int
    is_known: bool
    cuts: Mapping[Platform, str]


IN_TIME: Final = Timeliness(0, is_known=True, cuts={})


class Lateness:
    """What the last look saw; one look at a time, in a thread of its own."""

    def __init__(self, late_s: float = LATE_S, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without a look: nothing is said until there was one."""
        self._late_s, self._clock = late_s, clock
        self._lock = Lock()
        self._looked_at = float("-inf")
        self._looking: Thread | None = None
        self._standing = IN_TIME

    def standing(self, service: Service) -> Timeliness:
        """Give what is known; where that is old, wait for what is seen now."""
        known = self.known(service)
        if known is not None:
            return known
        if (looking := self._looking) is not None:
            looking.join(_WAIT_S)
        return self._standing

    def known(self, service: Service) -> Timeliness | None:
        """Give what is known without waiting, None where that is old; have it looked at in time."""
        age_s = self._clock() - self._looked_at
        if age_s >= _LOOK_AFTER_S:
            with self._lock:
                if self._looking is None or not self._looking.is_alive():
                    looking = Thread(target=self._look, args=(service,), daemon=True)
                    self._looking = looking
                    looking.start()
        return self._standing if age_s < _OLD_S else None

    def _look(self, service: Service) -> None:
        cuts: Mapping[Platform, str] = self._standing.cuts
        try:
            stand = _positions(service)
            cuts = {
                platform: format_cut({each.partition: each.next_offset for each in found})
                for platform, found in stand.items()
            }
            waiting_s = _waiting_s(service, stand)
            is_late = waiting_s >= self._late_s
            minutes = max(1, int(waiting_s // 60)) if is_late else 0
            self._standing = Timeliness(minutes, is_known=True, cuts=cuts)
        except Exception:  # noqa: BLE001 - whatever it is, it is not known now how late they are
            self._standing = Timeliness(0, is_known=False, cuts=cuts)
        self._looked_at = self._clock()


def _positions(service: Service) -> dict[Platform, list[PartitionPosition]]:
    with service.pool.connection() as connection:
        return {platform: positions(connection, platform) for platform in Platform}


def _waiting_s(service: Service, stand: Mapping[Platform, Sequence[PartitionPosition]]) -> float:
    """Ask the broker for the age of the first event that waits, in seconds."""
    ends = service.end_offsets()
    behind: dict[tuple[str, int], int] = {}
    for platform, found in stand.items():
        topic = ledger_topic(platform)
        for position in found:
            place = (topic, position.partition)
            if position.next_offset < ends.get(place, 0):
                behind[place] = position.next_offset
    return max(service.waiting_s(behind).values(), default=0.0) if behind else 0.0
