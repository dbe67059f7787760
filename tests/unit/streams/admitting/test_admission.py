"""Departments share rounds of admission, and none answers for another's position."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from events.admission.rejection import Rejection
from events.admission.signatures import no_key_known
from events.rules.rulebook import load_rulebook
from events.wire.codec import decode_record
from projections.ledger.message import Raw, Unread
from projections.store.tables.positions import PositionConflictError
from streams.admitting.admission import ROUND_RECORDS_MAX, Admission, _next_round
from streams.admitting.answers import refused_of
from streams.batches import Batch
from streams.publishing.producer import DeliveryError, RefusedError, Span
from streams.witness import LedgerShortError
from tests.support.admitting import COURT, LEDGER, MARKET, TAX, Stage
from tests.support.partition_log import NothingLost, a_record
from tests.support.patience import AMPLE_S


def admit(stage: Stage, *topics: str, **more: Any) -> list[BaseException | None]:
    """Admit one batch of each, the first alone in its round; give what each is told."""

    async def story() -> list[BaseException | None]:
        admission = Admission(load_rulebook(), stage, stage, NothingLost(), **more)  # type: ignore[arg-type]
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


def test_by_which_keys_departments_sign_is_asked_once_a_round() -> None:
    stage, looked = Stage(), list[int]()

    def now() -> Any:
        looked.append(len(stage.rounds))
        return no_key_known

    admit(stage, TAX, MARKET, COURT, signature_check_now=now)
    assert looked == [0, 1]


@pytest.mark.requirement(37)
def test_a_conflict_is_of_its_own_department_alone() -> None:
    stage = Stage()
    stage.moved = {TAX, COURT}
    tax, market, court = admit(stage, TAX, MARKET, COURT)
    assert (tax, court) == (None, None)
    assert isinstance(market, PositionConflictError)


@pytest.mark.parametrize(
    ("named", "topic_of", "whose"),
    [
        ("market-330106", "330100", "market-330106"),
        ("market-330100", "330100", "market-330100"),
        ("market-330203", "330100", "330100"),
        ("nobody-330106", "330100", "330100"),
        (None, "330100", "330100"),
        ("tax-zj", "tax-zj", "tax-zj"),
        ("market-zj", "tax-zj", "tax-zj"),
    ],
)
def test_a_refusal_is_the_offices_that_it_names_where_it_reports_on_the_topic(
    named: str | None, topic_of: str, whose: str
) -> None:
    assert refused_of(Rejection([], department=named), topic_of, load_rulebook()) == whose


def of(topic: str, count: int) -> Any:
    """Give a batch that waits."""
    records = [a_record(offset) for offset in range(count)]
    return Batch(topic, 0, records), object()


def test_a_round_is_bounded_and_nobodys_backlog_holds_up_those_who_say_little() -> None:
    backlogs = [of(f"backlog {n}", 400) for n in range(3)]
    small = [of(f"small {n}", 10) for n in range(20)]
    taken, rest = _next_round([*backlogs, *small])

    assert sum(len(batch.records) for batch, _ in taken) <= ROUND_RECORDS_MAX
    assert taken[0] == backlogs[0], "who waits longest is among them"
    assert all(each in taken for each in small)
    assert rest == [backlogs[2]]


def test_one_batch_may_be_a_round_however_large() -> None:
    large = of("large", ROUND_RECORDS_MAX + 1)
    assert _next_round([large]) == ([large], [])


def test_a_crowd_is_of_no_round_while_others_would_wait_behind_it() -> None:
    crowd, small = of("crowd", 250), of("small", 10)
    assert _next_round([crowd, small], {("crowd", 0)}) == ([small], [crowd])
    assert _next_round([crowd], {("crowd", 0)}) == ([], [crowd])


class Shortened(Stage):
    """A ledger that had acknowledged ten in each of two partitions, and puts the next elsewhere."""

    def __init__(self, *first: int) -> None:
        super().__init__()
        self.go.set()
        self._first = first
        self._asked = ""
        self.breaches: list[object] = []

    def send_and_place(self, messages: Any) -> dict[tuple[str, int], Span]:
        list(messages)
        return {(LEDGER, p): Span(first, first + 3) for p, first in enumerate(self._first)}

    def execute(self, statement: str, values: Any = ()) -> Stage:
        self._asked = statement
        if "INSERT INTO control.breach" in statement:
            self.breaches.append(values)
        return super().execute(statement, values)

    def fetchall(self) -> list[Any]:
        if "control.ledger_end" in self._asked and "SELECT" in self._asked:
            return [(0, 10), (1, 10)]
        return super().fetchall()


@pytest.mark.parametrize(
    ("first", "is_short"), [((10, 12), False), ((10, 9), True), ((0, 10), True)]
)
def test_a_round_that_came_to_stand_over_a_lost_end_is_not_admitted_and_ends_all(
    first: tuple[int, int], *, is_short: bool
) -> None:
    stage = Shortened(*first)
    (told,) = admit(stage, TAX)
    assert isinstance(told, LedgerShortError) is is_short
    assert bool(stage.breaches) is is_short
    assert (stage.rounds == []) is is_short


class Poisoned(Stage):
    """Cannot send what one department says, for a reason of its own."""

    why: Exception = ValueError()

    def send_and_place(self, messages: Any) -> dict[tuple[str, int], int]:
        self.go.wait(AMPLE_S)
        if any(b"market-zj" in message[2] for message in list(messages)):
            raise self.why
        return {}


@pytest.mark.parametrize("why", [ValueError(), RefusedError("larger than the broker takes")])
def test_a_batch_that_fails_for_an_unknown_reason_fails_alone(why: Exception) -> None:
    stage = Poisoned()
    stage.why = why
    court, market, tax = admit(stage, COURT, MARKET, TAX)
    assert (court, tax) == (None, None)
    assert market is why


@pytest.mark.parametrize("why", [Unread.TOO_LARGE, Unread.DAMAGED])
def test_what_could_not_be_read_is_refused_and_what_is_no_record_is_stepped_over(
    why: Unread,
) -> None:
    sent: list[Any] = []
    stage = Stage()
    stage.go.set()
    stage.send_and_place = lambda messages: sent.extend(messages) or {}  # type: ignore[method-assign,func-returns-value]
    records = [
        Raw(0, 0, None, None, unread=Unread.NO_RECORD),
        Raw(1, 10**18, None, None, unread=why),
    ]
    refusals: Any = Counter()
    admission = Admission(load_rulebook(), stage, stage, NothingLost())  # type: ignore[arg-type]
    (message,) = admission._admitted(Batch(TAX, 0, records), no_key_known, refusals)

    _, rejection = decode_record(message[2])
    (reason,) = rejection["reasons"]
    expected = {Unread.TOO_LARGE: "too_large", Unread.DAMAGED: "message_unreadable"}
    assert (rejection["offset"], reason["code"]) == (1, expected[why])
    assert len(refusals) == 2


@pytest.mark.parametrize("error", [ConnectionError(), DeliveryError()])
def test_a_round_that_fails_is_told_to_each_and_the_next_goes_on(error: Exception) -> None:
    stage = Stage(failing=error)
    assert admit(stage, TAX, MARKET) == [error, error]
    assert len(stage.rounds) == 0
    stage.failing = None
    assert admit(stage, TAX) == [None]
