"""Who asked is told; what is no key, no purpose and no right is refused; keys outlive the database, and their end the broker."""

from __future__ import annotations

import json
import stat
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import CHINA, Platform
from events.rules.access import Role
from events.topics import ACCESS_TOPIC, inquiries_topic
from ops.clock import today
from ops.doors.keys import (
    close_contract,
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
from tests.support.served_doors import (
    HIDDEN,
    PROFILE,
    SUBJECT,
    SUPERVISION,
    UNKNOWN,
    Served,
    ends_told,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Ledger


@pytest.fixture(scope="module")
def served(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(ledger, tmp_path_factory.mktemp("doors")) as found:
        yield found


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
