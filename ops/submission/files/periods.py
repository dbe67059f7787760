"""Stretches of time as tables write them: years, halves, quarters and months (所属期)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_YEAR: Final = re.compile(r"([0-9]{4})年?度?")
_MONTH: Final = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})|年([0-9]{1,2})月份?|([0-9]{2}))")
_HALF: Final = re.compile(r"([0-9]{4})(?:年?度?([上下])半年|年?H([12]))", re.IGNORECASE)
_QUARTER: Final = re.compile(
    r"([0-9]{4})(?:年?度?第?([一二三四1-4])季度?|年?Q([1-4]))", re.IGNORECASE
)
_MONTHS: Final = range(1, 13)
_COUNTED: Final = {"上": "1", "下": "2", "一": "1", "二": "2", "三": "3", "四": "4"}


def read_year(text: str) -> str:
    """Give a year without its word (2025年, 2025年度); what is none, as it is written."""
    return _year(_plain(text))


def read_month(text: str) -> str | None:
    """Give a month as 2025-06: from 2025-06, 2025/6, 2025年6月, 2025年06月份 or 202506."""
    return _month(_plain(text))


def read_period(text: str) -> str:
    """Give a period in its one form: 2025, 2025H1, 2025Q1 or 2025-06.

    What is none is given as it is written: admission says which forms there are.
    """
    plain = _plain(text)
    if month := _month(plain):
        return month
    for pattern, letter in ((_HALF, "H"), (_QUARTER, "Q")):
        if found := pattern.fullmatch(plain):
            number = found[2] or found[3]
            return f"{found[1]}{letter}{_COUNTED.get(number, number)}"
    return _year(plain)


def _year(plain: str) -> str:
    found = _YEAR.fullmatch(plain)
    return plain if found is None else found[1]


def _month(plain: str) -> str | None:
    found = _MONTH.fullmatch(plain)
    number = 0 if found is None else int(found[2] or found[3] or found[4])
    return None if found is None or number not in _MONTHS else f"{found[1]}-{number:02}"


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
