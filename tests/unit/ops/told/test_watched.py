from __future__ import annotations

import pytest

from events.rules.rulebook import load_rulebook
from events.rules.versions import Level
from ops.dictionary.code_lists import words_of
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms
from ops.told.watched import list_change_told, warning_told
from projections.day.shapes import ListStatus

RULEBOOK = load_rulebook()
ZH = Naming(Terms(Language.ZH), RULEBOOK, None)
WARNING = {
    "on": "2026-05-01",
    "region": "330100",
    "level": "red",
    "previous_level": "orange",
    "transition": "escalated",
    "subject_name": "样例公司",
    "subject_id": "9133",
    "rule": RULEBOOK.warnings[0].id,
    "evidence": ["a", "b"],
    "warning_id": "w-1",
}


def test_a_warning_is_told_with_firm_and_reason_in_words() -> None:
    told = warning_told(WARNING, ZH)

    assert "样例公司" in told
    assert RULEBOOK.warnings[0].title_zh in told
    assert "credit-ledger acknowledge w-1" in told
    assert "escalated" not in told


@pytest.mark.parametrize("rule", RULEBOOK.warnings, ids=lambda rule: rule.id)
def test_every_rule_of_a_warning_has_its_words(rule: object) -> None:
    told = warning_told(WARNING | {"rule": rule.id}, ZH)  # type: ignore[attr-defined]

    assert rule.title_zh in told  # type: ignore[attr-defined]


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("transition", words_of("Transition"))
def test_every_level_and_transition_is_a_word(level: Level, transition: str) -> None:
    told = warning_told(WARNING | {"level": level.value, "transition": transition}, ZH)

    words = told.partition("credit-ledger")[0]
    assert level.value not in words
    assert transition not in words


@pytest.mark.parametrize("status", ListStatus)
def test_a_change_of_a_list_is_told_in_words(status: ListStatus) -> None:
    change = {
        "changed_on": "2026-05-01",
        "subject_name": None,
        "subject_id": "9133",
        "list": "major_tax_violator",
        "previous_status": None,
        "status": status.value,
    }
    told = list_change_told(change, ZH)

    assert RULEBOOK.lists["major_tax_violator"].name_zh in told
    assert status.value not in told


def test_a_warning_is_told_with_the_numbers_of_the_documents_that_it_rests_on() -> None:
    assert "依据罚1、罚2；" in warning_told(WARNING, ZH, ["罚1", "罚2"])
    assert "罚1等2条记录" in warning_told(WARNING, ZH, ["罚1"])
    assert "依据2条记录" in warning_told(WARNING, ZH)
