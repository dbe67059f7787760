"""Chance that can be looked up: the draw for a subject's n-th event never depends on the others.

So the generator keeps no events: an amendment makes the earlier record again to learn its id.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_PLACE: Final = Struct("<II")
OF_SUBJECT: Final = 2**32 - 1
"""The number that stands for the subject itself, where an event's number would."""


class Chance:
    """Independent draws of 256 bits, one for each subject and number, all given by the seed."""

    __slots__ = ("_start",)

    def __init__(self, seed: int) -> None:
        self._start = blake2b(digest_size=32, key=str(seed).encode()[:64])

    def draw(self, subject: int, number: int) -> int:
        """Give the bits of one place."""
        state = self._start.copy()
        state.update(_PLACE.pack(subject, number))
        return int.from_bytes(state.digest(), "little")


def pick(options: Sequence[T], bits: int) -> T:
    """Choose one of the options, each as likely as it is often there."""
    return options[(bits & 0xFFFF) * len(options) >> 16]
