"""Departments share rounds of admission, and none answers for another's position."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from events.rules.rulebook import load_rulebook
from projections.store.store import PositionConflictError
from streams.admission import Admission
from streams.batches import Batch
from tests.support.partition_log import a_record

if TYPE_CHECKING:
    from collections.abc import Iterator

TAX, MARKET, COURT = (
    f"credit.organisation.submissions.{code}" for code in ("tax-zj", "market-zj", "court-zj")
)


class Stage:
    """Stands for the sender and the database; the first round lasts until it is let go."""

    def __init__(self, failing: Exception | None = None) -> None:
        self.rounds: list[list[str]] = []
        self.moved = {TAX, MARKET, COURT}
        self.go = threading.Event()
        self.failing = failing

    def send(self, messages: Any) -> int:
        self.go.wait(10)
        if self.failing is not None:
            raise self.failing
        return len(list(messages))

    @contextmanager
    def one(self) -> Iterator[Stage]:
        yield self

    def execute(self, _statement: str, values: tuple[list[str], ...]) -> Stage:
        self.rounds.append(values[0])
        return self

    def fetchall(self) -> list[tuple[str, int]]:
        return [(topic, 0) for topic in self.rounds[-1] if topic in self.moved]


def admit(stage: Stage, *topics: str) -> list[BaseException | None]:
    """Admit one batch of each, the first alone in its round; give what each is told."""

    async def story() -> list[BaseException | None]:
        admission = Admission(load_rulebook(), stage, stage)  # type: ignore[arg-type]
        lanes = []
        for topic in topics:
            lanes.append(asyncio.create_task(admission.apply(Batch(topic, 0, [a_record(0)]))))
            await asyncio.sleep(0.01)
        stage.go.set()
        return await asyncio.gather(*lanes, return_exceptions=True)

    return asyncio.run(story())


def test_what_comes_during_a_round_shares_the_next() -> None:
    stage = Stage()
    assert admit(stage, TAX, MARKET, COURT) == [None, None, None]
    assert stage.rounds == [[TAX], sorted([MARKET, COURT])]


@pytest.mark.requirement(37)
def test_a_conflict_is_of_its_own_department_alone() -> None:
    stage = Stage()
    stage.moved = {TAX, COURT}
    tax, market, court = admit(stage, TAX, MARKET, COURT)
    assert (tax, court) == (None, None)
    assert isinstance(market, PositionConflictError)


@pytest.mark.parametrize("error", [ConnectionError(), ValueError()])
def test_a_round_that_fails_is_told_to_each_and_the_next_goes_on(error: Exception) -> None:
    stage = Stage(failing=error)
    assert admit(stage, TAX, MARKET) == [error, error]
    stage.failing = None
    assert admit(stage, TAX) == [None]
