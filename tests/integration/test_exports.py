"""Files of all that may be shown: whole, page by page, recorded before they leave, and cut off where they may not go on."""

from __future__ import annotations

import json
import socket
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import httpx
import psycopg
import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from events.envelope import Platform
from events.rules.access import Role, View
from events.rules.rulebook import load_rulebook
from ops.cli import app as command_line
from ops.cli.evidence import public_file
from ops.generator import GeneratorPlan
from projections.access.asker import Asker
from projections.calendar.rules import RuleCalendar
from projections.exports.exported import ExportFormat
from projections.http.application import create_service
from projections.http.exports import answers
from projections.queries.disclosed import exporting
from projections.queries.disclosed.exporting import ExportPlace, export_page
from tests.support.asking import GateOfTests, client_of, filled, noon, running
from tests.support.patience import AMPLE_S
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.local.stack import Stack
    from projections.access.inquiry import Inquiry

TODAY: Final = date(2026, 6, 15)
PLAN: Final = GeneratorPlan(
    events=900, subjects=60, seed=7, first_day=date(2024, 1, 1), last_day=date(2026, 5, 31)
)
AT_ONCE: Final = 2
"""So many subjects a page, that a file has many."""
MARKET: Final = Asker(role=Role.DEPARTMENT, organisation="market-zj", key_id="market")
SAYS: Final = {"Authorization": "Bearer market", "Credit-Purpose": "supervision"}


class _NoLife:
    """Nobody's life is told besides."""

    subject_id = ""
    scenes = ()


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    with fresh_database(stack.postgres) as url:
        life: Any = _NoLife()
        filled(url, PLAN, life)
        yield url


@pytest.fixture
def served(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, GateOfTests]]:
    monkeypatch.setattr(exporting, "SUBJECTS_AT_ONCE", AT_ONCE)
    pool = ConnectionPool(database, min_size=1, max_size=4, kwargs={"autocommit": True}, open=False)
    gate = GateOfTests(market=MARKET)
    with pool:
        yield (
            create_service(pool, RuleCalendar(load_rulebook()), noon(TODAY), dict, gate=gate),
            gate,
        )


def path(export: ExportFormat) -> str:
    return f"/v1/organisation/exports/{export}"


@pytest.mark.parametrize("export", ExportFormat)
def test_the_file_of_the_command_line_is_that_of_the_service_byte_by_byte(
    export: ExportFormat,
    served: tuple[Any, GateOfTests],
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ops.cli.terminal.running_postgres", lambda: database)
    monkeypatch.setattr(public_file, "today", lambda: TODAY)
    told = CliRunner().invoke(command_line, ["export", export, "-o", str(tmp_path / "a"), "--json"])
    answer = client_of(served[0], None).get(path(export))

    assert told.exit_code == 0, told.output
    assert answer.status_code == 200
    assert answer.content == (tmp_path / "a").read_bytes()
    lines = answer.content.splitlines()
    assert json.loads(told.stdout)["lines"] == len(lines) - (export is ExportFormat.CSV) > 40
    assert served[1].inquiries == []


@pytest.mark.requirement(101)
def test_who_may_see_more_is_given_more_and_each_page_is_recorded_before_it_leaves(
    served: tuple[Any, GateOfTests],
) -> None:
    app, gate = served
    public = client_of(app, None).get(path(ExportFormat.CLOUDEVENTS)).content.splitlines()
    answer = client_of(app, None).get(path(ExportFormat.CLOUDEVENTS), headers=SAYS)
    shared = answer.content.splitlines()

    assert len(shared) > len(public)
    assert {json.loads(line)["id"] for line in public} < {json.loads(line)["id"] for line in shared}
    named = [subject for inquiry in gate.inquiries for subject in inquiry.subjects]
    assert {json.loads(line)["subject"] for line in shared} <= set(named)
    assert len(named) == len(set(named))
    assert all(len(inquiry.subjects) <= AT_ONCE for inquiry in gate.inquiries)
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_file_is_cut_off_where_the_right_ends_and_nobody_takes_it_for_whole(
    served: tuple[Any, GateOfTests], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, gate = served
    asked = answers.export_page
    pages = 0

    def revoked_meanwhile(*args: Any, **kwargs: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 5:
            gate.forget("market")
        return asked(*args, **kwargs)

    monkeypatch.setattr(answers, "export_page", revoked_meanwhile)
    with running(app) as url, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url + path(ExportFormat.CSV), headers=SAYS, timeout=AMPLE_S)
    assert pages == 5


def test_nothing_of_a_page_leaves_that_cannot_be_recorded(
    served: tuple[Any, GateOfTests], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, gate = served
    recorded = gate.record

    def away_after_two(*inquiries: Inquiry) -> None:
        gate.is_away = len(gate.inquiries) == 2
        recorded(*inquiries)

    monkeypatch.setattr(gate, "record", away_after_two)
    got: list[bytes] = []

    def receive(url: str) -> None:
        with httpx.stream(
            "GET", url + path(ExportFormat.CLOUDEVENTS), headers=SAYS, timeout=AMPLE_S
        ) as answer:
            got.extend(answer.iter_bytes())

    with running(app) as url, pytest.raises(httpx.RemoteProtocolError):
        receive(url)
    opened, delivered = gate.inquiries
    assert opened.outcome == "answered"
    assert {json.loads(line)["subject"] for line in b"".join(got).splitlines()} <= set(
        delivered.subjects
    )


def test_a_region_narrows_a_file_and_pages_leave_nobody_out(database: str) -> None:
    calendar = RuleCalendar(load_rulebook())

    def all_of(at_once: int, region: str | None) -> list[str]:
        found, place = [], ExportPlace()
        with psycopg.connect(database) as connection, pytest.MonkeyPatch.context() as patch:
            patch.setattr(exporting, "SUBJECTS_AT_ONCE", at_once)
            while place is not None:
                page = export_page(
                    *(connection, Platform.ORGANISATION, TODAY, calendar, View.WHOLE, place),
                    region=region,
                )
                found += [each.profile.subject_id for each in page.subjects]
                place = page.next_after
        return found

    whole = all_of(1_000, None)
    assert all_of(1, None) == all_of(3, None) == whole
    assert len(whole) == len(set(whole)) > 30
    assert 0 < len(all_of(3, "330100")) < len(whole)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export", "csv", "--platform", "person"], "--platform"),
        (["export", "a-folder", "-o", "x"], "--output"),
        (["export", "a-folder", "--region", "330100"], "--region"),
        (["export", "csv", "--json"], "-o FILE"),
        (["export", "csv", "--region", "999999"], "--region"),
    ],
)
def test_a_copy_and_a_file_of_what_is_public_are_told_apart(
    arguments: list[str], told: str
) -> None:
    done = CliRunner().invoke(command_line, arguments)

    assert done.exit_code == 2
    assert told in done.output


def test_who_cannot_be_told_that_a_file_was_cut_off_is_given_none(
    served: tuple[Any, GateOfTests],
) -> None:
    """HTTP/1.0 ends a file as it cuts it off; a proxy that asks so would pass half of one on."""
    with running(served[0]) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as line:
            asked = f"GET {path(ExportFormat.CSV)} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n"
            line.sendall(asked.encode())
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 505 " in head.splitlines()[0]
    told = json.loads(body)
    assert told["title"] == "FramingUnknownError"
    assert "proxy_http_version 1.1" in told["do"]
