"""Code lists (代码集): every code of the rules and of the wire, in Chinese and in English."""

from __future__ import annotations

import json
from collections import Counter
from difflib import get_close_matches
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.admission.rejection import RejectionReason
from events.envelope import Remark
from events.event import EVENT_TYPES
from events.fields import Text, marked
from events.rules.access import load_access_policy
from events.rules.catalogue import load_catalogue
from events.rules.divisions import ZHEJIANG_CITIES, city_of, load_divisions, province_of
from events.rules.offices import offices_in
from events.rules.rulebook import load_rulebook
from events.wire.schemas import load_schemas
from ops.terms.terms import all_terms, code_words, field_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from events.rules.rulebook import Rulebook

YANGTZE_DELTA: Final = ("31", "32", "33", "34")
"""Provinces of the Yangtze delta, by the first digits of their codes."""

_NEAR: Final = 0.5
_NEAR_MOST: Final = 3

_IN_TERMS: Final = {
    "CourtRole": "court_role",
    "Finality": "finality",
    "HonourLevel": "level",
    "InspectionResult": "result",
    "Level": "warning_level",
    "MeasureAnswer": "answer",
    "MergerKind": "kind",
    "PenaltyKind": "kinds",
    "Publication": "publication",
    "Information": "information",
    "RelationRole": "role",
    "Seriousness": "seriousness",
    "Source": "source",
    "SubjectKind": "subject_kind",
    "SubjectStatus": "subject_status",
    "WarningKind": "warning_kind",
    "ground": "ground",
    "punisher": "punisher",
    "severity": "severity",
    "record_status": "record_status",
    "stage_of_listing": "stage",
    "signal": "signal",
    "score_group": "score_group",
}
"""Lists whose words stand in `ops/terms/terms.toml`, and under which key."""


def code_lists() -> dict[str, list[dict[str, Any]]]:
    """Give every code list by name: those of the rules whole, those of the wire as words."""
    rulebook = load_rulebook()
    catalogue = load_catalogue()
    own = [name for name in all_terms() if code_words(name)]
    categories = [row for rows in rulebook.categories.values() for row in rows]
    return {
        "domains": _plain(catalogue.domains.values()),
        "categories": _plain(categories),
        "departments": _plain(rulebook.departments.values()),
        "professions": _plain(rulebook.professions.values()),
        "industries": _plain(rulebook.industries.values()),
        "grades": _plain(rulebook.grades.values()),
        "indicators": _plain(rulebook.indicators.values()),
        "items": [
            {"category": each.category, "from": each.start.isoformat(), **row}
            for sets in rulebook.item_sets.values()
            for each in sets
            for row in _plain(each.items)
        ],
        "archives": _plain(rulebook.archives.values()),
        "purposes": _plain(load_access_policy().purposes),
        "secrecy_marks": _plain(rulebook.secrecy),
        "lists": _named(rulebook.lists.values()),
        "measures": _named(rulebook.measures.values()),
        "warnings": [
            {"code": rule.id, "name_zh": rule.title_zh, "name_en": rule.title}
            for rule in rulebook.warnings
        ],
        "event_types": _event_types(),
        **{name: _words(name) for name in sorted({*_IN_TERMS, *own} - {"EventType"})},
    }


def divisions() -> list[dict[str, Any]]:
    """Give every division of the Yangtze delta, each place that a code ever named."""
    table = load_divisions()
    return [
        {
            "code": place.code,
            "name_zh": place.name,
            "level": place.level.value,
            "from": place.valid_from and place.valid_from.isoformat(),
            "to": place.valid_to and place.valid_to.isoformat(),
            "how_it_ended": place.change,
            "went_on_as": list(place.successors),
        }
        for code in table
        if code.startswith(YANGTZE_DELTA)
        for place in table.history(code)
    ]


def _event_types() -> list[dict[str, Any]]:
    listed = load_schemas()
    docs = {name: json.loads(listed.current(f"credit.{name}").text)["doc"] for name in EVENT_TYPES}
    told = event_type_words()
    return [{"code": name, "name_zh": told[name][0], "name_en": doc} for name, doc in docs.items()]


@cache
def event_type_words() -> Mapping[str, list[str]]:
    """Give the name of every type of event: Chinese and English."""
    return {**all_terms()["event_type"], **all_terms()["EventType"]}


@cache
def event_types_by_name() -> Mapping[str, str]:
    """Give the types of events by their Chinese names, where those are of one type only."""
    chinese = [event_type_words()[name][0] for name in EVENT_TYPES]
    return {
        zh: name for name, zh in zip(EVENT_TYPES, chinese, strict=True) if chinese.count(zh) == 1
    }


@cache
def words_of(name: str) -> Mapping[str, list[str]]:
    """Give the words of a list of few by their code: Chinese and English. Raises `KeyError`."""
    return code_words(name) or all_terms()[_IN_TERMS[name]]


@cache
def names_of_codes(codes: str) -> Mapping[str, list[str]]:
    """Give the names of the codes that a text of an event is one of: Chinese and English.

    `codes` is what the field says (`events.fields.Text`). Empty where the codes have no names.
    """
    rulebook = load_rulebook()
    tables: dict[str, Mapping[str, Any]] = {
        "list": rulebook.lists,
        "scheme": rulebook.grades,
        "indicator": rulebook.indicators,
        "measure": rulebook.measures,
        "department": rulebook.departments,
        "category": {code: versions[-1] for code, versions in rulebook.categories.items()},
        "profession": rulebook.professions,
        "domain": load_catalogue().domains,
        "archive": rulebook.archives,
        "industry": rulebook.industries,
    }
    if codes == "EventType":
        return {kind: event_type_words()[kind] for kind in EVENT_TYPES}
    if codes not in tables:
        return words_of(codes) if codes in _IN_TERMS or code_words(codes) else {}
    return {row.code: [row.name_zh, row.name_en] for row in tables[codes].values()}


@cache
def codes_by_name(codes: str) -> Mapping[str, str]:
    """Give the codes of such a list by their Chinese names, where those are of one code only.

    Among departments are the offices of cities and counties, which no table lists.
    """
    named = [(zh, code) for code, (zh, _) in names_of_codes(codes).items()]
    if codes == "department":
        named += _offices()
    often = Counter(zh for zh, _ in named)
    return {zh: code for zh, code in named if often[zh] == 1}


def names_like(codes: str, said: str, listed: Iterable[str] = ()) -> list[str]:
    """Give a few of such a list that look like what is none of it: by code, or name and code.

    `listed` are codes that the list has besides.
    """
    known = codes_by_name(codes)
    among = {code: code for code in (*listed, *known.values())} if said.isascii() else known
    return [
        name if name == among[name] else f"{name} {among[name]}"
        for name in get_close_matches(said, among, n=_NEAR_MOST, cutoff=_NEAR)
    ]


def _offices() -> Iterator[tuple[str, str]]:
    rulebook = load_rulebook()
    for city in ZHEJIANG_CITIES:
        for code in offices_in(city):
            office = rulebook.department(code)
            if office is not None:
                yield office.name_zh, code


@cache
def divisions_by_name() -> Mapping[str, str]:
    """Give the codes of today's divisions by their names, where those are of one place only.

    The name of what a place lies in may stand before its own: 西湖区 are two, 杭州市西湖区 is one.
    """
    table = load_divisions()
    found: dict[str, set[str]] = {}
    for place in filter(None, map(table.current, table)):
        above = dict.fromkeys((province_of(place.code), city_of(place.code)))
        holders = [
            each.name for code in above if code != place.code if (each := table.current(code))
        ]
        for size in range(len(holders) + 1):
            for before in combinations(holders, size):
                found.setdefault("".join(before) + place.name, set()).add(place.code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}


@cache
def words_of_few(codes: frozenset[str]) -> Mapping[str, list[str]]:
    """Give the words of what is one of few, Chinese and English; nothing where it has none."""
    purposes = {row.code.value: [row.name_zh, row.name_en] for row in load_access_policy().purposes}
    groups = (purposes, *all_terms().values())
    return next((words for words in groups if words.keys() == codes), {})


@cache
def code_list_of(field: str) -> str | None:
    """Give the list that a field of any event, or its heading, has a code of; None where none."""
    headed = {heading: name for name, heading in field_names().items()}
    field = headed.get(field, field.removeprefix("envelope."))
    for kind in EVENT_TYPES.values():
        mark = marked(kind).get(field)
        if isinstance(mark, Text) and mark.codes is not None:
            return mark.codes
    return None


def _words(name: str) -> list[dict[str, Any]]:
    rows = words_of(name).items()
    return [{"code": code, "name_zh": zh, "name_en": en} for code, (zh, en) in rows]


def _plain(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(row) for row in rows]


def _named(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Give rules by code and name; their versions are rules, and stand in their files."""
    return [
        {
            "code": row.code,
            "name_zh": row.name_zh,
            "name_en": row.name_en,
            "from": row.in_force[0].start.isoformat(),
            "reference": row.in_force[-1].reference,
        }
        for row in rows
    ]


def enumerations() -> Iterator[tuple[str, list[str]]]:
    """Give the lists of few words that the schemas hold, reasons of refusal, remarks."""
    yield "RejectionReason", [each.value for each in RejectionReason]
    yield "Remark", [each.value for each in Remark]
    # Schemas stand in the order of their ids: what a later one says of a list is the whole of it.
    yield from {
        name: symbols
        for entry in load_schemas()
        for name, symbols in _enums(json.loads(entry.text))
    }.items()


def _enums(schema: Any) -> Iterator[tuple[str, list[str]]]:
    if isinstance(schema, list):
        for each in schema:
            yield from _enums(each)
    elif isinstance(schema, dict):
        if schema.get("type") == "enum":
            yield schema["name"], schema["symbols"]
        for key in ("type", "items", "values", "fields"):
            yield from _enums(schema.get(key))


def dated_rows(rulebook: Rulebook) -> int:
    """Count the dated rows of rules and catalogue: it only grows, as what was in force stays."""
    categories = sum(len(rows) for rows in rulebook.categories.values())
    rows = len(rulebook.archives) + len(rulebook.secrecy)
    rows += sum(len(hint.in_force) for hint in rulebook.hints)
    return sum(1 for _ in rulebook.dated()) + categories + rows
