"""Divisions against real events of the table: ends, renamings, codes given to another place."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules.divisions import (
    ELSEWHERE,
    PROVINCES,
    WARNING_REGIONS,
    ZHEJIANG_CITIES,
    DivisionLevel,
    city_of,
    divisions_of,
    level_of,
    load_divisions,
    province_of,
    warning_region,
)

DIVISIONS = load_divisions()
CODES = tuple(DIVISIONS)
CURRENT = tuple(code for code in CODES if DIVISIONS.current(code))
TABLE_DAY = date(2026, 9, 11)


def name(code: str, on: date) -> str | None:
    division = DIVISIONS.at(code, on)
    return division.name if division else None


def test_every_code_of_the_newest_table_resolves_on_its_day() -> None:
    assert len(CURRENT) == 3214
    assert [code for code in CURRENT if DIVISIONS.at(code, TABLE_DAY) is None] == []


def test_no_ended_code_resolves_on_the_day_of_the_newest_table() -> None:
    ended = {code for code in CODES if DIVISIONS.at(code, TABLE_DAY) is None}
    assert ended == set(CODES) - set(CURRENT)


def test_todays_hangzhou_has_thirteen_districts_and_counties() -> None:
    names = {code: name(code, TABLE_DAY) for code in CURRENT if city_of(code) == "330100"}
    assert names == {
        "330100": "杭州市",
        "330102": "上城区",
        "330105": "拱墅区",
        "330106": "西湖区",
        "330108": "滨江区",
        "330109": "萧山区",
        "330110": "余杭区",
        "330111": "富阳区",
        "330112": "临安区",
        "330113": "临平区",
        "330114": "钱塘区",
        "330122": "桐庐县",
        "330127": "淳安县",
        "330182": "建德市",
    }


def test_todays_zhejiang_has_ninety_counties() -> None:
    counties = [c for c in CURRENT if c.startswith("33") and level_of(c) is DivisionLevel.COUNTY]
    assert len(counties) == 90


@pytest.mark.requirement(20)
@pytest.mark.parametrize(
    ("code", "was", "heir"), [("330103", "下城区", "330105"), ("330104", "江干区", "330102")]
)
def test_two_districts_of_hangzhou_ended_in_2021(code: str, was: str, heir: str) -> None:
    division = DIVISIONS.at(code, date(2008, 8, 8))
    assert division is not None
    assert (division.name, division.level) == (was, DivisionLevel.COUNTY)
    assert (division.valid_from, division.valid_to) == (None, date(2021, 12, 31))
    assert (division.change, division.successors) == ("撤区设区", (heir,))
    assert DIVISIONS.at(code, date(2022, 1, 1)) is None
    assert DIVISIONS.known(code)


def test_in_the_year_of_a_change_old_and_new_both_resolve() -> None:
    day = date(2021, 6, 1)
    assert name("330104", day) == "江干区"
    assert name("330114", day) == "钱塘区"
    assert name("330114", date(2020, 12, 31)) is None


def test_chongqing_left_sichuan_in_1997() -> None:
    assert name("510203", date(1996, 12, 31)) == "大渡口区"
    assert name("510203", date(1998, 1, 1)) is None
    assert name("500104", date(1996, 12, 31)) is None
    assert name("500104", date(1998, 1, 1)) == "大渡口区"


@pytest.mark.requirement(20)
def test_a_code_given_to_another_place_is_resolved_by_its_day() -> None:
    assert name("332601", date(1990, 1, 1)) == "椒江市"
    assert name("332600", date(1981, 12, 31)) == "丽水地区"
    assert name("332600", date(1994, 1, 1)) == "台州地区"
    assert name("332600", date(1995, 1, 1)) is None
    assert [d.change for d in DIVISIONS.history("332600")] == ["码位改派", "撤地设市"]


def test_a_renamed_district_keeps_its_code_and_both_names() -> None:
    assert name("330411", date(1998, 12, 31)) == "郊区"
    assert name("330411", date(2000, 1, 1)) == "秀洲区"
    assert DIVISIONS.history("330411")[0].successors == ("330411",)


def test_a_leap_day_and_the_ends_of_a_year_resolve() -> None:
    assert name("330785", date(2000, 2, 29)) == name("330785", date(2000, 3, 1))
    assert name("330109", date(2000, 12, 31)) is None
    assert name("330109", date(2001, 1, 1)) == "萧山区"
    assert name("330181", date(2001, 12, 31)) == "萧山市"
    assert name("330181", date(2002, 1, 1)) is None


def test_codes_were_given_to_another_place_623_times() -> None:
    changes = [d.change for code in CODES for d in DIVISIONS.history(code)]
    assert changes.count("码位改派") == 623


@pytest.mark.parametrize("code", ["450128", "330101", "", "x", "33010", "3301040"])
def test_an_unknown_code_is_no_error(code: str) -> None:
    assert DIVISIONS.at(code, TABLE_DAY) is None
    assert DIVISIONS.current(code) is None
    assert DIVISIONS.history(code) == ()
    assert not DIVISIONS.known(code)


@given(st.sampled_from(CODES), st.dates(date(1949, 10, 1), date(2030, 1, 1)))
def test_what_resolves_holds_on_the_day_and_is_the_newest_that_does(code: str, on: date) -> None:
    holding = [d for d in DIVISIONS.history(code) if d.holds(on)]
    assert DIVISIONS.at(code, on) == (holding[-1] if holding else None)


def test_the_places_of_a_code_follow_each_other_in_time() -> None:
    for code in CODES:
        history = DIVISIONS.history(code)
        for before, after in pairwise(history):
            assert before.valid_to is not None, code
            assert after.valid_from is not None, code
            assert before.valid_to.year <= after.valid_from.year, code


def test_every_successor_is_itself_a_known_code() -> None:
    named = {s for code in CODES for d in DIVISIONS.history(code) for s in d.successors}
    assert named - set(CODES) == set()


@pytest.mark.requirement(65)
def test_heirs_are_followed_through_every_change_to_today() -> None:
    (xiaoshan_county,) = DIVISIONS.history("330121")
    assert xiaoshan_county.successors == ("339005",)
    assert DIVISIONS.heirs(xiaoshan_county) == {"330109"}
    lishui, taizhou = DIVISIONS.history("332600")
    assert DIVISIONS.heirs(lishui) == {"331100"}
    assert DIVISIONS.heirs(taizhou) == {"331000"}


def test_a_level_is_read_from_the_zeros() -> None:
    assert [level_of(c) for c in ("330000", "330100", "330106")] == list(DivisionLevel)
    assert (city_of("330782"), province_of("330782")) == ("330700", "330000")


@pytest.mark.requirement(16, 20)
@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("330000", "330000"),
        ("330100", "330100"),
        ("330782", "330700"),
        ("330104", "330100"),
        ("330199", "330100"),
        ("339005", "330100"),
        ("332601", "331000"),
        ("339999", "330000"),
        ("411002", "410000"),
        ("450128", "450000"),
        ("999999", ELSEWHERE),
        ("", ELSEWHERE),
    ],
)
def test_a_warning_goes_to_the_city_in_zhejiang_and_the_province_elsewhere(
    code: str, region: str
) -> None:
    assert warning_region(code) == region


@given(st.sampled_from(CODES) | st.text("0123456789", min_size=6, max_size=6) | st.text())
def test_every_warning_has_a_topic(code: str) -> None:
    assert warning_region(code) in WARNING_REGIONS


def test_the_regions_are_those_of_the_newest_table() -> None:
    assert set(PROVINCES) == {c for c in CURRENT if level_of(c) is DivisionLevel.PROVINCE}
    cities = {c for c in CURRENT if c.startswith("33") and level_of(c) is DivisionLevel.CITY}
    assert set(ZHEJIANG_CITIES) == cities
    assert len(set(WARNING_REGIONS)) == len(WARNING_REGIONS) == 11 + 34 + 1


@pytest.mark.parametrize(
    ("code", "on", "lies_in"),
    [
        ("330106", "2025-12-31", ("330106", "330100", "330000")),
        ("330100", "2025-12-31", ("330100", "330000")),
        ("330000", "2025-12-31", ("330000",)),
        ("330184", "1995-12-31", ("330184", "330100", "330000")),
        ("330184", "2025-12-31", ("330110", "330100", "330000")),
        ("332602", "2025-12-31", ("331082", "331000", "330000")),
        ("330190", "2025-12-31", ("330100", "330000")),
        ("330511", "2025-12-31", ("330500", "330000")),
        ("429004", "2025-12-31", ("429004", "420000")),
        ("999999", "2025-12-31", ()),
    ],
)
def test_a_place_lies_in_the_divisions_that_are_known_on_the_day(
    code: str, on: str, lies_in: tuple[str, ...]
) -> None:
    assert divisions_of(code, date.fromisoformat(on)) == lies_in


def test_every_code_ever_known_lies_in_places_known_on_the_day() -> None:
    for code in CODES:
        found = divisions_of(code, TABLE_DAY)
        assert all(DIVISIONS.at(each, TABLE_DAY) is not None for each in found), code
        assert len({province_of(each) for each in found}) <= 1, code


def test_heirs_of_a_day_are_those_that_held_on_it() -> None:
    yuhang_city = DIVISIONS.at("330184", date(1995, 12, 31))
    assert yuhang_city is not None
    assert DIVISIONS.heirs(yuhang_city, date(1999, 12, 31)) == {"330184"}
    assert DIVISIONS.heirs(yuhang_city, date(2005, 12, 31)) == {"330110"}
