"""A subject and a partition are checked against Kafka: what was altered in Postgres is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from events.envelope import Platform
from ops.audit.check import ROWS_SHOWN_MAX
from projections.store.database import live_schema
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from tests.acceptance.conftest import Ledger

pytestmark = pytest.mark.stack
SUBJECT = "91330100PDY000028X"
LINES = """subject_id,subject_name,document_no,kinds,fine_yuan,occurred_on,legal_basis
91330100PDY000028X,杭州核对有限公司,核罚1号,fine,1000,2025-03-01,行政处罚法
"""


@pytest.fixture(scope="module")
def reported(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Report a penalty, and wait until it is in the profile."""
    file = tmp_path_factory.mktemp("check") / "penalties.csv"
    file.write_text(LINES, encoding="utf-8")
    kind = ("--category", "penalty.market", "--event-type", "PenaltyImposed")
    options = ("--department", "market-zj", *kind)
    assert ledger.run("submit", str(file), *options).returncode == 0
    wait_for(lambda: ledger.run("profile", SUBJECT).returncode == 0, AMPLE_S, "the profile")
    return ledger


def _checked(ledger: Ledger, *what: str) -> tuple[int, Any]:
    done = ledger.run("check", *what, "--json")
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize(
    ("table", "column", "old", "new", "field"),
    [
        ("profile", "state", "杭州核对", "宁波核对", "state.record"),
        ("event", "value", "核罚1号", "核罚9号", "value.envelope.document_no"),
    ],
)
def test_a_byte_altered_in_postgres_is_found_and_named_by_its_field(
    reported: Ledger, table: LiteralString, column: LiteralString, old: str, new: str, field: str
) -> None:
    assert _checked(reported, SUBJECT)[0] == 0
    with psycopg.connect(reported.stack.postgres, autocommit=True) as connection:
        place = sql.Identifier(live_schema(connection, Platform.ORGANISATION), table)
        cell = sql.Identifier(column)
        query = sql.SQL("SELECT partition, {} FROM {} WHERE subject_id = %s").format(cell, place)
        partition, was = connection.execute(query, (SUBJECT,)).fetchone() or (0, b"")
        put = sql.SQL("UPDATE {} SET {} = %s WHERE subject_id = %s").format(place, cell)
        altered = was.replace(old.encode(), new.encode(), 1)
        assert altered != was
        connection.execute(put, (altered, SUBJECT))
        try:
            code, found = _checked(reported, SUBJECT)
            whole_code, whole = _checked(reported, "--partition", str(partition))
            told = reported.run("check", SUBJECT)
        finally:
            connection.execute(put, (was, SUBJECT))
    assert (code, found["different"], whole_code, whole["different"]) == (1, 1, 1, 1)
    assert len(whole["rows"]) <= ROWS_SHOWN_MAX
    (row,) = found["rows"]
    (differs,) = row["fields"]
    assert row["table"] == table
    assert differs["field"].startswith(field)
    assert new in differs["live"]
    assert old in differs["ledger"]
    assert new in told.stderr
    assert _checked(reported, SUBJECT)[0] == 0


def test_status_says_when_was_checked_last(reported: Ledger) -> None:
    assert _checked(reported, SUBJECT)[0] == 0
    status = json.loads(reported.run("status", "--json").stdout)
    (last,) = [each for each in status["audits"] if each["kind"] == "subject"]
    assert last["different"] == 0
    assert "compared with Kafka: organisations, subject" in reported.run("status").stdout


def test_what_there_is_not_to_check_is_refused(ledger: Ledger) -> None:
    for what in ((), (SUBJECT, "--partition", "1"), ("--partition", "99"), ("no code",)):
        done = ledger.run("check", *what)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
