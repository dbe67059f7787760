"""The shapes of the rules that classify and evaluate: supervision classes, scores, plan targets.

A condition asks a signal (`projections.signals`) over a window of event time; so classes, scores
and warnings read a record in one way.
"""

from __future__ import annotations

from datetime import date

import msgspec

from events.rules.dated import Basis, Version
from events.rules.versions import Level
from events.types.subject import SubjectKind


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that reaches an amount (a count, or fen) within a window of months.

    It is asked in the rule's own domain; in `domains` where they are named; in all where
    `everywhere`.
    """

    signal: str
    at_least: int = 1
    window_months: int | None = None
    domains: tuple[str, ...] = ()
    everywhere: bool = False


class SupervisionClass(msgspec.Struct, frozen=True, kw_only=True):
    """A class (A, B, C, D): met where any of `any_of` holds and none of `none_of` does."""

    code: str
    any_of: list[Condition]
    none_of: list[Condition] = []


class SupervisionVersion(Version, frozen=True, kw_only=True):
    """Classes in the order in which they are tried, the worst first, and the one for all others.

    `sampling_per_mille` is how many of a thousand subjects of a class are inspected in a year.
    """

    classes: list[SupervisionClass]
    otherwise: str
    names_zh: dict[str, str]
    sampling_per_mille: dict[str, int]


class SupervisionRule(msgspec.Struct, frozen=True, kw_only=True):
    """Classified supervision (分类监管) by one department in one domain.

    It is of subjects of some kinds, or where none is named, of all.
    """

    id: str
    title: str
    department: str
    domain: str
    kinds: list[SubjectKind] = []
    in_force: list[SupervisionVersion]


class Deduction(msgspec.Struct, frozen=True, kw_only=True):
    """Points lost for each piece of evidence within a window; negative points are gained.

    Amounts count by the piece too, not by their fen. Without `domains` it is asked in all.
    """

    signal: str
    points_each: int
    window_months: int | None = None
    domains: tuple[str, ...] = ()


class ScoreIndicator(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator of a model: its points, what is reported for it, and what lowers them.

    `unknown` is what it counts where nothing is reported: unknown is not bad. What is deducted
    lowers either. Several `reported` indicators of the catalogue share the points equally.
    """

    code: str
    name_zh: str
    name_en: str
    group: str
    points: int
    unknown: int
    reported: list[str] = []
    deductions: list[Deduction] = []


class Veto(msgspec.Struct, frozen=True, kw_only=True):
    """A signal under which no score goes beyond an amount (一票否决), and the grade it gives."""

    signal: str
    at_most: int
    grade: str | None = None


class ScoreGrade(msgspec.Struct, frozen=True, kw_only=True):
    """A grade and the lowest score that has it; None where a veto alone gives it."""

    code: str
    name_zh: str
    name_en: str
    at_least: int | None = None


class ScoreVersion(Version, frozen=True, kw_only=True):
    """A model's indicators, grades from the best to the worst, and vetoes.

    A model without grades gives points alone.
    """

    indicators: list[ScoreIndicator]
    grades: list[ScoreGrade]
    vetoes: tuple[Veto, ...] = ()


class ScoreModel(msgspec.Struct, frozen=True, kw_only=True):
    """The benchmark evaluation (信用基准性评价) of some kinds of subject, in 1000 points."""

    id: str
    title: str
    kinds: list[SubjectKind]
    in_force: list[ScoreVersion]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the subjects of a region per mille of the `whole`, read on a line.

    `parts` and `whole` name counts, such as `enterprise.listed` of `enterprise.known`; several
    parts add up.
    """

    parts: list[str]
    whole: str
    worst: int
    best: int


class RegionComponent(msgspec.Struct, frozen=True, kw_only=True):
    """A component of regional credit: its weight, and the indicators and shares it is the mean of.

    `group` is its half of the index: `environment` (信用环境) or `subjects` (信用主体).
    """

    code: str
    name_zh: str
    name_en: str
    group: str
    weight: int
    reported: list[str] = []
    shares: list[Share] = []


class RegionVersion(Version, frozen=True, kw_only=True):
    """The components of regional credit, and symbols of the index from the best to the worst.

    So many of a thousand figures must be known (`known_per_mille_min`), or there is no index: half,
    by assumption, as no notice says how few may stand for a region.
    """

    components: list[RegionComponent]
    symbols: list[ScoreGrade]
    known_per_mille_min: int = 500


class RegionModel(msgspec.Struct, frozen=True, kw_only=True):
    """The evaluation of regional credit (区域信用评价) by an index from 0 to 1000."""

    id: str
    title: str
    in_force: list[RegionVersion]


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """How often a department must report in a category, so that a missing period shows."""

    department: str
    category: str
    every_months: int
    start: date = msgspec.field(name="from")
    reference: str
    basis: Basis = Basis.ASSUMPTION


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A target of the plan (规划指标) that the ledger's own figures are held against."""

    code: str
    name_zh: str
    name_en: str
    at_least: int
    unit: str
    reference: str
    basis: Basis = Basis.ASSUMPTION


class HintLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A level of the composite hint, and what holds it; nothing named holds otherwise."""

    code: str
    name_zh: str
    name_en: str
    serious_list: bool = False
    list: bool = False
    honour: bool = False
    warnings: tuple[Level, ...] = ()
    classes: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()


class HintVersion(Version, frozen=True, kw_only=True):
    """The levels of the composite hint from a day on, the worst first."""

    levels: list[HintLevel]


class HintModel(msgspec.Struct, frozen=True, kw_only=True):
    """The composite hint of a subject (综合信誉度提示信息), in dated versions."""

    id: str
    in_force: list[HintVersion]
