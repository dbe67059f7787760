"""A department's outbox: what its transactions committed is reported, once, whoever is killed."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ops.sdk import outbox
from ops.sdk.outbox import NotTakenAtAllError, OutboxRelay, create_outbox, emit
from tests.support.chaos import wait_for
from tests.support.keys import key_of_department
from tests.support.ledger import rows
from tests.support.patience import AMPLE_S
from tests.support.served import ServedProcess
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Ledger

pytestmark = pytest.mark.stack
# Its own: nobody else wants to see some hundred records at a subject of theirs.
SUBJECT = "91330100PDY077017J"
TRANSACTIONS = 1_000


def a_record(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "event_type": "PenaltyImposed",
        "category": "penalty.market",
        "subject_id": SUBJECT,
        "subject_name": "杭州信箱有限公司",
        "document_no": f"信箱{number}号",
        "kinds": "fine",
        "fine_yuan": "100",
        "occurred_on": "2025-03-01",
        "legal_basis": "《行政处罚法》第二条",
        **changed,
    }


class Service(ServedProcess):
    """The service as a process, to be killed, and the key of who reports to it."""

    def __init__(self, ledger: Ledger, log: Path) -> None:
        super().__init__(ledger.stack, log)
        self.key = key_of_department(ledger.stack, "market-zj")


@pytest.fixture(scope="module")
def service(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(ledger, tmp_path_factory.mktemp("outbox") / "serve.log")
    yield running
    running.kill()


@pytest.fixture
def own_database(ledger: Ledger) -> Iterator[str]:
    """Make the department's own database, with its outbox."""
    with fresh_database(ledger.stack.postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(create_outbox())
        yield url


_RELAY = """
import sys, threading, psycopg
from ops.sdk.outbox import OutboxRelay
url, address, key = sys.argv[1:]
OutboxRelay(lambda: psycopg.connect(url), address, "market-zj", key=key).run(threading.Event())
"""


def a_relay(url: str, service: Service) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _RELAY, url, service.address, service.key])


@pytest.mark.chaos
def test_exactly_what_was_committed_is_recorded_whoever_is_killed(
    ledger: Ledger, service: Service, own_database: str
) -> None:
    draw = random.Random(11)
    committed: list[str] = []
    relay = a_relay(own_database, service)
    try:
        with psycopg.connect(own_database) as connection:
            for number in range(TRANSACTIONS):
                emit(connection, a_record(number))
                if draw.random() < 1 / 3:
                    connection.rollback()
                else:
                    connection.commit()
                    committed.append(f"信箱{number}号")
                if number in (300, 700):
                    relay.send_signal(signal.SIGKILL)
                    relay.wait()
                    relay = a_relay(own_database, service)
                if number == 500:
                    service.kill()
                    service.start()
        open_ones = "SELECT count(*) FROM credit_outbox WHERE fate IS NULL"
        wait_for(lambda: rows(own_database, open_ones) == [(0,)], AMPLE_S, "all have a fate")
        assert {
            fate for (fate,) in rows(own_database, "SELECT DISTINCT fate FROM credit_outbox")
        } <= {"accepted", "repeat"}

        def numbers() -> list[str]:
            found = ledger.ask("profile", SUBJECT)["profile"]["records"]
            return [r["document_no"] for r in found if r["document_no"].startswith("信箱")]

        wait_for(lambda: len(numbers()) >= len(committed), AMPLE_S, "all are in the profile")
        assert sorted(numbers()) == sorted(committed)
    finally:
        relay.kill()
        relay.wait()


def test_what_is_refused_stays_with_its_reasons_and_stops_nothing(
    service: Service, own_database: str
) -> None:
    with psycopg.connect(own_database) as connection:
        emit(connection, a_record(2_001, fine_yuan="1e3"))
        emit(connection, a_record(2_002))
        connection.commit()
    relay = OutboxRelay(
        lambda: psycopg.connect(own_database), service.address, "market-zj", key=service.key
    )
    assert relay.deliver() == 2
    assert relay.deliver() == 0
    told = rows(own_database, "SELECT fate, reasons FROM credit_outbox ORDER BY id")
    assert [fate for fate, _ in told] == ["refused", "accepted"]
    assert json.loads(told[0][1])[0]["code"] == "amount_malformed"


def test_a_key_or_department_that_is_none_is_told_at_once(
    service: Service, own_database: str
) -> None:
    with psycopg.connect(own_database) as connection:
        emit(connection, a_record(2_003))
        connection.commit()
    relay = OutboxRelay(lambda: psycopg.connect(own_database), service.address, "nobody-zj")
    with pytest.raises(NotTakenAtAllError, match="nobody-zj"):
        relay.run(threading.Event())
    assert rows(own_database, "SELECT fate FROM credit_outbox") == [(None,)]


def test_while_the_service_is_away_the_relay_waits(own_database: str) -> None:
    with psycopg.connect(own_database) as connection:
        emit(connection, a_record(2_004))
        connection.commit()
    stop = threading.Event()
    relay = OutboxRelay(lambda: psycopg.connect(own_database), "http://127.0.0.1:9", "market-zj")
    running = threading.Thread(target=relay.run, args=[stop])
    running.start()
    time.sleep(0.2)
    stop.set()
    running.join(AMPLE_S)
    assert not running.is_alive()
    assert rows(own_database, "SELECT fate FROM credit_outbox") == [(None,)]


def test_any_driver_of_the_standard_will_do(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "own.db"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(create_outbox("?"))
        emit(connection, a_record(2_005), mark="?")
        connection.commit()
    relay = OutboxRelay(
        lambda: sqlite3.connect(file), service.address, "market-zj", key=service.key, mark="?"
    )
    assert relay.deliver() == 1
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT fate FROM credit_outbox").fetchall() == [("accepted",)]


def test_the_module_needs_the_standard_library_and_httpx_alone_and_cryptography_to_sign() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS, outbox.__file__],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["httpx", "cryptography"]


_IMPORTS = """
import ast, sys
tree = ast.parse(open(sys.argv[1]).read())
def named(nodes):
    names = {n.module.split(".")[0] for n in nodes if isinstance(n, ast.ImportFrom)}
    names |= {a.name.split(".")[0] for n in nodes if isinstance(n, ast.Import) for a in n.names}
    return names - sys.stdlib_module_names
within = [n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)]
once = named(within)
print(*sorted(named(list(ast.walk(tree))) - once))
print(*sorted(once))
"""
