"""The three databases of persons (个人基础、社会、金融信用数据库): reported through the door, and parted by key and by right."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import httpx
import psycopg
import pytest

from events.envelope import Platform
from events.rules.access import Purpose, Role
from ops.serving import application
from projections.access.asker import Asker, Contract
from projections.access.consents import Consent
from tests.acceptance.test_persons_sealed import PURPOSE, Door
from tests.support.asking import GateOfTests, running
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.conftest import Ledger

pytestmark = pytest.mark.stack
NUMBER, NAME = "330782190001020070", "分库测试人"
LENDS: Final = {"Credit-Purpose": "lending"}
REPORTERS: Final = ("market-zj", "lawyer-zj", "pboc-hz", "utility-zj")


def said(kind: str, category: str, no: str, **fields: Any) -> dict[str, Any]:
    return {
        "event_type": kind,
        "category": category,
        "subject_number": NUMBER,
        "subject_name": NAME,
        "document_no": no,
        "occurred_on": "2026-03-04",
        **fields,
    }


BASIC: Final = said(
    "RelationRecorded",
    "relation.profession",
    "执业1号",
    role="practises",
    profession="lawyer",
    source="association",
    legal_basis="《中华人民共和国律师法》第五条",
)
SOCIAL: Final = said(
    "PenaltyImposed",
    "penalty.market",
    "库罚1号",
    kinds=["fine"],
    fine_fen=5_000_00,
    final_on="2026-05-04",
    legal_basis="《中华人民共和国食品安全法》第一百二十二条",
)
FINANCIAL: Final = said(
    "ObligationDefaulted",
    "default.loan",
    "贷1号",
    amount_fen=80_000_00,
    legal_basis="《中华人民共和国商业银行法》第四十二条",
)
BILLS: Final = [
    said(
        "ObligationDefaulted",
        "default.utility",
        f"水{month}号",
        occurred_on=f"2026-{month:02}-04",
        amount_fen=120_00,
        legal_basis="《城市供水条例》第二十四条",
    )
    for month in (7, 8, 9)
]
OF_CATEGORY: Final = {
    "relation.profession": "basic",
    "penalty.market": "social",
    "default.utility": "social",
    "default.loan": "financial",
}


class Reported(Door):
    """The same door, handed records of several departments; and where the person is asked of."""

    subject = ""

    def report(self, department: str, *records: dict[str, Any]) -> None:
        query = f"?department={department}&category={records[0]['category']}"
        body = "\n".join(json.dumps(each, ensure_ascii=False) for each in records)
        told = self.handed(f"/v1/submissions{query}", department, body)
        fates = [each["fate"] for each in told["lines"]]
        assert set(fates) <= {"accepted", "repeat"}, told
        assert {each["fate"] for each in self.settled_for(told["receipt"], department)} <= {
            "recorded",
            "repeat",
        }
        sealed = self.handed(f"/v1/seal{query}", department, body)
        self.subject = sealed["lines"][0]["subject_id"]

    def handed(self, path: str, department: str, body: str) -> Any:
        headers = {"Authorization": f"Bearer {department}", "Content-Type": "application/x-ndjson"}
        told = httpx.post(
            self.address + path, content=body.encode(), headers=headers, timeout=AMPLE_S
        ).json()
        assert "lines" in told, told
        return told

    def settled_for(self, receipt: str, department: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []

        def is_settled() -> bool:
            told = self.get(f"/v1/submissions/{receipt}", department).json()
            found[:] = told["lines"]
            return all(each["fate"] not in ("accepted", "waiting") for each in found)

        wait_for(is_settled, AMPLE_S, f"receipt {receipt}")
        return found

    def profile(self, key: str, **headers: str) -> Any:
        return self.get(f"/v1/person/subjects/{self.subject}/profile", key, **headers)

    def categories(self, key: str, **headers: str) -> set[str]:
        answer = self.profile(key, **headers).json()
        records = answer["records"] if "records" in answer else answer["profile"]["records"]
        return {each["category"] for each in records}


@pytest.fixture(scope="module")
def gate() -> GateOfTests:
    contract = Contract(contract_id="b", purposes=(Purpose.LENDING,), start=date(2026, 1, 1))
    return GateOfTests(
        **{each: Asker(role=Role.DEPARTMENT, organisation=each) for each in REPORTERS},
        tax=Asker(role=Role.DEPARTMENT, organisation="tax-zj"),
        bank=Asker(role=Role.AGENCY, organisation="bank", contracts=(contract,)),
        auditor=Asker(role=Role.AUDITOR, organisation="credit-zj"),
    )


@pytest.fixture(scope="module")
def door(ledger: Ledger, gate: GateOfTests) -> Iterator[Reported]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDIT_LEDGER_KEYS", str(ledger.keys))
        app, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    app.state.service = replace(app.state.service, gate=gate)
    with pool, running(app) as address:
        found = Reported(address)
        found.report("lawyer-zj", BASIC)
        found.report("market-zj", SOCIAL)
        found.report("pboc-hz", FINANCIAL)
        found.report("utility-zj", *BILLS)
        yield found
    app.state.service.opener.close()


@pytest.mark.requirement(53, 91, at="http")
def test_of_each_compartment_a_department_and_an_agency_see_what_they_have_a_right_to(
    door: Reported, gate: GateOfTests
) -> None:
    """What a bank reports no other department sees; an agency, by consent, what is authorised."""
    assert door.categories("auditor") == OF_CATEGORY.keys()
    assert door.categories("tax", **PURPOSE) == {"relation.profession", "penalty.market"}
    own = {"relation.profession", "penalty.market", "default.loan"}
    assert door.categories("pboc-hz", **PURPOSE) == own

    refused = door.profile("bank", **LENDS)
    consent = Consent(
        consent_id="1",
        platform=Platform.PERSON,
        subject_id=door.subject,
        organisation="bank",
        purpose=Purpose.LENDING,
        since=date(2026, 1, 1),
        until=date(2199, 1, 1),
    )
    gate.consent(None, consent)
    given = door.categories("bank", **LENDS)
    assert refused.json()["code"] == "consent_missing"
    assert given == {"default.utility", "default.loan"}, "what a person may authorise, and no more"


@pytest.mark.requirement(91, at="http")
def test_each_compartment_has_a_key_of_its_own_and_goes_alone(
    door: Reported, ledger: Ledger
) -> None:
    """A lost financial key leaves the two others readable: no key opens what is another's."""
    facets = door.profile("auditor").json()["facets"]
    assert {code: each["compartment"] for code, each in facets.items()} == OF_CATEGORY
    with psycopg.connect(ledger.stack.postgres, autocommit=True) as connection:
        keys = dict(
            connection.execute(
                "SELECT compartment, wrapped FROM vault.person_key WHERE subject_id = %s",
                (door.subject,),
            ).fetchall()
        )
        assert keys.keys() == {"basic", "social", "financial"}
        assert len({bytes(each) for each in keys.values()}) == len(keys)
        connection.execute(
            "DELETE FROM vault.person_key WHERE subject_id = %s AND compartment = 'financial'",
            (door.subject,),
        )
    told = door.profile("auditor").json()["profile"]["records"]
    names = {each["category"]: each["name"] for each in told}
    assert [names["relation.profession"], names["penalty.market"]] == [NAME, NAME]
    assert names["default.loan"] != NAME


@pytest.mark.requirement(32, at="http")
def test_three_unpaid_bills_of_a_person_warn_lightly_and_put_it_in_no_worse_class(
    door: Reported,
) -> None:
    answer = door.profile("auditor").json()["profile"]
    bills = [each for each in answer["records"] if each["category"] == "default.utility"]
    warned = {each["level"] for each in answer["warnings"] if each["rule"] == "warning.defaults"}

    assert len(bills) == 3
    assert warned == {"yellow"}
    assert all(each["domain"] != "utility" for each in answer["supervision"])
