"""Workers as processes that are killed, paused and replaced, and a stream that never stops.

A worker's log goes to a file, since what an operator is told is part of what is tested.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError

from events.topics import submissions_topic
from streams.publishing.producer import create_producer, undelivered
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ops.local.stack import Stack
    from tests.support.ledger import Said

SESSION_TIMEOUT_S = 3.0
STOP_MAX_S = 60.0
"""Several times what a worker gives its batches and its servers as it ends."""

SHOWN_LINES = 40

RUNNING: list[list[Worker]] = []
"""The workers of every `workers` that is under way, so that a test that fails can show them."""


class Worker:
    """One role as a process with a log of its own; its successors write to the same log."""

    def __init__(self, stack: Stack, role: str, log: Path, **environment: str) -> None:
        """Start it."""
        self.role = role
        self._log = log
        self._environment = {
            **os.environ,
            "CREDIT_LEDGER_KAFKA": stack.kafka,
            "CREDIT_LEDGER_POSTGRES": stack.postgres,
            "CREDIT_LEDGER_SESSION_TIMEOUT_S": str(SESSION_TIMEOUT_S),
            **environment,
        }
        self.start()

    def start(self, **more: str) -> None:
        """Start it, or its successor; with settings of this one alone."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ops", "worker", "--role", self.role],
                env={**self._environment, **more},
                stdout=log,
                stderr=log,
            )

    @property
    def is_alive(self) -> bool:
        """Say whether it runs, or is paused."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """Stop it from running, without ending it."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on, as if it had only blinked."""
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self) -> int:
        """End it as an operator would; give the exit code. Fails where it takes too long."""
        self.process.terminate()
        return self.process.wait(STOP_MAX_S)

    def told(self, event: str) -> list[dict[str, Any]]:
        """Give the lines of its log about an event."""
        text = self._log.read_text(encoding="utf-8", errors="replace")
        lines = text[: text.rfind("\n") + 1].splitlines()  # the last may be half written
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line.get("event") == event]

    def shown(self) -> str:
        """Say what became of it, and what it complained of last: for the report of a failure."""
        code = self.process.poll()
        state = "runs" if code is None else f"ended with exit code {code}"
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        kept = [line for line in lines if '"level": "info"' not in line and '"debug"' not in line]
        return "\n".join([f"{self.role}, pid {self.process.pid}: {state}", *kept[-SHOWN_LINES:]])


def workers_shown() -> str:
    """Say of each worker that a test may have to do with what became of it."""
    return "\n\n".join(worker.shown() for running in RUNNING for worker in running)


@contextmanager
def workers(stack: Stack, folder: Path, *roles: str, **environment: str) -> Iterator[list[Worker]]:
    """Run workers; whatever a test adds to the list is ended with them."""
    running = [
        Worker(stack, role, folder / f"{role}-{n}.log", **environment)
        for n, role in enumerate(roles)
    ]
    RUNNING.append(running)
    try:
        yield running
    except BaseException:
        print(workers_shown(), file=sys.stderr)
        raise
    finally:
        RUNNING.remove(running)
        for worker in running:
            if worker.is_alive:
                worker.kill()


class Stream(threading.Thread):
    """Submits, through every outage, until told to hurry: slower the less is left.

    So it does not run out while somebody waits for what comes of it. Like any department it says again what was acknowledged without an offset, or not in time: that
    once, in some hundred restarts of a broker, librdkafka did not find its way back within a minute is
    told to who sends, and so no loss.
    """

    def __init__(self, kafka: str, said: Sequence[Said], per_s: float) -> None:
        """Take what is to be said, at first so many a second; `delivered` counts what the broker has."""
        super().__init__(name="submissions", daemon=True)
        self._kafka = kafka
        self._producer = create_producer(kafka)
        self._said = said
        self._pause_s = 1 / per_s
        self._hurry = threading.Event()
        self._again: list[Said] = []
        self.delivered = 0
        self.errors: list[str] = []

    def run(self) -> None:
        """Submit everything."""
        for left, said in zip(range(len(self._said), 0, -1), self._said, strict=True):
            self._submit(said)
            self._hurry.wait(self._pause_s * len(self._said) / left)
        self._producer.flush(AMPLE_S)
        if self._again:
            self._producer = create_producer(self._kafka)
        while self._again:
            self._submit(self._again.pop())
            self._producer.flush(AMPLE_S)

    def finish(self) -> None:
        """Submit what is left at once; return when the broker has all of it."""
        self._hurry.set()
        self.join(AMPLE_S)
        assert not self.is_alive(), "the submissions were not acknowledged"
        assert not self.errors, self.errors[:3]
        assert self.delivered == len(self._said)

    def _submit(self, said: Said) -> None:
        topic = submissions_topic(said.platform, said.department)

        def note(error: Any, message: Any) -> None:
            if error is not None and error.code() != KafkaError._MSG_TIMED_OUT:
                self.errors.append(str(error))
            elif undelivered(error, message) is not None:
                self._again.append(said)
            else:
                self.delivered += 1

        self._producer.produce(topic, said.value, said.key, on_delivery=note)
        self._producer.poll(0)


def wait_for(holds: Callable[[], bool], within_s: float, what: str) -> float:
    """Wait until something holds; give how long it took. Fails saying what did not come."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within_s, f"not within {within_s} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began
