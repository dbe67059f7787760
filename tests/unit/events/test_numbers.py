"""One number has one key, however it was written; what is written rightly is its own."""

from __future__ import annotations

import csv
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from events.numbers import _CLOSING, _OPENING, number_key, same_number, written_number

WRITINGS = Path(__file__).parents[2] / "data" / "writings"
NUMBER = "行政处罚决定书文号"


def numbers_of(name: str) -> list[str]:
    with (WRITINGS / name).open(encoding="utf-8-sig", newline="") as file:
        return [row[NUMBER] for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("file", "count", "key"),
    [
        ("docno_variants.csv", 13, "样市监罚〔2026〕101号"),
        ("docno_kangxi.csv", 2, "工商罚〔2026〕102号"),
    ],
)
def test_every_writing_of_a_number_is_one_number(file: str, count: int, key: str) -> None:
    written = numbers_of(file)

    assert len(set(written)) == count
    assert {number_key(each) for each in written} == {key}


def test_a_case_is_chained_by_its_number_in_full_and_in_half_width() -> None:
    lines = (WRITINGS / "case_numbers.ndjson").read_text("utf-8").splitlines()
    filed, judged, enforced = (json.loads(line) for line in lines[:3])

    assert filed["document_no"] == "（2026）样0106民初1号" == number_key(judged["filed_no"])
    assert same_number(judged["document_no"], enforced["judgment_no"])


@pytest.mark.parametrize(
    "number",
    [
        "杭市监罚〔2025〕7号",
        "榕税一稽处〔2025〕233号",
        "（2026）浙0106民初12号",
        "（2026）最高法民申1号之一",
        "市监罚（甬）〔2026〕1号",
        "JY13301060012345",
        "罚1",
        "2026-101",
        "",
    ],
)
def test_what_is_written_rightly_is_its_own_key(number: str) -> None:
    """So the ids of nearly all that is on a ledger are those that are derived today."""
    assert number_key(number) == number


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭罚〔2026〕7号", "杭罚〔2026〕8号"),
        ("杭罚〔2026〕7号", "杭罚〔2025〕7号"),
        ("杭罚〔2026〕7号", "甬罚〔2026〕7号"),
        ("杭罚〔2026〕7号", "杭罚〔2026〕7号之一"),
        ("JY1a", "JY1A"),
        ("杭罚〔2026〕7号", "杭罚〔2026〕007号"),
    ],
)
def test_what_may_name_two_things_is_two_numbers(one: str, other: str) -> None:
    assert not same_number(one, other)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("杭罚〔2026〕第7", "杭罚〔2026〕7号"),
        ("杭罚〔2026〕7", "杭罚〔2026〕7号"),
        ("杭罚〔2026〕7号", "杭罚〔2026〕7号"),
        ("(2026)浙0106民初第12号", "（2026）浙0106民初12号"),
        ("浙⻔罚〔2026〕1号", "浙门罚〔2026〕1号"),
        ("杭\u2800罚\ufe0f〔2026〕\u3164\U000e00311号", "杭罚〔2026〕1号"),
        ("杭罚\u202a〔2026〕1号\u202c", "杭罚〔2026〕1号"),
        ("杭罚 〔2026〕\t1\n号", "杭罚〔2026〕1号"),
        ("A－2026–1", "A-2026-1"),
        ("样\ue826罚〔2026〕1号", "样\u9fb5罚〔2026〕1号"),
    ],
)
def test_a_number_is_brought_into_its_right_form(written: str, key: str) -> None:
    assert number_key(written) == key


@example("第第0号")
@example("第0第0号")
@given(st.text("〔〕（）()[]第号罚杭aA0123456789 -－\u200b\u202e⼯⻔", max_size=20))
def test_a_key_is_its_own_key_and_so_is_the_key_of_the_writing(number: str) -> None:
    key = number_key(number)

    assert number_key(key) == key
    assert number_key(written_number(number)) == key


def test_brackets_are_paired_and_are_what_unicode_calls_so() -> None:
    assert len(_OPENING) == len(_CLOSING)
    assert {unicodedata.category(c) for c in _OPENING} == {"Ps"}
    assert {unicodedata.category(c) for c in _CLOSING} == {"Pe"}


def test_an_unknown_number_is_no_other() -> None:
    assert not same_number(None, None)
    assert not same_number(None, "1")
