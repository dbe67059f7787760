"""What is concluded without the rest of a profile is what the whole profile has."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from projections.fold.steps import current_profile
from projections.profile.concluding import shown_and_listed
from tests.support.given import CALENDAR, Projection
from tests.support.histories import histories

if TYPE_CHECKING:
    from tests.support.histories import History


@settings(max_examples=60)
@drawn(histories(), st.integers(0, 800))
def test_records_and_lists_alone_are_those_of_the_whole_profile(
    history: History, days: int
) -> None:
    projection = Projection()
    projection.apply(history.messages())
    state, on = projection.state(), history.ends_on + timedelta(days=days)
    whole = current_profile(state, CALENDAR, on)
    found = shown_and_listed(state.record, CALENDAR.on(max(on, state.assessed_on)))
    assert (list(found.records), list(found.lists)) == (whole.records, whole.lists)
    some = {each.event_id for each in whole.records[::2]}
    alone = shown_and_listed(state.record, CALENDAR.on(max(on, state.assessed_on)), some)
    assert list(alone.records) == [each for each in whole.records if each.event_id in some]
    assert alone.lists == found.lists
