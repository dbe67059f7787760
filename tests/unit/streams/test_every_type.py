"""Across streams: whatever happens to the bytes of an event of any type, each reader has an answer.

So no type has a way of its own to stop a department's topic, or a partition of the ledger.
"""

from __future__ import annotations

import random
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pytest

from events.envelope import CHINA, Platform
from events.event import event_to_record, event_type
from events.rules.rulebook import load_rulebook
from events.topics import submissions_topic
from events.wire.codec import UnencodableError, encode_record
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of
from projections.calendar.rules import RuleCalendar
from projections.fold.fold import fold_subject
from projections.ledger.message import Message, Raw
from projections.ledger.reading import read
from streams.admitting.answers import answer
from streams.batches import Batch
from streams.publishing.producer import MESSAGE_BYTES_MAX
from tests.support import builders as a
from tests.support.odd_messages import on_the_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.event import Event

EVERY_TYPE: Final = a.one_of_each()
NAMES: Final = [f"{place} {event_type(event)}" for place, event in enumerate(EVERY_TYPE)]
RULEBOOK: Final = load_rulebook()
CALENDAR: Final = RuleCalendar(RULEBOOK)
NOON: Final = datetime(2025, 6, 15, 12, tzinfo=CHINA)
NOON_MS: Final = int(NOON.timestamp() * 1000)

LIES: Final = (b"\xff" * 9 + b"\x01", b"\xfe\xff\xff\xff\x0f", b"\x01", b"\x00", b"\xff")
"""Written where a length, a branch of a union or a letter stands: huge, long, negative, none."""

_FRAME: Final = 5
IDENTITY_NUMBER: Final = "330106199001010017"


def damaged(event: Event) -> Iterator[bytes]:
    """Give the bytes of an event, cut short, lengthened, and with a lie at each place."""
    good = on_the_wire(event)
    yield good + b"more"
    yield good + good
    drawn = random.Random(event.envelope.event_id)
    for place in range(_FRAME, len(good)):
        yield good[:place]
        lie = drawn.choice(LIES)
        yield good[:place] + lie + good[place + 1 :]


@pytest.mark.parametrize("event", EVERY_TYPE, ids=NAMES)
def test_admission_answers_whatever_is_left_of_a_submission(event: Event) -> None:
    platform, department = Platform.ORGANISATION, event.envelope.department
    batch = Batch(submissions_topic(platform, department), 0, [])
    for value in damaged(event):
        message, _ = answer(
            Raw(0, NOON_MS, b"", value), batch, platform, department, NOON, RULEBOOK, lambda _: 12
        )
        assert len(message[2]) < MESSAGE_BYTES_MAX


@pytest.mark.parametrize("event", EVERY_TYPE, ids=NAMES)
def test_the_ledger_reads_on_past_whatever_is_left_of_an_event(event: Event) -> None:
    """What is no event any more parks its subject; what still is one is concluded from, as ever."""
    subject_id = event.envelope.subject_id
    first = read(Message(0, NOON_MS, subject_id.encode(), on_the_wire(event)))
    for value in damaged(event):
        found = read(Message(1, NOON_MS, subject_id.encode(), value))
        assert (found.event is None) is (found.problem is not None)
        fold, _ = fold_subject([first, found], CALENDAR)
        assert (subject_id in fold.parked) is (found.event is None)
        if found.event is not None:
            question = Question(
                platform=Platform.ORGANISATION, subject_id=subject_id, valid_on=NOON.date()
            )
            assert state_as_of([first, found], question, Part(0, 2), CALENDAR).parked is None


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to each text in a record."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for name, part in parts:
            yield from places(part, (*path, name))


def test_why_a_subject_is_parked_repeats_no_text_of_any_event() -> None:
    """It is shown in answers, and a text may be anything, an identity number in a wrong field too."""
    problems: set[str] = set()
    for event in EVERY_TYPE:
        subject_id = event.envelope.subject_id
        for path in places(event_to_record(event)):
            record = at = event_to_record(event)
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = IDENTITY_NUMBER
            try:
                value = encode_record(f"credit.{event_type(event)}", record)
            except UnencodableError:
                continue  # A word of a closed list is written as its place in it.
            found = read(Message(1, NOON_MS, subject_id.encode(), value))
            problems.add(found.problem or "")
    assert len(problems) > 1
    assert [problem for problem in problems if IDENTITY_NUMBER in problem] == []
