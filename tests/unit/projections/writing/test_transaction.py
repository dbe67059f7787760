"""What a transaction writes does not depend on how its batch is divided, nor on when it encodes."""

from __future__ import annotations

from datetime import date
from itertools import groupby

import pytest

from events.envelope import Platform
from events.wire.codec import decode_record
from ops.generator import GeneratorPlan, generate_encoded
from projections.fold.fold import Fold
from projections.ledger.message import Raw
from projections.ledger.reading import in_portions, read
from projections.quality.quality import Deadlines
from projections.writing.outbox import ProfileChange
from projections.writing.transaction import Writing
from tests.support.given import CALENDAR

PLAN = GeneratorPlan(
    events=600, subjects=40, seed=5, first_day=date(2019, 1, 1), last_day=date(2025, 12, 31)
)
DAY_MS = 86_400_000
FIRST_MS = 1_700_000_000_000
PARTITION = 3


def messages() -> list[Raw]:
    """Give a ledger recorded two a day, so that time tells too."""
    return [
        Raw(offset, FIRST_MS + offset * DAY_MS // 2, key, value)
        for offset, (key, value, _) in enumerate(generate_encoded(PLAN))
    ]


def written(portion: int, *, encodes: bool) -> Writing:
    deadlines = Deadlines(CALENDAR.rulebook)
    writing = Writing(Platform.ORGANISATION, PARTITION, 7, deadlines, encodes=encodes)
    for part in in_portions(messages(), 0, portion):
        items = [read(message) for message in part]
        writing.journal(items)
        fold = Fold(CALENDAR, {}, {})
        for subject_id, own in groupby(items, lambda item: item.subject_id):
            for item in own:
                fold.apply(item)
            writing.conclude(fold, subject_id)
        writing.finish(fold)
    return writing


WHOLE = written(PLAN.events, encodes=False)


@pytest.mark.parametrize("portion", [1, 7, 100])
def test_portions_of_any_size_write_the_same(portion: int) -> None:
    parts = written(portion, encodes=False)

    assert parts.new == WHOLE.new
    assert parts.known == WHOLE.known == []
    assert parts.events() == WHOLE.events()
    assert parts.notices() == WHOLE.notices()
    assert parts.recorded == WHOLE.recorded
    assert sorted(parts.ties) == sorted(WHOLE.ties)
    assert parts.reporting.by_month() == WHOLE.reporting.by_month()
    assert parts.changes == WHOLE.changes


def test_what_is_told_stands_in_ledger_order() -> None:
    offsets = [notice.offset for notice in WHOLE.notices()]

    assert len(offsets) > 100
    assert offsets == sorted(offsets)
    assert {notice.by_time for notice in WHOLE.notices()} == {True, False}


def test_when_the_event_of_each_notice_was_recorded_is_kept() -> None:
    of_events = [notice for notice in WHOLE.notices() if not notice.by_time]

    assert len(of_events) > 50
    for notice in of_events:
        assert WHOLE.recorded[notice.offset] == FIRST_MS + notice.offset * DAY_MS // 2


def test_a_profile_encoded_at_once_is_what_is_encoded_when_sent() -> None:
    at_once = written(100, encodes=True)

    assert all(isinstance(change.profile, bytes) for change in at_once.changes)
    assert [c.message(PARTITION) for c in at_once.changes] == [
        c.message(PARTITION) for c in WHOLE.changes
    ]
    change: ProfileChange = at_once.changes[0]
    _, value = decode_record(change.message(PARTITION))
    assert (value["subject_id"], value["partition"], value["offset"], value["parked"]) == (
        *(change.subject_id, PARTITION, change.last_offset, False),
    )
