"""Regional mapping (区域对照): how each province of the Yangtze delta differs in codes and clocks.

Made from the rules, by asking them for a record of each province; nothing is written here twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.envelope import Platform
from events.rules.dated import version_on
from events.rules.divisions import load_divisions, warning_region
from events.topics import submissions_topic, warnings_topic
from ops.dictionary.code_lists import YANGTZE_DELTA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from events.rules.rulebook import Rulebook
    from events.rules.scope import Scope

_READERS: Final = ("public", "shared", "agency")
_MOMENTS: Final = {
    "zone": "UTC+8",
    "day": "the day on which a moment is in China",
    "without_zone": "a clock of China",
    "with_zone": ["2026-03-04T16:30:00Z", "2026-03-05T00:30:00+08:00", "2026-03-05 00:30 GMT+8"],
    "digits_13": "milliseconds since 1970 UTC",
}
"""How moments in a file are read, of each province alike: all of China has one zone."""
_SAMPLE: Final = ("PenaltyImposed", "penalty.environment")
"""The record by which clocks are compared: a penalty that no domain's own rule holds."""


def regions(rulebook: Rulebook, on: date) -> list[dict[str, Any]]:
    """Give each province: its gateway, its topic of warnings, and the periods of a day there."""
    return [_region(f"{digits}0000", rulebook, on) for digits in YANGTZE_DELTA]


def _region(code: str, rulebook: Rulebook, on: date) -> dict[str, Any]:
    place = load_divisions().current(code)
    gateways = [
        row
        for row in rulebook.departments.values()
        if row.region == code and "imported" in row.sources
    ]
    disclosure = _first(rulebook.disclosure, rulebook, code, on)
    objection = _first(rulebook.objections, rulebook, code, on)
    _, periods = disclosure
    _, answers = objection
    return {
        "code": code,
        "name_zh": place.name if place is not None else code,
        "divisions": f"every code that begins with {code[:2]}",
        "gateways": [
            {
                "department": row.code,
                "name_zh": row.name_zh,
                "topic": submissions_topic(Platform.ORGANISATION, row.code),
            }
            for row in gateways
        ],
        "warnings": warnings_topic(Platform.ORGANISATION, warning_region(code)),
        "own_rules": _own_rules(rulebook, code[:2]),
        "disclosure_rule": disclosure[0],
        "clocks": {
            reader: {"clock": periods[reader]["clock"], "months": periods[reader]["general"]}
            for reader in _READERS
        },
        "moments": _MOMENTS,
        "objection_rule": objection[0],
        "objection_working_days": answers["decide_working_days"],
        "references": [periods["reference"], answers["reference"]],
    }


def _own_rules(rulebook: Rulebook, digits: str) -> list[str]:
    """Name the rules that are for places of the province alone; without one, ours are used."""
    rules: tuple[Any, ...] = (
        *(*rulebook.disclosure, *rulebook.objections),
        *(*rulebook.repairs, *rulebook.deadlines),
    )
    return [
        rule.id for rule in rules if any(each.startswith(digits) for each in rule.scope.regions)
    ]


def _first(
    rules: Sequence[Any], rulebook: Rulebook, region: str, on: date
) -> tuple[str, dict[str, Any]]:
    """Give the first rule that holds the sample there, with its version of the day, in plain."""
    event_type, code = _SAMPLE
    category = rulebook.category_on(code, on)
    for rule in rules:
        scope: Scope = rule.scope
        version = version_on(rule.in_force, on)
        if version is not None and scope.applies_to(event_type, category, region):
            return rule.id, {
                name: _plain(getattr(version, name)) for name in version.__struct_fields__
            }
    return "", {}


def _plain(value: Any) -> Any:
    if hasattr(value, "__struct_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return value
