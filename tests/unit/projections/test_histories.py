"""Across every pure projection: what must hold of every history, however late, repeated, corrected or taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.event import EVENT_TYPES, Event, event_type
from events.roles import OfSubject
from projections.as_of.state import state_bytes
from projections.fold.state import decode_state, encode_state
from projections.notices.notice import ListNotice, WarningNotice
from projections.record.matters import AnyMatter, Marked
from tests.support.builders import SUBJECT
from tests.support.followed import follow, notice_id, unordered
from tests.support.given import Projection, answer, message
from tests.support.histories import DAYS, History, events, histories, latest_day
from tests.support.reference import reference, summary
from tests.support.reference_warnings import BEARING_NAMES
from tests.support.thorough import LATER_DAYS, RULEBOOK, thorough


def folded(history: History, cuts: frozenset[int] | None = None) -> Projection:
    """Fold a history, one message a batch, or in batches that begin at the cuts."""
    projection = Projection()
    messages = history.messages()
    begins = sorted({0, *(cuts if cuts is not None else range(len(messages)))})
    for first, last in zip(begins, [*begins[1:], len(messages)], strict=True):
        projection.apply(messages[first:last])
    return projection


def test_every_type_of_event_is_drawn() -> None:
    """A type that no history has is never held to the reference."""
    drawn: set[str] = set()

    @settings(max_examples=800)
    @given(events())
    def draw(found: list[Event]) -> None:
        drawn.update(event_type(event) for event in found)

    draw()
    # An operator's word on a message that nobody can read, and what ends all records of a person:
    # the tests of parking and of erasure say it.
    apart = {name for name, kind in EVENT_TYPES.items() if issubclass(kind, OfSubject)}
    assert EVENT_TYPES.keys() - drawn == apart | {"EventDismissed"}


def test_the_reference_reads_names_of_every_kind_that_is_kept_but_those_said_here() -> None:
    kept = {kind.opened_by.__name__ for kind in get_args(AnyMatter) if kind is not Marked}
    unread = {"SubjectMerged", "InformationDeclared", "IndicatorReported", "WarningAcknowledged"}
    assert set(BEARING_NAMES) == kept - unread


@thorough
@given(histories(), st.lists(LATER_DAYS, min_size=3, max_size=3))
def test_the_answer_as_of_any_day_equals_the_reference(history: History, days: list[date]) -> None:
    for on in [*days, history.ends_on]:
        profile = answer(history.messages(), on).profile
        assert profile is not None
        assert summary(profile) == reference(history.heard(), on, RULEBOOK)


@thorough
@given(histories(), st.integers(0, 900))
def test_the_live_profile_equals_the_reference(history: History, later: int) -> None:
    on = history.ends_on + timedelta(days=later)
    assert summary(folded(history).profile(on)) == reference(history.heard(), on, RULEBOOK)


@pytest.mark.requirement(93)
@thorough
@given(histories(), st.integers(0, 900))
def test_the_answer_as_of_equals_the_live_profile(history: History, later: int) -> None:
    on = history.ends_on + timedelta(days=later)
    assert answer(history.messages(), on).profile == folded(history).profile(on)


@thorough
@given(histories(), st.frozensets(st.integers(1, 13)))
def test_states_and_notices_do_not_depend_on_how_the_ledger_is_cut_into_batches(
    history: History, cuts: frozenset[int]
) -> None:
    cuts = frozenset(cut for cut in cuts if cut < len(history.said))
    one, other = folded(history), folded(history, cuts)

    assert one.stored == other.stored
    assert one.notices == other.notices
    assert one.next_change == other.next_change


@thorough
@given(histories(), st.sets(DAYS, max_size=25))
def test_notices_do_not_depend_on_when_the_sweep_ran(history: History, days: set[date]) -> None:
    end = history.ends_on + timedelta(days=1500)
    lazy, swept = folded(history), Projection()
    lazy.sweep(end)
    sweeps = sorted(days)
    for each in history.messages():
        while sweeps and sweeps[0] <= each.recorded_on:
            swept.sweep(sweeps.pop(0))
        swept.sweep(each.recorded_on)
        swept.apply([each])
    for day in sorted({*sweeps, *(history.ends_on + timedelta(days=n) for n in range(0, 900, 40))}):
        swept.sweep(day)
    swept.sweep(end)

    assert swept.notices == lazy.notices


@pytest.mark.requirement(61)
@thorough
@given(histories())
def test_no_notice_id_is_used_twice_and_levels_follow_each_other(history: History) -> None:
    projection = folded(history)
    projection.sweep(history.ends_on + timedelta(days=1500))

    ids = [notice_id(notice) for notice in projection.notices]
    assert len(ids) == len(set(ids))
    assert [notice.on for notice in projection.notices] == sorted(
        notice.on for notice in projection.notices
    )
    follow(projection.notices)


@thorough
@given(histories())
def test_what_was_told_last_is_what_holds(history: History) -> None:
    projection = folded(history)
    profile = projection.profile(history.ends_on)
    warned = {n.rule: n.level for n in projection.notices if isinstance(n, WarningNotice)}
    listed = {n.entry_id: n.status for n in projection.notices if isinstance(n, ListNotice)}

    assert {r: level for r, level in warned.items() if level} == {
        w.rule: w.level for w in profile.warnings
    }
    assert {e: status for e, status in listed.items() if status != "void"} == {
        m.entry_id: m.status for m in profile.lists
    }


@thorough
@given(histories(), DAYS, st.data())
def test_what_comes_after_the_cut_never_matters(
    history: History, on: date, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(history.said)))
    known = History(said=history.said[:cut])

    assert state_bytes(answer(history.messages(), on, cut=cut)) == state_bytes(
        answer(known.messages(), on, cut=cut)
    )


@thorough
@given(events(), st.randoms(use_true_random=False), st.integers(0, 900))
def test_the_order_of_arrival_does_not_matter(
    said: list[Event], random: object, later: int
) -> None:
    """Equal recorded days; no conflict, no tie between amendments or facts of one day.

    Those three are decided by the order of the ledger, and only those.
    """
    assume(unordered(said))
    recorded = max(map(latest_day, said))
    turned = list(said)
    random.shuffle(turned)  # type: ignore[attr-defined]
    on = recorded + timedelta(days=later)

    one, other = (
        folded(History(said=tuple((event, recorded) for event in each))).profile(on)
        for each in (said, turned)
    )
    assert one == other


@thorough
@given(histories(), LATER_DAYS, st.integers(0, 400))
def test_nothing_changes_before_the_next_day_of_change(
    history: History, on: date, ahead: int
) -> None:
    messages = history.messages()
    today = answer(messages, on).profile
    assert today is not None
    last = date(2030, 1, 1) if today.next_change_on is None else today.next_change_on
    assert last > on
    then = min(on + timedelta(days=ahead), last - timedelta(days=1))
    later = answer(messages, then).profile
    assert later is not None

    assert msgspec.structs.replace(later, assessed_on=on) == today


@thorough
@given(histories())
def test_a_state_is_read_back_as_it_was_written(history: History) -> None:
    projection = folded(history)
    state = projection.state()

    assert decode_state(encode_state(state)) == state
    assert encode_state(state) == projection.stored[SUBJECT]


@thorough
@given(histories(), st.data())
def test_a_repeat_changes_nothing_but_the_count_of_repeats(
    history: History, data: st.DataObject
) -> None:
    event, _ = data.draw(st.sampled_from(history.said))
    on = history.ends_on
    again = message(event, len(history.said), on)
    projection = folded(history)
    before = projection.profile(on)
    told = list(projection.notices)
    projection.apply([again])
    after = projection.profile(on)

    assume(after.anomalies == before.anomalies)
    assert msgspec.structs.replace(after, repeats=before.repeats) == before
    assert after.repeats == before.repeats + 1
    assert projection.notices[len(told) :] == []
