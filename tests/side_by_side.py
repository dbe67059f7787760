"""Runs every test in parts beside each other: those that kill and pause things, others with servers, and the rest.

Who waits for a server to come back leaves the processor to who reckons, so together they take far
less than one after the other. Each part has servers of its own, or none. What a part prints is
shown when those before it are through.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

PYTEST: Final = (sys.executable, "-m", "pytest")
WITH_SERVERS: Final = ("tests/acceptance", "tests/integration")
PARTS: Final = (
    # The longest first, so that the others end with it.
    ("tests/acceptance", "-m", "chaos"),
    ("tests/acceptance", "-m", "not chaos"),
    ("tests/integration", "-m", "not chaos"),
    # Whatever stands elsewhere, so that a new folder is in a part, too.
    tuple(f"--ignore={folder}" for folder in WITH_SERVERS),
    ("tests/integration", "-m", "chaos"),
)
"""What each process is asked for: every test is in one part, and in one only."""

AT_ONCE: Final = (os.cpu_count() or 1) + 2
"""So many parts run at once: those with servers mostly wait."""
BEHIND: Final = ("nice", "-n", "10")
"""Before what waits for nobody, and only reckons: it takes what the others leave of the processor."""


def main() -> int:
    """Run all; give 0 where every test passed, else the code of a part that failed."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as threads:
        told = [Path(folder) / str(number) for number in range(len(PARTS))]
        running = [threads.submit(_run, *each) for each in zip(PARTS, told, strict=True)]
        try:
            codes = [_shown(*each) for each in zip(told, running, strict=True)]
        finally:
            # A Ctrl-C reaches those that run, too, and they stop their servers; no other begins.
            threads.shutdown(cancel_futures=True)
    return max(codes, key=abs)


def _run(selection: tuple[str, ...], told: Path) -> int:
    """Run a part to its end; give its exit code."""
    has_servers = selection[0] in WITH_SERVERS
    with told.open("ab") as written:
        return subprocess.run(
            [*(() if has_servers else BEHIND), *PYTEST, *selection],
            stdout=written,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode


def _shown(told: Path, running: Future[int]) -> int:
    """Print what a part has told, and what it tells until it ends; give its exit code."""
    told.touch()
    # Opened for itself: what is read here does not move where the part writes.
    with told.open("rb") as read:
        has_ended = False
        while not has_ended:
            has_ended = running.done()
            sys.stdout.write(read.read().decode(errors="replace"))
            sys.stdout.flush()
            time.sleep(0 if has_ended else 0.2)
    return running.result()


if __name__ == "__main__":
    sys.exit(main())
