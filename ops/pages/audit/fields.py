"""Fields of a state by name, and their values in words: what two states that are compared show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from events.rules.divisions import load_divisions
from ops.terms.terms import Language, all_terms, field_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from ops.terms.naming import Naming

_STEP: Final = re.compile(r"(\[[^\]]*\])|\.?([^.\[]+)")
_BY_KEY: Final = re.compile(r"^(profile\.(?:names|categories|anomalies))\.(.+?)$")
_COUNTED: Final = re.compile(r"\.(count|amount_fen|amounts_unknown|public|shared)$")
_GROUPS: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": {"profile": "subject_kind", "warnings": "warning_kind"},
    "status": {
        "profile": "subject_status",
        "records": "record_status",
        "lists": "list_status",
        "measures": "measure_status",
    },
    "level": {"warnings": "warning_level", "contagion": "warning_level"},
    "type": {"records": "event_type"},
    "ground": {"lists": "ground", "notices": "ground"},
    "stage": {"lists": "stage", "notices": "stage"},
    "tier": {"records": "severity"},
    "punisher": {"measures": "punisher"},
    "outcome": {"records": "objection_outcome"},
    "group": {"score": "score_group"},
}
"""Of a field that holds codes, the group of terms that names them, by the part it stands in."""


def field_told(path: str, naming: Naming) -> str:
    """Name a field by its path, such as `profile.records[ID].shown.public_until`."""
    by_key = _BY_KEY.match(path)
    if by_key is None:
        return naming.terms.joined_path(_steps(path, naming))
    part, key = by_key[1], by_key[2]
    counted = _COUNTED.search(key)
    last = [] if counted is None else [_name(counted[1], naming)]
    named = key if counted is None else key[: counted.start()]
    if part.endswith("categories"):
        named = naming.category(named)
    elif part.endswith("anomalies"):
        named = naming.terms.of("anomaly", named)
    return naming.terms.joined_path([*_steps(part, naming), named, *last])


def value_told(path: str, value: str, naming: Naming, on: date) -> str:
    """Write the value of a field in words: amounts in yuan, codes by name, yes and no."""
    *before, last = _words_of(path)
    part = next((each for each in reversed(before) if each != "profile"), "profile")
    if value in ("True", "False"):
        return naming.terms.of("yes_or_no", value)
    if last.endswith("_fen") and value.lstrip("-").isdigit():
        return naming.terms.yuan(int(value))
    if last == "rule" and part == "supervision":
        return naming.domain(value.rpartition(".")[2])
    if last == "region":
        place = load_divisions().at(value, on)
        return value if place is None else place.name
    if last in _GROUPS:
        group = _GROUPS[last].get(part)
        return value if group is None else naming.terms.of(group, value)
    named = _by_code(naming).get(last)
    return value if named is None else named(value)


def _by_code(naming: Naming) -> Mapping[str, Callable[[str], str]]:
    return {
        "department": naming.department,
        "acknowledged_by": naming.department,
        "recipients": naming.department,
        "waiting_for": naming.department,
        "category": naming.category,
        "domain": naming.domain,
        "list": naming.list_name,
        "measure": naming.measure,
        "industry": naming.industry,
        "rule": naming.warning,
        "grade": lambda code: _of_scores("grades", code, naming),
        "indicator": lambda code: _of_scores("indicators", code, naming),
    }


def _of_scores(rows: str, code: str, naming: Naming) -> str:
    """Name an indicator or a grade of a score, by the newest version of any model that has it."""
    found = (
        row
        for model in naming.rulebook.scores
        for version in reversed(model.in_force)
        for row in getattr(version, rows)
        if row.code == code
    )
    return naming.terms.name(next(found, None), code)


def _words_of(path: str) -> list[str]:
    return [match[2] for match in _STEP.finditer(path) if match[2]]


def _steps(path: str, naming: Naming) -> list[str]:
    """Name each step; an item of a list by what it is, after the name of the list."""
    told: list[str] = []
    of = ""
    for match in _STEP.finditer(path):
        item, word = match[1], match[2]
        if item:
            told.append(_item(of, item[1:-1], naming))
            continue
        of = word
        if word != "profile" or path == word:  # Else every field would begin with it.
            told.append(_name(word, naming))
    return told


def _item(of: str, key: str, naming: Naming) -> str:
    match of:
        case "warnings":
            return naming.warning(key)
        case "supervision":
            return naming.domain(key.rpartition(".")[2])
        case "items":
            return _of_scores("indicators", key, naming)
        case "groups":
            return naming.terms.of("score_group", key)
        case "discrepancies":
            return naming.terms.of("field", key)
        case "acknowledged_by" | "recipients" | "waiting_for":
            return naming.department(key)
        case "records" | "lists" | "notices" | "measures" | "evidence" | "events" | "objections":
            return naming.document(key)
    return key


def _name(word: str, naming: Naming) -> str:
    """Name a field: by the words of states, else by the data dictionary."""
    found = all_terms()["state_field"].get(word)
    if found is not None:
        return naming.terms.of("state_field", word)
    if naming.terms.language is Language.ZH:
        return field_names().get(word, word)
    return word.removesuffix("_fen").replace("_", " ")
