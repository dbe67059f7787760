"""Histories laid out of whole episodes: which kind stands at which place, and about which other.

A layout is a row of places, dealt once from the mix. Every history is a walk over some layouts,
so what stands at a number, and what it is about, is looked up and never searched for.
"""

from __future__ import annotations

from enum import StrEnum, auto
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from ops.generator.kinds import MIX, SlotKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.generator.kinds import Episode, Step

PLACES: Final = 32
"""Places of a layout. What is about another is about one of the same layout."""

_REGISTERED_OF_100: Final = 60
_STRIDE: Final = 7_919  # a prime, so that a long history meets every layout
_DECKS: Final = 4
_LOOK_BACK_MAX: Final = 12
_DEALER: Final = 20_161_014


class Sort(StrEnum):
    """Sort of a history: the columns of the mix."""

    SOUND = auto()
    TROUBLED = auto()
    LONG = auto()
    BODY = auto()
    PERSON = auto()


class LayoutPlace(NamedTuple):
    """What stands at a place; what it is about stands `about` places on (negative: before).

    `within` is how many days it follows the place before at most, 0 for any. `late` says that
    the place before amended it ahead of its report.
    """

    kind: SlotKind
    about: int = 0
    within: int = 0
    late: bool = False


class Layouts(NamedTuple):
    """The layouts of one sort of history, and what may stand at its very beginning."""

    rows: tuple[tuple[LayoutPlace, ...], ...]
    first: tuple[LayoutPlace, ...]


_REGISTERED: Final = LayoutPlace(SlotKind.REGISTERED)


def place_at(layouts: Layouts, shift: int, number: int) -> LayoutPlace:
    """Give what stands at a number of the history that `shift` (31 bits) picks."""
    if number:
        row, place = divmod(number - 1, PLACES)
        rows = layouts.rows
        return rows[((shift >> 8) + row * _STRIDE) % len(rows)][place]
    if shift % 100 < _REGISTERED_OF_100:
        return _REGISTERED
    return layouts.first[(shift >> 8) % len(layouts.first)]


@cache
def layouts_of(sort: Sort) -> Layouts:
    """Deal the layouts of a sort; they are the same for every plan."""
    dealer = Random(f"{_DEALER}{sort}")
    deck = [episode for episode in MIX for _ in range(getattr(episode, sort) * _DECKS)]
    dealer.shuffle(deck)
    opening = tuple(LayoutPlace(e.steps[0].kind) for e in deck if _stands_alone(e.steps[0]))
    return Layouts(tuple(_rows(deck, dealer)), opening)


def _stands_alone(step: Step) -> bool:
    return not step.of and not step.back


def _rows(deck: Sequence[Episode], dealer: Random) -> Iterator[tuple[LayoutPlace, ...]]:
    """Lay out the whole deck; what finds nothing to be about waits for its turn."""
    row: list[LayoutPlace] = []
    waiting: list[Episode] = []
    for dealt in deck:
        waiting.append(dealt)
        for episode in list(waiting):
            if len(row) + len(episode.steps) <= PLACES and _laid(episode, row, dealer):
                waiting.remove(episode)
        if len(row) == PLACES:
            yield tuple(row)
            row = []


def _laid(episode: Episode, row: list[LayoutPlace], dealer: Random) -> bool:
    """Lay an episode at the end of a row, if it finds there what it is about."""
    about = -episode.steps[0].back
    if of := episode.steps[0].of:
        first = max(0, len(row) - _LOOK_BACK_MAX)
        found = [number for number in range(first, len(row)) if row[number].kind in of]
        if not found:
            return False
        about = dealer.choice(found) - len(row)
    for number, step in enumerate(episode.steps):
        late = number > 0 and episode.steps[number - 1].kind is SlotKind.AHEAD
        row.append(LayoutPlace(step.kind, -step.back if number else about, step.within, late))
    return True
