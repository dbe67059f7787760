"""A map without borders: each city a tile of one size, about where it lies. Drawn from a table.

A map of true borders needs an approval number (审图号); this one shows none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from ops.pages.frame import Frame

SIDE: Final = 88
GAP: Final = 6
_PLACES: Final[Mapping[str, tuple[int, int]]] = {
    "330500": (1, 0),
    "330400": (2, 0),
    "330100": (1, 1),
    "330600": (2, 1),
    "330200": (3, 1),
    "330900": (4, 1),
    "330800": (0, 2),
    "330700": (1, 2),
    "331000": (2, 2),
    "331100": (0, 3),
    "330300": (1, 3),
}
"""Column and row of each city, from the north-west."""


class CityTile(NamedTuple):
    """A city: where it is drawn, its name, how many warnings stand there, where they are listed."""

    x: int
    y: int
    name: str
    warnings: int
    address: str


def tiles(
    frame: Frame, counts: Mapping[tuple[str, str], int], cities: Collection[str], today: date
) -> list[CityTile]:
    """Give the tiles of some cities, in the order of codes."""
    found = []
    for code, (column, row) in sorted(_PLACES.items()):
        if code not in cities:
            continue
        count = sum(n for (region, _), n in counts.items() if region == code)
        where = frame.here(region=code, after=None, noted=None)
        name = frame.place(code, today).removesuffix("市")
        found.append(CityTile(column * (SIDE + GAP), row * (SIDE + GAP), name, count, where))
    return found
