"""What a subject counts as: where it is registered, else by its code; nothing once it is gone."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from events.envelope import Platform
from events.event import Event
from events.types.listing import ListEntered
from events.types.subject import SubjectKind
from projections.as_of.question import Part, Question
from projections.as_of.state import Concluded, concluded_as_of
from projections.ledger.reading import read
from projections.profile.seat import (
    CountedAs,
    Seat,
    SeatBasis,
    counted_as,
    industry_key,
    kind_by_code,
    read_counted_as,
    seat_of,
)
from tests.support import builders as a
from tests.support.given import CALENDAR, said

ON = date(2025, 12, 31)
ORGANISATION = Platform.ORGANISATION


def concluded(*events: Event, on: date = ON) -> Concluded:
    return concluded_as_of(
        [read(each) for each in said(*events)],
        Question(platform=ORGANISATION, subject_id=a.SUBJECT, valid_on=on),
        Part(0, len(events)),
        CALENDAR,
    )


def counted(*events: Event, on: date = ON) -> CountedAs | None:
    state, record, _ = concluded(*events, on=on)
    assert state.profile is not None
    return counted_as(record, state.profile, ORGANISATION, a.SUBJECT)


def test_a_firm_counts_where_it_is_registered_with_its_grade() -> None:
    assert counted(a.a_registration(region="330106")) == CountedAs(
        "enterprise", "330106", "good", listed=False
    )


def test_it_moves_with_a_later_registration_and_not_before_its_day() -> None:
    moved = (a.a_registration(region="330106"), a.a_change(on="2025-07-01", region="330203"))
    before, after = counted(*moved, on=date(2025, 6, 30)), counted(*moved)
    assert (before and before.region, after and after.region) == ("330106", "330203")


def test_one_whose_registration_nobody_reported_counts_by_its_code_and_has_no_grade() -> None:
    assert a.SUBJECT[2:8] == "330000"
    assert counted(a.a_penalty()) == CountedAs("enterprise", "330000", None, listed=False)


def test_who_is_on_a_list_of_dishonesty_is_listed_while_the_entry_has_effect() -> None:
    entry = a.a_court_listing(on="2025-03-01")
    listed = [
        counted(a.a_registration(), entry, on=date.fromisoformat(day))
        for day in ("2025-02-28", "2025-03-01")
    ]
    assert [each and each.listed for each in listed] == [False, True]


def test_a_place_on_a_red_list_is_no_listing() -> None:
    honour = a.a_tax_listing(on="2025-03-01", ground="grade_a", category="redlist.tax")
    assert isinstance(honour, ListEntered)
    honour = a.named(msgspec.structs.replace(honour, list="redlist_tax"))
    state, _, _ = concluded(a.a_registration(), honour)
    assert state.profile is not None
    assert [(m.status, m.honours) for m in state.profile.lists] == [("in_effect", True)]
    counts = counted(a.a_registration(), honour)
    assert counts is not None
    assert not counts.listed


@pytest.mark.parametrize(
    "end", [a.a_change(on="2025-12-31", status="deregistered"), a.a_merger(on="2025-12-31")]
)
def test_who_is_no_longer_there_counts_for_nothing(end: Event) -> None:
    assert counted(a.a_registration(), end, on=date(2025, 12, 30)) is not None
    assert counted(a.a_registration(), end) is None


def test_a_persons_token_names_no_place() -> None:
    _, record, _ = concluded_as_of(
        [],
        Question(platform=Platform.PERSON, subject_id=a.PERSON, valid_on=ON),
        Part(0, 0),
        CALENDAR,
    )
    assert seat_of(record, Platform.PERSON, a.PERSON) == Seat(None, SeatBasis.UNKNOWN)
    assert seat_of(record, ORGANISATION, "unreadable key") == Seat(None, SeatBasis.UNKNOWN)
    assert kind_by_code(Platform.PERSON, a.PERSON) is SubjectKind.NATURAL_PERSON


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (
            "enterprise/330106/good/listed",
            CountedAs("enterprise", "330106", "good", listed=True),
        ),
        (
            "natural_person/330100/-/-",
            CountedAs("natural_person", "330100", None, listed=False),
        ),
    ],
)
def test_what_it_counts_as_is_stored_as_a_text(text: str, counts: CountedAs) -> None:
    assert counts.text() == text
    assert read_counted_as(text) == counts


@pytest.mark.parametrize(
    ("code", "key"),
    [("3812", "C3812"), ("38", "C38"), ("C38", "C38"), ("C", "C"), ("c13", "C13")]
    + [(code, None) for code in (None, "", "中", "99999", "C1x", "-")],
)
def test_an_industry_is_kept_with_its_section_first(code: str | None, key: str | None) -> None:
    assert industry_key(code) == key
