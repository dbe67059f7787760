"""A small rule of classes, and the class of a subject by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from events.rules.evaluation import SupervisionRule
from projections.calendar.rules import RulesOfDay
from projections.conclusions.conclusions import Supervised
from projections.conclusions.supervision import supervise
from projections.signals.evidence import Evidence
from tests.support.said import day, rulebook, said, shipped_supervision

RULES = shipped_supervision()
BOOK = rulebook(supervision=RULES)


def a_rule(
    *classes: dict[str, Any], domain: str = "market", rule_id: str = "supervision.x"
) -> SupervisionRule:
    return msgspec.convert(
        {
            "id": rule_id,
            "title": "X",
            "department": "market-zj",
            "domain": domain,
            "in_force": [
                {
                    "from": "2000-01-01",
                    "reference": "assumption",
                    "classes": list(classes),
                    "otherwise": "B",
                    "names_zh": {},
                    "sampling_per_mille": {"A": 10, "B": 50, "C": 200, "D": 1000},
                }
            ],
        },
        SupervisionRule,
    )


BAD = {"code": "C", "any_of": [{"signal": "penalties", "at_least": 2, "window_months": 12}]}


def supervised(
    on: str, evidence: dict[str, Sequence[Evidence]], *rules: SupervisionRule
) -> tuple[list[Supervised], date]:
    ruled = RulesOfDay(rulebook(supervision=rules), day(on))
    return supervise(said(ruled, evidence))


def class_on(
    on: str, evidence: dict[str, Sequence[Evidence]], *classes: dict[str, Any]
) -> str | None:
    found, _ = supervised(on, evidence, a_rule(*classes))
    return found[0].class_code if found else None
