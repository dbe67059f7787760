"""Every situation under `data/` comes out as it says, on each of its days, as known at each cut."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from projections.as_of.question import Part, Question
from projections.as_of.state import State, state_as_of
from projections.ledger.reading import read
from tests.cases.situation import Case, load_cases
from tests.support.given import CALENDAR

if TYPE_CHECKING:
    from projections.profile.shapes import ShownObjection

CASES_MIN = 150


def _name(value: object) -> str:
    return value.name if isinstance(value, Case) else str(value)


def _state(case: Case, asked: dict[str, Any]) -> State:
    messages = case.messages()
    cut, key = asked.get("known", len(messages)), case.subject_id.encode()
    state = state_as_of(
        [read(each) for each in messages if each.offset < cut and each.key == key],
        Question(
            platform=case.platform,
            subject_id=case.subject_id,
            valid_on=asked["day"],
            rules_on=asked.get("rules_on"),
        ),
        Part(0, cut),
        CALENDAR,
        look=case.look(cut),
    )
    assert state.parked is None, state.parked
    return state


def _found(state: State, label: dict[str, str]) -> dict[str, Any]:
    """Give everything that a case may state, in the words of a case."""
    profile, contagion = state.profile, state.contagion
    assert profile is not None, "nothing is known at this cut"
    records = {label[r.event_id]: r for r in profile.records}
    shown = {
        reader: sorted(name for name, r in records.items() if getattr(r.shown, reader))
        for reader in ("public", "shared", "agency")
    }
    score = profile.score
    return {
        **shown,
        "records": sorted(records),
        "until": {
            name: {
                reader: day
                for reader in ("public", "shared", "agency")
                if (day := getattr(r.shown, f"{reader}_until")) is not None
            }
            for name, r in records.items()
        },
        "clock": {name: r.shown.clock_basis for name, r in records.items()},
        "tier": {name: r.tier for name, r in records.items()},
        "status": {name: r.status for name, r in records.items()},
        "owed_yuan": {
            name: r.owed_fen / 100 for name, r in records.items() if r.owed_fen is not None
        },
        "objected": sorted(name for name, r in records.items() if r.objected),
        "objections": {
            name: [_objection(each) for each in r.objections]
            for name, r in records.items()
            if r.objections
        },
        "repair": {name: r.repair for name, r in records.items() if r.repair},
        "repair_note": {name: r.repair_note for name, r in records.items() if r.repair_note},
        "statements": {
            name: [s.text for s in r.statements] for name, r in records.items() if r.statements
        },
        "lists": {m.list: m.status.value for m in profile.lists},
        "why": {m.list: m.why for m in profile.lists if m.why},
        "repairable": {m.list: m.repairable_from for m in profile.lists if m.repairable_from},
        "notices": {n.list: n.stage for n in profile.notices},
        "warnings": {w.rule: w.level.value for w in profile.warnings},
        "evidence": {w.rule: sorted(label[e] for e in w.evidence) for w in profile.warnings},
        "since": {w.rule: w.since for w in profile.warnings},
        "escalated": sorted(w.rule for w in profile.warnings if w.escalated),
        "classes": {s.domain: s.class_code for s in profile.supervision},
        "score": None if score is None else score.points,
        "grade": None if score is None else score.grade,
        "reasons": {} if score is None else _reasons(score, label),
        "contagion": "none" if contagion.warning is None else contagion.warning.level.value,
        "contagion_evidence": []
        if contagion.warning is None
        else sorted(label[e] for e in contagion.warning.evidence),
        "contagion_red": sorted({f"{r.subject_id} {r.rule}" for r in contagion.red}),
        "measures": {label[m.event_id]: m.status for m in profile.measures},
        "measures_why": {label[m.event_id]: m.why for m in profile.measures if m.why},
        "discrepancies": sorted(d.field for d in profile.discrepancies),
        "categories": {code: count.count for code, count in profile.categories.items()},
        "name": profile.name,
        "merged_into": profile.merged_into,
        "anomalies": profile.anomalies,
        "repeats": profile.repeats,
        "next_change": profile.next_change_on,
    }


def _objection(told: ShownObjection) -> str:
    """Write the course of an objection: of which day, by when, and what was answered."""
    answers = ", ".join(f"{answer.day} {answer.outcome}" for answer in told.answers)
    what = "review " if told.review_of is not None else ""
    return f"{what}{told.raised_on} by {told.due_on}: {answers}"


def _reasons(score: Any, label: dict[str, str]) -> dict[str, list[str]]:
    return {
        item.indicator: sorted(label[e] for e in item.events) for item in score.items if item.events
    }


_PARTIAL = {
    *("until", "clock", "tier", "status", "owed_yuan", "reasons", "since", "evidence"),
    *("categories", "repair", "repair_note", "why", "measures_why", "statements", "objections"),
}
"""What a case states of some records only; all else it states is the whole."""


@pytest.mark.parametrize("case", load_cases(), ids=_name)
def test_what_holds(case: Case) -> None:
    labels = case.labels()
    for asked in case.on:
        found = _found(_state(case, asked), labels)
        for key, expected in asked.items():
            if key in ("day", "known", "rules_on"):
                continue
            value = found[key]
            if key in _PARTIAL:
                value = {name: value.get(name) for name in expected}
            elif isinstance(expected, list):
                expected = sorted(expected)  # noqa: PLW2901 - order is not stated
            assert value == expected, f"on {asked['day']}, known {asked.get('known', 'all')}: {key}"


def test_there_are_enough_of_them_and_each_has_its_own_name() -> None:
    names = Counter(case.name for case in load_cases())
    assert [name for name, count in names.items() if count > 1] == []
    assert len(names) >= CASES_MIN


def test_each_asks_something_and_cites_something() -> None:
    for case in load_cases():
        assert case.on, case.name
        for asked in case.on:
            assert asked.keys() - {"day", "known", "rules_on"}, case.name
