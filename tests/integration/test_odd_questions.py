"""Whatever is asked of whichever route: a bad question is refused by name, and none breaks it.

The walk is made of the table of routes: every parameter of every row with every odd text.
"""

from __future__ import annotations

import asyncio
import re
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool

from events.rules.edition import HEADER, edition
from events.rules.rulebook import load_rulebook
from ops.generator import GeneratorPlan
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.http.asking.asked import Face
from projections.http.asking.parameter import ParameterPlace
from projections.http.routes import ROUTES
from tests.support.asking import LOCAL_KEY, client_of, filled, noon, of_all_departments
from tests.support.described import is_documented
from tests.support.odd_questions import (
    FIRM,
    ODD,
    WALK,
    DeskOfNone,
    asked,
    is_endless,
    is_refused_well,
    ours,
    path_of,
    sent,
)
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

    from ops.local.stack import Stack
    from projections.http.asking.asked import Row
    from projections.http.asking.parameter import Parameter


TODAY = date(2026, 11, 23)
PLAN = GeneratorPlan(
    events=200, subjects=20, seed=5, first_day=date(2020, 1, 1), last_day=date(2026, 10, 31)
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
