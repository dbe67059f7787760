"""Forms of days, months, years and moments, each within bounds that have a sense for the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from events.envelope import CHINA
from projections.http.asking.forms import Form, UnfitError
from projections.http.words import Words

if TYPE_CHECKING:
    from projections.http.asking.forms import Around

DAY_EARLIEST: Final = date(1949, 10, 1)
"""Nothing on the ledger is older: admission refuses it."""
DAY_LATEST: Final = date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class DayForm(Form[date]):
    """A day in China, YYYY-MM-DD; `ahead` bounds how many days after today it may lie."""

    ahead: int | None = None

    def read(self, text: str, around: Around) -> date:
        """Read a day within the bounds."""
        latest = DAY_LATEST
        if self.ahead is not None:
            latest = around.today + timedelta(days=self.ahead)
        rule = Words(
            f"a day such as 2026-11-23, from {DAY_EARLIEST} to {latest}",
            f"形如 2026-11-23 的日期，{DAY_EARLIEST} 至 {latest}",
        )
        return _within(_day(text, rule), DAY_EARLIEST, latest, rule)

    def schema(self) -> dict[str, Any]:
        """Give the format of RFC 3339."""
        return {"type": "string", "format": "date", "examples": ["2026-11-23"]}


@dataclass(frozen=True, slots=True)
class MonthForm(Form[date]):
    """A month that has begun, YYYY-MM; read as its first day."""

    def read(self, text: str, around: Around) -> date:
        """Read a month that has begun."""
        earliest, latest = DAY_EARLIEST, around.today.replace(day=1)
        rule = Words(
            f"a month such as 2026-11, from {earliest:%Y-%m} to {latest:%Y-%m}",
            f"形如 2026-11 的月份，{earliest:%Y-%m} 至 {latest:%Y-%m}",
        )
        return _within(_day(f"{text}-01", rule), earliest, latest, rule)

    def schema(self) -> dict[str, Any]:
        """Give the pattern."""
        return {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-11"]}


def _day(text: str, rule: Words) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        raise UnfitError(rule)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnfitError(rule) from None


def _within(found: date, earliest: date, latest: date, rule: Words) -> date:
    if not earliest <= found <= latest:
        raise UnfitError(rule)
    return found


@dataclass(frozen=True, slots=True)
class MomentForm(Form[datetime]):
    """A moment that has passed, ISO 8601; without a zone it is China's."""

    def read(self, text: str, around: Around) -> datetime:
        """Read a moment; of one to come nothing can be known."""
        rule = Words(
            "a moment that has passed, such as 2026-11-23T14:00:05.123+08:00",
            "已过去的时刻，如 2026-11-23T14:00:05.123+08:00",
        )
        try:
            # A plus sign that was not escaped arrives as a blank.
            found = datetime.fromisoformat(text.replace(" ", "+"))
            found = (found if found.tzinfo else found.replace(tzinfo=CHINA)).astimezone(CHINA)
        except (ValueError, OverflowError):
            raise UnfitError(rule) from None
        if found > around.now:
            moment = around.now.isoformat(timespec="milliseconds")
            raise UnfitError(
                rule,
                Words(
                    f"it is {moment}: leave it out to ask what is known now",
                    f"现在是 {moment}；查询目前所知请省略此参数",
                ),
            )
        if found.date() < DAY_EARLIEST:
            raise UnfitError(rule)
        return found

    def schema(self) -> dict[str, Any]:
        """Give the format of RFC 3339."""
        examples = ["2026-11-23T14:00:05.123+08:00"]
        return {"type": "string", "format": "date-time", "examples": examples}


@dataclass(frozen=True, slots=True)
class YearForm(Form[int]):
    """A year."""

    def read(self, text: str, around: Around) -> int:
        """Read a year that has begun."""
        lowest, highest = DAY_EARLIEST.year, around.today.year
        if re.fullmatch(r"[0-9]{4}", text) and lowest <= int(text) <= highest:
            return int(text)
        raise UnfitError(
            Words(
                f"a year such as 2025, from {lowest} to {highest}",
                f"形如 2025 的年份，{lowest} 至 {highest}",
            )
        )

    def schema(self) -> dict[str, Any]:
        """Give the pattern."""
        return {"type": "string", "pattern": "^[0-9]{4}$", "examples": ["2025"]}
