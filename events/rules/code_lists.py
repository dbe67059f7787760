"""Code lists beside the catalogue: professions, industries, grades, indicators. Pure data."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from events.rules.dated import Basis, Version, version_on
from events.types.subject import SubjectKind


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
        return self.start <= on and (self.end is None or on < self.end)


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
        known = [] if version is None else version.grades
        return next((each.standing for each in known if each.code == grade), None)

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
