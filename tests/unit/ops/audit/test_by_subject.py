"""A partition sorted by subject: nothing left out, in any number of runs, up to a moment."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from ops.audit.by_subject import LedgerBySubject
from projections.ledger.message import Message, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator


class Partition:
    """Stands for a reader of one partition that hands out batches of seven."""

    def __init__(self, raws: list[Raw]) -> None:
        self.raws = raws

    def end(self, _partition: int) -> int:
        return len(self.raws)

    def batches(self, _partition: int, start: int, end: int) -> Iterator[list[Raw]]:
        for first in range(start, end, 7):
            yield self.raws[first : min(first + 7, end)]


def a_partition(messages: int = 100, subjects: int = 9) -> Partition:
    chance = random.Random(7)
    return Partition(
        [
            Raw(n, 1_000 + n * 10, f"S{chance.randrange(subjects)}".encode(), bytes([n]) * n)
            for n in range(messages)
        ]
    )


def sorted_by_subject(partition: Any, known_ms: int, **limits: int) -> Any:
    with LedgerBySubject(partition, 0, known_ms, **limits) as found:
        return found.cut, list(found.subjects())


@pytest.mark.parametrize("run_bytes_max", [1, 2_000, 64_000_000])
def test_it_gives_every_message_once_whatever_the_size_of_a_run(run_bytes_max: int) -> None:
    partition = a_partition()
    cut, found = sorted_by_subject(partition, 10**9, run_bytes_max=run_bytes_max)

    assert cut == 100
    assert [subject for subject, _ in found] == sorted({r.key.decode() for r in partition.raws})  # type: ignore[union-attr]
    for subject, messages in found:
        own = [raw for raw in partition.raws if raw.key == subject.encode()]
        assert messages == [Message(r.offset, r.timestamp_ms, r.key, r.value) for r in own]


def test_it_ends_at_the_first_message_recorded_after_the_moment() -> None:
    cut, found = sorted_by_subject(a_partition(), 1_000 + 41 * 10)
    assert cut == 42
    assert sum(len(messages) for _, messages in found) == 42
    assert sorted_by_subject(a_partition(), 999) == (0, [])


def test_a_stamp_that_steps_back_is_recorded_no_earlier_than_what_came_before_it() -> None:
    """Two stood after the midnight, so the third does too, whatever its stamp says."""
    raws = [Raw(0, 90, b"A", b""), Raw(1, 101, b"B", b""), Raw(2, 95, b"A", b"")]
    assert sorted_by_subject(Partition(raws), 100)[0] == 1
    cut, found = sorted_by_subject(Partition(raws), 101)
    assert cut == 3
    assert [[m.recorded_ms for m in messages] for _, messages in found] == [[90, 101], [101]]


def test_keys_that_cannot_be_read_and_values_that_are_missing_are_kept() -> None:
    raws = [Raw(0, 1, b"\xff", None), Raw(1, 2, None, b"x"), Raw(2, 3, "杭".encode(), b"y")]
    _, found = sorted_by_subject(Partition(raws), 10, run_bytes_max=1)
    assert [(subject, messages[0].value) for subject, messages in found] == [
        ("", b"x"),
        ("杭", b"y"),
        ("\ufffd", None),
    ]
