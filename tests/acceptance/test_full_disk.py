"""A disk that is really full: nothing acknowledged is lost, and all goes on once there is room.

Needs the right to mount a small file system in memory; where there is none, it is skipped.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from events.envelope import Platform
from events.topics import submissions_topic
from ops.audit.replay import replay
from ops.local.stack import LocalKafka, LocalPostgres, Stack
from streams.publishing.producer import DeliveryError, Sender, create_producer
from tests.acceptance.conftest import run_verb
from tests.support import builders as a
from tests.support.answers import answer_of
from tests.support.chaos import wait_for
from tests.support.ledger import admitted, rows, saying
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE_MB = 700
FLOOR_MB = 100
WITHIN_S = AMPLE_S

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


@pytest.fixture
def disk() -> Iterator[Path]:
    """Mount a small disk of memory, where the user of Postgres may come, too."""
    mounted = Path(tempfile.mkdtemp(dir="/var/tmp"))
    mounted.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=755", "tmpfs", str(mounted)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        mounted.rmdir()
        pytest.skip("NOT SHOWN: what a full disk does; only root may mount one, and not everywhere")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=False)
        mounted.rmdir()


class Ballast:
    """A file that takes the room that is left."""

    def __init__(self, disk: Path) -> None:
        self._disk, self._file = disk, disk / "ballast"

    def leave(self, megabytes: float) -> None:
        """Take all room but so much."""
        stat = os.statvfs(self._disk)
        left = stat.f_bavail * stat.f_frsize - int(megabytes * 1024 * 1024)
        with suppress(OSError), self._file.open("ab", buffering=0) as file:
            while left > 0:
                file.write(bytes(min(left, 1 << 20)))
                file.flush()
                left -= 1 << 20

    def drop(self) -> None:
        self._file.unlink()


class Department:
    """Reports one event at a time, and knows which were acknowledged."""

    def __init__(self, kafka: str) -> None:
        short = {"message.timeout.ms": 15_000}
        self._sender = Sender(
            create_producer(kafka, **short), lambda: create_producer(kafka, **short)
        )
        self._number = 0
        self.acknowledged: set[str] = set()

    def report(self, times: int) -> int:
        """Report so many; give how many were acknowledged."""
        return sum(self._report() for _ in range(times))

    def _report(self) -> bool:
        self._number += 1
        event = a.a_penalty(f"disk-{self._number}", "2025-03-01")
        said = saying(event)
        topic = submissions_topic(Platform.ORGANISATION, said.department)
        try:
            self._sender.send([(topic, said.key, said.value, None)], timeout_s=20.0)
        except DeliveryError:
            return False
        self.acknowledged.add(event.envelope.event_id)
        return True


class Scene(NamedTuple):
    """A ledger whose two servers live on the small disk, with its worker."""

    environment: dict[str, str]
    stack: Stack
    worker: subprocess.Popen[bytes]
    log: Path

    def looks_in_vain(self) -> int:
        """Count how often admission found no room for what waits."""
        told = self.log.read_text("utf-8").splitlines()
        found = (line for line in told if "lane_outage" in line and "room.py" in line)
        return sum(".submissions." in line for line in found)

    def status(self) -> tuple[int, dict[str, Any]]:
        done = run_verb("status", "--json", **self.environment)
        return done.returncode, answer_of(done.stdout) if done.stdout else {}

    def recorded(self) -> set[str]:
        found = rows(self.stack.postgres, "SELECT entry_id::text FROM organisation_v1.event")
        return {entry for (entry,) in found}


@pytest.fixture
def scene(disk: Path, tmp_path: Path) -> Iterator[Scene]:
    home = disk / "home"
    _let_postgres_live_in(disk / "place", home)
    environment = {
        "CREDIT_LEDGER_HOME": str(home),
        "CREDIT_LEDGER_DISK_FLOOR_MB": str(FLOOR_MB),
        **{n: v for n, v in os.environ.items() if n == "CREDIT_LEDGER_CACHE"},
    }
    servers = [LocalKafka(home), LocalPostgres(home)]
    try:
        done = run_verb("up", **environment)
        assert done.returncode == 0, done.stderr
        kafka, postgres = (server.address for server in servers)
        said = tmp_path / "worker.log"
        with said.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "ops", "worker", "--projectors", "1"],
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
            )
        try:
            yield Scene(environment, Stack(kafka=kafka, postgres=postgres), worker, said)
        finally:
            worker.terminate()
            worker.wait(WITHIN_S)
    finally:
        for server in servers:
            server.erase()


def test_on_a_full_disk_nothing_acknowledged_is_lost_and_all_goes_on_once_there_is_room(
    disk: Path, scene: Scene
) -> None:
    kafka, postgres = scene.stack.kafka, scene.stack.postgres
    ballast, department = Ballast(disk), Department(kafka)
    assert department.report(20) == 20
    wait_for(lambda: len(scene.recorded()) == 20, WITHIN_S, "the first are recorded")

    ballast.leave(FLOOR_MB / 2)
    # Who looked just before it may still write: it is asked once it has said that it waits.
    wait_for(
        lambda: department.report(1) == 1 and scene.looks_in_vain() > 0,
        WITHIN_S,
        "admission has seen it",
    )
    before, looks = admitted(postgres), scene.looks_in_vain()
    assert department.report(20) == 20, "the broker still has room"
    wait_for(lambda: scene.looks_in_vain() > looks + 1, WITHIN_S, "it has looked again")
    assert admitted(postgres) == before, "admission waits"
    code, told = scene.status()
    assert code == 1
    assert [(size, free < FLOOR_MB) for _, size, free in told["disks"]] == [(SIZE_MB, True)] * 2

    ballast.leave(0)
    while department.report(1):
        ballast.leave(0)
    said = run_verb("status", **scene.environment)
    assert said.returncode != 0
    told_disk = f"disk under {disk}"
    assert told_disk in said.stdout + said.stderr, "also where a server has ended"

    ballast.drop()
    wait_for(lambda: department.report(1) == 1, WITHIN_S, "the broker is there again")
    wait_for(
        lambda: _answers(postgres) and department.acknowledged <= scene.recorded(),
        WITHIN_S,
        "all that was acknowledged is recorded",
    )
    assert scene.worker.poll() is None
    wait_for(lambda: scene.status()[0] == 0, WITHIN_S, "all is well")
    assert replay(scene.stack, Platform.ORGANISATION).differences == []


def _let_postgres_live_in(place: Path, home: Path) -> None:
    """Put the data of a Postgres that root starts onto the small disk, too."""
    place.mkdir(0o700)
    nobody = pwd.getpwnam("nobody")
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    (home / "postgres").mkdir(0o700, parents=True)
    (home / "postgres" / "place").write_text(f"{place}\n")


def _answers(postgres: str) -> bool:
    try:
        return rows(postgres, "SELECT 1") == [(1,)]
    except OSError:
        return False
    except Exception:  # noqa: BLE001 - whatever a database says that is just coming back
        return False
