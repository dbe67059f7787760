"""Whatever is asked of whichever route: a bad question is refused by name, and none breaks it.

The walk is made of the table of routes: every parameter of every row with every odd text.
"""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool

from events.rules.edition import HEADER, edition
from events.rules.rulebook import load_rulebook
from ops.demo.scenes import lives
from ops.generator import GeneratorPlan
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
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
from tests.support.asking import LOCAL_KEY, client_of, filled, noon, of_all_departments
from tests.support.described import is_documented
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

    from ops.local.stack import Stack
    from projections.http.asking.asked import Row
    from projections.http.asking.parameter import Parameter
    from projections.queries.erasures import ErasureTold
    from projections.queries.waiting import Addressed

TODAY = date(2026, 11, 23)
PLAN = GeneratorPlan(
    events=200, subjects=20, seed=5, first_day=date(2020, 1, 1), last_day=date(2026, 10, 31)
)
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


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[TestClient]:
    with fresh_database(stack.postgres) as url:
        filled(url, PLAN, FIRM)
        pool = ConnectionPool(url, min_size=1, max_size=4, kwargs={"autocommit": True}, open=False)
        with pool:
            calendar = RuleCalendar(load_rulebook())
            app = create_service(
                pool, calendar, noon(TODAY), dict, desk=DeskOfNone(), gate=of_all_departments()
            )
            yield client_of(app)


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
    path = row.path.replace(":path}", "}")
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


@pytest.mark.parametrize(("row", "parameter"), WALK)
def test_no_odd_value_breaks_a_route_and_a_refusal_names_field_value_rule_and_what_to_do(
    client: TestClient, row: Row, parameter: Parameter[Any]
) -> None:
    for text in ODD:
        answer = asked(client, row, parameter, text)
        assert answer.status_code < 500, (text[:40], answer.text)
        is_documented(row, answer)
        if answer.status_code == 400:
            assert is_refused_well(answer, parameter.name), (text[:40], answer.text)


@pytest.mark.parametrize(
    "row", [row for row in ROUTES if "POST" in row.methods], ids=lambda row: row.path
)
def test_who_hangs_up_in_the_midst_of_a_body_is_no_fault_of_the_service(
    client: TestClient, row: Row
) -> None:
    """Else each who does writes a page of the log: the server tells what it did not expect."""
    path = re.sub(r"{[^}]+}", "x", path_of(row))
    kind = "text/csv" if row.path == "/v1/submissions" else "application/json"
    said = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return said.pop(0) if said else {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        """Nobody hears it."""

    headers = {"host": "localhost", "content-type": kind, "authorization": f"Bearer {LOCAL_KEY}"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"department=market-zj" if kind == "text/csv" else b"",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("localhost", 80),
        "root_path": "",
    }
    asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type]


REGISTRY = [row for row in ROUTES if row.face is Face.REGISTRY]


@pytest.mark.parametrize("row", REGISTRY, ids=lambda row: f"{row.methods[0]} {row.path}")
def test_no_odd_value_breaks_the_face_of_the_registry(client: TestClient, row: Row) -> None:
    for text in ODD:
        path = re.sub(r"{[^}]+}", quote(text, safe="", errors="surrogatepass"), row.path)
        for method in row.methods:
            answer = client.request(method, f"{path}?a={quote(text[:100], errors='replace')}")
            assert answer.status_code < 500, (text[:40], answer.text)
            assert "Traceback" not in answer.text


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=st.sampled_from([p.values for p in WALK]), text=st.text(max_size=60))
def test_no_text_at_all_breaks_a_route(client: TestClient, case: Any, text: str) -> None:
    row, parameter = case
    assert asked(client, row, parameter, text).status_code < 500


@pytest.mark.parametrize("row", ours(), ids=lambda row: row.path)
def test_a_misspelt_parameter_is_refused_and_the_nearest_named(
    client: TestClient, row: Row
) -> None:
    names = [each.name for each in row.takes if each.place is ParameterPlace.QUERY]
    for name in names:
        answer = sent(client, row, f"{path_of(row)}?{name}x=1")
        assert answer.status_code == 400
        assert f"did you mean {name}?" in answer.json()["do"]
    answer = sent(client, row, f"{path_of(row)}?colour=red")
    assert (answer.status_code, answer.json()["field"]) == (400, "colour")


@pytest.mark.parametrize("row", ours(), ids=lambda row: row.path)
def test_a_path_with_a_last_slash_is_as_without(client: TestClient, row: Row) -> None:
    one, other = client.get(path_of(row)), client.get(f"{path_of(row)}/")
    assert one.status_code == other.status_code
    if row.path not in ("/metrics", "/v1/quality/queries"):
        assert one.content == other.content


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: f"{row.methods[0]} {row.path}")
def test_every_route_names_the_edition_of_the_rulebook_whatever_it_answers(
    client: TestClient, row: Row
) -> None:
    """A stream without a region is refused, so that it ends; its answer passes the same edge."""
    path = re.sub(r"{[^}]+}", "x", row.path) if row.face is Face.REGISTRY else path_of(row)
    for query in ("?unknown=1",) if is_endless(row) else ("", "?unknown=1"):
        for method in row.methods:
            headers = client.request(method, f"{path}{query}").headers
            assert headers.get_list(HEADER) == [edition()], (method, path, query)


def test_every_parameter_of_a_path_is_taken_and_every_name_once() -> None:
    for row in ROUTES:
        if row.face is Face.OURS:
            taken = [each.name for each in row.takes]
            assert len(taken) == len(set(taken)), row.path
            in_path = {each.name for each in row.takes if each.place is ParameterPlace.PATH}
            braces = {part.split(":")[0] for part in row.path.replace("}", "{").split("{")[1::2]}
            assert braces == in_path


@pytest.mark.parametrize(
    ("path", "field", "nearest"),
    [
        ("organisation/warnings?domain=taxx", "domain", "tax"),
        ("organisation/lists/market_seriouss", "list", "market_serious"),
        ("organisation/warnings/stream?department=market-zjj", "department", "market-zj"),
    ],
)
def test_a_code_that_nothing_has_is_not_answered_by_an_empty_page(
    client: TestClient, path: str, field: str, nearest: str
) -> None:
    answer = client.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["field"]) == (404, field)
    assert nearest in answer.json()["do"]


def test_codes_in_upper_case_and_subjects_in_lower_case_are_mended(client: TestClient) -> None:
    base = "/v1/organisation"
    for mended, as_is in (
        ("warnings?domain=TAX", "warnings?domain=tax"),
        ("lists/MARKET_SERIOUS", "lists/market_serious"),
        (f"warnings?subject={FIRM.subject_id.lower()}", f"warnings?subject={FIRM.subject_id}"),
        ("warnings?level=RED", "warnings?level=red"),
    ):
        assert client.get(f"{base}/{mended}").json() == client.get(f"{base}/{as_is}").json()
    assert client.get(f"{base}/warnings?subject={FIRM.subject_id}").json()["warnings"]


def test_a_division_that_never_was_is_refused_and_a_county_means_the_warnings_of_its_city(
    client: TestClient,
) -> None:
    for path in ("warnings", "lists/market_serious"):
        answer = client.get(f"/v1/organisation/{path}?region=999999")
        assert (answer.status_code, answer.json()["field"]) == (400, "region")
    whole = client.get("/v1/organisation/warnings?limit=1000").json()["warnings"]
    region = next(each["region"] for each in whole if each["region"].startswith("33"))
    county = f"{region[:4]}01"
    of_city = client.get(f"/v1/organisation/warnings?limit=1000&region={region}").json()
    assert client.get(f"/v1/organisation/warnings?limit=1000&region={county}").json() == of_city
    assert {each["region"] for each in of_city["warnings"]} == {region}


def test_a_refusal_is_told_in_chinese_to_who_asks_so(client: TestClient) -> None:
    path = f"/v1/organisation/subjects/{FIRM.subject_id}/history?limit=0"
    answer = client.get(path, headers={"Accept-Language": "zh-CN,zh;q=0.9"}).json()
    assert answer["rule"] == "1 至 1000 的整数"
    assert client.get(path).json()["rule"] == "a whole number from 1 to 1000"


def test_a_value_said_twice_is_refused(client: TestClient) -> None:
    path = f"/v1/organisation/subjects/{FIRM.subject_id}/history?limit=5&limit=7"
    assert client.get(path).status_code == 400


@pytest.mark.parametrize(
    ("path", "media", "body"),
    [
        ("/v1/nothing", "application/problem+json", '"status":404'),
        ("/v1/organisation/subjects/x/y/z", "application/problem+json", '"status":404'),
        ("/nothing", "application/problem+json", '"status":404'),
        ("/contexts/a", "application/vnd.schemaregistry.v1+json", '"error_code": 404'),
        ("/schemas/nothing", "application/vnd.schemaregistry.v1+json", '"error_code": 404'),
        ("/docs/more", "text/html", "<h1>Not Found</h1>"),
    ],
)
def test_an_unknown_path_answers_in_the_form_of_its_face(
    client: TestClient, path: str, media: str, body: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(media)
    assert body in answer.text


def test_the_registry_takes_a_last_slash(client: TestClient) -> None:
    for path in ("/config", "/subjects", "/mode", "/schemas/ids/3"):
        assert client.get(f"{path}/").content == client.get(path).content
        assert client.get(path).status_code == 200
    assert client.post("/config/").status_code == 405


def test_only_names_of_the_host_are_answered_and_nothing_may_be_framed(client: TestClient) -> None:
    path = f"/v1/organisation/subjects/{FIRM.subject_id}/profile"
    for host in ("evil.example", "evil.example:8440", "localhost.evil.example", ""):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["title"]) == (421, "ForeignHostError")
        assert FIRM.subject_id not in answer.text
    for host in ("localhost", "LOCALHOST:8440", "127.0.0.1:1", "[::1]:8440", "[::1]"):
        assert client.get(path, headers={"Host": host}).status_code == 200
    for path in ("/docs", "/healthz", "/subjects", "/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_length_said_twice_is_refused(client: TestClient) -> None:
    answer = client.post("/subjects/x", content=b"{}", headers={"Transfer-Encoding": "chunked"})
    both = client.post(
        "/subjects/x",
        content=b"{}",
        headers={"Transfer-Encoding": "chunked", "Content-Length": "2"},
    )
    assert answer.status_code == 422
    assert (both.status_code, both.json()["title"]) == (400, "FramingError")
