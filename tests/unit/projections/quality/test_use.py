"""Use of information is counted of what was asked: by department, by city and county, in the order of codes."""

from __future__ import annotations

from datetime import UTC, date, datetime

from events.rules.divisions import load_divisions
from events.rules.rulebook import load_rulebook
from projections.quality.use import AskedBy, information_use

RULEBOOK = load_rulebook()
MONTH, TODAY = date(2026, 11, 1), date(2026, 11, 28)
AT = datetime(2026, 11, 27, 17, tzinfo=UTC)
ASKED = [
    AskedBy("department", "market-330106", "supervision", 5, 4, AT),
    AskedBy("department", "market-330106", "licensing", 2, 2, AT),
    AskedBy("department", "tax-330106", "supervision", 1, 0, AT),
    AskedBy("department", "market-zj", "supervision", 3, 3, AT),
    AskedBy("region", "330100", "supervision", 7, 7, AT),
    AskedBy("subject", None, "own", 9, 9, AT),
]


def test_a_department_is_told_with_its_purposes_and_who_never_asked_stands_there_too() -> None:
    use = information_use(ASKED, RULEBOOK, MONTH, TODAY)
    by_code = {each.department: each for each in use.departments}
    district = by_code["market-330106"]

    assert [*by_code] == sorted(by_code)
    assert (district.asked, district.answered, district.last_on) == (7, 6, date(2026, 11, 28))
    assert district.purposes == {"licensing": 2, "supervision": 5}
    assert (by_code["tax-zj"].asked, by_code["tax-zj"].last_on) == (0, None)
    assert "operator" not in by_code
    assert use.roles == {"department": 11, "region": 7, "subject": 9}


def test_a_place_counts_for_itself_alone_and_is_using_once_something_was_answered() -> None:
    use = information_use(ASKED, RULEBOOK, MONTH, TODAY)
    by_code = {each.region: each for each in use.places}
    current = [c for c in load_divisions() if c[:2] == "33" and load_divisions().current(c)]

    assert [*by_code] == [code for code in current if code != "330000"]
    assert (by_code["330106"].asked, by_code["330106"].authorities) == (8, 2)
    assert (by_code["330100"].asked, by_code["330100"].authorities) == (7, 1)
    assert use.places_using == 2
    assert use.using_per_mille == 2000 // len(by_code)
    assert use.at_least_per_mille == 900
    refused_alone = information_use(ASKED[2:3], RULEBOOK, MONTH, TODAY)
    assert refused_alone.places_using == 0


def test_of_a_division_and_of_a_department_nothing_else_is_told() -> None:
    hangzhou = information_use(ASKED, RULEBOOK, MONTH, TODAY, region="330100")
    own = information_use(ASKED, RULEBOOK, MONTH, TODAY, department="market-330106")
    province = information_use(ASKED, RULEBOOK, MONTH, TODAY, department="market-zj")

    assert {each.region[:4] for each in hangzhou.places} == {"3301"}
    assert {each.department for each in hangzhou.departments} == {"market-330106", "tax-330106"}
    assert hangzhou.roles == {"department": 8, "region": 7}
    assert [each.department for each in own.departments] == ["market-330106"]
    assert [each.region for each in own.places] == ["330106"]
    assert own.roles == {"department": 7}
    assert (province.places, province.using_per_mille) == ([], None)
