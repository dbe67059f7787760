"""Screening before publication: what bears a mark of secrecy is refused, or kept from the public."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from events.admission.secrecy import COMMON, check_secrecy, found_in
from events.envelope import Disclosure
from events.rules.catalogue import rows_from, shipped_texts
from events.rules.catalogue_check import check_rows
from events.rules.rulebook import load_rulebook
from tests.support import builders as a

RULEBOOK = load_rulebook()
DAY = date(2025, 6, 15)


def marks(text: str, on: date = DAY) -> list[str]:
    return [mark.code for mark in found_in(text, RULEBOOK.secrecy, on)]


@pytest.mark.requirement(51)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("绝密★长期", ["state_secret"]),
        ("秘 密 ★ 10年", ["state_secret"]),
        ("商业秘密★5年", ["business_secret"]),
        ("商业秘密★ 机密★", ["business_secret", "state_secret"]),
        ("工作秘密★", ["work_secret"]),
        ("侵犯商业秘密；泄露国家秘密", []),
        ("加密货币", []),
    ],
)
def test_a_mark_is_told_from_a_word(text: str, found: list[str]) -> None:
    assert marks(text) == found


@pytest.mark.requirement(51)
def test_a_refusal_repeats_nothing_of_a_marked_text() -> None:
    text = "机密★五号工程"
    (found,) = check_secrecy("facts", text, a.a_penalty(), RULEBOOK.secrecy, DAY)

    assert "五号" not in str(found)
    assert found.field == "facts"


def test_a_mark_counts_from_its_first_day() -> None:
    assert marks("机密★", date(2005, 8, 31)) == []
    assert marks("机密★", date(2005, 9, 1)) == ["state_secret"]


def test_every_mark_holds_the_common_character() -> None:
    assert all(COMMON in each for mark in RULEBOOK.secrecy for each in mark.marks)


@pytest.mark.requirement(51)
def test_a_category_that_may_touch_secrets_cannot_be_made_public() -> None:
    rows = rows_from(shipped_texts().values())
    assert check_rows(rows) == []
    wrong = [
        msgspec.structs.replace(row, disclosure=Disclosure.PUBLIC)
        if row.code == "inspection.customs"
        else row
        for row in rows.category
    ]
    (problem,) = check_rows(msgspec.structs.replace(rows, category=wrong))

    assert (problem.field, problem.value) == ("disclosure", "public")
    assert "screened" in problem.rule
