"""What of a signal counts on a day: evidence within a window of months, in some domains. Pure.

Classes and scores count alike, so that one record means the same to both.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final, final

from events.dates import FOREVER, add_months

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from projections.signals.evidence import Evidence


@final
class Counted:
    """Evidence that counts on a day, oldest first; `weight` is its count, or its fen.

    `next_change_on` is the next day on which time alone changes what counts.
    """

    def __init__(self, weight: int, events: tuple[str, ...], next_change_on: date) -> None:
        self.weight = weight
        self.events = events
        self.next_change_on = next_change_on


def count(
    evidence: Sequence[Evidence],
    on: date,
    window_months: int | None = None,
    domains: Collection[str] | None = None,
) -> Counted:
    """Count the evidence of a day, in the order in which it began; without domains, of all."""
    if not evidence:
        return _NOTHING
    weight = 0
    events: list[str] = []
    next_change_on = FOREVER
    for start, event_id, end, weighs, _, _, domain in evidence:
        if domains is not None and domain not in domains:
            continue
        if start > on:
            next_change_on = min(next_change_on, start)
            break  # what follows begins later still
        if on >= end:
            continue
        if window_months is not None:
            end = min(end, add_months(start, window_months))  # noqa: PLW2901 - cut to the window
            if on >= end:
                continue
        weight += weighs
        events.append(event_id)
        next_change_on = min(next_change_on, end)
    return Counted(weight, tuple(events), next_change_on)


_NOTHING: Final = Counted(0, (), FOREVER)
