"""Each thing that operators are told of is broken once; its rule must hold then, and not before."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import psycopg
import pytest
import yaml

from events.envelope import Platform
from events.identifiers import identity_number
from events.partitioning import LEDGER_PARTITIONS
from ops.clock import today
from ops.environment import prepare
from ops.local.stack import Stack
from ops.operating.dashboards import FOLDER
from projections.store.control.breach import forget_breaches, note_breach
from projections.store.database import live_schema
from tests.acceptance.conftest import run_verb
from tests.support.builders import a_penalty
from tests.support.chaos import Stream, Worker, wait_for, workers
from tests.support.ledger import LEDGER, saying
from tests.support.patience import AMPLE_S
from tests.support.promql import holds, scrape_of
from tests.support.stack import PrivateStack, private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.promql import Scrape

WITHIN_S = 180.0
OBJECTIVE_S = 2.0
ROLES = ("admission", "projector", "follower")
RULES = {
    rule["alert"]: rule["expr"]
    for rule in yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
}

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


class Watched(NamedTuple):
    """A private ledger with its workers and its service, scraped as Prometheus would."""

    servers: PrivateStack
    stack: Stack
    workers: dict[str, Worker]
    client: httpx.Client

    def run(self, *arguments: str) -> Any:
        done = run_verb(
            *arguments,
            CREDIT_LEDGER_KAFKA=self.stack.kafka,
            CREDIT_LEDGER_POSTGRES=self.stack.postgres,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    def scrape(self) -> Scrape:
        """Scrape once; who does not answer is down, as Prometheus notes it."""
        up = {frozenset({("job", "credit-ledger")}): 1.0}
        try:
            answer = self.client.get("/metrics", timeout=30)
        except httpx.HTTPError:
            return {"up": dict.fromkeys(up, 0.0)}
        if answer.status_code != 200:
            return {"up": dict.fromkeys(up, 0.0)}
        return {"up": up, **scrape_of(answer.text)}

    def expect(self, alert: str, before: Scrape | None = None) -> None:
        """Wait until a rule holds."""
        wait_for(lambda: holds(RULES[alert], self.scrape(), before), WITHIN_S, alert)

    def starts(self) -> float:
        return first(self.scrape())

    def expect_well(self, alert: str) -> None:
        wait_for(lambda: not holds(RULES[alert], self.scrape()), WITHIN_S, f"{alert} is over")

    def say(self, word: str, count: int) -> None:
        stream = Stream(
            self.stack.kafka,
            [saying(a_penalty(f"{word}{n}", "2025-03-01")) for n in range(count)],
            per_s=1_000,
        )
        stream.start()
        stream.finish()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("alerts")
    with private_stack(folder) as servers:
        stack = Stack(kafka=servers.kafka.address, postgres=servers.postgres.address)
        prepare(stack, LEDGER_PARTITIONS)
        done = run_verb("access", "key", "create", "--role", "operator", "--name", "prometheus", "--json",
                        CREDIT_LEDGER_KAFKA=stack.kafka, CREDIT_LEDGER_POSTGRES=stack.postgres)  # fmt: skip
        key = json.loads(done.stdout)
        with (
            workers(stack, folder, *ROLES, CREDIT_LEDGER_SWEEP_EVERY_S="1") as running,
            service(stack, folder / "serve.log") as address,
            httpx.Client(
                base_url=address,
                headers={"Authorization": f"Bearer {key['secret']}"},
                timeout=AMPLE_S,
            ) as client,
        ):
            roles = {worker.role: worker for worker in running}
            found = Watched(servers, stack, roles, client)
            found.say("first", 3)
            wait_for(
                lambda: firing(found.scrape()) == set(), WITHIN_S, "nothing wrong at the start"
            )
            yield found


@contextmanager
def service(stack: Stack, log: Path) -> Iterator[str]:
    """Run the service as its operator starts it, on a free port, with an objective soon missed."""
    environment = {
        **os.environ,
        "CREDIT_LEDGER_KAFKA": stack.kafka,
        "CREDIT_LEDGER_POSTGRES": stack.postgres,
        "CREDIT_LEDGER_LATENCY_OBJECTIVE_S": str(OBJECTIVE_S),
    }
    command = [sys.executable, "-m", "ops", "serve", "--port", "0"]
    # Into a file: a pipe that nobody reads on would be full one day, and stop who writes.
    with log.open("wb") as told:
        process = subprocess.Popen(command, env=environment, stderr=told)
    try:
        wait_for(lambda: bool(_addresses(log)), WITHIN_S, "the service starts")
        yield _addresses(log)[0]
    finally:
        process.terminate()
        process.wait()


def _addresses(log: Path) -> list[str]:
    """Give what a service says that it answers at, whole lines only."""
    return re.findall(r"(http://[\d.:]+).*\n", log.read_text("utf-8"))


def first(scrape: Scrape) -> float:
    """Give how often admission was started."""
    return scrape.get("credit_ledger_worker_starts", {}).get(frozenset({("role", "admission")}), 0)


def firing(scrape: Scrape) -> set[str]:
    return {alert for alert, expr in RULES.items() if holds(expr, scrape)} - GROWTH


GROWTH = {"PlaintextReported", "WorkersRestart", "QuestionsFail", "QuestionsSlow", "ManyRefused"}
"""What grows from one scrape to another; of one alone nothing can be said."""


def test_a_projector_that_stands_is_told(watched: Watched) -> None:
    watched.workers["projector"].pause()
    watched.say("late", 3)
    watched.expect("EventsLate")
    watched.workers["projector"].resume()
    watched.expect_well("EventsLate")


def test_admission_that_stands_is_told(watched: Watched) -> None:
    watched.workers["admission"].pause()
    watched.say("waits", 3)
    watched.expect("AdmissionLate")
    watched.workers["admission"].resume()
    watched.expect_well("AdmissionLate")


def test_a_role_that_nobody_has_and_one_that_starts_again_and_again_are_told(
    watched: Watched,
) -> None:
    before, admission = watched.scrape(), watched.workers["admission"]
    for start in range(7):
        admission.kill()
        admission.start()
        wait_for(lambda n=start: watched.starts() > first(before) + n, WITHIN_S, "its start")  # type: ignore[misc]
    admission.kill()
    watched.expect("NoWorker")
    admission.start()
    watched.expect_well("NoWorker")
    watched.expect("WorkersRestart", before)


def test_a_plaintext_that_is_planted_past_the_doors_is_told(watched: Watched) -> None:
    before = watched.scrape()
    watched.say("without", 1)
    number = identity_number("33262219900203001")
    planted = saying(a_penalty("planted", "2025-03-01", legal_basis=f"当事人{number}"))
    stream = Stream(watched.stack.kafka, [planted], per_s=1_000)
    stream.start()
    stream.finish()
    watched.expect("PlaintextReported", before)
    assert not holds(RULES["PlaintextReported"], watched.scrape(), watched.scrape())


def test_keys_that_run_out_are_told(watched: Watched) -> None:
    soon = today() + timedelta(days=3)
    made = json.loads(
        watched.run(
            "access", "key", "create", "--role", "auditor", "--expires", soon.isoformat(), "--json"
        )
    )
    watched.expect("KeysRunOut")
    watched.run("access", "key", "revoke", made["key_id"])
    watched.expect_well("KeysRunOut")


# What stands for an operator is planted: what brings it there is tried where it belongs
# (test_parking, test_publication, test_following). Whoever would clear it at once is paused, and
# clears by itself, as soon as it goes on, what needs no operator.
PLANTED = {
    "SubjectParked": (
        "INSERT INTO {s}.parked VALUES (0, 'X', 0, 'planted', 1, now())",
        "DELETE FROM {s}.parked",
    ),
    "NoticesWait": (
        "INSERT INTO {s}.outbox VALUES (0, 0, 0, 'planted', '', '', '')",
        "DELETE FROM {s}.outbox",
    ),
    "MessagesSetAside": (
        "INSERT INTO {s}.set_aside VALUES (0, 'planted', '', 0, 0, '', '', 0, 'planted', now())",
        "DELETE FROM {s}.set_aside",
    ),
    "SweepBehind": ("UPDATE {s}.position SET swept_on = current_date - 3", "SELECT 1"),
    "ReadModelsMissing": (
        "UPDATE control.projection SET shape = 'planted ' || shape",
        "UPDATE control.projection SET shape = substr(shape, 9)",
    ),
    "WebhookFails": (
        """INSERT INTO control.webhook VALUES ('planted', 'organisation', 'https://example.com', NULL, NULL, NULL, false, '', 1,
            NULL, NULL, 'v1', now());
        INSERT INTO control.webhook_delivery (webhook_id, message_id, subject_id, body, state, attempts, next_at, written_at)
        VALUES ('planted', 'm', 's', '', 'waits', 3, now(), now())""",
        "DELETE FROM control.webhook; DELETE FROM control.webhook_delivery",
    ),
    "NoticesIndexBehind": ("UPDATE bulletin.followed SET generation = generation - 1", "SELECT 1"),
}


@pytest.mark.parametrize("alert", PLANTED)
def test_what_stands_for_an_operator_is_told(watched: Watched, alert: str) -> None:
    plant, mend = PLANTED[alert]
    idle = [watched.workers[role] for role in ("projector", "follower")]
    for worker in idle:
        worker.pause()
    with psycopg.connect(watched.stack.postgres, autocommit=True) as connection:
        schema = live_schema(connection, Platform.ORGANISATION)
        connection.execute(plant.format(s=schema).encode())
        watched.expect(alert)
        connection.execute(mend.format(s=schema).encode())
    for worker in idle:
        worker.resume()
    watched.expect_well(alert)


def test_a_log_that_lost_its_end_is_told_while_nobody_else_is_answered(watched: Watched) -> None:
    with psycopg.connect(watched.stack.postgres, autocommit=True) as connection:
        note_breach(connection, LEDGER, 0, 1, "planted")
        watched.expect("LogLostItsEnd")
        forget_breaches(connection, LEDGER, [0])
    watched.expect_well("LogLostItsEnd")


def test_a_broker_that_does_not_answer_is_told(watched: Watched) -> None:
    watched.servers.kafka.pause()
    watched.expect("BrokerSilent")
    watched.servers.kafka.resume()
    watched.expect_well("BrokerSilent")


def test_a_service_that_does_not_answer_is_told(watched: Watched) -> None:
    watched.servers.postgres.stop()
    watched.expect("ServiceSilent")
    watched.servers.postgres.start()
    watched.expect_well("ServiceSilent")
