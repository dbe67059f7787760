"""The order in which everything is recorded: day by day, the subjects of a day shuffled."""

from __future__ import annotations

from array import array
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.generator.plan import GeneratorPlan
    from ops.generator.slots import HistorySlots
    from ops.generator.subjects import MadeUpSubject, Population

_NOBODY: Final = -1


def in_recording_order(
    plan: GeneratorPlan, sizes: Sequence[int], population: Population, slots: HistorySlots
) -> Iterator[tuple[MadeUpSubject, int, int]]:
    """Yield each subject and number of an event, each once, and the day, counted from 0.

    A calendar queue: every subject waits at the day of its next event, linked to the others there.
    It holds a few integers per subject, however many events there are.
    """
    shuffler = Random(plan.seed)
    numbers = array("L", bytes(array("L").itemsize * len(sizes)))
    links = array("l", [_NOBODY]) * len(sizes)
    heads = array("l", [_NOBODY]) * plan.days

    def wait(index: int, day: int) -> None:
        links[index] = heads[day]
        heads[day] = index

    for index, size in enumerate(sizes):
        if size:
            wait(index, slots.recorded(population.subject(index, size), 0))
    for day in range(plan.days):
        today = list(_linked(heads[day], links))
        shuffler.shuffle(today)
        for index in today:
            size, number, due = sizes[index], numbers[index], day
            subject = population.subject(index, size)
            while due == day:
                yield subject, number, day
                number += 1
                if number == size:
                    break
                due = slots.recorded_after(subject, number, day)
            else:
                numbers[index] = number
                wait(index, due)


def _linked(head: int, links: Sequence[int]) -> Iterator[int]:
    while head != _NOBODY:
        yield head
        head = links[head]
