"""Who was erased, in a real database: of the person no row is left but a stub and the events of that, live and rebuilt."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from events.envelope import CHINA, Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from ops.audit.comparison import COMPARED
from ops.submission.receipts import (
    AtOnce,
    ReceiptLine,
    forget_erased_persons,
    make_receipt,
    outcomes,
    receipt_by_id,
    store_receipt,
)
from projections.calendar.rules import RuleCalendar
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.queries.event_place import subjects_by_lot
from projections.queries.outcomes import LineFate, Said
from projections.store.control.line_fates import KeptFate, keep_fates, kept_fates
from projections.store.control.webhooks import (
    NewDelivery,
    Webhook,
    deliveries_due,
    forget_deliveries,
    keep_deliveries,
    keep_webhook,
)
from projections.store.database import create_control
from projections.store.erasing.erasures import due_erasures, erasure_of, erasures_at
from projections.store.live import live
from projections.store.statements import statements
from projections.store.store import Store
from projections.store.vault.opening import make_vault
from tests.support import builders as a
from tests.support.builders import PERSON
from tests.support.erased import GONE, OF_NOBODY, STAYS, tables_of
from tests.support.erasing import a_request, an_approval
from tests.support.given import recorded_ms, value_of
from tests.support.stack import fresh_database
from tests.unit.projections.test_erasure import DAY, DONE, WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

OTHER = "P" + "fedcba9876543210" * 2
LISTED = a.a_court_listing(1, "2026-01-10", subject_id=PERSON)
BEFORE = [(LISTED, DAY), *WHOLE[:1]]
PARTITION = partition_of(PERSON)
NOW = datetime(2026, 6, 1, 12, tzinfo=CHINA)


ERASURES = "projections.store.erasing.erasures"


def raws(said: list[Any]) -> list[Raw]:
    return [
        Raw(offset, recorded_ms(on), event.envelope.subject_id.encode(), value_of(event))
        for offset, (event, on) in enumerate(said)
        if partition_of(event.envelope.subject_id) == PARTITION
    ]


@pytest.fixture
def connection(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    with (
        fresh_database(stack.postgres) as url,
        psycopg.connect(url, autocommit=True) as opened,
    ):
        create_control(opened, LEDGER_PARTITIONS)
        yield opened


def projected(connection: psycopg.Connection[Any], size: int) -> None:
    _project(connection, [*BEFORE, *WHOLE[1:]], size)


def _project(connection: psycopg.Connection[Any], said: list[Any], size: int) -> None:
    calendar = RuleCalendar(load_rulebook())
    projector = Projector(Platform.PERSON, Store("person_v1"), calendar)
    ledger = raws(said)
    for start in range(0, len(ledger), size):
        projector.apply(connection, PARTITION, ledger[start : start + size])


def rows(connection: psycopg.Connection[Any], subject: str) -> dict[str, int]:
    """Count the rows about a subject, in every table that has one about anybody."""
    found = connection.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'person_v1' "
        "AND column_name = 'subject_id' AND table_name !~ '_[0-9]+$'"
    ).fetchall()
    counted = {}
    for (table,) in found:
        asked = sql.SQL("SELECT count(*) FROM {} WHERE subject_id = %s").format(
            sql.Identifier("person_v1", table)
        )
        ((count,),) = connection.execute(asked, (subject,)).fetchall()
        counted[table] = count
    return {table: count for table, count in counted.items() if count}


def compared(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    found = {}
    for table, columns in COMPARED.items():
        asked = sql.SQL("SELECT {} FROM {} ORDER BY 1, 2").format(
            sql.SQL(columns), sql.Identifier("person_v1", table)
        )
        found[table] = sorted(map(repr, connection.execute(asked).fetchall()))
    return found


@pytest.mark.parametrize("size", [1, 3, 9])
def test_of_who_was_erased_a_stub_and_the_events_of_that_are_left(
    connection: psycopg.Connection[Any], size: int
) -> None:
    projected(connection, size)

    assert rows(connection, PERSON) == {"erasure": 1, "event": 3, "profile": 1}
    ((count,),) = connection.execute("SELECT count(*) FROM person_v1.outbox").fetchall()
    assert count > 0  # That the list was left, and entered before, is told all the same.


WAITED = {"1": PERSON, "2": OTHER}
"""Messages that wait for a webhook, by id, and whom they are about."""


@pytest.mark.parametrize(
    ("said", "due", "kept"),
    [
        (BEFORE, [PERSON, OTHER], {PERSON: "waits", OTHER: "waits"}),
        # Approved: it waits, for the case that the erasing is taken back.
        ([*BEFORE, *WHOLE[1:3]], [OTHER], {PERSON: "waits", OTHER: "waits"}),
        ([*BEFORE, *WHOLE[1:]], [OTHER], {"": "withdrawn", OTHER: "waits"}),
    ],
)
def test_no_webhook_is_sent_what_waits_of_a_person_from_the_approval_on(
    connection: psycopg.Connection[Any], said: list[Any], due: list[str], kept: dict[str, str]
) -> None:
    _project(connection, said, 9)
    hook = Webhook(
        webhook_id="wh_1",
        platform=Platform.PERSON,
        url="https://receiver.example/",
        key_id=None,
        region=None,
        level=None,
        private=False,
        key_check=b"",
        number=1,
        former=None,
        former_until=None,
        cursor="",
        since=NOW,
    )
    keep_webhook(connection, hook)
    waited = [NewDelivery(name, subject, b"{}") for name, subject in WAITED.items()]
    keep_deliveries(connection, hook, waited, "", NOW)

    found = deliveries_due(connection, hook, NOW, beside=(), limit=8)
    assert [each.subject_id for each in found] == due
    forget_deliveries(connection, NOW, 8)
    left = "SELECT subject_id, state FROM control.webhook_delivery"
    assert dict(connection.execute(left).fetchall()) == kept


def test_a_receipt_names_nobody_who_was_erased_and_says_so_of_the_line(
    connection: psycopg.Connection[Any],
) -> None:
    def line(number: int, subject: str) -> ReceiptLine:
        named = Said(subject, f"{number:032}", str(UUID(int=number)), f"{number:032}")
        return ReceiptLine(number, AtOnce.SENT, Platform.PERSON, named)

    lines = [line(1, PERSON), line(2, OTHER), line(3, PERSON)]
    given = make_receipt("market-zj", NOW, "a file", "0" * 64, lines)
    projected(connection, 9)
    store_receipt(connection, given)
    store_receipt(connection, given)
    came = [(KeptFate(1, "recorded", (), None), PERSON), (KeptFate(2, "recorded", (), None), OTHER)]
    keep_fates(connection, given.receipt_id, came)
    assert sorted(kept_fates(connection, given.receipt_id)) == [1, 2]

    assert [forget_erased_persons(connection) for _ in range(2)] == [1, 0]
    assert kept_fates(connection, given.receipt_id) == {}
    # Whoever had read the receipt before keeps nothing of the person.
    keep_fates(connection, given.receipt_id, came[:1])
    assert kept_fates(connection, given.receipt_id) == {}

    kept = receipt_by_id(connection, given.receipt_id)
    gone = [
        ReceiptLine(each, AtOnce.REFUSED, Platform.PERSON, reasons=("person_erased",))
        for each in (1, 3)
    ]
    assert kept.lines == [gone[0], lines[1], gone[1]]
    told = outcomes(connection, kept, NoRefusals())
    assert [(each.outcome, each.why) for each in told] == [
        (LineFate.REFUSED, ("person_erased",)),
        (LineFate.WAITING, ("not_yet_read",)),
        (LineFate.REFUSED, ("person_erased",)),
    ]
    named = connection.execute("SELECT subject_id FROM control.receipt_person").fetchall()
    assert named == [(OTHER,)]


class NoRefusals:
    def of(self, *_: Any) -> dict[Any, Any]:
        return {}


def test_every_table_says_what_becomes_of_who_is_erased(stack: Stack) -> None:
    """A table that is new is named: say in `tests/support/erased.py` what becomes of it there."""
    with fresh_database(stack.postgres) as url, psycopg.connect(url, autocommit=True) as opened:
        create_control(opened, LEDGER_PARTITIONS)
        make_vault(url).close()
        found = tables_of(opened)

    answers = [*GONE, *STAYS, *OF_NOBODY]
    assert sorted(answers) == sorted(found)


def test_who_follows_one_by_one_and_who_rebuilds_at_once_agree_in_every_table(
    stack: Stack,
) -> None:
    found = []
    for size in (1, 9):
        with (
            fresh_database(stack.postgres) as url,
            psycopg.connect(url, autocommit=True) as opened,
        ):
            create_control(opened, LEDGER_PARTITIONS)
            projected(opened, size)
            found.append(compared(opened))
    assert found[0] == found[1]


@pytest.mark.parametrize(("said", "drawn"), [(2, [PERSON]), (3, [])])
def test_no_lot_of_an_audit_draws_whose_erasure_is_approved(
    connection: psycopg.Connection[Any], said: int, drawn: list[str]
) -> None:
    _project(connection, [*BEFORE, *WHOLE[1:said]], 9)

    assert subjects_by_lot(connection, Platform.PERSON, 9, "lot") == drawn


def test_where_an_erasure_stands_is_asked_by_person_by_stage_and_by_day(
    connection: psycopg.Connection[Any],
) -> None:
    calendar = RuleCalendar(load_rulebook())
    projector = Projector(Platform.PERSON, Store("person_v1"), calendar)
    request = a_request()
    projector.apply(connection, PARTITION, raws([(request, DAY), (an_approval(request), DAY)]))
    at = live(connection, Platform.PERSON)

    found = erasure_of(connection, at, PERSON)

    assert found is not None
    assert found.hides
    assert erasures_at(connection, at, ["approved"], "", 10) == {PERSON: found}
    assert erasures_at(connection, at, ["erased"], "", 10) == {}
    assert due_erasures(connection, at, DAY) == {}
    assert due_erasures(connection, at, DONE) == {PERSON: found}
    assert erasure_of(connection, at, OTHER) is None


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ("of_subject", (PARTITION, PERSON)),
        ("of_request", ("00000000-0000-0000-0000-000000000001",)),
        ("due", (DAY,)),
        ("known", (["approved"], "", 10)),
    ],
)
def test_where_an_erasure_stands_is_found_by_an_index(
    connection: psycopg.Connection[Any], asked: str, values: tuple[Any, ...]
) -> None:
    """Each question about a person asks it, so it may not read all erasures that there ever were."""
    connection.execute("SET enable_seqscan = off")
    statement = Store("person_v1").statement(statements(ERASURES)[asked])
    plan = connection.execute(b"EXPLAIN " + statement, values).fetchall()

    assert "Seq Scan" not in str(plan)
    assert "Index" in str(plan)
