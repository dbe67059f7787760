"""Signals as tests of classes and scores need them: evidence written down, without a record."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from events.dates import FOREVER
from events.envelope import Disclosure, Source
from events.rules.catalogue import load_catalogue
from events.rules.evaluation import RegionModel, ScoreModel, SupervisionRule
from events.rules.rulebook import Rulebook
from projections.calendar.rules import RulesOfDay
from projections.day.record_on_day import RecordOnDay
from projections.record.matters import Reading
from projections.signals.evidence import Evidence
from projections.signals.signals import Signals
from tests.support.matters import effect, record_of


def day(text: str) -> date:
    return date.fromisoformat(text)


def piece(
    start: str,
    domain: str = "market",
    end: str | None = None,
    *,
    weight: int = 1,
    event_id: str = "",
) -> Evidence:
    """Give evidence from a day on; its id, unless named, is that day and its domain."""
    until = FOREVER if end is None else day(end)
    return Evidence(
        day(start), event_id or f"{start} {domain}", until, weight, "", "330100", domain
    )


def reading(indicator: str, period: str, value: int, on: str, **changes: Any) -> Reading:
    """Give an indicator's value as a department reported it on a day."""
    fields: dict[str, Any] = dict.fromkeys(Reading.__struct_fields__)
    fields |= {
        "event_id": f"{indicator} {period} {on}",
        "category": "indicator",
        "disclosure": Disclosure.SHARED,
        "source": Source.DEPARTMENT,
        "day": day(on),
        "indicator": indicator,
        "period": period,
        "value": value,
    }
    return Reading(**(fields | changes))


def said(
    rules: RulesOfDay,
    evidence: Mapping[str, Sequence[Evidence]] | None = None,
    readings: Sequence[Reading] = (),
    counts_until: Mapping[str, date] | None = None,
) -> Signals:
    """Give signals on a day: evidence as written down, and readings up to when they count."""
    ends = counts_until or {}
    effects = {event_id: effect(counts_until=end) for event_id, end in ends.items()}
    on_day = RecordOnDay(record_of(*readings), rules, effects)
    return Signals(on_day, [], evidence or {})


@cache
def shipped(name: str) -> dict[str, Any]:
    """Read one of our rules files."""
    return tomllib.loads((files("events") / "rules" / name).read_text("utf-8"))


def shipped_supervision() -> list[SupervisionRule]:
    return msgspec.convert(shipped("supervision.toml")["rule"], list[SupervisionRule])


def shipped_models() -> list[ScoreModel]:
    return msgspec.convert(shipped("scores.toml")["model"], list[ScoreModel])


def shipped_regions() -> list[RegionModel]:
    return msgspec.convert(shipped("scores.toml")["region"], list[RegionModel])


def rulebook(
    supervision: Sequence[SupervisionRule] = (), scores: Sequence[ScoreModel] = ()
) -> Rulebook:
    """Give a rulebook of the catalogue and of these rules, and of no others."""
    empty: dict[str, Any] = {
        field.name: {} if str(field.type).startswith("dict") else []
        for field in msgspec.structs.fields(Rulebook)
    }
    catalogue = msgspec.structs.asdict(load_catalogue())
    known = {name: rows for name, rows in catalogue.items() if name in empty}
    own = {"supervision": list(supervision), "scores": list(scores)}
    return Rulebook(**(empty | known | own))
