"""A real Kafka and Postgres for tests: one throw-away stack for all, private ones for breaking.

Where `CREDIT_LEDGER_TEST_STACK=containers` and a Docker engine answers, the shared one runs in
containers; elsewhere it is the local stack, which needs neither.
"""

import os
import re
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ops.local.kafka import answers
from ops.local.port import HOST, kept_port
from ops.local.security import Accounts, broker_account, broker_settings
from ops.local.stack import LocalKafka, LocalPostgres, Stack, erase, up

PREFIX = "credit-ledger-test-"
CONTAINER_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateStack:
    """Two servers of a test's own, running, to be killed, paused and restarted."""

    kafka: LocalKafka
    postgres: LocalPostgres


class ShortLivedKafka(LocalKafka):
    """A broker that is gone in minutes: compiling thoroughly what it ran costs it more than it saves."""

    def _java(self, *flags: str) -> list[str]:
        return super()._java("-XX:TieredStopAtLevel=1", *flags)


@contextmanager
def shared_stack() -> Iterator[Stack]:
    """Run a throw-away stack for a whole test session."""
    if os.environ.get("CREDIT_LEDGER_TEST_STACK") == "containers" and _docker_answers():
        with _containers() as running:
            yield running
        return
    _sweep()
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        running = up(home)
        spare_the_disk(running.postgres)
        yield running
    finally:
        erase(home)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def private_stack(folder: Path) -> Iterator[PrivateStack]:
    """Run a stack of the test's own in a folder; both servers are erased at the end."""
    servers = PrivateStack(kafka=ShortLivedKafka(folder), postgres=LocalPostgres(folder))
    with ThreadPoolExecutor(2) as threads:
        try:
            for started in [
                threads.submit(servers.kafka.start),
                threads.submit(servers.postgres.start),
            ]:
                started.result()
            spare_the_disk(servers.postgres.address)
            yield servers
        finally:
            servers.kafka.erase()
            servers.postgres.erase()


def spare_the_disk(postgres: str) -> None:
    """Let a server flush nothing: who is killed here is a process, and no machine loses its power."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make an empty database on the server of a URL, and drop it afterwards, whoever is in it."""
    name = sql.Identifier(f"test_{uuid.uuid4().hex[:12]}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield url_of(server, name.as_string().strip('"'))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def url_of(server: str, database: str) -> str:
    """Return the address of another database of the same server."""
    if "://" in server:
        return urlsplit(server)._replace(path=f"/{database}").geturl()
    return make_conninfo(server, dbname=database)


def _sweep() -> None:
    # A session that was killed could not clean up; its name carries the pid it had.
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        found = re.match(rf"{PREFIX}(\d+)-", home.name)
        if found and not psutil.pid_exists(int(found[1])) and os.access(home, os.W_OK):
            erase(home)
            shutil.rmtree(home, ignore_errors=True)


def _docker_answers() -> bool:
    try:
        from testcontainers.core.docker_client import DockerClient  # noqa: PLC0415 - slow, rare

        return bool(DockerClient().client.ping())
    except Exception:  # noqa: BLE001 - whatever the reason: there is no engine to use
        return False


@contextmanager
def _containers() -> Iterator[Stack]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its deprecations are not ours
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415
        from testcontainers.core.waiting_utils import wait_for_logs  # noqa: PLC0415
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        port = kept_port(Path(folder) / "port")
        own = broker_account(f"{HOST}:{port}")
        broker = DockerContainer("apache/kafka:4.1.1").with_bind_ports(9092, port)
        for name, value in {**_BROKER_SETTINGS, **broker_settings(own)}.items():
            broker.with_env(container_setting(name), value.format(host=HOST, port=port))
        database = DockerContainer("postgres:18").with_exposed_ports(5432)
        for name in ("USER", "PASSWORD", "DB"):
            database.with_env(f"POSTGRES_{name}", "credit_ledger")
        running.enter_context(broker)
        running.enter_context(database)
        wait_for_logs(broker, "Kafka Server started", timeout=CONTAINER_TIMEOUT_S)
        wait_for_logs(database, "ready to accept connections.*\n.*ready to accept connections")
        if not answers(port):
            raise RuntimeError("the broker in its container does not answer")
        accounts = Accounts(Path(folder) / "clients")
        accounts.make(own)
        address = f"{database.get_container_host_ip()}:{database.get_exposed_port(5432)}"
        yield Stack(
            kafka=str(accounts.folder),
            postgres=f"postgresql://credit_ledger:credit_ledger@{address}/credit_ledger",
        )


def container_setting(name: str) -> str:
    """Give the variable by which the image `apache/kafka` takes a setting."""
    return f"KAFKA_{name.replace('_', '__').replace('-', '___').replace('.', '_').upper()}"


_BROKER_SETTINGS = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "controller.quorum.voters": "1@localhost:9093",
    "listeners": "BROKER://:9092,CONTROLLER://:9093",
    "advertised.listeners": "BROKER://{host}:{port}",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
}
"""Those of `ops.local.kafka.PROPERTIES` that a container must be told."""
