"""What is asked wrongly at the door has one exact answer, is no failure, and is not repeated where it may be a secret."""

from __future__ import annotations

import gzip
import io
import random
import tomllib
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from psycopg_pool import ConnectionPool
from xlsxwriter import Workbook

from events.admission.admission import FILE_BYTES_MAX
from events.partitioning import LEDGER_PARTITIONS
from events.rules.access import Purpose, Role
from events.rules.rulebook import load_rulebook
from ops.desk import SubmissionDesk
from projections.access.asker import Asker, Contract
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.store.database import create_control
from tests.support import builders as a
from tests.support.asking import GateOfTests, client_of, noon
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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


class DeskOfReceipts(SubmissionDesk):
    """The desk of the service, whose receipts are called by the department that handed in."""

    def receipt(self, _connection: Any, receipt_id: str) -> Any:
        return OfDepartment(receipt_id)


def a_workbook(*rows: Sequence[Any]) -> bytes:
    """Write a sheet of the official columns, each cell as what it is."""
    held = io.BytesIO()
    with Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((COLUMNS, *rows)):
            sheet.write_row(number, 0, row)
    return held.getvalue()


def headless() -> bytes:
    """Write a workbook of which no row is a head."""
    held = io.BytesIO()
    with Workbook(held, {"in_memory": True}) as book:
        book.add_worksheet().write_row(0, 0, LINE)
    return held.getvalue()


def with_a_bomb(workbook: bytes) -> bytes:
    """Put into a workbook a sheet of a few kilobytes that would take gigabytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as given, zipfile.ZipFile(held, "w") as made:
        for each in given.infolist():
            is_sheet = each.filename.startswith("xl/worksheets/sheet")
            body = b" " * BOMB_BYTES if is_sheet else given.read(each)
            made.writestr(each, body, zipfile.ZIP_DEFLATED)
    return held.getvalue()


LINE: Final = (
    a.SUBJECT,
    "杭州样例有限公司",
    "样罚1号",
    "fine",
    "100",
    "2025-03-01",
    "《行政处罚法》第二条",
)
COLUMNS: Final = (
    *("subject_id", "subject_name", "document_no", "kinds", "fine_yuan", "occurred_on"),
    "legal_basis",
)
BOMB_BYTES: Final = 300_000_000
HEAD: Final = ",".join(COLUMNS)
FILES: Final[Mapping[str, Callable[[], bytes]]] = {
    "(nothing)": lambda: b"",
    "(zeros)": lambda: b"\0" * 100,
    "(noise)": lambda: random.Random(5).randbytes(2_000),
    "(100,001 lines)": lambda: f"{HEAD}\n{','.join(LINE)}".encode() + b"\nx" * 100_000,
    "(too long)": lambda: b"x" * (FILE_BYTES_MAX + 1),
    "(a gzip)": lambda: gzip.compress(b"{}"),
    "(a zip of nothing)": lambda: b"PK\x05\x06" + b"\0" * 18,
    "(half a workbook)": lambda: a_workbook(LINE)[:2_000],
    "(a zip bomb)": lambda: with_a_bomb(a_workbook(LINE)),
    "(a number as code)": lambda: a_workbook((91330106000000011.0, *LINE[1:])),
    "(a number as document)": lambda: a_workbook((*LINE[:2], 20250001, *LINE[3:])),
    "(a workbook without a head)": headless,
    "(deep)": lambda: b"[" * 100_000,
}
"""Bodies that no text of a table can hold, by what they are."""


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
    with fresh_database(stack.postgres) as url:
        desk = DeskOfReceipts(url, stack.kafka, load_rulebook())
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


def because(found: Any) -> str:
    """Give the code of a refusal, or the field at fault; of lines, the reasons of each."""
    if "lines" in found:
        assert all(reason["rule"] for line in found["lines"] for reason in line["reasons"])
        return "; ".join(
            " ".join(
                [
                    line.get("fate", "sealed" if line.get("value") else "refused"),
                    *(f"{each['field']}:{each['code']}" for each in line["reasons"]),
                ]
            )
            for line in found["lines"]
        )
    assert found["do"]
    return str(found.get("code") or found.get("field"))


@pytest.mark.parametrize(
    ("told", "asked", "said", "body"), ROWS, ids=[f"{n} {row[0]}" for n, row in enumerate(ROWS)]
)
def test_what_is_asked_wrongly_is_answered_exactly_so(
    client: TestClient, told: str, asked: str, said: str, body: str
) -> None:
    method, path = filled(asked).split(" ", 1)
    pairs = [each.partition(":") for each in filled(said).split(" | ") if each]
    headers = [(name.strip(), value.strip(" ")) for name, _, value in pairs]
    content = FILES[body]() if body in FILES else filled(body).encode()
    answer = client.request(method, path, headers=headers, content=content)
    found = answer.json()

    assert f"{answer.status_code} {because(found)}" == told
    assert not any(secret in answer.text for secret in SECRETS)


def test_there_are_eighty() -> None:
    assert len(ROWS) >= 80
