"""What lines of a receipt came to, in a real database: kept once settled, and a page costs its lines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from events.envelope import CHINA, Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from ops.desk import SubmissionDesk
from ops.submission.receipts import AtOnce, Receipt, ReceiptLine, make_receipt, store_receipt
from projections.calendar.rules import RuleCalendar
from projections.http.asking.desk import FateOfLine
from projections.projector import Projector
from projections.queries.outcomes import said
from projections.store.database import create_control
from projections.store.store import Store
from tests.support import builders as a
from tests.support.pages import record
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from events.event import Event
    from ops.local.stack import Stack

CALENDAR: Final = RuleCalendar(load_rulebook())
NOW: Final = datetime(2026, 6, 1, 12, tzinfo=CHINA)
FINES: Final = [a.a_penalty(number, "2026-05-03") for number in range(1, 6)]
LATER: Final = a.a_penalty(6, "2026-05-03")


class Desk:
    """The desk of the service on a database that a projector fills; there is no broker."""

    def __init__(self, url: str, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._desk = SubmissionDesk(url, "127.0.0.1:1", CALENDAR.rulebook)
        self._projector = Projector(Platform.ORGANISATION, Store("organisation_v1"), CALENDAR)

    def record(self, *events: Event) -> None:
        for event in events:
            record(self.connection, self._projector, event)

    def give(self, events: Sequence[Event], *more: ReceiptLine) -> Receipt:
        lines = [
            ReceiptLine(n, AtOnce.SENT, Platform.ORGANISATION, said(event))
            for n, event in enumerate(events, 2)
        ]
        given = make_receipt("market-zj", NOW, "a file", "0" * 64, [*lines, *more])
        store_receipt(self.connection, given)
        return given

    def tells(
        self, given: Receipt, fate: FateOfLine | None = None, first: int = 0, limit: int = 100
    ) -> tuple[dict[str, int], list[tuple[int, str]]]:
        found = self._desk.receipt(self.connection, given.receipt_id)
        assert found is not None
        told = self._desk.some_lines(self.connection, found, fate, first, limit)
        return dict(told.counts), [(each.line, each.fate.value) for each in told.lines]


@pytest.fixture
def desk(stack: Stack) -> Iterator[Desk]:
    with fresh_database(stack.postgres) as url, psycopg.connect(url, autocommit=True) as opened:
        create_control(opened, LEDGER_PARTITIONS)
        yield Desk(url, opened)


def test_what_is_settled_needs_neither_the_receipt_nor_the_journal_again(desk: Desk) -> None:
    desk.record(*FINES)
    fell = ReceiptLine(9, AtOnce.REFUSED, reasons=("amount_malformed", "text_blank"))
    given = desk.give(FINES, fell)

    told = desk.tells(given)
    assert told == (
        {"recorded": 5, "refused": 1},
        [(9, "refused"), *((n, "recorded") for n in range(2, 7))],
    )
    desk.connection.execute("UPDATE control.receipt SET body = ''")
    desk.connection.execute("TRUNCATE organisation_v1.event")
    assert desk.tells(given) == told
    assert desk.tells(given, first=2, limit=2)[1] == [(3, "recorded"), (4, "recorded")]
    assert desk.tells(given, FateOfLine.REFUSED)[1] == [(9, "refused")]


def test_a_line_on_its_way_is_asked_again_until_it_is_there(desk: Desk) -> None:
    desk.record(*FINES)
    given = desk.give([*FINES, LATER])

    counts, lines = desk.tells(given)
    assert counts == {"accepted": 1, "recorded": 5}
    assert lines[-1] == (7, "accepted")
    assert desk.tells(given, FateOfLine.ACCEPTED, limit=1)[1] == [(7, "accepted")]
    desk.record(LATER)
    assert desk.tells(given)[0] == {"recorded": 6}


def test_who_is_parked_later_keeps_what_was_recorded_before(desk: Desk) -> None:
    desk.record(*FINES)
    desk.connection.execute(
        'INSERT INTO organisation_v1.parked (partition, subject_id, "offset", reason) '
        "VALUES (%s, %s, 4, 'a test')",
        (partition_of(a.SUBJECT), a.SUBJECT),
    )
    given = desk.give(FINES)

    assert desk.tells(given)[0] == {"recorded": 4, "waiting": 1}
    desk.connection.execute("DELETE FROM organisation_v1.parked")
    assert desk.tells(given)[0] == {"recorded": 5}


def test_what_takes_back_an_amendment_that_is_not_there_yet_is_not_settled(desk: Desk) -> None:
    correction = a.a_correction(FINES[0], "2026-05-04", fine_fen=7)
    of_another = a.a_correction(FINES[0], "2026-05-05", by="tax-zj", fine_fen=9)
    takes_back = a.a_revocation(FINES[0], "2026-05-06", amendment=of_another)
    desk.record(FINES[0], correction, takes_back)
    given = desk.give([FINES[0], correction, takes_back])

    assert desk.tells(given)[0] == {"recorded": 3}
    # Whose the amendment is, only now is known: another's is not the department's to take back.
    desk.record(of_another)
    assert desk.tells(given)[0] == {"recorded": 2, "conflict": 1}
