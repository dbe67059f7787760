"""Persons reported by number and name: sealed on the ledger, opened by the door for who may know."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from events.rules.access import Role
from ops.serving import application
from projections.access.asker import Asker
from streams.publishing.producer import create_producer
from tests.support.asking import GateOfTests, running
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.conftest import Ledger

pytestmark = pytest.mark.stack
NUMBER, NAME = "330782190001020046", "密封测试人"
PURPOSE = {
    "Credit-Purpose": "supervision",
    "Credit-Basis": "《浙江省公共信用信息管理条例》第十八条",
}


def record(no: int, **said: Any) -> dict[str, Any]:
    return {
        "event_type": "PenaltyImposed",
        "category": "penalty.market",
        "subject_number": NUMBER,
        "subject_name": NAME,
        "document_no": f"封罚〔2025〕{no}号",
        "occurred_on": "2025-03-04",
        "legal_basis": "《中华人民共和国食品安全法》第一百二十二条",
        "kinds": ["fine"],
        "fine_fen": 5_000_00,
        "facts": "夜间无照经营",
        "final_on": "2025-05-04",
        **said,
    }


class Door:
    """A running service, asked by a department, an auditor and the public."""

    def __init__(self, address: str) -> None:
        self.address = address

    def post(
        self,
        path: str,
        *records: dict[str, Any],
        key: str = "market",
        department: str = "market-zj",
    ) -> httpx.Response:
        body = "\n".join(json.dumps(each, ensure_ascii=False) for each in records)
        return self.send(path, body, "application/x-ndjson", key, department)

    def send(
        self,
        path: str,
        body: str | bytes,
        kind: str,
        key: str = "market",
        department: str = "market-zj",
    ) -> httpx.Response:
        return httpx.post(
            f"{self.address}{path}",
            content=body,
            params={"department": department},
            headers={"Authorization": f"Bearer {key}", "Content-Type": kind},
            timeout=AMPLE_S,
        )

    def get(self, path: str, key: str | None, **headers: str) -> httpx.Response:
        said = {} if key is None else {"Authorization": f"Bearer {key}"}
        sent = {name: value.encode() for name, value in {**said, **headers}.items()}
        return httpx.get(f"{self.address}{path}", headers=sent, timeout=AMPLE_S)

    def settled(self, receipt: str, key: str = "market") -> list[dict[str, Any]]:
        until = time.monotonic() + AMPLE_S
        while True:
            told = self.get(f"/v1/submissions/{receipt}", key).json()["lines"]
            if all(each["fate"] != "accepted" for each in told) or time.monotonic() > until:
                return list(told)
            time.sleep(0.2)


@pytest.fixture(scope="module")
def gate() -> GateOfTests:
    return GateOfTests(
        market=Asker(role=Role.DEPARTMENT, organisation="market-zj"),
        court=Asker(role=Role.DEPARTMENT, organisation="court-zj"),
        auditor=Asker(role=Role.AUDITOR, organisation="credit-zj"),
    )


@pytest.fixture(scope="module")
def door(ledger: Ledger, gate: GateOfTests) -> Iterator[Door]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDIT_LEDGER_KEYS", str(ledger.keys))
        app, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    app.state.service = replace(app.state.service, gate=gate)
    with pool, running(app) as address:
        yield Door(address)
    app.state.service.opener.close()


def test_who_reports_again_waits_for_no_connection_to_be_opened(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.post("/v1/submissions", record(71))
    connect, opened = psycopg.connect, []

    def counted(*args: Any, **said: Any) -> Any:
        opened.append(args)
        return connect(*args, **said)

    monkeypatch.setattr(psycopg, "connect", counted)
    told = [door.post("/v1/submissions", record(no)).json() for no in (72, 73, 74)]

    assert [each["fate"] for one in told for each in one["lines"]] == ["accepted"] * 3
    assert len(opened) == 0


@pytest.mark.requirement(24, 25, 47, at="http")
def test_a_person_is_reported_recorded_and_shown_to_who_may_know(door: Door) -> None:
    told = door.post("/v1/submissions", record(1), record(2, facts="白天无照经营")).json()
    assert [each["fate"] for each in told["lines"]] == ["accepted", "accepted"], told

    settled = door.settled(told["receipt"])
    again = door.post("/v1/submissions", record(1)).json()
    assert [each["fate"] for each in settled] == ["recorded", "recorded"]
    assert [each["fate"] for each in again["lines"]] == ["repeat"]

    (sealed,) = door.post("/v1/seal", record(1)).json()["lines"]
    assert sealed["event_id"] == settled[0]["event_id"]
    subject = f"/v1/person/subjects/{sealed['subject_id']}"
    profile = f"{subject}/profile"
    shared = door.get(profile, "market", **PURPOSE)
    assert shared.status_code == 200, shared.text
    assert NAME in shared.text
    assert "sealed:" not in shared.text
    assert NUMBER not in shared.text

    whole = door.get(profile, "auditor", **{"Credit-Purpose": "audit"})
    assert NAME in whole.text
    quality = door.get(profile, "market", **{**PURPOSE, "Credit-Purpose": "quality"})
    assert NAME not in quality.text
    state = door.get(f"{subject}/state", "auditor", **{"Credit-Purpose": "audit"})
    assert NAME not in state.text
    assert "sealed:1:" in state.text
    assert door.get(profile, None).status_code == 403


def test_a_person_on_a_list_that_a_law_publishes_is_named_to_anybody_and_nowhere_else(
    door: Door,
) -> None:
    listed = record(
        21,
        event_type="ListEntered",
        category="list.judgment_defaulter",
        list="judgment_defaulter",
        ground="able_but_refuses",
        legal_basis="《最高人民法院关于公布失信被执行人名单信息的若干规定》第一条",
    )
    for field in ("kinds", "fine_fen", "facts", "final_on"):
        del listed[field]
    path = "/v1/person/lists/judgment_defaulter"
    assert door.get(path, None).json()["members"] == []

    told = door.post("/v1/submissions", listed, key="court", department="court-zj").json()
    assert [each["fate"] for each in told["lines"]] == ["accepted"], told
    door.settled(told["receipt"], "court")

    (member,) = door.get(path, None).json()["members"]
    assert (member["name"], member["number"]) == (NAME, f"{NUMBER[:10]}****{NUMBER[-4:]}")
    page = door.get("/zh/lists/judgment_defaulter/persons", None)
    assert NAME in page.text
    assert door.get("/v1/person/lists/wage_arrears", None).status_code == 404
    assert door.get(f"/v1/person/subjects/{member['entry_id']}/profile", None).status_code != 200


def test_what_is_sealed_for_kafka_is_taken_there_and_is_the_same_event(
    door: Door, ledger: Ledger
) -> None:
    sealed = door.post("/v1/seal", record(3), record(4, subject_number="1")).json()["lines"]
    good, bad = sealed
    assert [each["code"] for each in bad["reasons"]] == ["identity_number_wrong"]
    value = base64.b64decode(good["value"])
    assert NAME.encode() not in value
    producer = create_producer(ledger.stack.kafka)
    producer.produce("credit.person.submissions.market-zj", value, key=good["subject_id"].encode())
    producer.flush(30)

    told = door.post("/v1/submissions", record(3)).json()
    (line,) = door.settled(told["receipt"])
    assert line["event_id"] == good["event_id"]
    assert line["fate"] in ("recorded", "repeat")


def test_a_number_makes_its_token_for_who_may_ask_of_persons_and_is_recorded(
    door: Door, gate: GateOfTests
) -> None:
    def asks(number: str, key: str | None, **headers: str) -> httpx.Response:
        shown = {} if key is None else {"Authorization": f"Bearer {key}"}
        sent = {name: value.encode() for name, value in {**shown, **headers}.items()}
        body = {"subject_number": number}
        return httpx.post(
            f"{door.address}/v1/person/tokens", json=body, headers=sent, timeout=AMPLE_S
        )

    (sealed,) = door.post("/v1/seal", record(1)).json()["lines"]
    gate.inquiries.clear()
    told = asks(NUMBER, "market", **PURPOSE)
    assert told.json() == {"subject_id": sealed["subject_id"]}, told.text
    (inquiry,) = gate.inquiries
    assert inquiry.subjects == [sealed["subject_id"]]
    assert inquiry.basis == PURPOSE["Credit-Basis"]
    assert NUMBER not in repr(inquiry)
    assert asks(NUMBER, "market").json()["code"] == "purpose_missing"
    assert asks(NUMBER, None).status_code == 403
    wrong = asks(f"{NUMBER[:17]}0", "market", **PURPOSE)
    assert (wrong.status_code, "subject_number" in wrong.text) == (400, True)
    assert NUMBER[:17] not in wrong.text


def test_the_command_line_reports_persons_too(ledger: Ledger, tmp_path: Any) -> None:
    file = tmp_path / f"{NAME}.ndjson"
    file.write_text(json.dumps(record(5), ensure_ascii=False), "utf-8")

    said = ("submit", str(file), "--department", "market-zj")
    checked = ledger.run(*said, "--check", "--json")
    first, second = ledger.ask(*said), ledger.ask(*said)

    assert checked.returncode == 0, checked.stdout
    assert (first["sent"], second["sent"]) == (1, 0)
    assert [each["outcome"] for file in first["files"] for each in file["became"]] == ["recorded"]
    assert second["files"][0]["standing"] == 1
    with psycopg.connect(ledger.stack.postgres) as connection:
        (name,) = connection.execute(
            "SELECT name FROM control.receipt WHERE receipt_id = %s",
            (first["files"][0]["receipt"],),
        ).fetchone() or ("",)
    assert name == "persons.ndjson"
