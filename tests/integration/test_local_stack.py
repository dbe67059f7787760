"""The local stack itself: it comes back where it was, whatever happens to it."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest
from confluent_kafka.admin import AdminClient

from events.errors import LedgerError
from ops.local import jars
from ops.local.home import cache_folder, closed
from ops.local.port import HOST, is_free, kept_port
from ops.local.process import ServerProcess, wait_for_end
from ops.local.stack import LocalKafka, LocalPostgres, Stack, current, down, erase, up
from streams.broker import librdkafka
from tests.support.local_servers import (
    AS_ANYBODY,
    DEADLINE_S,
    copy_for_anybody,
    places_of,
    processes_of,
    read_from_both,
    write_to_both,
)
from tests.support.stack import private_stack

pytestmark = [pytest.mark.stack, pytest.mark.chaos]


@pytest.fixture(autouse=True)
def own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDIT_LEDGER_KAFKA", raising=False)
    monkeypatch.delenv("CREDIT_LEDGER_POSTGRES", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a folder with spaces, commas: and more" / ("long" * 30)
    yield folder
    erase(folder)


def test_a_stack_keeps_ports_and_data_through_up_down_and_a_kill(home: Path) -> None:
    said: list[str] = []
    first = up(home, say=said.append)
    assert current(home) == first
    write_to_both(first, "one")
    pids = LocalKafka(home).pid, LocalPostgres(home).pid

    assert up(home) == first
    assert (LocalKafka(home).pid, LocalPostgres(home).pid) == pids

    down(home)
    assert current(home) is None
    assert [process for place in places_of(home) for process in processes_of(place)] == []

    assert up(home) == first
    write_to_both(first, "two")
    LocalKafka(home).kill()
    LocalPostgres(home).kill()
    assert current(home) is None

    assert up(home) == first
    assert read_from_both(first, 2) == (["one", "two"], ["one", "two"])
    assert not any("downloading" in line for line in said) or cache_folder().is_dir()


def test_a_paused_server_answers_again_when_it_is_resumed(tmp_path: Path) -> None:
    with private_stack(tmp_path) as servers:
        url = servers.postgres.address
        servers.postgres.pause()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=2)
        servers.postgres.resume()
        psycopg.connect(url, connect_timeout=int(DEADLINE_S)).close()

        servers.kafka.pause()
        admin = AdminClient(librdkafka(servers.kafka.address, {"log_level": 0}))
        with pytest.raises(Exception, match=r"_TRANSPORT|_TIMED_OUT"):
            admin.list_topics(timeout=1.0)
        servers.kafka.resume()
        assert admin.list_topics(timeout=DEADLINE_S).brokers

        servers.postgres.pause()
        servers.postgres.stop()
        assert servers.postgres.pid is None


def test_postgres_returns_although_its_sessions_outlive_it(home: Path) -> None:
    postgres = LocalPostgres(home)
    url = postgres.start()
    with closing(psycopg.connect(url)) as session:
        backend = psutil.Process(session.info.backend_pid)
        # A session that does not even notice the server's death, as one deep in a system call.
        backend.suspend()
        assert postgres.pid is not None
        psutil.Process(postgres.pid).kill()
        assert postgres.start() == url
        assert wait_for_end([backend], timeout_s=DEADLINE_S)


def test_a_stale_pid_file_never_names_somebody_elses_process(home: Path) -> None:
    postgres = LocalPostgres(home)
    url = postgres.start()
    postgres.kill()
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        (home / "postgres" / "pid").write_text(f"{bystander.pid}\n")
        lock = places_of(home)[1] / "data" if os.geteuid() == 0 else home / "postgres" / "data"
        lines = (lock / "postmaster.pid").read_text().splitlines(keepends=True)
        (lock / "postmaster.pid").write_text("".join([f"{bystander.pid}\n", *lines[1:]]))
        assert postgres.pid is None
        postgres.stop()
        assert postgres.start() == url
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_concurrent_ups_start_one_stack(home: Path) -> None:
    with ThreadPoolExecutor(3) as threads:
        stacks = set(threads.map(lambda _: up(home), range(3)))
    assert len(stacks) == 1
    servers = [p for p in processes_of(home / "kafka") if "kafka.Kafka" in p.cmdline()]
    assert len(servers) == 1


def test_two_homes_run_side_by_side_and_a_taken_port_is_left_to_its_owner(
    tmp_path: Path,
) -> None:
    one, other = LocalPostgres(tmp_path / "one"), LocalPostgres(tmp_path / "other")
    try:
        assert one.start() != other.start()
        one.stop()
        taken = int((tmp_path / "one" / "postgres" / "port").read_text())
        with socket.create_server((HOST, taken)):
            url = one.start()
            assert f":{taken}/" not in url
        assert one.restart() == url
    finally:
        one.erase()
        other.erase()


def test_a_port_is_kept_while_it_is_free(tmp_path: Path) -> None:
    file = tmp_path / "port"
    port = kept_port(file)
    assert kept_port(file) == port
    with socket.create_server((HOST, port)):
        assert not is_free(port)
        assert kept_port(file) != port
    assert kept_port(tmp_path / "next", besides=kept_port(file)) != kept_port(file)


def test_an_ordinary_user_can_run_the_stack() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        copy_for_anybody(folder)
        done = subprocess.run(
            [sys.executable, "-c", AS_ANYBODY, str(folder / "a home")],
            cwd=folder,
            env={**os.environ, "CREDIT_LEDGER_CACHE": str(folder / "cache"), "PYTHONPATH": name},
            capture_output=True,
            text=True,
            check=False,
        )
        said = (done.returncode, done.stdout.split())
        assert said == (0, ["credit_ledger", "True", "None"]), done.stderr
        assert processes_of(folder) == []


def test_servers_named_by_settings_are_used_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_KAFKA", "broker.example:9092")
    monkeypatch.setenv("CREDIT_LEDGER_POSTGRES", "postgresql://db.example/credit_ledger")
    named = Stack(kafka="broker.example:9092", postgres="postgresql://db.example/credit_ledger")
    assert up(tmp_path / "home") == named
    assert current(tmp_path / "home") == named
    down(tmp_path / "home")
    assert not (tmp_path / "home" / "kafka").exists()


def test_a_damaged_jar_is_not_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = jars.locked_jars()[0]
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"not what was promised")

    class Artifact:
        def resolve(self) -> Path:
            copy = tmp_path / "copy"
            shutil.copyfile(damaged, copy)
            return copy

    monkeypatch.setattr(jars, "_artifact", lambda *_: Artifact())
    monkeypatch.setattr(jars, "locked_jars", lambda: [jar])
    with pytest.raises(LedgerError, match="SHA-256"):
        jars.fetch(tmp_path / "cache", say=lambda _: None)
    assert not (tmp_path / "cache" / jar.file_name).exists()


def test_a_log_that_has_grown_too_long_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "out"
    log.write_bytes(b"x" * 6_000_000)
    server = ServerProcess(pid_file=tmp_path / "pid", mark="a-mark-of-its-own", log=log)
    server.spawn(["sh", "-c", "exec sleep 600", "a-mark-of-its-own"], cwd=tmp_path, env={})
    server.kill()
    assert log.stat().st_size == 0
    assert (tmp_path / "out.1").stat().st_size == 6_000_000


def test_nobody_else_may_read_what_a_stack_keeps_or_what_its_servers_were_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_OPERATOR", "hunter2")
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    try:
        up(home)
        open_to_others = [
            path
            for root in (home, home / "kafka", home / "logs", home / "postgres", *places_of(home))
            for path in (root, *root.glob("data/**/*"))
            if path.exists() and path.stat().st_mode & 0o077
        ]
        assert open_to_others == []
        for server in (LocalKafka(home), LocalPostgres(home)):
            told = psutil.Process(server.pid).environ()
            assert "A_SECRET_OF_THE_OPERATOR" not in told
            assert not [name for name in told if name.startswith("CREDIT_LEDGER")]
    finally:
        erase(home)


def test_a_folder_that_all_may_write_to_is_not_closed(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    assert stat.S_IMODE(closed(shared).stat().st_mode) == 0o1777
    assert stat.S_IMODE(closed(shared / "home").stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts Postgres as somebody else")
def test_data_that_an_older_version_kept_inside_the_home_moves_out_and_is_kept(
    home: Path,
) -> None:
    write_to_both(up(home), "before")
    down(home)
    outside = places_of(home)[1]
    inside = home / "postgres" / "inside"
    inside.mkdir()
    shutil.move(outside / "data", inside / "data")
    (home / "postgres" / "place").write_text(f"{inside}\n")
    assert read_from_both(up(home), 1) == (["before"], ["before"])
    assert not inside.exists()
    assert not places_of(home)[1].is_relative_to(home)
