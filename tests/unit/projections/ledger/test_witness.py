"""What a position remembers shows whatever differs in the record that stands there."""

from __future__ import annotations

import pytest

from projections.ledger.message import Raw, Unread
from projections.ledger.witness import last_seen, reader_standing, seen

RECORD = (7, 1_700_000_000_000, b"key", b"value")


@pytest.mark.parametrize(
    "other",
    [
        (8, 1_700_000_000_000, b"key", b"value"),
        (7, 1_700_000_000_001, b"key", b"value"),
        (7, 1_700_000_000_000, b"keyv", b"alue"),
        (7, 1_700_000_000_000, b"key", b"other"),
    ],
)
def test_another_offset_time_key_or_value_is_another_record(
    other: tuple[int, int, bytes, bytes],
) -> None:
    assert seen(*RECORD) == seen(*RECORD)
    assert seen(*other) != seen(*RECORD)


def test_the_last_record_that_could_be_read_is_remembered() -> None:
    said = Raw(*RECORD)
    marker = Raw(8, 0, None, None, unread=Unread.NO_RECORD)
    assert last_seen([said, marker]) == seen(*RECORD)
    assert last_seen([marker]) is None


def test_a_position_without_a_digest_remembers_nothing() -> None:
    assert reader_standing(8, None, None).seen is None
    assert reader_standing(8, *seen(*RECORD)).seen == seen(*RECORD)
