"""How matters stand by each other in their order: until when each holds, which was before. Pure.

What stands by a matter is folded on from where it stood when one more comes. Where one comes in
between and reaches too many others, or goes, its group is folded anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Succession:
    """The matters of one group in turn; a subclass says what stands by each."""

    def __init__(self) -> None:
        """Begin with none."""
        self.places: dict[str, Any] = {}
        """What is read, by name: a matter or several, with what stands by it."""

    def take(self, matter: Any) -> Sequence[str] | None:
        """Take one more; give the names of which the places are others now.

        None, where all must be taken anew: in the order of their days, which never gives None.
        """
        raise NotImplementedError

    def replace(self, before: Any, now: Any) -> Sequence[str] | None:  # noqa: ARG002 - for subclasses
        """Take a matter for what it was before; None also where it stands elsewhere now."""
        return None

    def set_place(self, name: str, place: Any) -> bool:
        """Give a name its place, None for none; say whether that is another than it was."""
        before = self.places.get(name)
        if before == place:
            return False
        if place is None:
            del self.places[name]
        else:
            self.places[name] = place
        return True
