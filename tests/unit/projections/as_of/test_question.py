"""A question as one value: its cut or its moment, and moments that lose no millisecond."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Platform
from projections.as_of.cut import CutSilentError
from projections.as_of.question import Question, moment_text, ms_of
from tests.support import builders as a

ASKED = Question(platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=date(2025, 4, 1))


@given(st.integers(0, 4_102_444_800_000))
def test_a_moment_as_written_is_read_as_the_same_millisecond(moment_ms: int) -> None:
    """By way of a float, one in eight would come to the millisecond before, and know less."""
    assert ms_of(datetime.fromisoformat(moment_text(moment_ms))) == moment_ms
    within = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment_ms, microseconds=999)
    assert ms_of(within) == moment_ms


def test_a_moment_is_written_as_people_in_china_read_it() -> None:
    assert moment_text(1_795_000_000_123) == "2026-11-18T19:06:40.123+08:00"


def test_the_cut_decides_where_both_are_given() -> None:
    both = Question(
        platform=ASKED.platform,
        subject_id=a.SUBJECT,
        valid_on=ASKED.valid_on,
        cut={3: 17},
        known_at_ms=1,
    )
    assert (both.cut_of(3), both.moment_ms, both.known_at) == (17, None, None)
    with pytest.raises(CutSilentError, match="partition 4"):
        both.cut_of(4)
    assert (ASKED.cut_of(4), ASKED.rules_of) == (None, ASKED.valid_on)
