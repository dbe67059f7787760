"""A service whose keys, contracts and consents are those of a test."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from events.envelope import CHINA, Disclosure, Platform
from events.identifiers import credit_code, organisation_code
from events.rules.access import Role
from events.topics import ACCESS_TOPIC, inquiries_topic
from events.wire.codec import decode_record
from ops.clock import today
from ops.doors.keys import (
    NewKey,
    create_key,
)
from ops.doors.telling import Teller
from ops.serving import application
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


@contextmanager
def serving(ledger: Ledger, folder: Path) -> Iterator[Served]:
    """Report two penalties by a file below a folder, of which one is not for the public, and serve."""
    fine = a.a_penalty("杭市监罚9号", today(), subject_id=SUBJECT, region="330106")
    hidden = a.a_penalty(
        "杭市监罚10号",
        today(),
        subject_id=HIDDEN,
        region="330106",
        disclosure=Disclosure.SHARED,
    )
    file = folder / "fines.ndjson"
    lines = [msgspec.json.encode(the_fields(each)) for each in (fine, hidden)]
    file.write_bytes(b"\n".join(lines))
    done = ledger.run("submit", str(file), "--department", fine.envelope.department, "--json")
    became = json.loads(done.stdout)["files"][0]["became"]
    # The other module of doors may have reported them before.
    assert {each["outcome"] for each in became} <= {"recorded", "repeat"}, done.stdout
    app, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    with pool:
        found = Served(ledger, app)
        yield found
        found.connection.close()


def inquiries(ledger: Ledger) -> list[dict[str, Any]]:
    topic = inquiries_topic(Platform.ORGANISATION)
    return [decode_record(each.value())[1] for each in read_all(ledger.stack.kafka, topic)]


def ends_told(served: Served, grant_id: str) -> list[str]:
    """Give what the broker was told of a key or contract."""
    kept = [decode_record(m.value())[1] for m in read_all(served.ledger.stack.kafka, ACCESS_TOPIC)]
    return [m["transition"] for m in kept if m["grant_id"] == grant_id]
