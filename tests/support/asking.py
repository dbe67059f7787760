"""Asking the query service in a test: its clock stands still, and it is called by a name it knows."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import psycopg
import uvicorn
from starlette.testclient import TestClient

from events.envelope import CHINA, Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.connections import BoundedProtocol
from ops.generator import GeneratorPlan, generate_encoded
from projections.access.asker import Asker, Contract
from projections.access.consents import Consent
from projections.access.inquiry import Inquiry, InquiryUnrecordedError
from projections.calendar.rules import RuleCalendar
from projections.http.asking.gate import SignedIn
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.database import create_control
from projections.store.store import Store
from tests.support.given import value_of
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pytest
    from starlette.applications import Starlette

    from ops.demo.scenes import Life

START_MS = 1_795_000_000_000
"""When the first of the records is recorded; each further one a second later."""


def noon(day: date) -> Callable[[], datetime]:
    """Give a clock that stands at noon in China."""
    return lambda: datetime.combine(day, time(12), CHINA)


class GateOfTests:
    """A gate that knows a key for each of some askers, and keeps inquiries in memory."""

    def __init__(self, **keys: Asker | tuple[Asker, ...]) -> None:
        self._keys = {
            key.replace("_", "-"): found if isinstance(found, tuple) else (found,)
            for key, found in keys.items()
        }
        self.inquiries: list[Inquiry] = []
        self.given: list[Consent] = []
        self.used: Counter[tuple[str, date]] = Counter()
        self.is_away = False

    def askers(self, _connection: Any, key: str) -> tuple[Asker, ...]:
        return self._keys.get(key, ())

    def sign_in(self, _connection: Any, _key: str) -> str | None:
        """Let nobody in: what is signed in to is tried with the gate of the running service."""

    def sign_in_by_claims(self, _connection: Any, _claims: Any) -> str | None:
        """Let nobody in, likewise."""

    def signed_in(self, _connection: Any, _secret: str, *, goes_on: bool = True) -> SignedIn | None:
        """Know of no session."""
        del goes_on
        return None

    def say_purpose(self, _connection: Any, _secret: str, _purpose: Any, _basis: Any) -> None:
        """Keep nothing."""

    def sign_out(self, _connection: Any, _secret: str) -> None:
        """Know of no session."""

    def forget(self, key: str) -> None:
        """Revoke a key."""
        del self._keys[key]

    def record(self, *inquiries: Inquiry) -> None:
        if self.is_away:
            raise InquiryUnrecordedError(inquiries[0].question)
        self.inquiries.extend(inquiries)

    def catch_up(self, _connection: Any, _platform: Platform) -> None:
        """Nothing waits: no table is kept."""

    def take(self, _connection: Any, contract: Contract, on: date) -> int | None:
        place, a_day = (contract.contract_id, on), contract.a_day or 0
        if self.used[place] >= a_day:
            return None
        self.used[place] += 1
        return a_day - self.used[place]

    def give_back(self, _connection: Any, contract: Contract, on: date) -> None:
        self.used[contract.contract_id, on] -= 1

    def consents(
        self, _connection: Any, subject: str | None, organisation: str | None
    ) -> list[Consent]:
        return [
            each
            for each in self.given
            if subject in (None, each.subject_id) and organisation in (None, each.organisation)
        ]

    def consent(self, _connection: Any, consent: Consent) -> None:
        self.given.append(consent)

    def withdraw(self, _connection: Any, consent_id: str) -> None:
        self.given = [
            msgspec.structs.replace(each, withdrawn=True) if each.consent_id == consent_id else each
            for each in self.given
        ]


LOCAL_KEY = "local"
LOCAL = (
    Asker(role=Role.AUDITOR, organisation="credit-zj", key_id="local"),
    Asker(role=Role.OPERATOR, organisation="credit-zj", key_id="local"),
)


def gate() -> GateOfTests:
    """Give a gate that knows the local key, which reads everything, as the one that `up` makes."""
    return GateOfTests(local=LOCAL)


def of_all_departments() -> GateOfTests:
    """Give a gate whose local key may besides ask and speak for every department."""
    departments = load_rulebook().departments
    spoken_for = (Asker(role=Role.DEPARTMENT, organisation=each) for each in departments)
    return GateOfTests(local=(*LOCAL, *spoken_for))


def at_the_terminal(patch: pytest.MonkeyPatch, url: str) -> GateOfTests:
    """Let verbs ask a database with the local key, and give where their inquiries are kept."""
    found = gate()
    patch.setenv("CREDIT_LEDGER_POSTGRES", url)
    patch.setattr("ops.cli.access.door.gate", lambda: found)
    patch.setattr("ops.doors.shown_key.shown_key", lambda *_: LOCAL_KEY)
    return found


def client_of(app: Starlette, key: str | None = LOCAL_KEY) -> TestClient:
    """Give a client of a service, to which a failure is an answer as it would be outside.

    It asks with the local key, or with none.
    """
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return TestClient(
        app, base_url="http://localhost", raise_server_exceptions=False, headers=headers
    )


def filled(url: str, plan: GeneratorPlan, life: Life) -> dict[int, list[Raw]]:
    """Fill an empty database with generated records and the life of one enterprise, as projected.

    Gives what the ledger would hold, by partition.
    """
    partitions: dict[int, list[Raw]] = {}
    said = [(key, value) for key, value, _ in generate_encoded(plan)]
    said += [(life.subject_id.encode(), value_of(scene.event)) for scene in life.scenes]
    for number, (key, value) in enumerate(said):
        own = partitions.setdefault(partition_of(key.decode()), [])
        own.append(Raw(len(own), START_MS + number * 1000, key, value))
    with psycopg.connect(url, autocommit=True) as connection:
        create_control(connection, LEDGER_PARTITIONS)
        calendar = RuleCalendar(load_rulebook())
        projector = Projector(Platform.ORGANISATION, Store("organisation_v1"), calendar)
        for partition, batch in partitions.items():
            projector.apply(connection, partition, batch)
    return partitions


@contextmanager
def running(app: Starlette, port: int = 0, **more: Any) -> Iterator[str]:
    """Serve an application as `serve` does, on a port of the loopback; give its address."""
    config = uvicorn.Config(
        app, http=BoundedProtocol, ws="none", log_level="error", timeout_graceful_shutdown=1, **more
    )
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive(), "the server did not start"
        scheme = "https" if config.is_ssl else "http"
        yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(AMPLE_S)
        assert not thread.is_alive()


class SentEvent(NamedTuple):
    """One server-sent event as a browser gets it."""

    id: str | None
    event: str | None
    data: str


def sent_events(lines: Iterable[str]) -> Iterator[SentEvent]:
    """Read a stream of events; what has no data is none."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line == "" and "data" in found:
            yield SentEvent(found.get("id"), found.get("event"), found["data"])
        if line == "":
            found = {}
        elif name:
            found[name] = value
