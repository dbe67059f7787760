"""Administrative divisions (GB/T 2260) with their history: which place a code named on a day.

Codes end, and 623 were given to another place, so a code is resolved together with a day. An
unknown code is never an error: zones and recent changes are in no table. No clock is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ZHEJIANG: Final = "330000"
ZHEJIANG_CITIES: Final = tuple(f"33{city:02}00" for city in range(1, 12))
PROVINCES: Final = tuple(
    f"{prefix}0000"
    for prefix in (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        *(71, 81, 82),
    )
)
ELSEWHERE: Final = "000000"
"""The warning region of a code that lies in no known province."""

WARNING_REGIONS: Final = (*ZHEJIANG_CITIES, *PROVINCES, ELSEWHERE)
"""Every region that has a warning topic. Closed, so that no warning is without one."""


@unique
class DivisionLevel(StrEnum):
    """How far down a division stands."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A place under the code it bore for a time.

    The sources know the year of a change, not its day: `valid_from` is the first day possible and
    `valid_to` the last, so old and new overlap in the year of the change. None is unbounded.
    """

    code: str
    name: str
    level: DivisionLevel
    valid_from: date | None
    valid_to: date | None
    change: str | None
    """How it ended, in the words of the registers (撤县设区, 码位改派); None while it lasts."""
    successors: tuple[str, ...]
    """The codes under which its area went on; empty where unknown."""

    def holds(self, on: date) -> bool:
        """Tell whether the code may have named this place on the day."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_to is None or on <= self.valid_to)


class Divisions:
    """All divisions since 1980; a line is parsed when its code is first asked for."""

    __slots__ = ("_histories", "_lines")

    def __init__(self, table: str) -> None:
        """Take the text of `divisions.tsv`: a head, then lines sorted by code and time."""
        self._lines: dict[str, list[str]] = {}
        self._histories: dict[str, tuple[Division, ...]] = {}
        for line in table.splitlines()[1:]:
            self._lines.setdefault(line[:6], []).append(line)

    def __iter__(self) -> Iterator[str]:
        """Give every code ever known, in order."""
        return iter(self._lines)

    def known(self, code: str) -> bool:
        """Tell whether the code ever named a place."""
        return code in self._lines

    def history(self, code: str) -> tuple[Division, ...]:
        """Give the places that the code has named, oldest first; none for an unknown code."""
        if code not in self._lines:
            return ()
        if code not in self._histories:
            self._histories[code] = tuple(map(_division, self._lines[code]))
        return self._histories[code]

    def at(self, code: str, on: date) -> Division | None:
        """Resolve a code on a day; in the year of a change the newer place is meant."""
        held = [division for division in self.history(code) if division.holds(on)]
        return held[-1] if held else None

    def current(self, code: str) -> Division | None:
        """Resolve a code in the newest table."""
        history = self.history(code)
        return history[-1] if history and history[-1].valid_to is None else None

    def heirs(self, division: Division, on: date | None = None) -> frozenset[str]:
        """Follow a place through its successors to the codes of the newest table, or of a day."""
        followers: set[str] = set()
        seen = {division}
        pending = [division]
        while pending:
            place = pending.pop()
            if place.valid_to is None or (on is not None and place.holds(on)):
                followers.add(place.code)
                continue
            # What a successor's code named on the day of the change comes before what it names
            # now; but some changes of the source tell the code of today only.
            following = {
                self.at(code, place.valid_to) or self.current(code) for code in place.successors
            }
            new = {each for each in following if each is not None} - seen
            seen |= new
            pending += new
        return frozenset(followers)


def _division(line: str) -> Division:
    code, name, since, until, change, successors = (line.split("\t") + [""] * 4)[:6]
    return Division(
        code=code,
        name=name,
        level=level_of(code),
        valid_from=date(int(since), 1, 1) if since else None,
        valid_to=date(int(until), 12, 31) if until else None,
        change=change or None,
        successors=tuple(successors.split()),
    )


@cache
def load_divisions() -> Divisions:
    """Load the table shipped with the package, once."""
    return Divisions((files("events") / "rules" / "divisions.tsv").read_text(encoding="utf-8"))


def level_of(code: str) -> DivisionLevel:
    """Tell the level of a code from its zeros."""
    if code.endswith("0000"):
        return DivisionLevel.PROVINCE
    return DivisionLevel.CITY if code.endswith("00") else DivisionLevel.COUNTY


def city_of(code: str) -> str:
    """Give the code of the city that a code belongs to by its digits."""
    return f"{code[:4]}00"


def province_of(code: str) -> str:
    """Give the code of the province that a code belongs to by its digits."""
    return f"{code[:2]}0000"


@lru_cache(maxsize=4096)
def warning_region(code: str) -> str:
    """Give the region whose warning topic a place belongs to: always one of `WARNING_REGIONS`.

    In Zhejiang it is today's city, to which the last place of an abolished code leads too, or the
    province where no single city is known. Elsewhere it is the province, by the digits.
    """
    province, city = province_of(code), city_of(code)
    if province != ZHEJIANG:
        return province if province in PROVINCES else ELSEWHERE
    if city in ZHEJIANG_CITIES:
        return city
    divisions = load_divisions()
    last = divisions.history(code)[-1:]
    cities = {city_of(heir) for division in last for heir in divisions.heirs(division)}
    return cities.pop() if len(cities) == 1 else ZHEJIANG


@lru_cache(maxsize=16_384)
def divisions_of(code: str, on: date) -> tuple[str, ...]:
    """Give the divisions that a place lies in on a day: county, city, province, as far as known.

    The levels above are those of the digits. An abolished code leads to the one place that its own
    became; where no single one is known, its city and province are still those of its digits.
    """
    divisions = load_divisions()
    place = code
    if divisions.at(code, on) is None:
        ended = [d for d in divisions.history(code) if d.valid_to is not None and d.valid_to < on]
        heirs = divisions.heirs(ended[-1], on) if ended else frozenset()
        place = next(iter(heirs)) if len(heirs) == 1 else code
    codes = dict.fromkeys((place, city_of(place), province_of(place)))
    return tuple(each for each in codes if divisions.at(each, on) is not None)
