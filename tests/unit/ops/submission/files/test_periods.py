"""Periods come as tables write them, and stand in the one form that admission takes."""

from __future__ import annotations

from datetime import date

import pytest

from events.admission import checks
from events.rules.rulebook import load_rulebook
from ops.submission.files.periods import read_month, read_period, read_year

SETTING = checks.Setting(load_rulebook(), date(2026, 1, 1), None, "91330100PDY000028X")

WRITTEN = {
    "2025": ["2025", "2025年", "2025年度", "２０２５年度", " 2025 年 "],
    "2024H1": ["2024H1", "2024h1", "2024上半年", "2024年上半年", "2024年度上半年"],
    "2024H2": ["2024年下半年", "2024年H2"],
    "2024Q1": ["2024Q1", "2024q1", "2024年第一季度", "2024年1季度", "2024年一季度", "2024第1季"],
    "2024Q4": ["2024年第四季度", "2024年度第4季度"],
    "2024-12": ["2024-12", "2024/12", "2024.12", "2024年12月", "2024年12月份", "202412"],
    "2025-06": ["2025-6", "2025年6月", "2025年06月", "２０２５年６月"],
}


@pytest.mark.parametrize(
    ("text", "period"), [(text, period) for period, texts in WRITTEN.items() for text in texts]
)
def test_a_period_as_tables_write_it_is_one_that_admission_takes(text: str, period: str) -> None:
    assert read_period(text) == period
    assert [*checks.period("period", period, SETTING)] == []


@pytest.mark.parametrize(
    "text", ["", "上半年", "2025年13月", "2025年第五季度", "2025-2026", "去年"]
)
def test_what_is_no_period_stays_as_it_is_written_and_admission_says_why(text: str) -> None:
    assert read_period(text) == text
    assert read_month(text) is None
    assert [*checks.period("period", text, SETTING)]


def test_a_year_loses_its_word() -> None:
    assert {read_year(each) for each in ("2025年度", "2025年", "2025", "２０２５年")} == {"2025"}
    assert read_year("二〇二五") == "二〇二五"
