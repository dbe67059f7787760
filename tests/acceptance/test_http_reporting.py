"""Departments report over HTTP: every type of event, a file, odd bodies; every line is told."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import msgspec
import pytest

from events.event import ORIGINALS, event_type
from ops.submission.files.reading import FILE_ROWS_MAX
from tests.support.patience import AMPLE_S
from tests.support.reported import REPORTED, the_fields
from tests.support.reporting import KEY, ReportingService

pytestmark = pytest.mark.stack
NDJSON = "application/x-ndjson"
HEAD = "subject_id,subject_name,document_no,kinds,fine_yuan,occurred_on,legal_basis"
LINE = "91330100PDY000028X,杭州网报有限公司,网{no}号,fine,{fine},2025-03-01,《行政处罚法》第二条"
OPTIONS = {"department": "market-zj", "category": "penalty.market", "event_type": "PenaltyImposed"}


def a_csv(*lines: str) -> bytes:
    return "\n".join([HEAD, *lines]).encode()


def test_every_type_of_event_is_taken_and_comes_back(service: ReportingService) -> None:
    by_department: dict[str, list[Any]] = {}
    for event in REPORTED:
        by_department.setdefault(event.envelope.department, []).append(event)
    receipts = {}
    for department, events in by_department.items():
        body = b"\n".join(msgspec.json.encode(the_fields(event)) for event in events)
        answer = service.post(body, NDJSON, department=department)
        assert answer.status_code == 202, answer.text
        told = answer.json()
        assert {each["fate"] for each in told["lines"]} <= {"accepted", "repeat"}, told
        receipts[department] = told["receipt"]
    came = {
        event_type(event): told["fate"]
        for department, receipt in receipts.items()
        for event, told in zip(
            by_department[department], service.fates(receipt).values(), strict=True
        )
    }
    assert set(came) == {event_type(event) for event in REPORTED}
    assert set(came.values()) <= {"recorded", "repeat"}


def test_each_line_is_told_at_once_and_later_and_a_repeat_changes_nothing(
    service: ReportingService,
) -> None:
    good, bad = LINE.format(no=1, fine=100), LINE.format(no=2, fine="1e3")
    told = service.post(a_csv(good, bad, good), "text/csv", **OPTIONS).json()
    assert [(e["line"], e["fate"]) for e in told["lines"]] == [
        (2, "accepted"),
        (3, "refused"),
        (4, "repeat"),
    ]
    (reason,) = told["lines"][1]["reasons"]
    assert (reason["code"], reason["field"], reason["value"]) == (
        "amount_malformed",
        "fine_yuan",
        "1e3",
    )
    later = service.fates(told["receipt"])
    assert (later[2]["fate"], later[3]["fate"], later[4]["fate"]) == (
        "recorded",
        "refused",
        "repeat",
    )
    again = service.post(a_csv(good), "text/csv", **OPTIONS).json()
    assert [each["fate"] for each in again["lines"]] == ["repeat"]
    otherwise = service.post(a_csv(LINE.format(no=1, fine=900)), "text/csv", **OPTIONS).json()
    assert [each["fate"] for each in otherwise["lines"]] == ["conflict"]


def test_one_record_may_be_written_over_many_lines(service: ReportingService) -> None:
    event = next(each for each in REPORTED if event_type(each) == "PenaltyImposed")
    body = json.dumps(the_fields(event), ensure_ascii=False, indent=2, default=str)
    told = service.post(body, "application/json", department=event.envelope.department).json()
    assert len(told["lines"]) == 1
    assert told["lines"][0]["fate"] in ("accepted", "repeat")


@pytest.mark.parametrize(
    ("body", "kind", "options", "field"),
    [
        (b"", "text/csv", OPTIONS, "body"),
        (b"\0\0", "text/csv", OPTIONS, "body"),
        (b"[]", "application/json", OPTIONS, "body"),
        (b"PK\x03\x04nothing", "text/csv", OPTIONS, "body"),
        (b"\x1f\x8b\x08\x00", "text/csv", OPTIONS, "body"),
        (b"x" * (20 * 1024 * 1024 + 1), "text/csv", OPTIONS, "body"),
        (b"{}", "application/xml", OPTIONS, "Content-Type"),
        (b"{}", "multipart/form-data; boundary=x", OPTIONS, "Content-Type"),
        (b"{}", "application/json", {}, "department"),
        (b"{}", "application/json", {**OPTIONS, "region": "999999"}, "region"),
        (b"{}", "application/json", {**OPTIONS, "colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_nothing_is_sent(
    service: ReportingService, body: bytes, kind: str, options: dict[str, str], field: str
) -> None:
    answer = service.post(body, kind, **options)
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"] == field
    assert answer.json()["do"]


@pytest.mark.parametrize(
    "options", [{"department": "nobody-zj"}, {**OPTIONS, "category": "no.such"}]
)
def test_a_code_that_nothing_has_is_not_there(
    service: ReportingService, options: dict[str, str]
) -> None:
    assert service.post(b"{}", "application/json", **options).status_code == 404


def test_a_line_of_broken_json_falls_alone(service: ReportingService) -> None:
    event = next(each for each in REPORTED if event_type(each) == "PenaltyImposed")
    good = msgspec.json.encode(the_fields(event))
    body = b"\n".join([good, b'{"subject_id":', b'{"a": 1, "a": 2}', b"[" * 500])
    told = service.post(body, NDJSON, department=event.envelope.department).json()
    assert [each["fate"] for each in told["lines"]][1:] == ["refused"] * 3
    assert all(each["reasons"] for each in told["lines"][1:])


def test_too_many_lines_are_refused_before_any_is_sent(service: ReportingService) -> None:
    body = a_csv(*["x"] * (FILE_ROWS_MAX + 1))
    answer = service.post(body, "text/csv", **OPTIONS)
    assert answer.status_code == 400
    assert f"{FILE_ROWS_MAX:,}" in answer.json()["rule"]


@pytest.mark.parametrize("kind", [each.__name__ for each in ORIGINALS])
def test_every_original_has_a_form_that_comes_back_readable(
    service: ReportingService, kind: str
) -> None:
    for ending in ("csv", "xlsx"):
        answer = httpx.get(f"{service.address}/v1/templates/{kind}.{ending}", timeout=AMPLE_S)
        assert answer.status_code == 200, answer.text
        assert answer.content
    assert (
        httpx.get(f"{service.address}/v1/templates/{kind}.pdf", timeout=AMPLE_S).status_code == 404
    )


def test_a_receipt_that_was_never_given_is_not_there(service: ReportingService) -> None:
    answer = httpx.get(
        f"{service.address}/v1/submissions/00000000-0000-5000-8000-000000000000",
        headers=KEY,
        timeout=AMPLE_S,
    )
    assert answer.status_code == 404
    assert answer.json()["field"] == "receipt"
    assert io.BytesIO(answer.content).read()
