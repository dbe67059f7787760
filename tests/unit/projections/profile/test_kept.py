"""What is kept of a long record stands while nothing but a tally changes, and only then."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING

import pytest

from projections.fold.fold import Fold
from projections.fold.state import encode_state
from projections.ledger.message import Message
from projections.ledger.reading import read
from projections.profile.kept import KeptRecord
from projections.profile.profile import CONCLUDED, assess
from tests.cases.situation import load_cases
from tests.support import builders as a
from tests.support.builders import SUBJECT
from tests.support.given import CALENDAR, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.event import Event

ON = date(2025, 6, 1)
ORDERS = 2
CHANGES = 12
"""So many days of change after the last event are gone through."""
SERIOUS = a.a_tax_listing(1, "2025-01-10", term_months=36)
KNOWN = [SERIOUS, a.a_penalty(2, "2024-03-01"), a.a_judgment(3), a.a_penalty(4, "2025-02-01")]


def folded(*events: Event) -> tuple[Fold, KeptRecord]:
    """Fold events with what is kept of their subject, which is assessed after each."""
    fold, kept = Fold(CALENDAR, {}, {}), KeptRecord()
    fold.kept[SUBJECT] = kept
    for offset, event in enumerate(events):
        fold.apply(read(message(event, offset, ON)))
        profile = fold.profile(SUBJECT)
        state = fold.states[SUBJECT]
        assert profile == assess(state.record, CALENDAR.on(ON))
        assert encode_state(state, kept.packed) == encode_state(state)
    assert not fold.parked
    return fold, kept


def test_what_only_adds_to_a_tally_leaves_all_else_concluded_as_it_is() -> None:
    fold, kept = folded(*KNOWN)
    before = CONCLUDED.get(kept.whole)
    packed = {kind: data for kind, data in kept.packed.items() if isinstance(kind, int)}
    fold.apply(read(message(a.a_judgment(9), len(KNOWN), ON)))
    profile = fold.profile(SUBJECT)

    assert before is not None
    assert CONCLUDED.get(kept.whole) is before
    assert profile.records is before.records
    assert sum(count.count for count in profile.categories.values()) == len(KNOWN) + 1
    encode_state(fold.states[SUBJECT], kept.packed)
    assert all(kept.packed[kind] is data for kind, data in packed.items())


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(a.a_penalty(9, "2025-05-01"), id="a matter"),
        pytest.param(a.a_registration(), id="what a register says"),
        pytest.param(a.a_judgment(9, subject_name="杭州样本有限公司"), id="a name not said before"),
    ],
)
def test_what_adds_anything_else_is_concluded_anew(event: Event) -> None:
    fold, kept = folded(*KNOWN)
    before = CONCLUDED.get(kept.whole)
    fold.apply(read(message(event, len(KNOWN), ON)))
    profile = fold.profile(SUBJECT)

    assert CONCLUDED.get(kept.whole) is not before
    assert profile == assess(fold.states[SUBJECT].record, CALENDAR.on(ON))


def test_on_another_day_all_is_concluded_anew() -> None:
    fold, kept = folded(*KNOWN)
    before = CONCLUDED.get(kept.whole)
    fold.apply(read(message(a.a_judgment(9), len(KNOWN), date(2028, 2, 1))))
    profile = fold.profile(SUBJECT)

    assert CONCLUDED.get(kept.whole) is not before
    assert profile == assess(fold.states[SUBJECT].record, CALENDAR.on(date(2028, 2, 1)))


def test_what_is_shown_of_a_record_stands_while_the_times_on_serious_lists_do() -> None:
    fold, kept = folded(*KNOWN)
    penalty = KNOWN[1].envelope.event_id
    before = kept.records[penalty]
    assert before.spans, "the subject is on a serious list"
    fold.apply(read(message(a.a_penalty(9, "2025-05-01"), len(KNOWN), ON)))
    fold.profile(SUBJECT)
    assert kept.records[penalty] is before
    within = a.a_tax_listing(10, "2025-03-01", term_months=12)
    fold.apply(read(message(within, len(KNOWN) + 1, ON)))
    fold.profile(SUBJECT)
    assert kept.records[penalty] is before, "it was on one by then, and longer"
    longer = a.a_tax_listing(11, "2025-03-01", term_months=48)
    fold.apply(read(message(longer, len(KNOWN) + 2, ON)))
    fold.profile(SUBJECT)
    assert kept.records[penalty] is not before


def holds_as_time_passes(messages: Sequence[Message]) -> None:
    """Hold what is concluded with what is kept to what is without, event by event and beyond."""
    fold, of_each = Fold(CALENDAR, {}, {}), dict[str, KeptRecord]()
    for each in messages:
        item = read(each)
        subject_id = item.subject_id
        fold.kept[subject_id] = of_each.setdefault(subject_id, KeptRecord())
        fold.apply(item)
        state = fold.states[subject_id]
        profile = fold.profile(subject_id)
        assert profile == assess(state.record, CALENDAR.on(state.assessed_on))
    for subject_id, kept in of_each.items():
        on = fold.profile(subject_id).next_change_on
        for _ in range(CHANGES):
            if on is not None:
                record = fold.states[subject_id].record
                profile = assess(record, CALENDAR.on(on), None, kept)
                assert profile == assess(record, CALENDAR.on(on))
                on = profile.next_change_on


@pytest.mark.parametrize("file", sorted({case.file for case in load_cases()}))
def test_each_situation_is_concluded_as_if_nothing_of_it_were_kept(file: str) -> None:
    """Marks, list entries and later balances reach matters from outside, and days change them.

    Told in several orders, so that what reaches a matter comes after it was concluded.
    """
    draw = random.Random(file)
    for case in (case for case in load_cases() if case.file == file):
        said = case.messages()
        holds_as_time_passes(said)
        last_ms = max(each.recorded_ms for each in said)
        for _ in range(ORDERS):
            draw.shuffle(said)
            holds_as_time_passes(
                [Message(n, last_ms, each.key, each.value) for n, each in enumerate(said)]
            )
