"""Across all types of event: one more record is as much work with many of its kind as with few.

Counted, not timed: the lines that run, each turn of a loop anew, and how often an id is compared or
looked up, as is done to put records in order or into a set. Of what runs in C no more is seen.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from projections.fold.fold import Fold
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.given import CALENDAR, message
from tests.unit.projections.fold.test_growth import (
    AMENDMENTS,
    ORIGINALS,
    RECORDED,
    copies,
    counted,
    name_of,
    with_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.event import Event

FEW, MANY, SOME = 64, 320, 8
"""After so many records of one kind the next few are counted."""

GROWTH_MAX = 1.3

REGISTERS = "what registers say is compared as a whole"
MARKS = "what stands beside a record depends on the day, and is weighed by what else stands"
ENDED = "who represents the subject is looked for among what was said, the newest first"
STILL_GROWING = {
    "SubjectRegistered": REGISTERS,
    "SubjectChanged": REGISTERS,
    "ObjectionRaised": MARKS,
    "StatementAdded": MARKS,
    "RepairApplied": MARKS,
    "RepairDecided": MARKS,
    "RelationEnded": ENDED,
}
"""What is still more work with each that came before, and why. What is mended leaves this list."""


class CountedId(str):
    """An id that counts how often any is compared or looked up."""

    __slots__ = ()
    asked = 0

    def __lt__(self, other: str) -> bool:
        CountedId.asked += 1
        return str.__lt__(self, other)

    def __eq__(self, other: object) -> bool:
        CountedId.asked += 1
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        CountedId.asked += 1
        return str.__hash__(self)


def with_counted_id(said: Event) -> Event:
    """Give an event whose id counts; it is not another by that."""
    event_id = CountedId(said.envelope.event_id)
    envelope = msgspec.structs.replace(said.envelope, event_id=event_id)
    return msgspec.structs.replace(said, envelope=envelope)


def work(events: Sequence[Event]) -> tuple[int, int]:
    """Fold events of one subject; give how much work some were that had few before, and many."""
    assert RECORDED is not None
    fold, counts = Fold(CALENDAR, {}, {}), [0] * len(events)
    lines = 0

    def count(_: Any, kind: str, __: Any) -> Any:
        nonlocal lines
        lines += kind == "line"
        return count

    for offset, said in enumerate(events):
        item, event = read(message(said, offset, RECORDED)), with_counted_id(said)
        assert item.known is not None
        known = msgspec.structs.replace(item.known, event=event)
        entry_id = CountedId(item.entry_id)
        item = msgspec.structs.replace(item, entry_id=entry_id, event=event, known=known)
        lines = CountedId.asked = 0
        if FEW <= offset < FEW + SOME or offset >= MANY:
            sys.settrace(count)
        try:
            fold.apply(item)
        finally:
            sys.settrace(None)
        counts[offset] = lines + CountedId.asked
    assert not fold.parked
    return sum(counts[FEW : FEW + SOME]), sum(counts[MANY:])


@counted
@pytest.mark.parametrize("event", ORIGINALS, ids=name_of)
@pytest.mark.parametrize("way", ["last of its day", "in between"])
def test_one_more_record_is_as_much_work_with_many_as_with_few(event: Event, way: str) -> None:
    said = copies(event, MANY + SOME)
    if way == "last of its day":
        said.sort(key=lambda each: each.envelope.event_id)
    holds(event, said)


@counted
@pytest.mark.parametrize("event", ORIGINALS, ids=name_of)
def test_so_it_is_beside_records_with_marks_and_one_that_is_deleted(event: Event) -> None:
    marked, gone = a.a_commendation(1), a.a_commendation(2)
    raised = [a.an_objection(each, "2025-03-01") for each in (marked, gone)]
    beside = [marked, gone, *raised, a.an_answer(raised[1], "2025-03-05", "deleted")]
    holds(event, [*beside, *copies(event, MANY + SOME - len(beside))])


@counted
@pytest.mark.parametrize("amendment", AMENDMENTS, ids=name_of)
def test_so_is_one_more_word_about_a_record_of_its_own(amendment: Event) -> None:
    holds(amendment, with_words(amendment, (MANY + SOME) // 2))


def holds(event: Event, said: Sequence[Event]) -> None:
    few, many = work(said)
    grows = many > few * GROWTH_MAX
    assert grows == (type(event).__name__ in STILL_GROWING), f"{few / SOME} then {many / SOME}"
