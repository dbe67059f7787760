"""The query service as the benchmarks ask it: a process of its own, as an operator runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

_ENDED_WITHIN_S: Final = 60.0


class ServiceNotUpError(LedgerError):
    """The service did not start."""


@contextmanager
def service_process(stack: Stack) -> Iterator[int]:
    """Run the query service as an operator would; give its port, and stop it at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", "serve", "--port", "0"],
        env={
            **os.environ,
            "CREDIT_LEDGER_KAFKA": stack.kafka,
            "CREDIT_LEDGER_POSTGRES": stack.postgres,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield _port_of(process)
    finally:
        process.terminate()
        process.communicate(timeout=_ENDED_WITHIN_S)


def _port_of(process: subprocess.Popen[str]) -> int:
    """Read where the service says that it answers."""
    said: list[str] = []
    for line in process.stderr or ():
        said.append(line)
        if (at := re.search(r"http://\S+?:\d+", line)) is not None:
            return urlsplit(at[0]).port or 0
    raise ServiceNotUpError(f"the service ended before it answered: {''.join(said[-3:])}")
