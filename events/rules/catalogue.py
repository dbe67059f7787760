"""The catalogue (目录) as data: what may be recorded, who may report it, and the code lists beside.

Pure look-up over TOML files; adding a row to one of them needs no code. Whether the rows fit
together is checked in `events.rules.catalogue_check`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec
import tomli

from events.envelope import Disclosure, Platform, Source
from events.rules.code_lists import (
    CodeRow,
    DatedRow,
    GradeScheme,
    Indicator,
    Industry,
    ItemSet,
    Profession,
)
from events.rules.dated import Version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


def covers(held: Collection[str], category: str) -> bool:
    """Say whether a category is one of those held, by code or by a family such as `grade.*`."""
    return category in held or any(
        each.endswith(".*") and category.startswith(each[:-1]) for each in held
    )


class Polarity(StrEnum):
    """What a record of a category says of its subject: good (守信), bad (不良) or neither."""

    GOOD = "good"
    BAD = "bad"
    NEUTRAL = "neutral"


class Sensitivity(StrEnum):
    """What must be minded before a record is shown, beside its disclosure class.

    `sensitive`: it can hurt a person's dignity or living, so it needs a purpose of its own.
    `screened`: it may touch state or business secrets, so it is screened before publication.
    """

    ORDINARY = "ordinary"
    SENSITIVE = "sensitive"
    SCREENED = "screened"


class PublicationClass(StrEnum):
    """The plan's three publication classes: 基本信息, 提示信息, 处罚信息."""

    BASIC = "basic"
    PROMPTING = "prompting"
    PENALTY = "penalty"


class Information(StrEnum):
    """Whether it arises from public duty (公共信息) or from dealings of the market (商业信息)."""

    PUBLIC = "public"
    MARKET = "market"


class Compartment(StrEnum):
    """Which of the three personal databases keeps it: 基础信息, 社会信用, 金融信用."""

    BASIC = "basic"
    SOCIAL = "social"
    FINANCIAL = "financial"


class Domain(CodeRow, frozen=True, kw_only=True):
    """A field of supervision (领域), which categories, lists and classes share."""


_LIST_ENTRY: Final = "ListEntered"


class Category(DatedRow, frozen=True, kw_only=True):
    """A category of the catalogue.

    `disclosure` is the most open class that it allows. Of natural persons nothing is public unless
    a law says so, which `persons_public` marks. `compartment` is where the person platform keeps
    it, and None where that platform does not.
    """

    event_types: list[str]
    polarity: Polarity
    domain: str
    platforms: tuple[Platform, ...] = tuple(Platform)
    disclosure: Disclosure
    persons_public: bool = False
    sensitivity: Sensitivity = Sensitivity.ORDINARY
    publication: PublicationClass
    information: Information = Information.PUBLIC
    compartment: Compartment | None = None

    @property
    def names_persons(self) -> bool:
        """Say whether it is a list on which a law publishes natural persons by their names."""
        return self.persons_public and _LIST_ENTRY in self.event_types

    def most_open(self, platform: Platform) -> Disclosure:
        """Give the most open class for records of a platform's subjects."""
        is_person = platform is Platform.PERSON and not self.persons_public
        if is_person and self.disclosure is Disclosure.PUBLIC:
            return Disclosure.SHARED
        return self.disclosure


class Department(CodeRow, frozen=True, kw_only=True):
    """Who may report (信息提供单位), and what: categories by code, or a family such as `grade.*`.

    `event_types` narrows what it may say within its categories; empty, it may say all that they
    hold. `batch` is its turn of joining, where the plan gives one.
    """

    region: str
    sources: list[Source]
    platforms: list[Platform]
    categories: list[str]
    event_types: list[str] = []  # noqa: RUF012 - msgspec copies it
    legal_basis: str
    batch: int | None = None
    note: str = ""

    def may_report(self, category: str, event_type: str | None = None) -> bool:
        """Say whether it is entitled to a category and, where given, to an event type in it."""
        said = event_type is None or not self.event_types or event_type in self.event_types
        return said and covers(self.categories, category)


class CatalogueRows(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every row of the catalogue's files, in the order and under the keys of the files."""

    domain: list[Domain]
    category: list[Category]
    department: list[Department]
    profession: list[Profession]
    industry_standard: Version
    industry: list[Industry]
    scheme: list[GradeScheme]
    indicator: list[Indicator]
    item_set: list[ItemSet]


FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "catalogue.toml": ("domain", "category"),
    "departments.toml": ("department",),
    "professions.toml": ("profession",),
    "industries.toml": ("industry_standard", "industry"),
    "grades.toml": ("scheme",),
    "indicators.toml": ("indicator",),
    "items.toml": ("item_set",),
}
"""The files of the catalogue and the keys in each; every key but the standard holds rows."""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue by code; of a category all versions, oldest first."""

    domains: dict[str, Domain]
    categories: dict[str, list[Category]]
    departments: dict[str, Department]
    professions: dict[str, Profession]
    industry_standard: Version
    industries: dict[str, Industry]
    grades: dict[str, GradeScheme]
    indicators: dict[str, Indicator]
    item_sets: dict[str, list[ItemSet]]


def catalogue_of(rows: CatalogueRows) -> Catalogue:
    """Arrange rows by code; of rows with one code and no dates the last holds."""
    sets: dict[str, list[ItemSet]] = {}
    for each in sorted(rows.item_set, key=lambda each: each.start):
        sets.setdefault(each.category, []).append(each)
    categories: dict[str, list[Category]] = {}
    for row in sorted(rows.category, key=lambda row: row.start):
        categories.setdefault(row.code, []).append(row)
    return Catalogue(
        domains={row.code: row for row in rows.domain},
        categories={row.code: categories[row.code] for row in rows.category},
        departments={row.code: row for row in rows.department},
        professions={row.code: row for row in rows.profession},
        industry_standard=rows.industry_standard,
        industries={row.code: row for row in rows.industry},
        grades={row.code: row for row in rows.scheme},
        indicators={row.code: row for row in rows.indicator},
        item_sets=sets,
    )


def rows_from(texts: Iterable[str]) -> CatalogueRows:
    """Read the texts of the catalogue's files.

    Raises `tomli.TOMLDecodeError`, or `msgspec.ValidationError` naming the field at fault.
    """
    raw: dict[str, Any] = {}
    for text in texts:
        raw |= tomli.loads(text)
    return msgspec.convert(raw, CatalogueRows)


def shipped_texts() -> dict[str, str]:
    """Give the text of each of the catalogue's files as shipped with this package."""
    folder = files("events") / "rules"
    return {name: (folder / name).read_text(encoding="utf-8") for name in FILES}


@cache
def load_catalogue() -> Catalogue:
    """Read the catalogue shipped with this package, once. Raises as `rows_from` does."""
    return catalogue_of(rows_from(shipped_texts().values()))
