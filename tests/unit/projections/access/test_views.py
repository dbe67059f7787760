"""A view holds what is listed, and not one bit of what its reader may not see."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import msgspec
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from events.envelope import Disclosure, Platform
from events.event import Event
from events.rules.access import View
from projections.access.shapes import SharedProfile
from projections.access.views import disclosed_profile
from tests.support import builders as a
from tests.support.given import given
from tests.support.histories import events

ON: Final = "2026-06-15"
HIDDEN: Final = {
    View.PUBLIC: (Disclosure.SHARED, Disclosure.AUTHORISED),
    View.AGENCY: (Disclosure.SHARED,),
}


def viewed(said: list[Event], view: View, **more: Any) -> Any:
    return disclosed_profile(
        given(*said).on(ON),
        (),
        view,
        platform=Platform.ORGANISATION,
        subject_id=a.SUBJECT,
        on=date(2026, 6, 15),
        **more,
    )


@st.composite
def unseen(draw: st.DrawFn, view: View) -> list[Event]:
    """Draw records that those who have a view may not see, of other names and amounts."""
    kept = st.sampled_from(HIDDEN[view])
    days = st.dates(date(2020, 1, 1), date(2026, 6, 1)).map(str)
    makers = (
        lambda n, day, to: a.a_penalty(
            900 + n, day, disclosure=to, fine_fen=n * 100, subject_name=f"暗名{n}"
        ),
        lambda n, day, to: a.an_inspection(900 + n, day, disclosure=to, result="failed"),
        lambda n, day, to: a.a_default(900 + n, day, category="default.wage", disclosure=to),
    )
    return [
        draw(st.sampled_from(makers))(number, draw(days), draw(kept))
        for number in range(draw(st.integers(1, 3)))
    ]


@settings(max_examples=60)
@drawn(st.data(), st.sampled_from((View.PUBLIC, View.AGENCY)), events())
def test_two_histories_that_differ_in_what_may_not_be_seen_are_one_view(
    data: st.DataObject, view: View, said: list[Event]
) -> None:
    more = data.draw(unseen(view))

    assert msgspec.json.encode(viewed([*said, *more], view)) == msgspec.json.encode(
        viewed(said, view)
    )


def test_what_is_not_shown_makes_no_view_at_all() -> None:
    hidden = a.a_penalty(1, "2026-05-01", disclosure=Disclosure.SHARED)

    assert viewed([hidden], View.PUBLIC) is None
    assert viewed([hidden], View.AGENCY) is None
    assert viewed([hidden], View.SHARED) is not None


def test_no_conclusion_is_a_field_of_what_the_public_or_an_agency_is_shown() -> None:
    fine = a.a_penalty(1, "2026-05-01")
    told = {"warnings", "supervision", "score", "measures", "discrepancies", "notices", "hint"}
    counted = {"events", "last_offset", "place", "repeats", "anomalies", "rules", "categories"}
    for view in (View.PUBLIC, View.AGENCY):
        assert (told | counted).isdisjoint(viewed([fine], view).__struct_fields__)
    assert counted.isdisjoint(SharedProfile.__struct_fields__)


def test_evidence_outside_a_shared_view_is_not_named() -> None:
    """An authority is told what is concluded, and of what it rests on only what it may see."""
    open_ones = [a.a_penalty(n, "2026-05-01") for n in range(3)]
    closed = [
        a.a_default(9, "2026-05-02", category="default.loan", disclosure=Disclosure.AUTHORISED)
    ]
    known = a.a_registration("2018-01-01", region="330106")
    shared = viewed([known, *open_ones, *closed], View.SHARED)
    seen = {each.event_id for each in shared.records}
    named = {
        event_id for each in (*shared.warnings, *shared.supervision) for event_id in each.evidence
    } | {event_id for item in shared.score.items for event_id in item.events}

    assert {each.envelope.event_id for each in closed}.isdisjoint(named | seen)
    assert named <= seen


def test_a_department_sees_what_it_reported_itself() -> None:
    closed = a.a_default(1, "2026-05-02", category="default.loan", disclosure=Disclosure.AUTHORISED)
    by = closed.envelope.department

    assert viewed([closed], View.SHARED) is None
    assert [each.event_id for each in viewed([closed], View.SHARED, department=by).records] == [
        closed.envelope.event_id
    ]
