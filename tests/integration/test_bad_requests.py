"""What is asked wrongly at the door has one exact answer, is no failure, and is not repeated where it may be a secret."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from psycopg_pool import ConnectionPool

from events.partitioning import LEDGER_PARTITIONS
from events.rules.access import Purpose, Role
from events.rules.rulebook import load_rulebook
from projections.access.asker import Asker, Contract
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.store.database import create_control
from tests.support import builders as a
from tests.support.asking import GateOfTests, client_of, noon
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

    from ops.local.stack import Stack

ROWS: Final[list[list[str]]] = tomllib.loads(
    (Path(__file__).parent.parent / "data/bad_requests.toml").read_text("utf-8")
)["rows"]
PROFILE: Final = f"/v1/organisation/subjects/{a.SUBJECT}/profile"
FILLED: Final = {
    "{firm}": a.SUBJECT,
    "{person}": a.PERSON,
    "{profile}": PROFILE,
    "{person_profile}": f"/v1/person/subjects/{a.PERSON}/profile",
    "{long}": "x" * 65_536,
}
SECRETS: Final = ("330106199001010017", "33010619000101", "x" * 100, "eyJ")
LENDING: Final = Contract(contract_id="c", purposes=(Purpose.LENDING,), start=date(2026, 1, 1))


class OfDepartment(NamedTuple):
    """A receipt, of which only is known whose it is."""

    department: str


class DeskOfReceipts:
    """A desk whose receipts are called by the department that handed in."""

    def receipt(self, _connection: Any, receipt_id: str) -> OfDepartment:
        return OfDepartment(receipt_id)


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[TestClient]:
    def key(role: Role, **more: Any) -> Asker:
        return Asker(role=role, key_id="k", **more)

    gate = GateOfTests(
        auditor=key(Role.AUDITOR),
        operator=key(Role.OPERATOR),
        market=key(Role.DEPARTMENT, organisation="market-zj"),
        firm=key(Role.SUBJECT, organisation=a.SUBJECT),
        other=key(Role.SUBJECT, organisation=a.OTHER_SUBJECT),
        ningbo=key(Role.REGION, region="330200"),
        agency=key(Role.AGENCY, organisation="agency-1", contracts=(LENDING,)),
    )
    desk: Any = DeskOfReceipts()
    with fresh_database(stack.postgres) as url:
        pool = ConnectionPool(url, min_size=1, max_size=2, kwargs={"autocommit": True}, open=False)
        calendar = RuleCalendar(load_rulebook())
        with pool:
            with pool.connection() as connection:
                create_control(connection, LEDGER_PARTITIONS)
            noon_of = noon(date(2026, 6, 15))
            yield client_of(
                create_service(pool, calendar, noon_of, dict, gate=gate, desk=desk), None
            )


def filled(text: str) -> str:
    for name, value in FILLED.items():
        text = text.replace(name, value)
    return text


@pytest.mark.parametrize(
    ("told", "asked", "said", "body"), ROWS, ids=[f"{n} {row[0]}" for n, row in enumerate(ROWS)]
)
def test_what_is_asked_wrongly_is_answered_exactly_so(
    client: TestClient, told: str, asked: str, said: str, body: str
) -> None:
    method, path = filled(asked).split(" ", 1)
    pairs = [each.partition(":") for each in filled(said).split(" | ") if each]
    headers = [(name.strip(), value.strip(" ")) for name, _, value in pairs]
    answer = client.request(method, path, headers=headers, content=filled(body).encode())
    found = answer.json()
    because = found.get("code") or found.get("field")

    assert f"{answer.status_code} {because}" == told
    assert found["do"]
    assert not any(secret in answer.text for secret in SECRETS)


def test_there_are_eighty() -> None:
    assert len(ROWS) >= 80
