"""Offices of cities and counties: every kind at every division, what it may say, and of where."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from events.admission.admission import Submission, check
from events.admission.rejection import Rejection
from events.envelope import Platform
from events.event import Event, event_type
from events.rules.divisions import ZHEJIANG, ZHEJIANG_CITIES, load_divisions, province_of
from events.rules.offices import acts_as, load_offices, offices_in, reports_through
from events.rules.rulebook import load_rulebook
from streams.topics import topic_table
from tests.support.builders import a_correction, a_measure, a_penalty, one_of_each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.rules.catalogue import Department

RULEBOOK = load_rulebook()
DIVISIONS = load_divisions()
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
TODAY = date(2026, 11, 20)
SEATS = [
    code
    for code in DIVISIONS
    if province_of(code) == ZHEJIANG and code != ZHEJIANG and DIVISIONS.current(code)
]


def offices() -> Iterator[tuple[str, Department]]:
    for kind, office in load_offices().items():
        for seat in SEATS:
            division = DIVISIONS.current(seat)
            assert division is not None
            if division.level in office.levels:
                found = RULEBOOK.department(f"{kind}-{seat}")
                assert found is not None, (kind, seat)
                yield seat, found


def codes(event: Event, *, on_topic: str | None = None) -> set[str]:
    through = reports_through(event.envelope.department) if on_topic is None else on_topic
    submission = Submission(
        platform=Platform.ORGANISATION, department=through, submitted_at=NOW, event=event
    )
    found = check(submission, RULEBOOK)
    return {each.code.value for each in found.reasons} if isinstance(found, Rejection) else set()


def penalty(department: str, region: str, on: str = "2026-05-08", **more: Any) -> Event:
    return a_penalty(on=on, department=department, region=region, **more)


def test_eleven_cities_and_some_ninety_counties_have_the_rights_of_the_provinces_departments() -> (
    None
):
    cities = {seat for seat, _ in offices() if seat in ZHEJIANG_CITIES}
    counties = {seat for seat, _ in offices()} - cities

    assert (len(cities), len(counties)) == (11, 90)
    for seat, office in offices():
        provincial = RULEBOOK.departments[acts_as(office.code)]
        assert office.categories == provincial.categories
        assert (office.sources, office.platforms) == (provincial.sources, provincial.platforms)
        assert office.region == seat
        assert "{" not in office.name_zh
    names = [office.name_zh for _, office in offices()]
    assert len(set(names)) == len(names) > 2_500


def test_an_office_is_called_as_its_place_is() -> None:
    def name(code: str) -> str:
        found = RULEBOOK.department(code)
        assert found is not None
        return found.name_zh

    assert name("market-330100") == "杭州市市场监督管理局"
    assert name("tax-330106") == "国家税务总局杭州市西湖区税务局"
    assert name("court-330100") == "杭州市中级人民法院"
    assert name("court-330122") == "桐庐县人民法院"


@pytest.mark.parametrize(
    "code",
    [
        *("market-330000", "market-310100", "market-339999", "market-33010", "drug-330100"),
        *("provident-330106", "market-zj-330100", "subjects-330100", "operator-330100", "-330100"),
    ],
)
def test_what_is_no_office_is_no_department(code: str) -> None:
    assert RULEBOOK.department(code) is None


def test_every_office_reports_of_its_own_division_and_of_no_other() -> None:
    """A county's of its county; a city's of the city, and of what lies in it."""
    for seat in SEATS:
        department = f"market-{seat}"
        assert codes(penalty(department, seat)) == set(), seat
        other = next(each for each in ZHEJIANG_CITIES if each != f"{seat[:4]}00")
        assert codes(penalty(department, other)) == {"region_not_of_department"}, seat
    assert codes(penalty("market-330100", "330106")) == set()
    assert codes(penalty("market-330106", "330100")) == {"region_not_of_department"}
    assert codes(penalty("market-330106", "330105")) == {"region_not_of_department"}


def test_an_office_decides_while_its_division_lasts_and_puts_right_what_it_recorded() -> None:
    past = penalty("market-330103", "330103", on="2019-05-08")

    assert codes(past) == set()
    assert codes(penalty("market-330103", "330103")) == {"department_unknown"}
    assert codes(a_correction(past, "2026-05-08", fine_fen=1)) == set()
    # The place that it became answers for what is decided now, by the code of before, too.
    heir = DIVISIONS.heirs(DIVISIONS.history("330103")[-1])
    assert codes(penalty(f"market-{next(iter(heir))}", "330103")) == set()


def test_whatever_a_provincial_department_may_say_its_offices_may_say_of_their_division() -> None:
    """Over every type of event: refused are the same, and for the same reasons."""
    kinds = set()
    for event in one_of_each():
        department = event.envelope.department
        if acts_as(department.replace("-zj", "-330100")) != department:
            continue
        mine = _moved(event, department.replace("-zj", "-330100"))
        assert codes(mine) == codes(_moved(event, department)), event_type(event)
        kinds.add(event_type(event))
    assert len(kinds) > 25


def _moved(event: Event, department: str) -> Event:
    envelope = msgspec.structs.replace(
        event.envelope, department=department, region="330100", event_id=""
    )
    return msgspec.structs.replace(event, envelope=envelope)


def test_a_measure_asks_offices_and_is_initiated_by_them() -> None:
    measure = a_measure(
        penalty("market-330100", "330100"),
        "2026-05-20",
        department="market-330100",
        region="330100",
        targets=("tax-330106", "labour-330100"),
    )

    assert codes(measure) == set()


def test_an_office_speaks_on_the_topic_of_its_city_alone() -> None:
    mine = penalty("market-330106", "330106")

    assert reports_through("market-330106") == reports_through("tax-330100") == "330100"
    assert reports_through("market-zj") == "market-zj"
    assert codes(mine, on_topic="330200") == {"department_not_of_topic"}
    assert codes(mine, on_topic="market-zj") == {"department_not_of_topic"}
    assert codes(penalty("market-zj", "330100"), on_topic="330100") == {"department_not_of_topic"}


def test_offices_cost_a_topic_a_city_and_none_each() -> None:
    of_cities = [t.name for t in topic_table(RULEBOOK) if t.name.rpartition(".")[2].isdigit()]

    assert sorted(name for name in of_cities if ".submissions." in name) == sorted(
        f"credit.{platform}.submissions.{city}" for platform in Platform for city in ZHEJIANG_CITIES
    )


def test_the_offices_of_a_city_are_all_of_its_own_and_its_counties_in_order() -> None:
    assert sorted(f"{row.code}" for _, row in offices()) == sorted(
        code for city in ZHEJIANG_CITIES for code in offices_in(city)
    )
    assert {code.rpartition("-")[2] for code in offices_in("330106")} == {"330106"}
    assert not list(offices_in("310100"))
    assert not list(offices_in("330000"))
