"""Departments of cities and counties, by rule: a kind of office and a division. Pure.

There are thousands, so none is listed: one is made of its code when it is asked for. It reports
through the topic of its city, so that those who never report cost nothing.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from events.rules.divisions import (
    ZHEJIANG_CITIES,
    DivisionLevel,
    city_of,
    divisions_of,
    load_divisions,
    warning_region,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from events.rules.catalogue import Department
    from events.rules.divisions import Division


class Office(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of office that cities or counties have; `{place}` stands for whose it is."""

    kind: str
    name_zh: str
    name_zh_county: str | None = None
    name_en: str
    levels: tuple[DivisionLevel, ...]

    def named(self, division: Division) -> str:
        """Give its Chinese name at a division."""
        county = self.name_zh_county if division.level is DivisionLevel.COUNTY else None
        return (county or self.name_zh).format(place=_place(division))


@cache
def load_offices() -> Mapping[str, Office]:
    """Read the kinds of offices shipped with this package, once."""
    text = (files("events") / "rules" / "offices.toml").read_text(encoding="utf-8")
    rows = msgspec.convert(tomllib.loads(text)["office"], list[Office])
    return {row.kind: row for row in rows}


def office_division(code: str) -> str | None:
    """Give the division of an office of a city or county, by its code; None for all others."""
    kind, _, division = code.rpartition("-")
    is_code = len(division) == 6 and division.isdigit()  # noqa: PLR2004 - digits of a division
    return division if is_code and kind in load_offices() else None


def acts_as(code: str) -> str:
    """Give the provincial department whose rights an office has; of all others their own code."""
    return code if office_division(code) is None else f"{code.rpartition('-')[0]}-zj"


def reports_through(code: str) -> str:
    """Give whose topic a department reports on: its own, or that of the city that it lies in."""
    seat = office_division(code)
    if seat is None:
        return code
    city = city_of(seat)
    return city if city in ZHEJIANG_CITIES else warning_region(seat)


def office_of(code: str, provincial: Department) -> Department | None:
    """Make an office of its code, with the rights of the provincial department of its kind.

    None where there never was such a division in a city of Zhejiang, or it has no such office.
    """
    named = _names(code)
    if named is None:
        return None
    name_zh, name_en, seat = named
    return msgspec.structs.replace(
        provincial, code=code, name_zh=name_zh, name_en=name_en, region=seat, batch=None
    )


@lru_cache(maxsize=8_192)
def _names(code: str) -> tuple[str, str, str] | None:
    """Give the names of an office in Chinese and English, and its division."""
    seat = office_division(code)
    history = () if seat is None else load_divisions().history(seat)
    if not history or reports_through(code) not in ZHEJIANG_CITIES:
        return None
    office, division = load_offices()[code.rpartition("-")[0]], history[-1]
    if division.level not in office.levels:
        return None
    return office.named(division), f"{office.name_en}, {_place(division)}", division.code


def offices_in(seat: str) -> Iterator[str]:
    """Give the codes of all offices of a city of Zhejiang and its counties, or of one county."""
    divisions = load_divisions()
    below = [each for each in divisions if each == seat or city_of(each) == seat]
    for each in sorted(below):
        if divisions.current(each) is not None:
            codes = sorted(f"{kind}-{each}" for kind in load_offices())
            yield from (code for code in codes if _names(code) is not None)


def lies_in(region: str, seat: str, on: date) -> bool:
    """Say whether a place lies in a division on a day, as far as the registers know."""
    return seat in (region, *divisions_of(region, on))


def _place(division: Division) -> str:
    """Give the name of a place as offices bear it: a district says its city first."""
    if division.level is not DivisionLevel.COUNTY or not division.name.endswith("区"):
        return division.name
    history = load_divisions().history(city_of(division.code))
    return f"{history[-1].name}{division.name}" if history else division.name
