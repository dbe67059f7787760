"""What a heading means: a field of an event, its unit, or nothing we take.

The headings of the official forms are data (`columns.toml`); our own are the fields of the events,
by their names on the wire or by their Chinese names in the data dictionary.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from events.event import EVENT_TYPES
from events.rules.code_lists import ItemKind
from events.rules.rulebook import load_rulebook
from ops.submission.files.fields import fields_of
from ops.terms.terms import field_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUBJECT_CLASS: Final = "subject_class"
STATE: Final = "state"
SUBJECT_NUMBER: Final = "subject_number"
NUMBER_KIND: Final = "number_kind"
"""Columns that are checked and not stored: of a person's number only the token is."""

EVENT_TYPE: Final = "event_type"
ITEMS: Final = "items"

_UNITS: Final = {"_fen": "fen", "_yuan": "yuan", "_wanyuan": "wanyuan"}
_UNITS_ZH: Final = {"(元)": "yuan", "(万元)": "wanyuan", "(分)": "fen"}
_DEMANDS: Final = re.compile(r"[(\[【]?(?:非?必填|选填|可选)项?[)\]】]?|单位(?=[:：])")
_DRESS: Final = re.compile(r"[\W_]+")
_NUMBER_OF_SUBJECT: Final = re.compile(r"(?:行政相对人)?(?:代码)?[1-6]?(?=.)")
_NEAR: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column holds: an event's field, "" where it is read over; amounts have a unit.

    `joined`: other columns of the form say the rest of it. `item`: the normal form of an item's
    name (信息项), which the category of the line has or has not.
    """

    field: str
    unit: str = ""
    joined: bool = False
    item: str = ""

    @property
    def taken(self) -> bool:
        """Tell whether anything of it is kept or checked."""
        return bool(self.field)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OfficialForm:
    """An official form as `columns.toml` describes it.

    `columns` is keyed by the normal form of each heading; `headings` gives each field's first
    heading in the order of the form, `required` the same of those that cannot be left out.
    `instead` names a field that may be empty, and the one that then stands in for it. `beside` are
    columns of the form that we do not keep, as a sheet in the form has them.
    """

    code: str
    name_zh: str
    event_type: str
    in_force: tuple[str, ...]
    columns: Mapping[str, Column]
    headings: Mapping[str, str]
    required: Mapping[str, str]
    says: Mapping[str, str] = field(default_factory=dict)
    instead: tuple[tuple[str, str], ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How the cells of official forms are worded."""

    null_markers: frozenset[str]
    open_ended: frozenset[str]
    explanations: tuple[str, ...]
    organisations: tuple[str, ...]
    by_code: Mapping[str, str]
    persons: tuple[str, ...]
    identity_cards: tuple[str, ...]
    kinds: Mapping[str, str]
    kinds_before_2021: Mapping[str, str]


def normal(heading: str) -> str:
    """Give the one form in which headings are compared, however they are dressed."""
    text = unicodedata.normalize("NFKC", heading)
    return _DRESS.sub("", _DEMANDS.sub("", text)).casefold()


@cache
def official_forms() -> tuple[OfficialForm, ...]:
    """Read the official forms, in the order in which they are tried."""
    data = _data()
    return tuple(_form(row, data) for row in data["form"])


@cache
def wording() -> Wording:
    """Read how the cells of official forms are worded."""
    data = _data()
    return Wording(
        null_markers=frozenset(data["null_markers"]),
        open_ended=frozenset(data["open_ended"]),
        explanations=tuple(data["explanations"]),
        organisations=tuple(data["subject_classes"]["organisations"]),
        by_code=data["subject_classes"]["by_code"],
        persons=tuple(data["subject_classes"]["persons"]),
        identity_cards=tuple(data["identity_cards"]),
        kinds=data["kinds"],
        kinds_before_2021=data["kinds_before_2021"],
    )


@lru_cache(maxsize=1024)
def form_of(headings: tuple[str, ...]) -> OfficialForm | None:
    """Recognise the official form that knows most of the headings; None where ours say it all."""
    plain = [normal(heading) for heading in headings]
    best, most = None, 0
    for form in official_forms():
        columns = [found for each in plain if (found := _found(form.columns, each)) is not None]
        own = [each for each in plain if each not in _our_columns()]
        marks = any(c.taken for each in own if (c := _found(form.columns, each)) is not None)
        if marks and len(columns) > most:
            best, most = form, len(columns)
    return best


@lru_cache(maxsize=4096)
def column_named(heading: str, form: OfficialForm | None = None) -> Column | None:
    """Give what a heading means in a form, or by itself; None where nobody knows."""
    plain = normal(heading)
    found = None if form is None else _found(form.columns, plain)
    found = found or _our_columns().get(plain) or _our_columns().get(plain.removeprefix("envelope"))
    if found is None and form is None:
        meanings = {_found(each.columns, plain) for each in official_forms()} - {None}
        return meanings.pop() if len(meanings) == 1 else None
    return found


def closest_names(
    heading: str, form: OfficialForm | None = None, *, items: bool = False
) -> list[str]:
    """Give up to three known headings that look like an unknown one, as they are written.

    `items`: those of items, too, which only who reports some is taken to mean.
    """
    plain = normal(heading)
    known = _written(form)
    if items:
        known = {normal(name): name for name, _ in _of_items()} | known
    near = difflib.get_close_matches(plain, known, n=3, cutoff=_NEAR)
    if not near and len(plain) > 1:
        near = [name for name in known if plain in name][:3]
    return [known[name] for name in near]


def is_explanation(first_cell: str) -> bool:
    """Tell whether a row that begins with this cell explains the form."""
    return first_cell.strip().startswith(wording().explanations)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(
        (files("ops.submission.files") / "columns.toml").read_text(encoding="utf-8")
    )


def _form(row: dict[str, Any], data: dict[str, Any]) -> OfficialForm:
    code = row["code"]
    taken = [each for each in data["column"] if code in each.get("forms", [code])]
    unused = [name for each in data["not_taken"] for name in each["names"]]
    columns = {normal(name): Column(field="") for name in unused}
    columns |= {normal(name): _column(each) for each in taken for name in each["names"]}
    headings: dict[str, str] = {}
    for each in taken:
        headings.setdefault(each["field"], each["names"][0])
    needed = [each["field"] for each in taken if code in each.get("required", [])]
    return OfficialForm(
        code=code,
        name_zh=row["name_zh"],
        event_type=row["event_type"],
        in_force=tuple(row["in_force"]),
        columns=columns,
        headings=headings,
        required={name: headings[name] for name in needed},
        says=row.get("says", {}),
        instead=tuple((each["field"], each["instead"]) for each in taken if "instead" in each),
        beside=tuple(row.get("beside", ())),
    )


def _column(row: dict[str, Any]) -> Column:
    return Column(
        field=row["field"],
        unit=row.get("unit", ""),
        joined=row.get("joined", False),
    )


def _found(columns: Mapping[str, Column], plain: str) -> Column | None:
    """Find a heading; a number of the subject also by its name, whatever stands before it."""
    return columns.get(plain) or columns.get(_NUMBER_OF_SUBJECT.sub("", plain, count=1))


@cache
def _our_columns() -> dict[str, Column]:
    """Take the names of every event's fields; amounts also in yuan and 万元, named so."""
    return {normal(name): column for name, column in (*_of_items(), *_ours())}


def _of_items() -> Iterator[tuple[str, Column]]:
    """Give the headings of items; amounts in yuan, or as their heading says."""
    for sets in load_rulebook().item_sets.values():
        for item in (item for each in sets for item in each.items):
            name, code = item.name_zh, normal(item.name_zh)
            yield name, Column(field=ITEMS, item=code)
            if item.kind is ItemKind.FEN:
                for suffix, unit in _UNITS_ZH.items():
                    yield name + suffix, Column(field=ITEMS, unit=unit, item=code)


def _ours() -> Iterator[tuple[str, Column]]:
    chinese = field_names()
    fields = dict.fromkeys(name for kind in EVENT_TYPES for name in fields_of(kind))
    for heading in (SUBJECT_NUMBER, "公民身份号码"):
        yield heading, Column(field=SUBJECT_NUMBER)
    for name in (EVENT_TYPE, *fields):
        if not name.endswith("_fen"):
            yield name, Column(field=name)
            yield chinese[name], Column(field=name)
            continue
        for suffix, unit in _UNITS.items():
            yield name.removesuffix("_fen") + suffix, Column(field=name, unit=unit)
        for suffix, unit in _UNITS_ZH.items():
            yield chinese[name] + suffix, Column(field=name, unit=unit)


@cache
def _written(form: OfficialForm | None) -> dict[str, str]:
    """Give every known heading as it is written, by its normal form."""
    rows = [*_data()["column"], *_data()["not_taken"]]
    official = [
        name
        for row in rows
        if form is None or form.code in row.get("forms", [form.code])
        for name in row["names"]
    ]
    return {normal(name): name for name in (*official, *(name for name, _ in _ours()))}
