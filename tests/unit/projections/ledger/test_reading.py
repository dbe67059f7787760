"""Messages are read in portions of whole subjects, and named as the journal can write them."""

from __future__ import annotations

import re
from datetime import date
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.ledger.message import Raw
from projections.ledger.reading import _is_event_id, in_portions, recorded_day, subject_of
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
    for raw, read in zip(batch, in_order, strict=True):
        expected = max(expected, raw.timestamp_ms)
        assert read.recorded_ms == expected


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
