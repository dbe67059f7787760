"""Odd values for every parameter and body of the service, and what refuses them well."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from ops.demo.scenes import lives
from projections.http.asking.asked import Face
from projections.http.asking.desk import (
    HandedFile,
    ReceiptTold,
    SealedLines,
    SubmissionTold,
    TakenNote,
)
from projections.http.asking.parameter import ParameterPlace
from projections.http.routes import ROUTES
from projections.queries.erasures import ErasureRefusedError
from projections.queries.outcomes import LineFate

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from projections.http.asking.asked import Row
    from projections.http.asking.parameter import Parameter
    from projections.queries.erasures import ErasureTold
    from projections.queries.waiting import Addressed
FIRM = lives()[0]
PERSON = f"P1{'0' * 31}"
GOOD = {
    "platform": "organisation",
    "subject": FIRM.subject_id,
    "list": "market_serious",
    "format": "csv",
    "year": "2025",
    "region": "330100",
    "file": "manifest.json",
    "department": "market-zj",
    "warning": "01920000-0000-7000-8000-000000000000",
    "receipt": "01920000-0000-7000-8000-000000000000",
}
JSON = {"Content-Type": "application/json"}
ODD = (
    *("", " ", "x", "0", "-1", "-2", "--5", "1.5", "1e9", "٣", "9" * 5_000, "x" * 5_000),
    *("\0", "a\0b", "\r\nX: y", "\ud7ff", "😀", "'; DROP TABLE x; --", "%", "null", "true"),
    *("9999-12-31", "0001-01-01", "1949-09-30", "2026-02-30", "2200-01-01", "2026-13", "9999-12"),
    *("0001-01", "2027-01", "9999", "0000", "2027-01-01T00:00", "9999-12-31T23:59:59.999+00:00"),
    *("0001-01-01T00:00+23:59", "2026-11-23T24:00", "999999", "330100000000", "３３０１００"),
    *("TAX", "Market", "tax,", ",", "0:1", "0:1,0:2", "9999:9", "0:9007199254740993", "0:0,1:"),
    *("v1,0:1.0", "v999,0:1.0", "v1,9999:1.0", "v1,0:999999999999999.999999999", "v1", "start"),
    *("91330100PDY000028A", "330106190001010017", "a/b", "x/00000000-0000-0000-0000-000000000000"),
    *("91330100PDY000028X/not-a-uuid", "-9223372036854775809", "9007199254740992"),
)


class ErasingOfNone:
    """Takes no erasure."""

    def request(self, *_: Any, **__: Any) -> ErasureTold:
        raise ErasureRefusedError("nothing_recorded", "nothing is recorded of this person")

    approve = cancel = request


class DeskOfNone:
    """A desk that has no receipt, and hands in nothing."""

    erasing = ErasingOfNone()

    def receipt(self, _connection: Any, _receipt_id: str) -> None:
        return None

    def take_in(self, _handed: HandedFile) -> SubmissionTold:
        return SubmissionTold(None, [])

    def seal(self, _handed: HandedFile) -> SealedLines:
        return SealedLines([])

    def token(self, _number: str) -> str:
        return "P" + "0" * 32

    def template(self, _name: str, _ending: str) -> None:
        return None

    def became(self, _connection: Any, _given: Any) -> ReceiptTold:
        raise AssertionError("no receipt was given")

    def take_note(self, told: Addressed, department: str, _note: str | None) -> TakenNote:
        return TakenNote(told.warning_id, department, LineFate.WAITING)


def is_endless(row: Row) -> bool:
    return row.path.endswith("/stream")


def ours() -> list[Row]:
    return [row for row in ROUTES if row.face is Face.OURS and not is_endless(row)]


def path_of(row: Row, **changes: str) -> str:
    path = row.plain_path
    for name, value in (GOOD | changes).items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def asked(client: TestClient, row: Row, parameter: Parameter[Any], text: str) -> Any:
    if parameter.place is ParameterPlace.PATH:
        return sent(client, row, path_of(row, **{parameter.name: text}))
    given = {parameter.name: text}
    if parameter.place is ParameterPlace.BODY:
        return sent(client, row, path_of(row), **given)
    needed, value = NEEDED.get(row.path.rpartition("/")[2], (parameter.name, text))
    if parameter.name not in SOUGHT or needed == "department":
        given.setdefault(needed, value)
    return sent(client, row, f"{path_of(row)}?{urlencode(given)}")


NEEDED = {
    "find": ("q", "x"),
    "findings": ("batch", "x"),
    "subjects": ("region", "330000"),
    "submissions": ("department", "market-zj"),
    "seal": ("department", "market-zj"),
}
"""What a question has to say beside its other parameters."""
SOUGHT = {"q", "product", "batch", "region", "industry"}


def sent(client: TestClient, row: Row, url: str, **body: str) -> Any:
    """Ask by the row's own method; what it is told stands in a body of JSON."""
    if row.methods == ("GET",):
        return client.get(url)
    takes_department = any(each.name == "department" for each in row.takes)
    base = {"department": "market-zj"} if takes_department else {}
    if row.path == "/v1/erasures":
        base |= {"subject": PERSON, "ground": "purpose_over"}
    said = json.dumps(base | body)
    return client.request(row.methods[0], url, content=said, headers=JSON)


def is_refused_well(answer: Any, field: str) -> bool:
    body = answer.json()
    told = {"title", "status", "detail", "field", "value", "rule", "do"}
    said = all(value for name, value in body.items() if name != "value")
    return set(body) == told and body["field"] == field and said


WALK = [
    pytest.param(row, parameter, id=f"{row.path}-{parameter.name}")
    for row in ours()
    for parameter in row.takes
]
