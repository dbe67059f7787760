"""A person is erased by two persons of the credit centre: asked for, refused with reasons, approved, hidden, cancelled, waited for."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.clock import today
from ops.erasing.saying import Erasing
from ops.serving import application
from projections.access.asker import Asker
from projections.calendar.rules import RuleCalendar
from projections.queries.erasures import standing_erasure
from projections.record.erasure import ErasureStage
from tests.acceptance.test_persons_sealed import Door, record
from tests.support.asking import GateOfTests, running
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.conftest import Ledger

pytestmark = pytest.mark.stack
KEPT, FREE = "330106190001010017", "330106190001010025"
AUDIT = {"Credit-Purpose": "audit"}
HONOUR = {
    "event_type": "CommendationAwarded",
    "category": "commendation.general",
    "document_no": "删表彰1号",
    "occurred_on": "2025-01-10",
    "legal_basis": "《浙江省公共信用信息管理条例》第二十二条",
    "honour": "先进个人",
    "level": "city",
    "subject_name": "可删除人",
}


def centre(person: str | None, department: str = "credit-zj") -> Asker:
    return Asker(role=Role.DEPARTMENT, organisation=department, person=person, key_id=person)


@pytest.fixture(scope="module")
def gate() -> GateOfTests:
    return GateOfTests(
        market=Asker(role=Role.DEPARTMENT, organisation="market-zj", key_id="market"),
        reporter=centre(None, "ndrc-zj"),
        first=centre("王一"),
        second=centre("李二"),
        auditor=Asker(role=Role.AUDITOR, organisation="credit-zj", key_id="auditor"),
    )


class Centre(Door):
    """A running service, asked by those who erase."""

    def report(self, department: str, key: str, said: dict[str, Any]) -> str:
        told = self.said(
            "POST",
            f"/v1/submissions?department={department}&category={said['category']}",
            key,
            said,
        )
        assert told.status_code == 202, told.text
        receipt = told.json()["receipt"]
        assert receipt, told.text
        until = time.monotonic() + AMPLE_S
        while True:
            (line,) = self.get(f"/v1/submissions/{receipt}", key).json()["lines"]
            if line["fate"] != "accepted" or time.monotonic() > until:
                assert line["fate"] in ("recorded", "repeat"), line
                break
            time.sleep(0.2)
        sealed = self.said(
            "POST", f"/v1/seal?department={department}&category={said['category']}", key, said
        )
        (line,) = sealed.json()["lines"]
        return str(line["subject_id"])

    def said(self, method: str, path: str, key: str, body: Any = None) -> Any:
        return httpx.request(
            method,
            f"{self.address}{path}",
            json=body,
            headers={"Authorization": f"Bearer {key}"},
            timeout=AMPLE_S,
        )

    def profile(self, subject: str, key: str = "auditor") -> int:
        return self.get(f"/v1/person/subjects/{subject}/profile", key, **AUDIT).status_code


@pytest.fixture(scope="module")
def door(ledger: Ledger, gate: GateOfTests) -> Iterator[Centre]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDIT_LEDGER_KEYS", str(ledger.keys))
        app, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    app.state.service = replace(app.state.service, gate=gate)
    with pool, running(app) as address:
        yield Centre(address)
    app.state.service.opener.close()


def test_a_term_that_runs_refuses_and_names_what_keeps_it(door: Centre) -> None:
    recent = record(71, subject_number=KEPT, occurred_on=f"{today() - timedelta(days=90)}")
    recent["final_on"] = f"{today() - timedelta(days=20)}"
    subject = door.report("market-zj", "market", recent)

    told = door.said(
        "POST", "/v1/erasures", "first", {"subject": subject, "ground": "consent_withdrawn"}
    )

    assert (told.status_code, told.json()["code"]) == (409, "kept_by_law"), told.text
    assert [each["why"] for each in told.json()["kept"]] == ["term"]


def test_two_persons_erase_one_alone_does_not_and_it_may_be_cancelled(
    door: Centre, ledger: Ledger
) -> None:
    subject = door.report("ndrc-zj", "reporter", {**HONOUR, "subject_number": FREE})
    assert door.profile(subject) == 200
    wanted = {"subject": subject, "ground": "consent_withdrawn"}
    assert door.said("POST", "/v1/erasures", "market", wanted).json()["code"] == "not_own"

    asked = door.said("POST", "/v1/erasures", "first", wanted)
    assert asked.status_code == 201, asked.text
    erasure = asked.json()["erasure_id"]
    again = door.said("POST", "/v1/erasures", "first", wanted)
    alone = door.said("POST", f"/v1/erasures/{erasure}/approval", "first")
    assert (again.status_code, again.json()["code"]) == (409, "open_already")
    assert (alone.status_code, alone.json()["code"]) == (409, "same_person")
    assert door.profile(subject) == 200

    approved = door.said("POST", f"/v1/erasures/{erasure}/approval", "second")
    assert approved.status_code == 200, approved.text
    assert approved.json()["stage"] == "approved"
    gone = door.get(f"/v1/person/subjects/{subject}/profile", "auditor", **AUDIT)
    history = door.get(f"/v1/person/subjects/{subject}/history", "auditor", **AUDIT)
    assert (gone.status_code, gone.json()["code"]) == (410, "erased")
    assert history.status_code == 410
    (known,) = door.get(f"/v1/erasures?subject={subject}", "second").json()
    assert (known["erasure_id"], known["stage"]) == (erasure, "approved")

    # Whoever says too early that it is done: the fold leaves that without effect.
    days_on = today() + timedelta(days=30)
    with psycopg.connect(ledger.stack.postgres, autocommit=True) as connection:
        erasing = Erasing(ledger.stack.kafka, RuleCalendar(load_rulebook()), 30)
        done, _ = erasing.erase_due(connection, days_on)
        assert done >= 1

    cancelled = door.said("DELETE", f"/v1/erasures/{erasure}", "second")
    assert (cancelled.status_code, cancelled.json()["stage"]) == (200, "cancelled")
    assert door.profile(subject) == 200
    with psycopg.connect(ledger.stack.postgres, autocommit=True) as connection:
        standing = standing_erasure(connection, subject)
    assert standing is not None
    assert standing.stage is ErasureStage.CANCELLED
