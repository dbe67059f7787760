"""Streams of warnings by a real server: live, resumed, many at once, and over a promotion."""

from __future__ import annotations

import json
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from events.envelope import Platform
from events.partitioning import partition_of
from events.rules.rulebook import load_rulebook
from ops.demo.scenes import lives
from ops.generator import GeneratorPlan
from ops.generator.codes import synthetic_credit_code
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.http.door import door
from projections.http.tail import Tail
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.queries.warning_log import format_cursor, head
from projections.store.database import create_version, live_schema, next_version
from projections.store.promotion import supersede
from projections.store.store import Store
from tests.support import builders as a
from tests.support.asking import (
    LOCAL_KEY,
    START_MS,
    GateOfTests,
    SentEvent,
    filled,
    gate,
    noon,
    running,
    sent_events,
)
from tests.support.given import value_of
from tests.support.patience import AMPLE_S
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack
    from projections.access.inquiry import Inquiry

ORGANISATION = Platform.ORGANISATION
TODAY = date(2026, 11, 23)
PLAN = GeneratorPlan(
    events=300, subjects=30, seed=5, first_day=date(2020, 1, 1), last_day=date(2026, 10, 31)
)
STREAM = "/v1/organisation/warnings/stream"


KEY = {"Authorization": f"Bearer {LOCAL_KEY}"}


class Served(NamedTuple):
    """A running service over a database of its own, and what its ledger holds."""

    address: str
    database: str
    pool: ConnectionPool
    ledger: dict[int, list[Raw]]
    gate: GateOfTests

    def tell(self, code: str) -> None:
        """Put a subject on a list, which warns of it at once."""
        partition = partition_of(code)
        own = self.ledger.setdefault(partition, [])
        event = a.a_court_listing(code, "2026-11-01", subject_id=code)
        at_ms = START_MS + 10_000_000 + len(own)
        own.append(Raw(len(own), at_ms, code.encode(), value_of(event)))
        with psycopg.connect(self.database, autocommit=True) as connection:
            schema = live_schema(connection, ORGANISATION)
            projector = Projector(ORGANISATION, Store(schema), RuleCalendar(load_rulebook()))
            projector.apply(connection, partition, own[-1:])

    def head(self) -> str:
        """Give the cursor behind everything told so far."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            return format_cursor(head(connection, ORGANISATION))

    def promote(self) -> None:
        """Build the read models anew from what the ledger holds, and let them take over."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            old, version = (
                live_schema(connection, ORGANISATION),
                next_version(connection, ORGANISATION),
            )
            with connection.transaction():
                new = create_version(connection, ORGANISATION, version)
            projector = Projector(ORGANISATION, Store(new), RuleCalendar(load_rulebook()))
            for partition, batch in self.ledger.items():
                projector.apply(connection, partition, batch)
            with connection.transaction():
                # What a version tells while it is built does not go out.
                connection.execute(f"TRUNCATE {new}.outbox".encode())
                supersede(connection, ORGANISATION, old, new, version)


@pytest.fixture
def served(stack: Stack) -> Iterator[Served]:
    with fresh_database(stack.postgres) as url:
        ledger = filled(url, PLAN, lives()[0])
        pool = ConnectionPool(url, min_size=1, max_size=8, kwargs={"autocommit": True}, open=False)
        known = gate()
        calendar = RuleCalendar(load_rulebook())
        with (
            pool,
            running(create_service(pool, calendar, noon(TODAY), dict, gate=known)) as at,
        ):
            yield Served(at, url, pool, ledger, known)


class Reader(NamedTuple):
    """A client that reads a stream, as a browser would."""

    events: Iterator[SentEvent]
    lines: Iterator[str]

    def next(self) -> SentEvent:
        """Wait for the next event."""
        return next(self.events)

    def hears_of(self, code: str) -> bool:
        """Wait for news of a subject; several may be told of one, and of those before it."""
        for each in self.events:
            assert each.event is None, each
            if json.loads(each.data)["subject_id"] == code:
                return True
        return False


@contextmanager
def reading(served: Served, *, last: str | None = None, **parameters: str) -> Iterator[Reader]:
    headers = KEY if last is None else {**KEY, "Last-Event-ID": last}
    with (
        httpx.Client(base_url=served.address, trust_env=False, timeout=AMPLE_S) as client,
        client.stream("GET", STREAM, params=parameters, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        lines = answer.iter_lines()
        assert next(lines).startswith("retry:")
        yield Reader(sent_events(lines), lines)


def subject(number: int) -> str:
    return synthetic_credit_code(90_000 + number, "330200")


def test_a_stretch_is_recorded_by_whom_it_names_before_it_is_sent(served: Served) -> None:
    with reading(served) as reader:
        served.tell(subject(70))
        assert reader.hears_of(subject(70))
        told = [each for each in served.gate.inquiries if each.outcome == "delivered"]

    assert any(subject(70) in each.subjects for each in told)
    assert all(each.digest and each.view == "whole" for each in told)


def test_what_cannot_be_recorded_ends_the_stream_and_is_told_to_who_comes_again(
    served: Served,
) -> None:
    with reading(served) as reader:
        before = served.head()
        served.gate.is_away = True
        served.tell(subject(71))
        assert next(reader.events, None) is None
    served.gate.is_away = False

    with reading(served, last=before) as again:
        assert again.hears_of(subject(71))


def test_a_stream_ends_where_the_key_ends(served: Served) -> None:
    with reading(served) as reader:
        served.tell(subject(72))
        assert reader.hears_of(subject(72))
        served.gate.forget(LOCAL_KEY)
        begun = time.monotonic()
        for _ in reader.lines:
            assert time.monotonic() - begun < 60  # Within five seconds; the machine may be slow.


def test_a_stream_from_the_start_gives_all_that_pages_give_and_goes_on_live(
    served: Served,
) -> None:
    url = f"{served.address}/v1/organisation/warnings"
    whole = httpx.get(
        url, params={"limit": 1000}, headers=KEY, trust_env=False, timeout=AMPLE_S
    ).json()["warnings"]
    with reading(served, after="start") as reader:
        found = [reader.next() for _ in whole]
        assert {json.loads(each.data)["warning_id"] for each in found} == {
            each["warning_id"] for each in whole
        }
        served.tell(subject(1))
        assert reader.hears_of(subject(1))


def test_a_reader_that_comes_again_with_its_last_id_misses_nothing(served: Served) -> None:
    with reading(served, after="start") as reader:
        last = reader.next().id
    served.tell(subject(1))
    with reading(served, after="start") as reader:
        following = [reader.next() for _ in range(2)][1]
    with reading(served, last=last) as reader:
        assert reader.next() == following


@pytest.mark.parametrize("traffic", [False, True])
def test_over_a_promotion_a_browser_is_told_once_to_read_the_whole_again(
    served: Served, *, traffic: bool
) -> None:
    """A browser comes again by itself, with the last id and the address that it was given."""
    before = served.head()
    with reading(served) as open_one:
        if traffic:
            served.tell(subject(1))
            assert open_one.hears_of(subject(1))
        served.promote()
        told = open_one.next()
        while traffic and told.event is None:
            told = open_one.next()
        assert (told.event, told.data.partition(":")[0]) == (
            "resync",
            "the read models were rebuilt",
        )
        served.tell(subject(2))
        assert open_one.hears_of(subject(2))

    with reading(served, after=before) as stale:
        told = stale.next()
        assert told.event == "resync"
    served.tell(subject(3))
    with reading(served, last=told.id, after=before) as again:
        assert again.hears_of(subject(3))


def test_an_id_that_is_none_of_ours_is_told_once_and_the_stream_goes_on(served: Served) -> None:
    with reading(served, last="42") as reader:
        assert reader.next().event == "resync"
        served.tell(subject(1))
        assert reader.hears_of(subject(1))


def test_all_streams_of_a_process_are_one_reader_of_the_database(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing is told, every question is a look of the one tail, or whether the key still holds: of all at once."""
    looks, enough, held = [0], threading.Event(), [0]
    askers = served.gate.askers

    def counting(connection: Any, key: str) -> tuple[Any, ...]:
        held[0] += 1
        return askers(connection, key)

    look = Tail._look

    async def counted(tail: Tail) -> bool:
        found = await look(tail)
        looks[0] += 1
        if looks[0] >= 10:
            enough.set()
        return found

    with ExitStack() as stack:
        readers = [stack.enter_context(reading(served)) for _ in range(60)]
        served.tell(subject(1))
        for reader in readers:
            assert reader.hears_of(subject(1))
        monkeypatch.setattr(served.gate, "askers", counting)
        monkeypatch.setattr(Tail, "_look", counted)
        asked = served.pool.get_stats()["requests_num"]
        assert enough.wait(AMPLE_S)
        assert served.pool.get_stats()["requests_num"] - asked <= looks[0] + held[0] + 2
        assert held[0] < 30


def test_streams_that_wait_for_the_broker_leave_the_threads_to_other_questions(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "RECORDED_WITHIN_S", AMPLE_S)  # Who gives up frees a thread, too.
    entered, opened, recorded = threading.Event(), threading.Event(), served.gate.record

    def waiting(*inquiries: Inquiry) -> None:
        entered.set()
        assert opened.wait(AMPLE_S)
        recorded(*inquiries)

    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(reading(served))
        monkeypatch.setattr(served.gate, "record", waiting)
        served.tell(subject(73))
        assert entered.wait(AMPLE_S)
        url = f"{served.address}/v1/organisation/subjects/{subject(73)}/profile"
        answer = httpx.get(url, trust_env=False, timeout=AMPLE_S)
        opened.set()
    assert answer.status_code == 200


def test_filters_choose_and_the_rest_is_not_sent(served: Served) -> None:
    with reading(served, after="start", level="red") as reader:
        first: Any = json.loads(reader.next().data)
    assert "red" in (first["level"], first["previous_level"])
