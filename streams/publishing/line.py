"""The profiles of one partition that wait to be published, in the order of its transactions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.projector import Applied
    from projections.writing.outbox import ProfileChange


def left_behind(began: int, noted: int, now: int, joined: int) -> range:
    """Give the generations whose profiles are read from the tables as a partition is taken.

    `began` is the one in which it was found, `noted` the one up to which publication is noted,
    `now` the one that the tables stand at, `joined` the last one that was offered here since. At
    any rate those since `began` are: where the database lost commits, what was noted may be of
    others that had the same numbers. But where nothing was left and all since then was offered
    here, it waits here, and would be assessed and sent twice.
    """
    if noted >= began and joined >= now:
        return range(began + 1, began + 1)
    return range(min(noted, began) + 1, now + 1)


class Owed(NamedTuple):
    """A profile of which only patches went out since it was last whole, and when it is due."""

    change: ProfileChange
    due_at: float


class Line:
    """The profiles of one partition since it was taken over: those that wait, and how far it is.

    Generations count the transactions of the partition, whoever made them. This line knows all up
    to `joined`: they were there when it began, or were offered one after the other.
    """

    def __init__(self, joined: int = 0, *, is_behind: bool = False) -> None:
        """Begin where the tables stand; `is_behind` where they may hold what is not published."""
        self.began = joined
        self.joined = joined
        self.is_behind = is_behind  # an earlier worker may have left something
        self.is_fenced = False  # another process publishes this partition now
        self.pending: dict[str, ProfileChange] = {}
        self.owed: dict[str, Owed] = {}  # whole ones, once their time has come
        self.early: dict[int, Applied] = {}  # came before the one that they follow
        self.published = 0  # up to which all is sent
        self.noted = 0  # up to which that is noted
        self.missing_after: int | None = None  # at the last look, something had come after this

    @property
    def is_all_sent(self) -> bool:
        """Whether nothing of what is known waits; asked while nothing is under way."""
        return not (self.pending or self.is_behind or self.is_fenced)

    def sent_up_to(self, generation: int) -> None:
        """Note that all up to a generation has gone out, but for what is owed whole."""
        lacking = min((owed.change.generation for owed in self.owed.values()), default=math.inf)
        self.published = max(self.published, int(min(generation, lacking - 1)))

    @property
    def due_at(self) -> float:
        """When the next profile is due whole."""
        return min((owed.due_at for owed in self.owed.values()), default=math.inf)

    def owe(self, changes: Iterable[ProfileChange], patched: Iterable[str], due_at: float) -> None:
        """Note what was sent: those `patched` are owed whole, at the latest as they were."""
        in_part = set(patched)
        for change in changes:
            before = self.owed.pop(change.subject_id, None)
            if change.subject_id in in_part:
                due = due_at if before is None else min(before.due_at, due_at)
                self.owed[change.subject_id] = Owed(change, due)

    def take_due(self, now: float) -> list[str]:
        """Let wait what is due whole, or something newer of it; give whose that is."""
        due = [subject_id for subject_id, owed in self.owed.items() if owed.due_at <= now]
        for subject_id in due:
            self.pending.setdefault(subject_id, self.owed[subject_id].change)
        return due

    def join(self, applied: Applied) -> None:
        """Let what follows wait to be sent, in order; nothing while one before it lacks."""
        if applied.generation > self.joined:
            self.early[applied.generation] = applied
            self._follow()

    def _follow(self) -> None:
        while (following := self.early.pop(self.joined + 1, None)) is not None:
            self.joined += 1
            self.pending |= {change.subject_id: change for change in following.profiles}

    def reach(self, generation: int) -> None:
        """Note that all up to a generation has been read from the tables and sent."""
        self.is_behind = False
        if self.joined <= generation:
            # Sent as it stands there: what waits may be older, and would now come after it.
            self.pending = {}
        self.joined = max(self.joined, generation)
        self.published = max(self.published, generation)
        self.noted = max(self.noted, generation)
        self.early = {g: each for g, each in self.early.items() if g > self.joined}
        self._follow()

    def lose(self) -> None:
        """Give up: what waits is for the process that took over."""
        self.is_fenced = True
        self.pending = {}
        self.owed = {}
        self.early = {}
