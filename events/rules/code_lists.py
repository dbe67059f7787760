"""Code lists beside the catalogue: professions, industries, grades, indicators, items. Pure data.

An item (信息项) is what a category holds beyond the fields of its type of event. `ItemsReported`
carries its code and its value as text, in the one form of its kind; so a department that keeps one
thing more needs a row, and no schema.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from events.rules.dated import Basis, Version, in_force, version_on
from events.types.subject import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping


class CodeRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is common to every row: a code, and a name in both languages."""

    code: str
    name_zh: str
    name_en: str


class DatedRow(CodeRow, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """A row in force from `start` to the day before `end`, and the law that it rests on."""

    start: date
    end: date | None = None
    reference: str
    basis: Basis = Basis.ASSUMPTION
    note: str = ""

    def in_force(self, on: date) -> bool:
        """Say whether the row holds on a day."""
        return in_force(self.start, self.end, on)


class Profession(DatedRow, frozen=True, kw_only=True):
    """A group of persons whose credit is recorded (重点人群), and its batch of joining, 1 to 3."""

    batch: int


class Industry(CodeRow, frozen=True, kw_only=True):
    """A section (门类, a letter) or a division (大类, two digits) of GB/T 4754-2017."""

    parent: str | None = None


class GradeStanding(StrEnum):
    """What a grade amounts to, from best to worst, so that schemes can be read alike."""

    GOOD = "good"
    ORDINARY = "ordinary"
    POOR = "poor"
    BAD = "bad"


class SchemeGrade(CodeRow, frozen=True, kw_only=True):
    """One grade of a scheme."""

    standing: GradeStanding


class GradeVersion(Version, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The grades of a scheme from a day on, from best to worst."""

    grades: list[SchemeGrade]


class GradeScheme(CodeRow, frozen=True, kw_only=True):
    """A scheme by which a department grades subjects (信用等级), with its dated versions."""

    domain: str
    category: str
    in_force: list[GradeVersion]

    def grades_on(self, day: date) -> list[str]:
        """Give the grades of a day from best to worst; none before the scheme began."""
        version = version_on(self.in_force, day)
        return [] if version is None else [grade.code for grade in version.grades]

    def standing(self, grade: str, day: date) -> GradeStanding | None:
        """Give what a grade amounts to on a day; None where it was no grade then."""
        version = version_on(self.in_force, day)
        if version is not None:
            for each in version.grades:
                if each.code == grade:
                    return each.standing
        return None

    def place(self, grade: str, day: date) -> int | None:
        """Give the place of a grade on a day, 0 for the best; None where it was no grade then."""
        grades = self.grades_on(day)
        return grades.index(grade) if grade in grades else None


class IndicatorGroup(StrEnum):
    """Groups of the benchmark evaluation: 基础指标, 评议指标, 区域指标, 行为指标."""

    BASIC = "basic"
    REVIEW = "review"
    REGIONAL = "regional"
    BEHAVIOUR = "behaviour"


class IndicatorUnit(StrEnum):
    """What the whole number of an indicator counts."""

    FEN = "fen"
    PER_MILLE = "per_mille"
    COUNT = "count"
    POINTS = "points"


class Indicator(DatedRow, frozen=True, kw_only=True):
    """An indicator (指标), read on a line from its `worst` value to its `best`, in its unit.

    `best` lies below `worst` where less is better. Another line is another indicator.
    """

    group: IndicatorGroup
    item: str
    unit: IndicatorUnit
    worst: int
    best: int
    kinds: list[SubjectKind]


class ItemKind(StrEnum):
    """What the value of an item is, and so how it is written."""

    TEXT = "text"
    CODE = "code"
    COUNT = "count"
    NUMBER = "number"
    FEN = "fen"
    DAY = "day"
    MONTH = "month"
    FLAG = "flag"


class ItemRow(CodeRow, frozen=True, kw_only=True):
    """An item (信息项) of a category; `required` of those that no report may leave out."""

    kind: ItemKind
    required: bool = False


class ItemSet(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"start": "from"},
):
    """The items of a category from a day on, and the source that names them."""

    category: str
    start: date
    reference: str
    basis: Basis = Basis.ASSUMPTION
    note: str = ""
    items: list[ItemRow]

    def item(self, code: str) -> ItemRow | None:
        """Give the item of a code, or None."""
        return next((each for each in self.items if each.code == code), None)


_WRITTEN: Final[Mapping[ItemKind, tuple[re.Pattern[str], str]]] = {
    ItemKind.TEXT: (re.compile(r"(?s).*\S.*"), "words"),
    ItemKind.CODE: (re.compile(r"\S+"), "a code or number, without blanks"),
    ItemKind.COUNT: (re.compile(r"0|[1-9][0-9]{0,17}"), "a whole number"),
    ItemKind.NUMBER: (
        re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,6})?"),
        "a number of at most six decimals, such as 12.5",
    ),
    ItemKind.FEN: (re.compile(r"0|-?[1-9][0-9]{0,14}"), "whole fen"),
    ItemKind.DAY: (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "a day such as 2018-03-29"),
    ItemKind.MONTH: (re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])"), "a month such as 2018-03"),
    ItemKind.FLAG: (re.compile("true|false"), "true or false"),
}
"""The one form of each kind, and how it is told."""


def form_of_kind(kind: ItemKind) -> str:
    """Tell how values of a kind are written."""
    return _WRITTEN[kind][1]


def is_written(kind: ItemKind, value: str) -> bool:
    """Say whether a value is written as its kind is."""
    if _WRITTEN[kind][0].fullmatch(value) is None:
        return False
    return kind is not ItemKind.DAY or _is_day(value)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
