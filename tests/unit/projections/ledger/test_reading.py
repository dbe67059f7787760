"""Messages are read in portions of whole subjects, and named as the journal can write them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.ledger.message import UNREAD_PROBLEMS, Message, Raw, Unread
from projections.ledger.reading import (
    _is_event_id,
    in_portions,
    midnight_ms,
    read,
    recorded_day,
    subject_of,
)
from tests.support.builders import a_penalty
from tests.support.given import message

UUID = "0b8f3c1e-9a4d-5f6b-8c2d-1e0f9a8b7c6d"

raws = st.lists(
    st.tuples(st.sampled_from([b"A", b"B", b"C", b"", b"\xff", None]), st.integers(0, 50)),
    min_size=1,
    max_size=40,
).map(lambda found: [Raw(n, ms, key, b"x") for n, (key, ms) in enumerate(found)])


@given(raws, st.integers(0, 60), st.integers(1, 10))
def test_portions_hold_whole_subjects_and_every_message_once(
    batch: list[Raw], recorded_ms: int, messages_max: int
) -> None:
    portions = in_portions(batch, recorded_ms, messages_max)
    read = [message for portion in portions for message in portion]

    assert sorted(m.offset for m in read) == [raw.offset for raw in batch]
    runs = [
        (subject_id, [m.offset for m in own])
        for subject_id, own in groupby(read, lambda m: subject_of(m.key))
    ]
    subjects = [subject_id for subject_id, _ in runs]
    assert subjects == sorted(set(subjects)), "each subject stands once, in the order of their ids"
    assert all(offsets == sorted(offsets) for _, offsets in runs)
    assert all(
        subject_of(before[-1].key) != subject_of(after[0].key)
        for before, after in pairwise(portions)
    )
    assert all(len(portion) >= messages_max for portion in portions[:-1])


@given(raws, st.integers(0, 60))
def test_recorded_times_never_go_back(batch: list[Raw], recorded_ms: int) -> None:
    (portion,) = in_portions(batch, recorded_ms, len(batch))
    in_order = sorted(portion, key=lambda m: m.offset)
    expected = recorded_ms
    for raw, found in zip(batch, in_order, strict=True):
        expected = max(expected, raw.timestamp_ms)
        assert found.recorded_ms == expected


def test_the_recorded_day_is_chinas() -> None:
    one = message(a_penalty(1), 0, date(2025, 3, 3))

    assert recorded_day(one.recorded_ms) == one.recorded_on
    assert str(recorded_day(1_735_660_799_999)) == "2024-12-31"
    assert str(recorded_day(1_735_660_800_000)) == "2025-01-01"


@given(
    st.one_of(
        st.just(UUID),
        st.text(alphabet="0123456789abcdefABG- _", min_size=30, max_size=40),
        st.tuples(st.integers(0, 35), st.sampled_from("0aAg-_ ç")).map(
            lambda change: UUID[: change[0]] + change[1] + UUID[change[0] + 1 :]
        ),
    )
)
def test_a_record_is_named_by_an_id_as_ids_are_written(text: str) -> None:
    pattern = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert _is_event_id(text) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize(
    ("key", "subject_id"),
    [(None, ""), (b"A\x00B", "A\ufffdB"), (b"\xff", "\ufffd"), ("杭".encode(), "杭")],
)
def test_a_subject_is_what_the_journal_can_write(key: bytes | None, subject_id: str) -> None:
    assert subject_of(key) == subject_id


def test_a_key_of_some_thousand_bytes_is_written_short_and_parks_its_message() -> None:
    long = b"9" * 5_000
    short = subject_of(long)

    assert len(short.encode()) < 500
    assert short != subject_of(long + b"9")
    assert subject_of(short.encode()) == short, "it can be named by what is shown of it"
    assert read(Message(0, 0, long, b"x")).subject_id == short
    assert read(Message(0, 0, long, b"x")).problem is not None


def test_what_is_no_record_reaches_nobody_and_sets_no_time() -> None:
    marker = Raw(1, 9_000, None, None, unread=Unread.NO_RECORD)
    batch = [Raw(0, 1_000, b"A", b"x"), marker, Raw(2, 2_000, b"A", b"y")]

    (portion,) = in_portions(batch, 0, 10)

    assert [(m.offset, m.recorded_ms) for m in portion] == [(0, 1_000), (2, 2_000)]


@pytest.mark.parametrize("why", [Unread.TOO_LARGE, Unread.DAMAGED])
def test_what_could_not_be_read_is_parked_with_its_true_reason(why: Unread) -> None:
    (portion,) = in_portions([Raw(0, 1_000, None, None, unread=why)], 0, 10)

    assert read(portion[0]).problem == UNREAD_PROBLEMS[why]


@given(st.dates(min_value=date(1900, 1, 1)))
def test_a_day_begins_where_the_one_before_ends(day: date) -> None:
    assert recorded_day(midnight_ms(day)) == day
    assert recorded_day(midnight_ms(day) - 1) == day - timedelta(days=1)
