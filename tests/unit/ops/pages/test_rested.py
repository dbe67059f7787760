"""What is dear to ask is asked seldom, by one thread for all; an error is told and not kept."""

from __future__ import annotations

import pytest

from ops.pages.rested import REST, Rested

ASKED_S = 3.0


class World:
    """A clock, and something that takes its time to answer, or fails."""

    def __init__(self) -> None:
        self.now_s, self.asked, self.fails = 100.0, 0, False
        self.rested = Rested(self.ask, lambda: self.now_s)

    def ask(self) -> int:
        self.asked += 1
        self.now_s += ASKED_S
        if self.fails:
            raise ConnectionError
        return self.asked


def test_an_answer_is_told_for_twenty_times_as_long_as_it_took() -> None:
    world = World()
    assert [world.rested(), world.rested()] == [1, 1]
    world.now_s += REST * ASKED_S - 0.1
    assert world.rested() == 1
    world.now_s += 0.1
    assert world.rested() == 2


def test_after_an_error_it_is_asked_again() -> None:
    world = World()
    world.fails = True
    with pytest.raises(ConnectionError):
        world.rested()
    world.fails = False
    assert world.rested() == 2
