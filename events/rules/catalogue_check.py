"""Checks the catalogue's files as a whole: whether its rows can be read and fit together.

Each fault is told with file, row, field, value and the rule it breaks. Pure: texts go in.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args, get_type_hints

import msgspec

from events.envelope import Disclosure, Platform
from events.event import EVENT_TYPES
from events.rules.catalogue import FILES, CatalogueRows, Sensitivity, catalogue_of
from events.rules.code_lists import GradeStanding, IndicatorUnit, ItemSet
from events.rules.divisions import load_divisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from events.rules.catalogue import Category, Department
    from events.rules.code_lists import GradeScheme, Indicator, Industry, Profession

_TOPIC_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_LETTER: Final = re.compile(r"[A-Za-z]")
_INDUSTRY: Final = re.compile(r"[A-T]|[0-9]{2}")
_FIELD: Final = re.compile(r"field `(\w+)`|at `\$\.(\w+)")
_BATCHES: Final = range(1, 4)
_POINTS: Final = range(101)
_GRADES_MIN: Final = 2
_STANDINGS: Final = tuple(GradeStanding)
_OF_ANY_CATEGORY: Final = frozenset({"RecordCorrected", "RecordRevoked"})


class CatalogueFault(NamedTuple):
    """A fault: where it stands, what stands there, and the rule that it breaks."""

    file: str
    row: str
    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        """Say it in one line."""
        said = f"{self.field} = {self.value!r}" if self.field else ""
        return ": ".join(part for part in (self.file, self.row, said, self.rule) if part)


class _Broken(NamedTuple):
    """A problem before it is known in which file and row it stands."""

    field: str
    value: object
    rule: str


def check_files(texts: Mapping[str, str]) -> tuple[CatalogueRows | None, list[CatalogueFault]]:
    """Check the text of every file of `FILES`; the rows are None where any cannot be read."""
    read: dict[str, Any] = {}
    unread: list[CatalogueFault] = []
    for file, keys in FILES.items():
        try:
            raw = tomllib.loads(texts.get(file, ""))
        except tomllib.TOMLDecodeError as error:
            unread.append(CatalogueFault(file, "", "", "", f"must be TOML: {error}"))
            continue
        for key in keys:
            read[key] = raw.pop(key, None)
            unread.extend(_unreadable(file, key, read[key]))
        rule = f"the file holds only: {', '.join(keys)}"
        unread.extend(CatalogueFault(file, key, "", "", rule) for key in raw)
    if unread:
        return None, unread
    rows = msgspec.convert(read, CatalogueRows)
    return rows, check_rows(rows)


def _unreadable(file: str, key: str, raw: Any) -> Iterator[CatalogueFault]:
    """Tell each row that has not the shape of its kind."""
    shape = get_type_hints(CatalogueRows)[key]
    kinds = get_args(shape)
    if not isinstance(raw, list if kinds else dict):
        yield CatalogueFault(file, key, "", "", f"the file must hold {key}")
        return
    for place, row in enumerate(raw if kinds else [raw], start=1):
        try:
            msgspec.convert(row, kinds[0] if kinds else shape)
        except msgspec.ValidationError as error:
            match = _FIELD.search(str(error))
            field = (match[1] or match[2]) if match else ""
            known = row if isinstance(row, dict) else {}
            code, value = known.get("code", ""), known.get(field, "")
            yield CatalogueFault(
                file, f"{key} {place} {code}".rstrip(), field, str(value), str(error)
            )


def check_rows(rows: CatalogueRows) -> list[CatalogueFault]:
    """Check that readable rows fit together."""
    files = {key: file for file, keys in FILES.items() for key in keys}
    faults: list[CatalogueFault] = []

    def tell(key: str, row: str, broken: Iterable[_Broken]) -> None:
        named = f"{key} {row}".rstrip()
        faults.extend(
            CatalogueFault(files[key], named, b.field, str(b.value), b.rule) for b in broken
        )

    for key in CatalogueRows.__struct_fields__:
        if key == "industry_standard":
            tell(key, "", _check_reference("reference", rows.industry_standard.reference))
            continue
        for row in getattr(rows, key):
            tell(key, _name(row), () if isinstance(row, ItemSet) else _check_names(row))
        counts = Counter(_name(row) for row in getattr(rows, key))
        for name, count in counts.items():
            if count > 1:
                tell(key, name, [_Broken("code", name, f"stands once; it stands {count} times")])
    for category in rows.category:
        tell("category", _name(category), _check_category(category, rows))
    for department in rows.department:
        tell("department", department.code, _check_department(department, rows))
    for profession in rows.profession:
        tell("profession", profession.code, _check_profession(profession))
    for industry in rows.industry:
        tell("industry", industry.code, _check_industry(industry, rows))
    for scheme in rows.scheme:
        tell("scheme", scheme.code, _check_scheme(scheme, rows))
    for indicator in rows.indicator:
        tell("indicator", indicator.code, _check_indicator(indicator))
    for each in rows.item_set:
        tell("item_set", _name(each), _check_items(each, rows))
    return faults


def _name(row: Any) -> str:
    if isinstance(row, ItemSet):
        return f"{row.category}@{row.start}"
    # Only a category may have several rows under one code, each from its own day.
    return f"{row.code}@{row.start}" if hasattr(row, "disclosure") else str(row.code)


def _check_names(row: Any) -> Iterator[_Broken]:
    if not row.code.strip():
        yield _Broken("code", row.code, "must be given")
    if not _CHINESE.search(row.name_zh):
        yield _Broken("name_zh", row.name_zh, "a name in Chinese")
    if not _LETTER.search(row.name_en) or _CHINESE.search(row.name_en):
        yield _Broken("name_en", row.name_en, "a name in English")


def _check_reference(field: str, text: str) -> Iterator[_Broken]:
    if not text.strip():
        yield _Broken(field, text, "the law it rests on, or the word assumption")


def _check_dated(row: Category | Profession | Indicator) -> Iterator[_Broken]:
    yield from _check_reference("reference", row.reference)
    if row.end is not None and row.end <= row.start:
        yield _Broken("to", row.end, f"after its first day, {row.start}")


def _check_given(row: object, *fields: str) -> Iterator[_Broken]:
    for field in fields:
        if not getattr(row, field):
            yield _Broken(field, getattr(row, field), "must not be empty")


def _check_category(row: Category, rows: CatalogueRows) -> Iterator[_Broken]:
    yield from _check_dated(row)
    yield from _check_given(row, "event_types", "platforms")
    yield from _check_event_types(row.event_types)
    yield from _check_domain(row.domain, rows)
    if (row.compartment is None) == (Platform.PERSON in row.platforms):
        rule = "given where, and only where, the person platform keeps it"
        yield _Broken("compartment", row.compartment, rule)
    if row.sensitivity is Sensitivity.SCREENED and row.disclosure is Disclosure.PUBLIC:
        rule = "what may touch a secret (screened) is never public by itself"
        yield _Broken("disclosure", row.disclosure, rule)
    later = [each for each in rows.category if each.code == row.code and each.start > row.start]
    for other in later:
        if row.end is None or row.end > other.start:
            yield _Broken("to", row.end, f"not after {other.start}, when its next version begins")
    for platform in row.platforms:
        entitled = [d for d in rows.department if d.may_report(row.code)]
        if not any(platform in department.platforms for department in entitled):
            rule = f"a department must be entitled to it on the {platform} platform"
            yield _Broken("code", row.code, rule)


def _check_event_types(names: list[str]) -> Iterator[_Broken]:
    for name in names:
        if name not in EVENT_TYPES:
            yield _Broken("event_types", name, "an event type that exists")


def _check_domain(code: str, rows: CatalogueRows) -> Iterator[_Broken]:
    if all(domain.code != code for domain in rows.domain):
        yield _Broken("domain", code, "a domain of the catalogue")


def _check_department(row: Department, rows: CatalogueRows) -> Iterator[_Broken]:
    if _TOPIC_NAME.fullmatch(row.code) is None:
        rule = "names a topic: lower-case letters, digits and single hyphens"
        yield _Broken("code", row.code, rule)
    if not load_divisions().known(row.region):
        yield _Broken("region", row.region, "a division code that is or was in force")
    yield from _check_given(row, "sources", "platforms", "categories", "legal_basis")
    for pattern in row.categories:
        one = msgspec.structs.replace(row, categories=[pattern])
        if not any(one.may_report(category.code) for category in rows.category):
            yield _Broken("categories", pattern, "a category of the catalogue, or a family of them")
    yield from _check_event_types(row.event_types)
    held = {name for c in rows.category if row.may_report(c.code) for name in c.event_types}
    for name in row.event_types:
        if name in EVENT_TYPES and name not in held | _OF_ANY_CATEGORY:
            yield _Broken("event_types", name, "an event type of one of its categories")
    if row.batch is not None and row.batch not in _BATCHES:
        yield _Broken("batch", row.batch, "from 1 to 3")


def _check_profession(row: Profession) -> Iterator[_Broken]:
    yield from _check_dated(row)
    if row.batch not in _BATCHES:
        yield _Broken("batch", row.batch, "from 1 to 3")


def _check_industry(row: Industry, rows: CatalogueRows) -> Iterator[_Broken]:
    if _INDUSTRY.fullmatch(row.code) is None:
        yield _Broken("code", row.code, "a letter from A to T, or two digits")
    sections = {each.code for each in rows.industry if each.parent is None}
    if row.code.isdigit() and row.parent not in sections:
        yield _Broken("parent", row.parent, "a section that exists")
    if not row.code.isdigit() and row.parent is not None:
        yield _Broken("parent", row.parent, "none for a section")


def _check_scheme(row: GradeScheme, rows: CatalogueRows) -> Iterator[_Broken]:
    yield from _check_domain(row.domain, rows)
    yield from _check_given(row, "in_force")
    for before, after in pairwise(row.in_force):
        if after.start <= before.start:
            yield _Broken("from", after.start, f"after {before.start}, the version before it")
    held = catalogue_of(rows).categories.get(row.category, [])
    for version in row.in_force:
        yield from _check_reference("reference", version.reference)
        given = [c for c in held if c.in_force(version.start) and "GradeAssigned" in c.event_types]
        if not given:
            rule = f"a category for GradeAssigned that is in force on {version.start}"
            yield _Broken("category", row.category, rule)
        for grade in version.grades:
            yield from _check_names(grade)
        codes = [grade.code for grade in version.grades]
        if len(codes) < _GRADES_MIN or len(set(codes)) < len(codes):
            yield _Broken("grades", codes, "two grades or more, each once")
        standings = [grade.standing for grade in version.grades]
        if standings != sorted(standings, key=_STANDINGS.index):
            told = [str(standing) for standing in standings]
            yield _Broken("standing", told, "grades stand from best to worst")


def _check_items(row: ItemSet, rows: CatalogueRows) -> Iterator[_Broken]:
    yield from _check_reference("reference", row.reference)
    held = [each for each in rows.category if each.code == row.category]
    if not any("ItemsReported" in each.event_types for each in held):
        yield _Broken("category", row.category, "a category for ItemsReported")
    for names in ("code", "name_zh"):
        counts = Counter(getattr(item, names) for item in row.items)
        for said, count in counts.items():
            if count > 1:
                yield _Broken(names, said, f"stands once; it stands {count} times")
    for item in row.items:
        yield from _check_names(item)


def _check_indicator(row: Indicator) -> Iterator[_Broken]:
    yield from _check_dated(row)
    yield from _check_given(row, "item", "kinds")
    if row.worst == row.best:
        yield _Broken("best", row.best, "another value than the worst")
    for field in ("worst", "best"):
        value = getattr(row, field)
        if row.unit is IndicatorUnit.POINTS and value not in _POINTS:
            yield _Broken(field, value, "points are from 0 to 100")
        if row.unit is IndicatorUnit.COUNT and value < 0:
            yield _Broken(field, value, "a count is not negative")
