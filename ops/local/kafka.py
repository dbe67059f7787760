"""Apache Kafka as a single KRaft node on 127.0.0.1: broker and controller in one process."""

import base64
import shutil
import signal
import socket
import struct
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ops.local import jars, java
from ops.local.home import cache_folder, closed, locked
from ops.local.port import HOST, is_free, kept_port, noted_port
from ops.local.process import LocalStackError, ServerProcess, replace_text, run_tool
from ops.local.security import Accounts, broker_account, broker_settings
from ops.terms.language import spoken
from streams.broker import broker, settings_text

BROKER_FILE = "broker.properties"
START_TIMEOUT_S = 240.0
STOP_TIMEOUT_S = 30.0
STARTS_MAX = 3

PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=BROKER://{host}:{broker},CONTROLLER://{host}:{controller}
advertised.listeners=BROKER://{host}:{broker}
controller.listener.names=CONTROLLER
log.dirs={data}
# Topics are declared in one table in code; nothing else may create one.
auto.create.topics.enable=false
# A ledger that forgets is no ledger: only a topic's own setting may shorten it.
log.retention.ms=-1
log.retention.bytes=-1
# What a topic's flush.ms asks is looked at so often (by default never); all else the system writes.
log.flush.scheduler.interval.ms=500
log.flush.interval.ms=9223372036854775807
# One member or two: waiting for more only costs time.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# After a SIGKILL the node may return only when its former session has run out.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000
# One node is never behind itself: a record that says nothing, twice a second, wakes six threads.
metadata.max.idle.interval.ms=10000
# Two cores, half a gigabyte.
num.network.threads=2
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=2
group.coordinator.threads=1
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=16777216
"""


class LocalKafka:
    """A broker with its data under `home/kafka`; it keeps its port across restarts."""

    def __init__(
        self,
        home: Path,
        *,
        cache: Path | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = home.absolute() / "kafka"
        self._cache = (cache or cache_folder()).absolute()
        self._say = say
        self._accounts = Accounts(self.folder / "clients")
        logs = home.absolute() / "logs"
        self._process = ServerProcess(
            pid_file=self.folder / "pid",
            mark=f"-Dcredit.ledger.home={self.folder}",
            log=logs / "kafka.out",
        )

    @property
    def data(self) -> Path:
        """The folder whose disk holds the data."""
        return self.folder

    @property
    def address(self) -> str:
        """What `CREDIT_LEDGER_KAFKA` may name: the folder of its accounts' client settings."""
        return str(self._accounts.folder)

    @property
    def servers(self) -> str:
        """The brokers to begin with, `127.0.0.1:port`, once it has been started."""
        return f"{HOST}:{noted_port(self.folder / 'port')}"

    @property
    def is_open(self) -> bool:
        """Whether it runs, and those who work with it have their accounts."""
        return self.pid is not None and self._accounts.are_made

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        found = self._process.find()
        return found.pid if found else None

    def start(self) -> str:
        """Start the broker if it does not run, wait until it answers, and return its address.

        Raises:
            LocalStackError: it ended, or did not answer in time.

        """
        if self.pid is not None:
            self._process.resume()
            if not (self.folder / BROKER_FILE).exists():
                self.stop()  # A version of before this one left it open to everybody.
            elif self._answers():
                return self._opened()
        for _ in range(STARTS_MAX):
            # A server found running may be just about to end: that says nothing of a new one.
            launched = self.pid is None
            if launched:
                self._launch()
            if self._process.wait_until(self._answers, timeout_s=START_TIMEOUT_S):
                return self._opened()
            if launched and all(
                is_free(noted_port(self.folder / name)) for name in ("port", "controller-port")
            ):
                break  # nobody took a port in between: another try would end the same way
        raise LocalStackError(f"Kafka ended at once; {self._process.log_tail()}")

    def _opened(self) -> str:
        """Make the accounts that are missing."""
        self._accounts.make(broker(str(self.folder / BROKER_FILE)))
        return self.address

    def stop(self) -> None:
        """Shut the broker down in order."""
        self._process.stop(signal.SIGTERM, timeout_s=STOP_TIMEOUT_S)

    def kill(self) -> None:
        """End the broker with SIGKILL."""
        self._process.kill()

    def restart(self) -> str:
        """Stop the broker, then start it on the same port and data."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Stop the broker from running without ending it: connections stay, nothing answers."""
        self._process.pause()

    def resume(self) -> None:
        """Let a paused broker go on."""
        self._process.resume()

    def erase(self) -> None:
        """Stop the broker and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self) -> None:
        closed(self.folder)
        jars.fetch(self._cache, say=self._say)
        _make_archive(self._cache, self._say)
        self._lay_out()
        if not (self.folder / "data").exists():
            self._accounts.forget()
            self._format()
        self._write_properties("data")
        self._accounts.move(self.servers)
        self._spawn(*self._archive_flags())

    def _archive_flags(self) -> list[str]:
        """Let Java take loaded what is in the archive; the tool that formats needs much of it."""
        archive = Path("jars") / java.archive_name()
        return [f"-XX:AOTCache={archive}"] if (self.folder / archive).exists() else []

    def _spawn(self, *flags: str) -> None:
        self._process.spawn(
            [*self._java(*flags), "kafka.Kafka", "server.properties"],
            cwd=self.folder,
            env=java.ENVIRONMENT,
        )

    def _java(self, *flags: str) -> list[str]:
        # All paths are relative to the folder: Java's lists of files know no escape for ":" or ",".
        return [
            str(java.java()), self._process.mark, *java.FLAGS, *flags, "-cp", java.class_path(),
        ]  # fmt: skip

    def _lay_out(self) -> None:
        closed(self.folder / "tmp")
        for left in (self.folder / "tmp").iterdir():
            left.unlink(missing_ok=True)
        link = self.folder / "jars"
        if not link.is_symlink() or link.readlink() != self._cache:
            link.unlink(missing_ok=True)
            link.symlink_to(self._cache, target_is_directory=True)
        shutil.copyfile(Path(__file__).with_name("log4j2.xml"), self.folder / "log4j2.xml")

    def _format(self) -> None:
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._write_properties(fresh.name)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        run_tool(
            # An id that begins with a dash would be taken for an option.
            [*self._java(*self._archive_flags()), "kafka.tools.StorageTool", "format",
             f"--cluster-id={cluster}", "--config", "server.properties"],
            cwd=self.folder,
            env=java.ENVIRONMENT,
        )  # fmt: skip
        fresh.rename(self.folder / "data")

    def _write_properties(self, data: str) -> None:
        port = kept_port(self.folder / "port")
        controller = kept_port(self.folder / "controller-port", besides=port)
        text = PROPERTIES.format(host=HOST, broker=port, controller=controller, data=data)
        own = broker_account(self.servers)
        replace_text(self.folder / BROKER_FILE, settings_text(own), mode=0o600)
        security = "".join(f"{name}={value}\n" for name, value in broker_settings(own).items())
        replace_text(self.folder / "server.properties", text + security, mode=0o600)

    def _answers(self) -> bool:
        with suppress(OSError, ValueError):
            return answers(noted_port(self.folder / "port"))
        return False


def answers(port: int) -> bool:
    """Ask a broker which versions it speaks: it replies once it serves requests, not before."""
    api_versions, version, correlation, no_client = 18, 0, 1, -1
    request = struct.pack(">hhih", api_versions, version, correlation, no_client)
    try:
        with socket.create_connection((HOST, port), timeout=1.0) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            reply = connection.recv(8)
    except OSError:
        return False
    return reply[4:] == struct.pack(">i", correlation)


def _make_archive(cache: Path, say: Callable[[str], None]) -> None:
    archive = cache / java.archive_name()
    refused = archive.with_suffix(".refused")
    with locked(cache / "archive.lock"):
        if archive.exists() or refused.exists():
            return
        say(spoken("kafka_preparing", "start"))
        began = time.monotonic()
        trial = _TrialKafka(cache / "trial", cache=cache)
        try:
            trial.record(archive.name)
        except LocalStackError as error:
            # Kafka starts without it as well, only slower.
            refused.write_text(str(error))
            say(spoken("kafka_slower", "start", why=refused))
        finally:
            trial.erase()
            shutil.rmtree(cache / "trial", ignore_errors=True)
        say(spoken("kafka_prepared", "start", seconds=f"{time.monotonic() - began:.1f}"))


class _TrialKafka(LocalKafka):
    """A broker that is started once, on throw-away data, to record what a start loads."""

    def record(self, name: str) -> None:
        """Leave the archive of that name in the cache.

        Raises:
            LocalStackError: Java did not write it.

        """
        self.erase()
        self._lay_out()
        self._format()
        self._write_properties("data")
        self._spawn(f"-XX:AOTCacheOutput=jars/{name}.new")
        if not self._process.wait_until(self._answers, timeout_s=START_TIMEOUT_S):
            raise LocalStackError(f"Kafka's trial run ended; {self._process.log_tail()}")
        # Java writes the archive as it ends.
        self._process.stop(signal.SIGTERM, timeout_s=120.0)
        fresh = self._cache / f"{name}.new"
        if not fresh.exists():
            raise LocalStackError(f"Java wrote no archive; {self._process.log_tail()}")
        fresh.replace(self._cache / name)
