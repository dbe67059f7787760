"""A slot holds one thing for all who ask, and each slot its own."""

from __future__ import annotations

from projections.calendar.slots import Slot, Slots


def test_a_slot_is_empty_until_it_is_filled_and_then_gives_the_same() -> None:
    slots: Slots = {}
    one, other = Slot[list[int]](), Slot[list[int]]()
    assert one.get(slots) is None
    filled = one.fill(slots, [1])

    assert one.get(slots) is filled
    assert other.get(slots) is None, "two slots of one type are two"
    assert one.get({}) is None, "what holds slots holds its own"
