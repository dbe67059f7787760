"""Five readers ask of one subject: each by its key, each is given its view, and who asked is told."""

from __future__ import annotations

import hashlib
import json
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
import pytest

from events.envelope import CHINA, Disclosure, Platform
from events.identifiers import credit_code, organisation_code
from events.rules.access import Role
from events.topics import ACCESS_TOPIC, inquiries_topic
from events.wire.codec import decode_record
from ops.clock import today
from ops.doors.keys import (
    NewKey,
    close_contract,
    create_key,
    end_key,
    local_key,
    local_key_file,
    tell_what_waits,
)
from ops.doors.opening import make_ready
from ops.doors.telling import Teller
from ops.serving import application
from streams.publishing.producer import DeliveryError
from tests.acceptance.conftest import run_verb
from tests.support import builders as a
from tests.support.asking import client_of
from tests.support.ledger import read_all
from tests.support.reported import the_fields

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.acceptance.conftest import Ledger

SUBJECT: Final = a.OTHER_SUBJECT
HIDDEN: Final = credit_code(f"91330100{organisation_code('MA2CDEF1')}")
UNKNOWN: Final = credit_code(f"91330100{organisation_code('MA2CDEF2')}")
PROFILE: Final = f"/v1/organisation/subjects/{SUBJECT}/profile"
SUPERVISION: Final = {"Credit-Purpose": "supervision"}


class Served:
    """The service of a ledger, asked by whoever has a key."""

    def __init__(self, ledger: Ledger, app: Any) -> None:
        self.ledger, self.app = ledger, app

        self.teller = Teller(ledger.stack.kafka)
        self.connection = psycopg.connect(ledger.stack.postgres, autocommit=True)

    def key(self, role: Role, organisation: str | None = None, **more: str) -> NewKey:
        now = datetime.now(CHINA)
        return create_key(
            self.connection,
            self.teller,
            now,
            roles=(role,),
            organisation=organisation,
            region=more.get("region"),
            name=more.get("name", f"{role} of a test {now.microsecond}"),
        )

    def by(self, role: Role, organisation: str | None = None, **more: str) -> TestClient:
        return self.client(self.key(role, organisation, **more).bearer)

    def signed_in(self, role: Role, organisation: str | None = None, **more: str) -> TestClient:
        """Give a browser's client, signed in to the pages."""
        key, client = self.key(role, organisation, **more).bearer, self.client(None)
        said = client.post("/zh/login", data={"key": key}, headers={"Origin": "http://localhost"})
        assert said.status_code == 200, said.text
        return client

    def client(self, key: str | None) -> TestClient:
        return client_of(self.app, key)


@pytest.fixture(scope="module")
def served(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    fine = a.a_penalty("杭市监罚9号", today(), subject_id=SUBJECT, region="330106")
    hidden = a.a_penalty(
        "杭市监罚10号",
        today(),
        subject_id=HIDDEN,
        region="330106",
        disclosure=Disclosure.SHARED,
    )
    file = tmp_path_factory.mktemp("doors") / "fines.ndjson"
    lines = [msgspec.json.encode(the_fields(each)) for each in (fine, hidden)]
    file.write_bytes(b"\n".join(lines))
    done = ledger.run("submit", str(file), "--department", fine.envelope.department, "--json")
    became = json.loads(done.stdout)["files"][0]["became"]
    assert [each["outcome"] for each in became] == ["recorded"] * 2, done.stdout
    app, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    with pool:
        found = Served(ledger, app)
        yield found
        found.connection.close()


def inquiries(ledger: Ledger) -> list[dict[str, Any]]:
    topic = inquiries_topic(Platform.ORGANISATION)
    return [decode_record(each.value())[1] for each in read_all(ledger.stack.kafka, topic)]


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


def test_a_revoked_key_is_dead_at_once_and_two_of_a_holder_may_live(served: Served) -> None:
    options = ("--role", "department", "--department", "labour-zj", "--name", "changes keys")
    first, second = (served.ledger.ask("access", "key", "create", *options) for _ in range(2))
    third = served.ledger.run("access", "key", "create", *options, "--json")
    assert third.returncode == 2
    assert "revoke" in third.stderr
    client = served.client(first["secret"])
    assert client.get(PROFILE, headers=SUPERVISION).status_code == 200
    revoked = served.ledger.ask("access", "key", "revoke", first["key_id"])

    assert revoked["told"] is True
    assert client.get(PROFILE, headers=SUPERVISION).json()["code"] == "unauthenticated"
    rest = served.client(second["secret"]).get(PROFILE, headers=SUPERVISION)
    assert rest.status_code == 200
    listed = {each["key_id"]: each for each in served.ledger.ask("access", "key", "list")}
    assert listed[first["key_id"]]["revoked"] is True
    assert listed[second["key_id"]]["used_on"] == today().isoformat()


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer x",
        "Basic x",
        "Bearer crl_000000000000_" + "a" * 43,
        "Bearer " + "x" * 9_000,
    ],
)
def test_what_is_no_key_is_refused_and_never_taken_for_the_public(
    served: Served, header: str
) -> None:
    answer = served.client(None).get(PROFILE, headers={"Authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "xxx" not in answer.text


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Credit-Purpose": "curiosity"}, "Credit-Purpose"),
        ({**SUPERVISION, "Credit-Basis": "身份证 330106199001010017".encode()}, "Credit-Basis"),
        ({**SUPERVISION, "Credit-Basis": "x" * 300}, "Credit-Basis"),
    ],
)
def test_a_purpose_is_of_the_list_and_a_basis_holds_no_identity_number(
    served: Served, headers: dict[str, Any], field: str
) -> None:
    answer = served.client(None).get(PROFILE, headers=headers)

    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert "330106199001010017" not in answer.text


def test_an_unknown_subject_and_one_of_which_nothing_is_public_are_one_answer(
    served: Served,
) -> None:
    unknown, hidden = (
        served.client(None).get(PROFILE.replace(SUBJECT, each)) for each in (UNKNOWN, HIDDEN)
    )

    assert (unknown.status_code, unknown.json()["code"]) == (404, "nothing_public")
    assert (unknown.status_code, unknown.content) == (hidden.status_code, hidden.content)
    assert unknown.headers == hidden.headers
    whole = served.by(Role.AUDITOR).get(PROFILE.replace(SUBJECT, HIDDEN))
    assert whole.json()["profile"]["records"][0]["shown"]["public"] is False
    person = served.client(None).get(
        PROFILE.replace("organisation", "person").replace(SUBJECT, a.PERSON)
    )
    assert person.json()["code"] == "person_never_public"


def test_without_the_broker_nothing_with_a_right_behind_it_leaves_and_the_public_is_answered(
    served: Served,
) -> None:
    key = served.key(Role.AUDITOR).bearer
    app, pool = application(served.ledger.stack.postgres, "127.0.0.1:1")
    with pool:
        began = time.monotonic()
        refused = client_of(app, key).get(PROFILE)
        took_s = time.monotonic() - began
        public = client_of(app, None).get(PROFILE)

    assert (refused.status_code, refused.json()["code"]) == (503, "inquiry_not_recorded")
    assert "profile" not in refused.json()
    assert took_s < 30  # Three seconds by its own clock; the machine may be slow.
    assert public.status_code == 200


def test_keys_are_made_again_from_their_topic_when_the_database_is_lost(
    served: Served, tmp_path: Path
) -> None:
    alive, dead = served.key(Role.AUDITOR), served.key(Role.AUDITOR)
    connection, kafka, now = served.connection, served.ledger.stack.kafka, datetime.now(CHINA)
    assert end_key(connection, served.teller, dead.key.key_id, now) is True
    connection.execute("DELETE FROM control.access_key")
    connection.execute("DELETE FROM control.watcher WHERE name = '/doors'")
    assert served.client(alive.bearer).get(PROFILE).status_code == 401
    assert make_ready(connection, kafka, tmp_path, now) is True
    assert make_ready(connection, kafka, tmp_path, now) is False

    assert served.client(alive.bearer).get(PROFILE).status_code == 200
    assert served.client(dead.bearer).get(PROFILE).status_code == 401
    assert stat.S_IMODE(local_key_file(tmp_path).stat().st_mode) == 0o600
    assert served.client(local_key(tmp_path)).get("/readyz").status_code == 200
    assert served.client(alive.bearer).get("/readyz").json()["code"] == "purpose_not_of_role"


def ends_told(served: Served, grant_id: str) -> list[str]:
    """Give what the broker was told of a key or contract."""
    kept = [decode_record(m.value())[1] for m in read_all(served.ledger.stack.kafka, ACCESS_TOPIC)]
    return [m["transition"] for m in kept if m["grant_id"] == grant_id]


def test_a_key_revoked_without_a_broker_is_dead_in_every_process_and_its_end_is_told_later(
    served: Served, tmp_path: Path
) -> None:
    key = served.key(Role.AUDITOR)
    other, pool = application(served.ledger.stack.postgres, served.ledger.stack.kafka)
    with pool:
        before = [client_of(app, key.bearer).get(PROFILE) for app in (served.app, other)]
        here = {"CREDIT_LEDGER_HOME": str(tmp_path)}  # Where no broker runs.
        revoke = ("access", "key", "revoke", key.key.key_id, "--json")
        done = run_verb(*revoke, CREDIT_LEDGER_POSTGRES=served.ledger.stack.postgres, **here)
        after = [client_of(app, key.bearer).get(PROFILE) for app in (served.app, other)]

    assert [each.status_code for each in before + after] == [200, 200, 401, 401], done.stderr
    assert json.loads(done.stdout)["told"] is False
    assert ends_told(served, key.key.key_id) == ["key_created"]
    # As the running service does once in a while.
    assert tell_what_waits(served.connection, served.teller, datetime.now(CHINA)) == []
    assert ends_told(served, key.key.key_id) == ["key_created", "key_revoked"]


def test_a_contract_does_not_end_without_the_broker_that_would_bring_it_back(
    served: Served,
) -> None:
    made = ("access", "contract", "make", "agency-6", "--purpose", "lending")
    contract_id = served.ledger.ask(*made)["contract_id"]
    now = datetime.now(CHINA)
    with pytest.raises(DeliveryError):
        close_contract(served.connection, Teller(None), contract_id, now)
    agency = served.by(Role.AGENCY, "agency-6")
    stands = agency.get(PROFILE, headers={"Credit-Purpose": "lending"})
    close_contract(served.connection, served.teller, contract_id, now)

    assert stands.status_code == 200
    assert ends_told(served, contract_id) == ["contract_made", "contract_ended"]
    over = agency.get(PROFILE, headers={"Credit-Purpose": "lending"})
    assert over.json()["code"] == "contract_missing"


def test_the_secret_of_a_key_stands_in_no_message_and_in_no_row(served: Served) -> None:
    secret = served.key(Role.AUDITOR).secret
    rows = served.connection.execute("SELECT k::text FROM control.access_key k").fetchall()

    assert secret not in str(rows)
    for topic in (ACCESS_TOPIC, inquiries_topic(Platform.ORGANISATION)):
        messages = read_all(served.ledger.stack.kafka, topic)
        assert all(secret.encode() not in message.value() for message in messages)


def test_a_decision_is_explained_by_its_row_and_law(served: Served) -> None:
    asked = ("access", "explain", "--gives", "profile", "--platform", "person")
    told = json.loads(served.ledger.run(*asked, "--role", "public").stdout)
    given = json.loads(served.ledger.run(*asked, "--role", "auditor").stdout)

    assert (told["given"], told["code"]) == (False, "person_never_public")
    assert (given["given"], given["view"], given["rule"]) == (True, "whole", "auditor.all")
    assert "条例" in given["row"]["reference"]
