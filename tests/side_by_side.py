"""Runs every test in two processes beside each other: those that kill and pause things, and the others.

Who waits for a server to come back leaves the processor to who reckons, so together they take far
less than one after the other. Each has servers of its own. What the first prints is shown when the
others are through.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Final

PYTEST: Final = (sys.executable, "-m", "pytest")
WAITING: Final = (*PYTEST, "-m", "chaos")
OTHERS: Final = (*PYTEST, "-m", "not chaos")


def main() -> int:
    """Run both; give 0 where every test of both passed, else the code of one that failed."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        # Each has the file open for itself: what is read here does not move where it is written.
        with told.open("ab") as written, told.open("rb") as read:
            waiting = subprocess.Popen(WAITING, stdout=written, stderr=subprocess.STDOUT)
            try:
                others = subprocess.run(OTHERS, check=False).returncode
                _show(read, waiting)
            finally:
                waiting.wait()  # A Ctrl-C reaches it, too; it stops its servers first.
    return waiting.returncode or others


def _show(told: IO[bytes], waiting: subprocess.Popen[bytes]) -> None:
    """Print what a process has told, and what it tells until it ends."""
    has_ended = False
    while not has_ended:
        has_ended = waiting.poll() is not None
        sys.stdout.write(told.read().decode(errors="replace"))
        sys.stdout.flush()
        time.sleep(0 if has_ended else 1)


if __name__ == "__main__":
    sys.exit(main())
