"""A region told to people in both languages: what was read, of how many, and no other region."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from events.rules.rulebook import load_rulebook
from ops.terms.terms import Language, all_terms
from ops.told.region import RegionTold
from projections.evaluation.region_figures import RegionEvaluation, RegionFigures, RegionReading
from projections.profile.seat import SeatBasis
from tests.support.given import CALENDAR

RULES = CALENDAR.on(date(2025, 12, 31))


def an_evaluation() -> RegionEvaluation:
    figures = RegionFigures(RULES)
    figures.count({"enterprise/330100/good/-": 13, "enterprise/330100/poor/listed": 7})
    reading = ("330100", "gdp_per_head", "2024", date(2025, 2, 1), "event", "11330100PDY00002X8")
    figures.read([RegionReading(*reading, 11_000_000)])
    return figures.evaluation("330100")


def of_which_enough_is_known() -> RegionEvaluation:
    """Give the same, and all else that a government reports of its region at its worst."""
    figures = RegionFigures(RULES)
    figures.count({"enterprise/330100/good/-": 13, "enterprise/330100/poor/listed": 7})
    lines = RULES.rulebook.indicators
    figures.read(
        RegionReading(
            *("330100", code, "2024", date(2025, 2, 1), "event", "11330100PDY00002X8"),
            11_000_000 if code == "gdp_per_head" else line.worst,
        )
        for code, line in lines.items()
        if line.group == "regional"
    )
    return figures.evaluation("330100")


def told(found: RegionEvaluation, language: Language) -> str:
    console = Console(file=StringIO(), width=400)
    console.print(RegionTold(found, language).laid_out(["as known"]))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.requirement(89)
@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        (
            Language.EN,
            (
                "Credit of region 330100 杭州市 on 2025-12-31",
                "Index 50 of 1000, symbol: Poor",
                "Product per head 110,000.00 yuan (2024, reported of 11330100PDY00002X8: 500)",
                "enterprise (with a grade): 13 of 20 Excellent, Good, 650‰ (500)",
                "known 20, on a list 7, with a grade 20, Excellent 0, Good 13, Medium 0, Poor 7",
                "2 of 3 known",
            ),
        ),
        (
            Language.ZH,
            (
                "杭州市 330100 区域信用评价",
                "指数 50 / 1000，符号：较差",
                "人均生产总值 110,000.00 元（2024，11330100PDY00002X8 报送，计 500）",
                "企业（有等级）20 家，其中优秀、良好 13 家，占 650‰（计 500）",
                "已知 20、列入失信名单 7、有等级 20、优秀 0、良好 13、中等 0、较差 7",
            ),
        ),
    ],
)
def test_it_tells_the_index_its_symbol_and_everything_read(
    language: Language, phrases: tuple[str, ...]
) -> None:
    """Economy 250 by 100; enterprises of four, one 500, 125, by 200; the rest 0: 50."""
    text = told(of_which_enough_is_known(), language)
    assert [phrase for phrase in phrases if phrase not in text] == []
    assert "330200" not in text


def test_a_region_of_which_too_little_is_known_says_so_and_has_no_index() -> None:
    assert "Too little is known, 3 of 18 figures: no index" in told(an_evaluation(), Language.EN)
    text = told(an_evaluation(), Language.ZH)
    assert "所知过少：18 项中仅知 3 项，不作评价" in text
    assert "指数" not in text.split("所知过少")[0]


def test_a_region_of_which_nothing_is_known_says_so() -> None:
    text = told(RegionFigures(RULES).evaluation("330100"), Language.EN)
    assert "Index unknown" in text
    assert "Subjects of the region" not in text


def test_before_the_first_model_there_is_no_index() -> None:
    figures = RegionFigures(CALENDAR.on(date(2006, 12, 31)))
    figures.count({"enterprise/330100/-/-": 1})
    text = told(figures.evaluation("330100"), Language.EN)
    assert "Index" not in text
    assert "known 1" in text


def test_every_group_and_every_basis_of_a_seat_has_its_term() -> None:
    (model,) = load_rulebook().regions
    groups = {component.group for version in model.in_force for component in version.components}
    assert groups <= set(all_terms()["region_group"])
    assert set(SeatBasis) <= set(all_terms()["seat_basis"])
