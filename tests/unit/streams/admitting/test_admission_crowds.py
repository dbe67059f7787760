"""A crowd of one subject goes onto the ledger no faster than it is applied there."""

from __future__ import annotations

import asyncio
import time
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import pytest

from events.event import event_to_record
from events.rules.rulebook import load_rulebook
from events.topics import submission_origin
from events.wire.codec import encode_record
from projections.ledger.message import Raw
from streams.admitting.admission import Admission
from streams.admitting.crowds import BEHIND_MAX, CROWD_MIN
from streams.batches import Batch
from streams.publishing.producer import Span
from tests.support.builders import OTHER_SUBJECT, SUBJECT, a_penalty
from tests.support.partition_log import NothingLost
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
from tests.support.admitting import LEDGER, MARKET, TAX, Stage


class Behind(Stage):
    """A ledger of which so many events are yet to be applied, until somebody applies them."""

    def __init__(self) -> None:
        super().__init__()
        self.go.set()
        self.end, self.applied = 0, 0
        self.look_s = 0.0
        self.most_behind = 0
        self._asked = ""

    def send_and_place(self, messages: Any) -> dict[tuple[str, int], Span]:
        said = len(list(messages))
        self.end += said
        self.most_behind = max(self.most_behind, self.end - self.applied)
        return {(LEDGER, 0): Span(self.end - said, self.end - 1)}

    def execute(self, statement: Any, values: Any = ()) -> Stage:
        self._asked = statement if isinstance(statement, str) else statement.decode()
        if "next_offset, seen_offset, seen FROM" in self._asked:
            time.sleep(self.look_s)
            self.applied = min(self.end, self.applied + 100)  # somebody is at work
        return super().execute(self._asked, values)

    def fetchall(self) -> list[Any]:
        if "control.ledger_end" in self._asked and "SELECT partition" in self._asked:
            return [(0, 0)]
        return super().fetchall()

    def fetchone(self) -> tuple[int]:
        return (1,)

    def __iter__(self) -> Iterator[Any]:
        return iter([(0, self.applied, None, None)])


def penalties(topic: str, subject: str, times: int) -> Iterator[Batch]:
    """Give batches without end in which a department says so many of one subject."""
    _, department = submission_origin(topic)
    category = f"penalty.{department.removesuffix('-zj')}"
    said = a_penalty(department=department, category=category, subject_id=subject)
    value = encode_record("credit.PenaltyImposed", event_to_record(said))
    for first in count(step=times):
        records = [Raw(first + n, 1_800_000_000_000, subject.encode(), value) for n in range(times)]
        yield Batch(topic, 0, records)


@pytest.fixture
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a crowd go on by what is applied alone: a machine may stand for the seconds that also let it on."""
    monkeypatch.setattr("streams.admitting.crowds.HELD_MAX_S", AMPLE_S)


@pytest.mark.usefixtures("no_time_passes")
def test_a_crowd_goes_onto_the_ledger_no_faster_than_it_is_applied_there() -> None:
    stage = Behind()

    async def story() -> None:
        admission = Admission(load_rulebook(), stage, stage, NothingLost())  # type: ignore[arg-type]
        for batch in islice(penalties(TAX, SUBJECT, 250), 12):
            await admission.apply(batch)

    asyncio.run(story())
    assert stage.end == 3_000
    assert stage.most_behind <= BEHIND_MAX + 250


@pytest.mark.usefixtures("no_time_passes")
def test_a_crowd_that_comes_while_another_is_looked_at_waits_for_a_look_of_its_own() -> None:
    """It was let on beside the other, as it had not been held when the look began."""
    stage = Behind()
    stage.look_s = 0.01

    async def story() -> None:
        admission = Admission(load_rulebook(), stage, stage, NothingLost())  # type: ignore[arg-type]

        async def others() -> None:
            for batch in penalties(MARKET, OTHER_SUBJECT, CROWD_MIN):
                await admission.apply(batch)

        speaking = asyncio.create_task(others())
        for batch in islice(penalties(TAX, SUBJECT, 250), 12):
            await asyncio.sleep(stage.look_s / 2)
            await admission.apply(batch)
        speaking.cancel()

    asyncio.run(story())
    assert stage.end > 3_000
    assert stage.most_behind <= BEHIND_MAX + 250 + CROWD_MIN
