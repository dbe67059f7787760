"""省市县、部门联动: offices report by file, and are told what waits for them, whatever is killed meanwhile."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from events.envelope import Platform, Source
from events.topics import duties_topic
from events.wire.codec import decode_record
from ops.clock import today
from ops.serving import application
from tests.support.asking import client_of
from tests.support.builders import (
    a_court_listing,
    a_measure,
    a_measure_answer,
    a_penalty,
    an_answer,
    an_objection,
)
from tests.support.chaos import wait_for
from tests.support.keys import key_of_department
from tests.support.ledger import read_all
from tests.support.patience import AMPLE_S
from tests.support.reported import a_cell
from tests.unit.ops.submission.test_every_type import the_fields

if TYPE_CHECKING:
    from pathlib import Path

    from events.event import Event
    from tests.acceptance.conftest import Ledger

DECIDED = today() - timedelta(days=40)
YESTERDAY = today() - timedelta(days=1)
SUBJECT = "91330100PDY000028X"


def a_fine(no: str, department: str, region: str) -> Event:
    return a_penalty(no, on=DECIDED, department=department, region=region, subject_id=SUBJECT)


def submit(ledger: Ledger, folder: Path, event: Event, *more: str) -> dict[str, Any]:
    file = folder / f"{event.envelope.event_id}.ndjson"
    file.write_bytes(msgspec.json.encode(the_fields(event)))
    done = ledger.run(
        "submit", str(file), "--department", event.envelope.department, "--json", *more
    )
    assert done.stdout, done.stderr
    (report,) = json.loads(done.stdout)["files"]
    found: dict[str, Any] = report
    return found


def waits(ledger: Ledger, department: str) -> list[tuple[str, str]]:
    found = ledger.ask("waits", department)
    return [(each["kind"], each["document_no"]) for each in found if each["rule"] is None]


def told(ledger: Ledger, event: Event) -> list[tuple[str, str]]:
    """Give what the topic of duties says of an event, in its order.

    A projector that was killed before it noted what it had sent sends it again, under the same id.
    """
    messages = read_all(ledger.stack.kafka, duties_topic(Platform.ORGANISATION))
    found: dict[str, tuple[str, str]] = {}
    for message in messages:
        value = decode_record(message.value())[1]
        if value["event_id"] == event.envelope.event_id:
            found.setdefault(value["notice_id"], (message.key().decode(), value["transition"]))
    return list(found.values())


@pytest.mark.requirement(56, at="command")
def test_a_city_and_a_county_report_a_file_and_a_foreign_region_is_refused(
    ledger: Ledger, tmp_path: Path
) -> None:
    city = submit(ledger, tmp_path, a_fine("杭市监罚1号", "market-330100", "330106"))
    county = submit(ledger, tmp_path, a_fine("西市监罚1号", "market-330106", "330106"))
    foreign = submit(ledger, tmp_path, a_fine("西市监罚2号", "market-330106", "330105"))

    assert [each["became"][0]["outcome"] for each in (city, county)] == ["recorded"] * 2
    (line,) = foreign["refused"]
    (reason,) = line["reasons"]
    assert (reason["code"], reason["field"]) == ("region_not_of_department", "region")


@pytest.mark.requirement(56, at="command")
def test_who_must_act_is_told_once_and_sees_what_waits_also_after_a_kill(
    ledger: Ledger, tmp_path: Path
) -> None:
    fine = a_fine("西市监罚3号", "market-330106", "330106")
    submit(ledger, tmp_path, fine)
    objection = an_objection(fine, YESTERDAY)
    measure = a_measure(
        fine,
        YESTERDAY,
        no="西联1号",
        department="market-330106",
        region="330106",
        targets=("tax-330106", "labour-330100"),
    )
    projector = next(each for each in ledger.workers if each.role == "projector")
    for event in (objection, measure):
        submit(ledger, tmp_path, event, "--no-wait")
        projector.kill()
        projector.start()

    wait_for(lambda: bool(waits(ledger, "tax-330106")), AMPLE_S, "the measure waits")
    assert waits(ledger, "tax-330106") == waits(ledger, "labour-330100")
    assert waits(ledger, "tax-330106") == [("answer_measure", measure.envelope.document_no)]
    mine = ("answer_objection", fine.envelope.document_no)
    assert mine in waits(ledger, "credit-zj")
    (waiting,) = [
        each
        for each in ledger.ask("waits", "credit-zj")
        if each["event_id"] == objection.envelope.event_id
    ]
    assert waiting["due_on"] is not None
    assert 0 < waiting["working_days_left"] <= 5

    submit(ledger, tmp_path, an_answer(objection, today()))
    submit(
        ledger,
        tmp_path,
        a_measure_answer(measure, today(), department="tax-330106", region="330106"),
    )
    assert waits(ledger, "tax-330106") == []
    assert mine not in waits(ledger, "credit-zj")
    assert waits(ledger, "labour-330100") == [("answer_measure", measure.envelope.document_no)]
    wait_for(lambda: len(told(ledger, measure)) == 3, AMPLE_S, "all three were told of the measure")
    assert told(ledger, objection) == [("credit-zj", "opened"), ("credit-zj", "closed")]
    assert sorted(told(ledger, measure)[:2]) == [
        ("labour-330100", "opened"),
        ("tax-330106", "opened"),
    ]
    assert told(ledger, measure)[2:] == [("tax-330106", "closed")]


@pytest.mark.requirement(56, at="http")
def test_what_waits_a_receipt_and_taking_note_of_a_warning_by_route(
    ledger: Ledger, tmp_path: Path
) -> None:
    fine = a_fine("西市监罚4号", "market-330106", "330106")
    receipt = submit(ledger, tmp_path, fine)["receipt"]
    submit(ledger, tmp_path, an_objection(fine, DECIDED + timedelta(days=1)))
    app, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    with pool:
        client = client_of(app, key=key_of_department(ledger.stack, "credit-zj"))
        office = client_of(app, key=key_of_department(ledger.stack, "market-330106"))

        def warned() -> list[dict[str, Any]]:
            found = client.get("/v1/organisation/departments/credit-zj/waits").json()
            return [each for each in found if each["rule"] == "alarm.objections_overdue"]

        assert office.get(f"/v1/receipts/{receipt}?line=1").json()["lines"][0]["outcome"] == (
            "recorded"
        )
        assert office.get(f"/v1/receipts/{receipt}?line=17").json()["field"] == "line"
        assert client.get(f"/v1/receipts/{receipt}").json()["code"] == "not_own"
        wait_for(lambda: bool(warned()), AMPLE_S, "the alarm waits")
        (alarm,) = warned()
        path = f"/v1/organisation/warnings/{alarm['event_id']}/acknowledgements"
        said = [client.post(path, json={"department": "credit-zj"}) for _ in range(2)]
        assert [each.status_code for each in said] == [200, 200], said[0].text
        assert [each.json()["outcome"] for each in said] == ["recorded", "repeat"]
        wait_for(lambda: not warned(), AMPLE_S, "it waits no longer")
        third = client.post(path, json={"department": "credit-zj"}).json()
        assert (third["outcome"], third["receipt"]) == ("repeat", None)

        of_none = client.post(
            path.replace(alarm["event_id"], "x"), json={"department": "credit-zj"}
        )
        assert (of_none.status_code, of_none.json()["field"]) == (404, "warning")
        not_mine = client.post(path, json={"department": "court-330100"}).json()
        assert (not_mine["status"], not_mine["code"]) == (403, "not_own")
        court = client_of(app, key=key_of_department(ledger.stack, "court-330100"))
        not_for_it = court.post(path, json={"department": "court-330100"}).json()
        assert set(not_for_it) >= {"field", "value", "rule", "do"}
        bare = client.post(path, content=b"department=market-330106")
        assert (bare.status_code, bare.json()["field"]) == (400, "Content-Type")


@pytest.mark.requirement(94, at="command")
def test_what_the_delta_tells_is_taken_by_its_codes_and_clocks_and_no_more_than_was_agreed(
    ledger: Ledger, tmp_path: Path
) -> None:
    """三地无障碍交流: moments as each province's system writes them, each of the day that it was here."""
    written = {
        "credit-sh": ("310101", "2026-01-08T16:30:00Z", "2026-01-09"),
        "credit-js": ("320106", "2026/1/9 23:30", "2026-01-09"),
        "credit-ah": ("340102", "1767895200000", "2026-01-09"),
    }
    for department, (region, moment, day) in written.items():
        entry = a_court_listing(
            department,
            day,
            department=department,
            region=region,
            subject_id=SUBJECT,
            source=Source.IMPORTED,
        )
        cells = {name: a_cell(value) for name, value in the_fields(entry).items()}
        for name in ("occurred_on", "published_on"):
            cells[name] = moment if cells.get(name) else ""
        file = tmp_path / f"{department}.csv"
        with file.open("w", encoding="utf-8", newline="") as sheet:
            csv.writer(sheet).writerows([cells.keys(), cells.values()])
        told = ledger.ask("submit", str(file), "--department", department)
        assert [each["outcome"] for each in told["files"][0]["became"]] == ["recorded"], told
        shown = ledger.ask("profile", SUBJECT)["profile"]["records"]
        (record,) = (each for each in shown if each["department"] == department)
        assert (record["region"], record["day"]) == (region, day)
        fine = a_penalty("外1", DECIDED, department=department, region=region, subject_id=SUBJECT)
        (refused,) = submit(ledger, tmp_path, fine)["refused"]
        assert "department_not_entitled" in {each["code"] for each in refused["reasons"]}
