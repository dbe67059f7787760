"""What is worked out once for all who ask: a slot for each, owned by the module that fills it.

Pure. A day's rules and a record on a day hold slots of others without knowing what is in them.
"""

from __future__ import annotations

from typing import Any, Generic, TypeAlias, TypeVar, cast

T = TypeVar("T")


class Slot(Generic[T]):
    """A place for one thing of a type, in whatever holds slots; each slot is its own key."""

    def get(self, slots: Slots) -> T | None:
        """Give what is in the slot, or None while nobody has filled it."""
        return cast("T | None", slots.get(self))

    def fill(self, slots: Slots, value: T) -> T:
        """Put a value into the slot, and give it."""
        slots[self] = value
        return value


Slots: TypeAlias = dict[Slot[Any], Any]
"""What was worked out so far, by slot."""
