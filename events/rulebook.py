"""Rules are data with dates and a legal reference; a rulebook is what is in force on one day.

Pure look-up: the day is always an argument, so that a replay years later uses the rules of the day.
"""

from __future__ import annotations

import tomllib
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from events.envelope import Disclosure, Platform, Source
from events.errors import LedgerError
from events.penalty import PenaltyKind

if TYPE_CHECKING:
    from collections.abc import Mapping


class RuleNotInForceError(LedgerError):
    """No version of the rule is in force on that day."""


class Level(StrEnum):
    """Level of an early warning; red is the highest."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"

    @property
    def height(self) -> int:
        """Give 1 for blue to 4 for red."""
        return _HEIGHTS[self]


_HEIGHTS: Final = {level: place for place, level in enumerate(Level, start=1)}


class _Version(msgspec.Struct, frozen=True, rename={"start": "from"}, kw_only=True):
    """What is common to every dated version: its first day and the law it rests on."""

    start: date
    reference: str
    note: str = ""


class Category(_Version, frozen=True, rename={"start": "from", "end": "to"}, kw_only=True):
    """A category of the catalogue (目录)."""

    code: str
    name_zh: str
    name_en: str
    event_types: list[str]
    polarity: str
    domain: str
    platforms: list[Platform]
    disclosure: Disclosure
    sensitivity: str
    end: date | None = None


class Department(msgspec.Struct, frozen=True, kw_only=True):
    """A department and what it may report."""

    code: str
    name_zh: str
    name_en: str
    region: str
    sources: list[Source]
    platforms: list[Platform]
    categories: list[str]
    legal_basis: str


Period = int | str
"""Months, or "open" (while in effect or owed), or "always"; 0 is never."""


class DisclosureVersion(_Version, frozen=True, kw_only=True):
    """Periods by severity, for the public and for state organs."""

    public: dict[str, Period]
    shared: dict[str, Period]


class SeverityVersion(_Version, frozen=True, kw_only=True):
    """Which kinds of penalty weigh how much, and from where a fine does."""

    minor: list[PenaltyKind]
    general: list[PenaltyKind]
    serious: list[PenaltyKind]
    fine_general_fen: int
    fine_serious_fen: int


class ListVersion(_Version, frozen=True, kw_only=True):
    """Whether notice comes first, and the term in months by ground ("none": until removed)."""

    notice_required: bool
    grounds: dict[str, int | str]


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """A level and what reaches it."""

    level: Level
    at_least: int
    window_months: int | None = None
    departments: int = 1


class WarningVersion(_Version, frozen=True, kw_only=True):
    """The thresholds of a warning."""

    levels: list[Threshold]


V = TypeVar("V", bound=_Version)


def version_on(versions: list[V], on: date) -> V | None:
    """Give the version in force on a day; versions stand in order of their first day."""
    return next((v for v in reversed(versions) if v.start <= on), None)


class DisclosureRule(msgspec.Struct, frozen=True, kw_only=True):
    """How long records of some event types may be shown."""

    id: str
    title: str
    event_types: list[str]
    in_force: list[DisclosureVersion]


class ListRule(msgspec.Struct, frozen=True, kw_only=True):
    """A list (名单) and its dated rules."""

    code: str
    name_zh: str
    name_en: str
    category: str
    domain: str
    serious: bool
    in_force: list[ListVersion]


class WarningRule(msgspec.Struct, frozen=True, kw_only=True):
    """An early warning and its dated thresholds over one measure."""

    id: str
    title: str
    measure: str
    in_force: list[WarningVersion]


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule with all its versions, and the catalogue and departments beside them."""

    categories: list[Category]
    departments: dict[str, Department]
    disclosure: list[DisclosureRule]
    severity: list[SeverityVersion]
    lists: dict[str, ListRule]
    warnings: list[WarningRule]
    forbidden_words: dict[str, list[str]]

    def category_on(self, code: str, on: date) -> Category | None:
        """Give the category in force on a day, or None."""
        return next(
            (
                c
                for c in self.categories
                if c.code == code and c.start <= on and (c.end is None or on < c.end)
            ),
            None,
        )

    def category_of(self, code: str) -> Category | None:
        """Give the newest row of a category, whenever in force."""
        return next((c for c in reversed(self.categories) if c.code == code), None)

    def change_days(self) -> list[date]:
        """Give the days on which any rule that assesses changes, in order."""
        versions: list[_Version] = [v for rule in self.disclosure for v in rule.in_force]
        versions += self.severity
        versions += [v for rule in self.lists.values() for v in rule.in_force]
        versions += [v for rule in self.warnings for v in rule.in_force]
        return sorted({v.start for v in versions})


def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("events") / "rules" / name).read_text(encoding="utf-8"))


@cache
def load_rulebook() -> Rulebook:
    """Read the rulebook shipped with this package.

    Raises `msgspec.ValidationError` naming the field where a rules file is malformed.
    """
    departments = _read("departments.toml")["department"]
    lists = _read("lists.toml")["list"]
    return msgspec.convert(
        {
            "categories": _read("catalogue.toml")["category"],
            "departments": {d["code"]: d for d in departments},
            "disclosure": _read("disclosure.toml")["rule"],
            "severity": _read("severity.toml")["in_force"],
            "lists": {item["code"]: item for item in lists},
            "warnings": _read("warnings.toml")["rule"],
            "forbidden_words": _read("personal_data.toml")["forbidden"],
        },
        Rulebook,
    )
