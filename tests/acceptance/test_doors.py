"""Five readers ask of one subject: each by its key, each is given its view, and who asked is told."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from events.rules.access import Role
from events.topics import ACCESS_TOPIC
from events.wire.codec import decode_record
from tests.support import builders as a
from tests.support.ledger import read_all
from tests.support.served_doors import (
    HIDDEN,
    PROFILE,
    SUBJECT,
    SUPERVISION,
    UNKNOWN,
    Served,
    inquiries,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.conftest import Ledger


@pytest.fixture(scope="module")
def served(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(ledger, tmp_path_factory.mktemp("doors")) as found:
        yield found


@pytest.mark.requirement(18, at="http")
def test_each_reader_is_given_its_own_view_of_one_subject(served: Served) -> None:
    public = served.client(None).get(PROFILE)
    department = served.by(Role.DEPARTMENT, "market-zj")
    shared = department.get(PROFILE, headers=SUPERVISION)
    own = served.by(Role.SUBJECT, SUBJECT).get(PROFILE)
    whole = served.by(Role.AUDITOR).get(PROFILE)

    assert [each.status_code for each in (public, shared, own, whole)] == [200] * 4
    assert public.json()["view"] == "public"
    assert {"score", "warnings", "supervision", "events", "place"}.isdisjoint(public.json())
    assert shared.json()["view"] == "shared"
    assert {"events", "place", "anomalies"}.isdisjoint(shared.json())
    assert own.json()["profile"] == whole.json()["profile"]
    caches = [each.headers["cache-control"] for each in (public, shared, own, whole)]
    assert caches == ["no-cache", *["private, no-store"] * 3]


@pytest.mark.requirement(19, 102, at="http")
def test_an_agency_is_given_what_its_contract_covers(served: Served) -> None:
    agency, lending = served.by(Role.AGENCY, "agency-7"), {"Credit-Purpose": "lending"}
    before = agency.get(PROFILE, headers=lending).json()
    contract = served.ledger.ask("access", "contract", "make", "agency-7", "--purpose", "lending")
    during = agency.get(PROFILE, headers=lending)
    other = agency.get(PROFILE, headers={"Credit-Purpose": "employment"}).json()
    served.ledger.run("access", "contract", "end", contract["contract_id"])

    assert (before["code"], other["code"]) == ("contract_missing", "contract_missing")
    assert (during.status_code, during.json()["view"]) == (200, "agency")
    assert agency.get(PROFILE, headers=lending).json()["code"] == "contract_missing"


@pytest.mark.requirement(19, at="http")
def test_of_two_requests_for_the_last_answer_of_a_day_one_gets_it(served: Served) -> None:
    made = ("access", "contract", "make", "agency-8", "--purpose", "lending", "--a-day", "3")
    served.ledger.ask(*made)
    key, lending = served.key(Role.AGENCY, "agency-8").bearer, {"Credit-Purpose": "lending"}
    foreign = served.client(key).get(PROFILE, headers={"Credit-Purpose": "employment"})

    def ask(path: str) -> Any:
        return served.client(key).get(path, headers=lending)

    first, nothing = ask(PROFILE), ask(PROFILE.replace(SUBJECT, UNKNOWN))
    with ThreadPoolExecutor(8) as many:
        rest = [*many.map(lambda _: ask(PROFILE), range(8))]

    assert foreign.json()["code"] == "contract_missing"
    assert first.headers["ratelimit"].startswith('"day";r=2;t=')
    assert (nothing.status_code, nothing.headers["ratelimit"][:11]) == (404, '"day";r=1;t')
    assert sorted(each.status_code for each in rest) == [200, *[429] * 7]
    refused = next(each for each in rest if each.status_code == 429)
    assert refused.json()["code"] == "quota_used"
    assert 0 < int(refused.headers["retry-after"]) <= 86_401
    assert refused.headers["ratelimit-policy"] == '"day";q=3;w=86400'


@pytest.mark.requirement(23, 49, at="http")
def test_a_person_lets_an_agency_ask_for_one_purpose_and_takes_it_back(served: Served) -> None:
    served.ledger.ask("access", "contract", "make", "agency-9", "--purpose", "lending")
    person = served.by(Role.SUBJECT, a.PERSON)
    agency = served.by(Role.AGENCY, "agency-9")
    path = PROFILE.replace("organisation", "person").replace(SUBJECT, a.PERSON)
    said = {
        "platform": "person",
        "subject": a.PERSON,
        "organisation": "agency-9",
        "purpose": "lending",
        "until": "2199-01-01",
    }

    def asked() -> str:
        code: str = agency.get(path, headers={"Credit-Purpose": "lending"}).json()["code"]
        return code

    before = asked()
    given = person.post("/v1/consents", json=said)
    during = asked()
    listed = agency.get("/v1/consents?organisation=agency-9")
    foreign = agency.get("/v1/consents?organisation=agency-7")
    other = served.by(Role.SUBJECT, SUBJECT).post("/v1/consents", json=said)
    consent_id = given.json()["consent_id"]
    ended = person.delete(f"/v1/consents/{consent_id}?subject={a.PERSON}")

    assert (before, during) == ("consent_missing", "nothing_public")  # Nothing is recorded of her.
    assert given.status_code == 201
    assert [each["consent_id"] for each in listed.json()] == [consent_id]
    assert (foreign.json()["code"], other.json()["code"]) == ("not_own", "not_own")
    assert (ended.status_code, asked()) == (200, "consent_missing")
    kept = [decode_record(m.value())[1] for m in read_all(served.ledger.stack.kafka, ACCESS_TOPIC)]
    assert [m["transition"] for m in kept if m["grant_id"] == consent_id] == [
        "consent_given",
        "consent_withdrawn",
    ]


@pytest.mark.requirement(103, at="http")
def test_a_firm_reads_about_a_partner_that_lets_it_and_no_longer(served: Served) -> None:
    """商贸活动、电子商务: what is published and what the partner authorises, and nothing concluded."""
    trade = {"Credit-Purpose": "trade"}
    buyer, seller = served.by(Role.SUBJECT, a.SUBJECT), served.by(Role.SUBJECT, SUBJECT)
    said = {
        "platform": "organisation",
        "subject": SUBJECT,
        "organisation": a.SUBJECT,
        "purpose": "trade",
        "until": "2199-01-01",
    }
    before = buyer.get(PROFILE, headers=trade).json()["code"]
    odd = seller.post("/v1/consents", json=said | {"organisation": "agency-7"})
    given = seller.post("/v1/consents", json=said)
    during = buyer.get(PROFILE, headers=trade)
    concluded = buyer.get(PROFILE.replace("profile", "hint"), headers=trade).json()["code"]
    undeclared = buyer.get(PROFILE).json()["code"]
    told = seller.get(PROFILE.replace("profile", "inquiries")).json()
    ended = seller.delete(f"/v1/consents/{given.json()['consent_id']}?subject={SUBJECT}")

    assert (odd.status_code, given.status_code, ended.status_code) == (400, 201, 200)
    assert (during.status_code, during.json()["view"]) == (200, "agency")
    assert (before, concluded, undeclared) == ("consent_missing", "purpose_not_of_role", "not_own")
    assert buyer.get(PROFILE, headers=trade).json()["code"] == "consent_missing"
    of_buyer = [each for each in told if each["organisation"] == a.SUBJECT]
    assert [each["outcome"] for each in of_buyer if each["purpose"] == "trade"] == [
        "purpose_not_of_role",
        "answered",
        "consent_missing",
    ]


@pytest.mark.requirement(21, at="http")
def test_another_province_reads_what_is_public_within_its_agreement(served: Served) -> None:
    """长三角: under a contract, for supervision, what the public sees, and nothing of persons."""
    province = served.by(Role.PROVINCE, "jiangsu")
    before = province.get(PROFILE, headers=SUPERVISION).json()
    agreed = served.ledger.ask("access", "contract", "make", "jiangsu", "--purpose", "supervision")
    during = province.get(PROFILE, headers=SUPERVISION)
    hidden = province.get(PROFILE.replace(SUBJECT, HIDDEN), headers=SUPERVISION)
    person = PROFILE.replace("organisation", "person").replace(SUBJECT, a.PERSON)
    of_a_person = province.get(person, headers=SUPERVISION)
    served.ledger.run("access", "contract", "end", agreed["contract_id"])

    assert before["code"] == "contract_missing"
    assert (during.status_code, during.json()["view"]) == (200, "public")
    assert hidden.status_code == 404
    assert of_a_person.status_code == 403
    assert province.get(PROFILE, headers=SUPERVISION).json()["code"] == "contract_missing"


@pytest.mark.requirement(20, at="http")
def test_a_supervisor_sees_who_has_the_seat_in_its_region(served: Served) -> None:
    place = f"33{SUBJECT[4:6]}00"
    inside = served.by(Role.REGION, region=place)
    outside = served.by(Role.REGION, region="330800")

    assert inside.get(PROFILE, headers=SUPERVISION).status_code == 200
    assert outside.get(PROFILE, headers=SUPERVISION).json()["code"] == "outside_region"
    assert inside.get(PROFILE).json()["code"] == "purpose_missing"


@pytest.mark.requirement(33, at="http")
def test_a_subject_sees_who_asked_and_why_and_no_other_subject_does(served: Served) -> None:
    department = served.by(Role.DEPARTMENT, "tax-zj", name="desk 7")
    basis = "浙江省公共信用信息管理条例 21"
    said: Any = {**SUPERVISION, "Credit-Basis": basis.encode()}
    answer = department.get(PROFILE, headers=said)
    department.get(PROFILE, headers={"Credit-Purpose": "lending"})
    firm = served.by(Role.SUBJECT, SUBJECT)
    path = f"/v1/organisation/subjects/{SUBJECT}/inquiries"
    seen = [each for each in firm.get(path).json() if each["person"] == "desk 7"]

    assert [each["outcome"] for each in seen] == ["purpose_not_of_role", "answered"]
    assert seen[1]["organisation"] == "tax-zj"
    assert (seen[1]["purpose"], seen[1]["basis"]) == ("supervision", basis)
    recorded = next(each for each in inquiries(served.ledger) if each["person"] == "desk 7")
    assert recorded["subjects"] == [SUBJECT]
    assert len(recorded["digest"]) == 64
    assert answer.status_code == 200
    told = served.ledger.ask("inquiries", SUBJECT)
    assert [each["inquiry_id"] for each in told if each["person"] == "desk 7"] == [
        each["inquiry_id"] for each in seen
    ]
    other = served.by(Role.SUBJECT, a.SUBJECT)
    assert other.get(path).json()["code"] == "not_own"
    assert served.client(None).get(path).json()["code"] == "unauthenticated"


def test_the_pages_tell_who_asked_and_to_whom_an_answer_went(served: Served) -> None:
    supervisor = served.by(Role.REGION, region="330100")
    answer = supervisor.get(PROFILE, headers=SUPERVISION)
    digest = hashlib.sha256(answer.content).hexdigest()

    own = served.signed_in(Role.SUBJECT, SUBJECT).get("/zh/me/inquiries")
    found = served.signed_in(Role.AUDITOR).get("/zh/audit", params={"q": digest})

    assert (answer.status_code, own.status_code, found.status_code) == (200, 200, 200)
    assert "杭州市" in own.text
    assert "杭州市" in found.text


@pytest.mark.requirement(78, 109, at="http")
def test_use_is_told_by_department_and_by_city_and_county_to_each_its_own(served: Served) -> None:
    """信用信息使用: of what was asked; a department its own, a supervisor the region, the centre all."""
    office, lends = served.by(Role.DEPARTMENT, "market-330522"), {"Credit-Purpose": "lending"}
    for headers in (SUPERVISION, SUPERVISION, lends):
        office.get(PROFILE, headers=headers)
    asked, quality = "/v1/quality/use", {"Credit-Purpose": "quality"}
    centre = served.by(Role.DEPARTMENT, "credit-zj").get(asked, headers=quality).json()
    own = office.get(f"{asked}?department=market-330522", headers=quality).json()
    others = office.get(f"{asked}?department=market-zj", headers=quality).json()
    huzhou = served.by(Role.REGION, region="330500").get(
        f"{asked}?region=330500", headers=SUPERVISION
    )
    told = served.ledger.ask("quality", "use")
    page = served.signed_in(Role.OPERATOR).get("/zh/use")

    for answer in (centre, told):
        of_office = next(e for e in answer["departments"] if e["department"] == "market-330522")
        assert (of_office["asked"], of_office["answered"]) == (3, 2)
        assert of_office["purposes"] == {"lending": 1, "supervision": 2}
        changxing = next(each for each in answer["places"] if each["region"] == "330522")
        assert (changxing["asked"], changxing["authorities"]) == (3, 1)
        assert answer["places_using"] >= 1
        assert any(each["asked"] == 0 for each in answer["departments"])
    assert [each["department"] for each in own["departments"]] == ["market-330522"]
    assert others["code"] == "not_own"
    assert {each["region"][:4] for each in huzhou.json()["places"]} == {"3305"}
    assert (page.status_code, "长兴县" in page.text, SUBJECT in page.text) == (200, True, False)
