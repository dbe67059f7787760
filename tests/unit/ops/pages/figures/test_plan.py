"""What stands on /plan, /queries and /use in numbers leads to what it rests on, as far as its reader may see it."""

from __future__ import annotations

import asyncio
import re
from datetime import date, datetime
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest
from starlette.requests import Request

from events.envelope import CHINA, Platform
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.pages.figures import plan
from ops.pages.figures.queries import queries_page
from ops.pages.frame import Frame
from ops.terms.terms import Language
from projections.access.asker import Asker
from projections.http.asking.gate import SignedIn
from projections.quality.plan_targets import Figures, measured
from projections.quality.use import AskedBy, information_use
from projections.queries.quality_report import PlanReport
from projections.store.query_count import QueryCount

if TYPE_CHECKING:
    from collections.abc import Callable

ON: Final = date(2026, 6, 15)
MONTH: Final = date(2026, 5, 1)
AT: Final = datetime(2026, 5, 4, tzinfo=CHINA)
RULES: Final = load_rulebook()
FIGURES: Final = Figures(
    month=MONTH,
    subjects={"enterprise": 5, "person": 2},
    entitled=9,
    reporting=3,
    reporting_in_month=1,
    reporting_on_organisations=2,
    categories_of_organisations=4,
    supervising=3,
    supervising_of_province=3,
    events=12_345,
    events_in_month=7,
    in_time_per_mille=999,
    in_time_in_month_per_mille=None,
    queries_a_day=258,
    using_per_mille=10,
)
ASKED: Final = [
    AskedBy("department", "market-zj", "supervision", 30, 20, AT),
    AskedBy("region", "330100", "supervision", 3, 2, AT),
]


class _Asked:
    """A page as it is asked by somebody: its figures are given."""

    def __init__(self, role: Role, language: Language, path: str, found: Any) -> None:
        async def ask(*_: Any, **__: Any) -> Any:
            return found

        who = (Asker(role=role, organisation="market-zj" if role is Role.DEPARTMENT else None),)
        self.signed_in = SignedIn(who, AT, None, None)
        self.ask, calendar = ask, SimpleNamespace(rulebook=RULES)
        self.service = SimpleNamespace(today=lambda: ON, calendar=calendar, ask=ask)
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "server": ("ledger", 80),
            "path": f"/{language}{path}",
            "query_string": b"",
            "headers": [],
            "state": {"signed_in": self.signed_in},
            "app": SimpleNamespace(state=SimpleNamespace(service=self.service)),
        }
        self.frame = Frame(Request(scope), language)

    def __getitem__(self, _: Any) -> Any:
        return None


class _Numbers(HTMLParser):
    """Reads the numbers of a page's tables, facts and bullets, and which of them lead nowhere."""

    NUMBER: Final = re.compile(r"[\d,]+(?:\.\d)?%?(?: / [\d,]+)?")

    def __init__(self, page: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self._heads: list[bool] = []
        self._column, self._row_leads, self._title_leads = -1, False, False
        self.seen: list[str] = []
        self.lost: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        if tag in ("meta", "link", "input"):
            return
        self._open.append(tag)
        if tag == "thead":
            self._heads = []
        elif tag == "tr":
            self._column, self._row_leads = -1, False
        elif tag in ("th", "td"):
            self._column += 1
            if "thead" in self._open:
                self._heads.append(False)
        elif tag == "dt":
            self._title_leads = False
        elif tag == "a" and "thead" in self._open:
            self._heads[-1] = True
        elif tag == "a" and "th" in self._open:
            self._row_leads = True
        elif tag == "a" and "dt" in self._open:
            self._title_leads = True

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = data.strip()
        if self.NUMBER.fullmatch(text) is None or not {"td", "dd", "strong"} & {*self._open}:
            return
        self.seen.append(text)
        leads = "a" in self._open
        if "td" in self._open:
            leads = leads or self._row_leads or self._heads[self._column]
        elif "dd" in self._open:
            leads = leads or self._title_leads
        if not leads:
            self.lost.append(text)


def read(answer: Callable[..., Any], asked: _Asked) -> tuple[_Numbers, str]:
    page = asyncio.run(answer(asked)).body.decode()
    return _Numbers(page.partition("<main")[2]), page


@pytest.mark.parametrize("language", Language)
def test_the_figures_of_the_plan_lead_to_lists_or_to_how_they_are_counted(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def kept(_: Any) -> None:
        """Nothing waits on the broker."""

    monkeypatch.setattr(plan, "inquiries_kept", kept)
    report = PlanReport(ON, FIGURES, measured(RULES.targets, FIGURES))
    found, page = read(plan.plan_page, _Asked(Role.OPERATOR, language, "/plan", report))

    assert found.lost == []
    assert {"258", "12,345", "3 / 9", "99.9%", "5", "2"} <= {*found.seen}
    assert f'href="/{language}/queries?month=2026-05">258<' in page
    for anchor in re.findall(r'href="#([\w-]+)"', page.partition("<main")[2]):
        assert page.count(f'id="{anchor}"') == 1, anchor


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DEPARTMENT])
def test_who_used_what_leads_to_places_that_one_may_open_and_to_what_counts(
    role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def used(_: Any) -> Any:
        return information_use(ASKED, RULES, MONTH, ON)

    monkeypatch.setattr(plan, "use_asked", used)
    found, page = read(plan.use_page, _Asked(role, Language.EN, "/use", None))

    assert found.lost == []
    assert "30" in found.seen
    assert page.count('id="counted"') == 1
    assert ("region=330100" in page) == (role is not Role.DEPARTMENT), "its own figures alone"


def test_questions_a_day_are_told_by_day_and_kind_with_their_average() -> None:
    counted = [
        QueryCount(MONTH, Platform.ORGANISATION, "profile", 8_000),
        QueryCount(MONTH, Platform.ORGANISATION, "lists", 70_000),  # About no subject.
        QueryCount(MONTH, Platform.PERSON, "profile", 900),
    ]
    found, page = read(queries_page, _Asked(Role.OPERATOR, Language.EN, "/queries", counted))
    assert found.lost == []
    assert found.seen == ["8,000", "0", "0", "0", "0"]
    assert "8,000 in 31 days: 258 a day" in page
    _, none = read(queries_page, _Asked(Role.OPERATOR, Language.EN, "/queries", []))
    assert "Nobody counted in 2026-05" in none


def test_a_number_that_leads_nowhere_is_found() -> None:
    row = "<table><thead><tr><th>A<th>B</tr></thead><tbody><tr><th>C</th><td>8</td></tr></table>"
    assert _Numbers(row).lost == ["8"]
    assert _Numbers("<dl><dt>E</dt><dd>12 / 13</dd></dl><strong>0.9%</strong>").lost == [
        "12 / 13",
        "0.9%",
    ]
