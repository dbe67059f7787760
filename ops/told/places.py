"""Places of the ledger as people read them: `8@28`, offset 28 of partition 8, is no time of day."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def place_told(partition: int, offset: int) -> str:
    """Write one place."""
    return f"{partition}@{offset}"


def cut_told(cut: Mapping[int, int] | str | None) -> str | None:
    """Write a cut: the first offset not known, of each partition it names; None is unknown."""
    if cut is None or isinstance(cut, str):
        return cut and cut.replace(":", "@")
    return ",".join(place_told(*each) for each in sorted(cut.items()))
