"""PostgreSQL 18 on 127.0.0.1, tuned for one developer's machine, never for carelessness.

Whatever is acknowledged is on disk: fsync, full pages and synchronous commit stay on. A session
that can redo its work (the projector) turns synchronous commit off for itself.
"""

import secrets
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
import psycopg
from psycopg import sql

from ops.local.port import HOST, is_free, kept_port, noted_port
from ops.local.process import LocalStackError, ServerProcess, replace_text, run_tool, wait_for_end
from ops.local.unprivileged import Quarters, hand_over, noted_place, quarters
from ops.terms.language import spoken
from projections.store.statements import statements

_SQL: Final = statements(__name__)
DATABASE = "credit_ledger"
START_TIMEOUT_S = 240.0
STOP_TIMEOUT_S = 30.0
ORPHANS_TIMEOUT_S = 5.0
STARTS_MAX = 3
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC"}
MEGABYTE = 1024 * 1024

CONFIGURATION: Final = """\
# Written at each start by ops/local/postgres.py.
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''      # a path to a socket may be too long; TCP never is
max_connections = 100
shared_buffers = {shared_mb}MB
effective_cache_size = {cache_mb}MB
work_mem = 16MB
maintenance_work_mem = 128MB
wal_level = minimal               # nothing replicates from here
max_wal_senders = 0
max_logical_replication_workers = 0
wal_buffers = 16MB
min_wal_size = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
random_page_cost = 1.1            # solid-state disks
jit = off                         # our queries are short
io_method = sync                  # two cores: workers for reading would only compete
max_worker_processes = 4
max_parallel_workers = 2
autovacuum_max_workers = 2
autovacuum_naptime = 20s
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '%m [%p] %a '
log_min_error_statement = panic   # a statement may carry personal data
"""


class LocalPostgres:
    """A server with its data under `home/postgres`; it keeps its port across restarts."""

    def __init__(self, home: Path, *, say: Callable[[str], None] = lambda _: None) -> None:
        self.folder = home.absolute() / "postgres"
        self._log = home.absolute() / "logs" / "postgres.out"
        self._say = say

    @property
    def data(self) -> Path:
        """The folder whose disk holds the data; where root starts the server, outside the home."""
        return noted_place(self.folder) or self.folder

    @property
    def address(self) -> str:
        """The URL of the database `credit_ledger`, with its password, once it has been started."""
        return self.url(DATABASE)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        found = self._process().find()
        return found.pid if found else None

    def url(self, database: str) -> str:
        """Return the URL of a database of this server."""
        password = (self.folder / "password").read_text().strip()
        port = noted_port(self.folder / "port")
        return f"postgresql://{DATABASE}:{password}@{HOST}:{port}/{database}"

    def start(self) -> str:
        """Start the server if it does not run, wait until it answers, and return its URL.

        Raises:
            LocalStackError: it ended, or did not answer in time.

        """
        if self.pid is not None and _is_inside(self.folder):
            self.stop()  # It would lose its data from sight when the home is closed to it.
        if self.pid is not None:
            self.resume()
            if self._answers():
                return self.address
        for _ in range(STARTS_MAX):
            # A server found running may be just about to end: that says nothing of a new one.
            launched = self.pid is None
            if launched:
                self._launch()
            if self._process().wait_until(self._answers, timeout_s=START_TIMEOUT_S):
                self._make_database()
                return self.address
            if launched and is_free(noted_port(self.folder / "port")):
                break  # nobody took the port in between: another try would end the same way
        raise LocalStackError(f"Postgres ended at once; {self._process().log_tail()}")

    def stop(self) -> None:
        """Shut the server down in order, ending its sessions."""
        self._process().stop(signal.SIGINT, timeout_s=STOP_TIMEOUT_S)

    def kill(self) -> None:
        """End the server and its sessions with SIGKILL."""
        self._process().kill()

    def restart(self) -> str:
        """Stop the server, then start it on the same port and data."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Stop the server from running without ending it: connections stay, nothing answers."""
        self._process().pause()

    def resume(self) -> None:
        """Let a paused server go on."""
        self._process().resume()

    def erase(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        place = noted_place(self.folder)
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _process(self) -> ServerProcess:
        place = noted_place(self.folder) or self.folder
        return ServerProcess(pid_file=self.folder / "pid", mark=str(place / "data"), log=self._log)

    def _launch(self) -> None:
        home = quarters(self.folder)
        data = home.place / "data"
        if not data.exists():
            self._initialise(home)
        _clear_remains(data)
        self._configure(data, home)
        self._process().spawn(
            [str(home.programs / "postgres"), "-D", str(data)],
            cwd=home.place,
            env=ENVIRONMENT,
            identity=home.identity,
        )

    def _initialise(self, home: Quarters) -> None:
        self._say(spoken("postgres_folder", "start"))
        password = secrets.token_hex(16)
        # The one who runs initdb reads the password from a file of its own.
        told = home.place / "told"
        told.write_text(password)
        hand_over(told, home.identity)
        fresh = home.place / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        run_tool(
            [str(home.programs / "initdb"), "-D", str(fresh), "--username", DATABASE,
             "--pwfile", str(told), "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale",
             "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"],
            cwd=home.place,
            env=ENVIRONMENT,
            identity=home.identity,
        )  # fmt: skip
        told.unlink()
        kept = self.folder / "password"
        kept.touch(mode=0o600)
        kept.write_text(f"{password}\n")
        fresh.rename(home.place / "data")

    def _configure(self, data: Path, home: Quarters) -> None:
        shared_mb, cache_mb = buffer_sizes_mb(_memory_bytes())
        text = CONFIGURATION.format(
            host=HOST,
            port=kept_port(self.folder / "port"),
            shared_mb=shared_mb,
            cache_mb=cache_mb,
        )
        file = data / "postgresql.conf"
        replace_text(file, text)
        hand_over(file, home.identity)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except (OSError, psycopg.OperationalError):
            return False
        return True

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute(_SQL["known"], (DATABASE,)).fetchone() is None:
                connection.execute(sql.SQL(_SQL["make"]).format(name=sql.Identifier(DATABASE)))


def buffer_sizes_mb(memory_bytes: int) -> tuple[int, int]:
    """Return (shared_buffers, effective_cache_size) in MB for a machine shared with Kafka."""
    memory_mb = memory_bytes // MEGABYTE
    return max(128, min(1024, memory_mb // 16)), max(256, memory_mb // 2)


def _memory_bytes() -> int:
    total = int(psutil.virtual_memory().total)
    with suppress(OSError, ValueError):
        # A container may have less than its machine.
        return min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total


def _clear_remains(data: Path) -> None:
    """Make way after an unclean end: no server of ours runs, so whatever is left is in the way.

    Postgres refuses to start while sessions of its dead predecessor live on, or while the pid in
    its lock file belongs to anybody.
    """
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    orphans = [process for process in psutil.process_iter() if _works_in(process, data)]
    for orphan in orphans:
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    wait_for_end(orphans, timeout_s=ORPHANS_TIMEOUT_S)
    lock.unlink(missing_ok=True)


def _is_inside(folder: Path) -> bool:
    """Say whether somebody else's data lies in the home, as an older version had it."""
    place = noted_place(folder)
    return place is not None and place.is_relative_to(folder)


def _works_in(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name().startswith("postgres") and Path(process.cwd()) == data.resolve()
    except (psutil.Error, OSError):
        return False
