"""The query service as a process of its own, which is killed and started again on the same port."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

from ops.local.port import kept_port
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from pathlib import Path

    from ops.local.stack import Stack


class ServedProcess:
    """A service that runs; `address` stays the same whoever kills it."""

    def __init__(self, stack: Stack, log: Path, **environment: str) -> None:
        """Start it, and wait until it answers."""
        # No outgoing connection of others gets it meanwhile, nor while the service is away.
        self.port = kept_port(log.with_suffix(".port"))
        self._log = log
        self._environment = {
            **os.environ,
            "CREDIT_LEDGER_KAFKA": stack.kafka,
            "CREDIT_LEDGER_POSTGRES": stack.postgres,
            **environment,
        }
        self.start()
        wait_for(self.is_up, AMPLE_S, "the service is up")

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, or its successor."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ops", "serve", "--port", str(self.port)],
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def is_up(self) -> bool:
        """Say whether it answers."""
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.address}/healthz", timeout=AMPLE_S).status_code == 200
        return False

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()
