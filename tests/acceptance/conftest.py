"""One ledger with its workers for all acceptance tests that break no server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from events.partitioning import LEDGER_PARTITIONS
from ops.environment import prepare
from ops.local.stack import Stack
from ops.serving import application
from ops.vault.opening import VaultSettings, make_vault_ready
from tests.support.answers import answer_of
from tests.support.asking import of_all_departments, running
from tests.support.chaos import Worker, wait_for, workers, workers_shown
from tests.support.keys import local_key_of
from tests.support.nine_fields import REPORTED, Province, submit
from tests.support.patience import AMPLE_S
from tests.support.reporting import ReportingService
from tests.support.stack import PrivateStack, private_stack

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from events.event import Event


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what its workers complained of: on CI there is no other way to see it."""
    report = yield
    if report.failed and (shown := workers_shown()):
        report.sections.append((f"Workers of {item.name}", shown))
    return report


@pytest.fixture(scope="session", autouse=True)
def _the_door_has_time() -> Iterator[None]:
    """Let services of this process wait longer for the broker: a busy machine is no fault of theirs.

    Short enough that who tries what happens without a broker still comes to it; how soon the door
    answers is measured in `bench access`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("projections.http.door.door.RECORDED_WITHIN_S", 15.0)
        patch.setattr("ops.doors.telling.WITHIN_S", 14.0)
        yield


class Ledger(NamedTuple):
    """A running ledger: where it is and who works there."""

    stack: Stack
    workers: list[Worker]
    keys: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a verb of the command line, as a user would, whatever its exit code."""
        return run_verb(
            *arguments,
            CREDIT_LEDGER_KAFKA=self.stack.kafka,
            CREDIT_LEDGER_POSTGRES=self.stack.postgres,
            CREDIT_LEDGER_KEYS=str(self.keys),
        )

    def ask(self, *arguments: str) -> Any:
        """Run a verb that must succeed, and give its JSON."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return answer_of(done.stdout)


def run_verb(
    *arguments: str, given: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a verb in an environment that says nothing of a ledger but what is given.

    It asks with a local key, as that which `up` makes, unless another is given. `given` is its
    standard input.
    """
    if {"CREDIT_LEDGER_KAFKA", "CREDIT_LEDGER_POSTGRES"} <= set(environment):
        servers = environment["CREDIT_LEDGER_KAFKA"], environment["CREDIT_LEDGER_POSTGRES"]
        key = local_key_of(Stack(kafka=servers[0], postgres=servers[1]))
        environment = ({} if key is None else {"CREDIT_LEDGER_KEY": key}) | environment
    kept = {name: value for name, value in os.environ.items() if "CREDIT_LEDGER" not in name}
    return subprocess.run(
        [sys.executable, "-m", "ops", *arguments],
        env={**kept, "COLUMNS": "200", "NO_COLOR": "1", **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def ledger(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Run a ledger with one worker a role on the session's stack."""
    prepare(stack, LEDGER_PARTITIONS)
    folder = tmp_path_factory.mktemp("ledger")
    keys = folder / "keys"
    make_vault_ready(VaultSettings(postgres=stack.postgres, keys=keys))
    told = {"CREDIT_LEDGER_KEYS": str(keys)}
    with workers(stack, folder, "admission", "projector", **told) as working:
        yield Ledger(stack, working, keys)


class Breakable(NamedTuple):
    """A private ledger, its servers and its workers."""

    servers: PrivateStack
    stack: Stack
    workers: list[Worker]


@pytest.fixture(scope="session")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    """Run a ledger whose servers may be stopped and paused; who does so lets them go on."""
    folder: Path = tmp_path_factory.mktemp("breakable")
    with private_stack(folder) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        with workers(stack, folder, "admission", "projector") as found:
            yield Breakable(servers, stack, found)


@pytest.fixture(scope="module")
def service(ledger: Ledger) -> Iterator[ReportingService]:
    app, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    app.state.service = replace(app.state.service, gate=of_all_departments())
    with pool, running(app) as address:
        yield ReportingService(address)


@pytest.fixture(scope="session")
def province(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Province:
    """Have many departments report once; what each user asks for is what came of it."""
    folder = tmp_path_factory.mktemp("reports")
    by_department: dict[str, list[Event]] = defaultdict(list)
    for event in REPORTED:
        by_department[event.envelope.department].append(event)
    told = {d: submit(ledger, folder, d, events) for d, events in by_department.items()}
    found = Province(ledger, told)
    counts: dict[str, int] = defaultdict(int)
    for event in REPORTED:
        counts[event.envelope.subject_id] += 1
    for subject, count in counts.items():

        def applied(subject: str = subject, count: int = count) -> bool:
            done = ledger.run("profile", subject, "--json")
            return done.returncode == 0 and json.loads(done.stdout)["events"] >= count

        wait_for(applied, AMPLE_S, f"{count} events of {subject}")
    return found
