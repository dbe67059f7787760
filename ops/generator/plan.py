"""What to generate, and how many events each subject gets: a heavy tail as it was measured.

The shape is that of 4,257 companies on Credit China: quartiles 8, 16 and 31 events, mean 34.7,
the largest 5,547. Here it is only scaled; what the events say is decided elsewhere.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from events.envelope import Platform
from events.errors import LedgerError
from ops.generator.codes import SYNTHETIC_CODES_MAX

FIRST_DAY_MIN: Final = date(2014, 1, 1)
"""From this day on something of every kind but repair may be reported (it starts in 2018)."""

HEAVIEST_MAX: Final = 5_547
_QUARTILES: Final = ((0.0, 1.0), (0.25, 8.0), (0.5, 16.0), (0.75, 31.0))
_TAIL_SHARE: Final = 0.25
_TAIL_FROM: Final = 31.0
# A Pareto tail from the third quartile that meets 5,547 at one company in 4,257; with the rest
# linear between the quartiles the mean comes out at 35.2, against 34.7 measured.
_TAIL_EXPONENT: Final = 1.343


class PlanImpossibleError(LedgerError):
    """No ledger can be generated to this plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorPlan:
    """How many events over how many subjects of a platform, from which seed, within which days.

    Every day that has happened lies within `first_day` to `last_day`; days that lie ahead, such
    as the end of a validity, may follow. Raises `PlanImpossibleError`.
    """

    events: int
    subjects: int
    seed: int
    first_day: date
    last_day: date
    platform: Platform = Platform.ORGANISATION

    def __post_init__(self) -> None:
        """Refuse what cannot be generated."""
        if self.events < 0 or self.subjects < 1:
            raise PlanImpossibleError("events are 0 or more, subjects 1 or more")
        if self.subjects >= SYNTHETIC_CODES_MAX:
            raise PlanImpossibleError(f"at most {SYNTHETIC_CODES_MAX - 1:,} subjects have codes")
        if not FIRST_DAY_MIN <= self.first_day <= self.last_day:
            raise PlanImpossibleError(f"days are in order and not before {FIRST_DAY_MIN}")

    @property
    def days(self) -> int:
        """Give the number of days from the first to the last, both included."""
        return (self.last_day - self.first_day).days + 1


def events_per_subject(plan: GeneratorPlan) -> array[int]:
    """Give how many events each subject has, the heaviest first; their sum is `plan.events`.

    No subject is left without an event where there are events enough.
    """
    if plan.events <= plan.subjects:
        return array("L", [1] * plan.events + [0] * (plan.subjects - plan.events))
    scale = _scale(plan)
    heaviest = _heaviest(plan, scale)
    sizes = array(
        "L", (_size(rank, plan.subjects, scale, heaviest) for rank in range(plan.subjects))
    )
    _balance(sizes, plan.events)
    return sizes


def _scale(plan: GeneratorPlan) -> float:
    """Find the factor on the measured shape that gives the plan's number of events, nearly."""
    low, high = 0.0, float(plan.events)
    strata = _strata(plan.subjects)
    while high - low > high * 1e-9:
        middle = (low + high) / 2
        heaviest = _heaviest(plan, middle)
        total = sum(
            weight * _size(rank, plan.subjects, middle, heaviest) for rank, weight in strata
        )
        low, high = (middle, high) if total < plan.events else (low, middle)
    return high


def _strata(subjects: int) -> list[tuple[int, int]]:
    """Give ranks that stand for all, each with how many: every heavy one, few of the many."""
    strata, rank = [], 0
    while rank < subjects:
        width = min(max(1, rank // 200), subjects - rank)
        strata.append((rank + width // 2, width))
        rank += width
    return strata


def _heaviest(plan: GeneratorPlan, scale: float) -> float:
    """Give the size of the heaviest subject: by the tail, but at most as measured."""
    # A single firm does not grow with the number of firms looked at. Where a plan has so few
    # subjects that the measured bound would leave events over, the bound gives way.
    natural = scale * _TAIL_FROM * math.pow(_TAIL_SHARE * plan.subjects, 1 / _TAIL_EXPONENT)
    bound = max(HEAVIEST_MAX, 4 * plan.events / plan.subjects)
    return max(1.0, min(natural, bound))


def _size(rank: int, subjects: int, scale: float, heaviest: float) -> int:
    share = rank / subjects
    if share < _TAIL_SHARE:
        # The inverse of a Pareto distribution cut off at the heaviest subject.
        cut = math.pow(max(heaviest / scale / _TAIL_FROM, 1.0), -_TAIL_EXPONENT)
        beyond = cut + (1 - cut) * share / _TAIL_SHARE
        measured = _TAIL_FROM * math.pow(beyond, -1 / _TAIL_EXPONENT)
    else:
        measured = _below_tail(1 - share)
    return max(1, round(measured * scale))


def _below_tail(share: float) -> float:
    for (left, low), (right, high) in pairwise(_QUARTILES):
        if share <= right:
            return low + (high - low) * (share - left) / (right - left)
    return _TAIL_FROM


def _balance(sizes: array[int], events: int) -> None:
    """Add or take single events, the heaviest subject left as it is, until the sum is right."""
    missing = events - sum(sizes)
    step = 1 if missing > 0 else -1
    first = 1 if len(sizes) > 1 else 0
    while missing:
        for rank in range(first, len(sizes)):
            if missing and sizes[rank] + step >= 1:
                sizes[rank] += step
                missing -= step
