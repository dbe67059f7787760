"""One server process that outlives the command which started it, found again through a pid file.

A pid alone proves nothing, as the system gives it out again: a process counts as ours only while
its command line carries a mark that no other server has.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from events.errors import LedgerError
from ops.local.home import closed

LOG_BYTES_MAX = 5_000_000
POLL_S = 0.02
KILL_TIMEOUT_S = 10.0

INHERITED = frozenset({"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "TZ"})
"""What a server takes from our environment: no word of ours is its business, least of all a secret,
as any process of its user may read its environment."""

# Children of this very process must be waited for, or they stay behind as zombies.
_started: dict[int, subprocess.Popen[bytes]] = {}


class LocalStackError(LedgerError):
    """The local Kafka or Postgres could not be started or stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The system user that a server runs as, where that is not the present one."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProcess:
    """A server known by its pid file, and by the mark among the arguments of its command line."""

    pid_file: Path
    mark: str
    log: Path

    def find(self) -> psutil.Process | None:
        """Return the running server (it may be paused), or None."""
        try:
            pid = int(self.pid_file.read_text())
        except (OSError, ValueError):
            return None
        child = _started.get(pid)
        if child is not None and child.poll() is not None:
            del _started[pid]
            child = None
        try:
            found = psutil.Process(pid)
            # The system may show no command line yet for a child that has only just begun.
            if child and isinstance(child.args, list) and self.mark in child.args:
                return found
            if found.status() != psutil.STATUS_ZOMBIE and self.mark in found.cmdline():
                return found
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            pass
        return None

    def spawn(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        identity: Identity | None = None,
    ) -> None:
        """Start the server in a session of its own, so that Ctrl-C does not reach it."""
        trim(self.log)
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                list(command),
                cwd=cwd,
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=0o077,
                **_as(identity),
            )
        _started[child.pid] = child
        replace_text(self.pid_file, f"{child.pid}\n")

    def wait_until(self, ready: Callable[[], bool], *, timeout_s: float) -> bool:
        """Wait until the server is ready; False if it died before.

        Raises:
            LocalStackError: it lives, and was not ready in time.

        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            if self.find() is None:
                return False
            if time.monotonic() > deadline:
                raise LocalStackError(f"not ready after {timeout_s:.0f} s; {self.log_tail()}")
            time.sleep(POLL_S)
        return True

    def stop(self, politely: signal.Signals, *, timeout_s: float) -> None:
        """Ask the server to end, wait for it, and kill it if it does not."""
        found = self.find()
        if found is not None:
            self.resume()
            with contextlib.suppress(psutil.NoSuchProcess):
                found.send_signal(politely)
            if not wait_for_end([found], timeout_s=timeout_s):
                self.kill()
            _forget(found.pid)
        self.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End the server and its children with SIGKILL: no clean-up, as if the power had gone."""
        family = self._family()
        _signal_all(family, signal.SIGKILL)
        if not wait_for_end(family, timeout_s=KILL_TIMEOUT_S):
            raise LocalStackError(f"a killed process did not end; {self.log_tail()}")
        for process in family:
            _forget(process.pid)

    def pause(self) -> None:
        """Stop the server and its children from running (SIGSTOP), without ending them."""
        _signal_all(self._family(), signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on (SIGCONT)."""
        _signal_all(self._family()[::-1], signal.SIGCONT)

    def log_tail(self) -> str:
        """Return the end of the log with the log's name, for a message of error."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return "\n  ".join([f"{self.log} ends:", *lines[-12:]])

    def _family(self) -> list[psutil.Process]:
        found = self.find()
        if found is None:
            return []
        try:
            return [found, *found.children(recursive=True)]
        except psutil.NoSuchProcess:
            return [found]


def wait_for_end(processes: Sequence[psutil.Process], *, timeout_s: float) -> bool:
    """Wait until none of the processes lives; False if one still does then.

    A zombie has ended: who should collect it is not ours to say, and may take its time.
    """
    deadline = time.monotonic() + timeout_s
    while any(_lives(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def run_tool(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    identity: Identity | None = None,
    timeout_s: float = 120.0,
) -> None:
    """Run a tool of a server to its end; its output is shown only if it fails.

    Raises:
        LocalStackError: it failed, or was not done in time.

    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
            umask=0o077,
            **_as(identity),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LocalStackError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        said = done.stdout.decode(errors="replace")[-2000:]
        raise LocalStackError(f"{command[0]} failed with status {done.returncode}: {said}")


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a server: its own settings, and the few of ours that it needs."""
    return {**{name: os.environ[name] for name in INHERITED if name in os.environ}, **own}


def trim(log: Path) -> None:
    """Put a log that has grown too long aside, in place of the one put aside before."""
    closed(log.parent)
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_name(f"{log.name}.1"))


def replace_text(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write a small file in one step: a reader sees the old text or the new, never a part.

    `mode` is what others may at most do with it, from its first byte on.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    fresh.replace(path)


def _as(identity: Identity | None) -> dict[str, Any]:
    if identity is None:
        return {}
    return {"user": identity.uid, "group": identity.gid, "extra_groups": []}


def _lives(process: psutil.Process) -> bool:
    child = _started.get(process.pid)
    if child is not None and child.poll() is not None:
        del _started[process.pid]
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _forget(pid: int) -> None:
    """Reap a child that has ended: a JVM is a zombie while the last of its threads still ends."""
    child = _started.pop(pid, None)
    if child is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(KILL_TIMEOUT_S)


def _signal_all(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
