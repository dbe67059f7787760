"""What `bench pipeline` measures beside us, in the same run on the same records.

Each in a process of its own; one that fails or cannot be had is null with a note, never an error.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import events
from events.envelope import Platform
from events.errors import LedgerError
from ops.audit.ledger import LedgerReader
from ops.local.home import default_home

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ops.local.stack import Stack

RAW_EVENTS: Final = 1_000_000
MEMORY_EVENTS: Final = 200_000
STOCK_FAUST_EVENTS: Final = 60_000
QUIX_EVENTS: Final = 100_000
QUIX: Final = "quixstreams[postgresql]==3.28.1"
_SHARED: Final = ("fastavro", "holidays", "msgspec", "mypy-extensions", "tomli")
"""What our own modules need that the peer has in common with us."""
_TIMEOUT_S: Final = 240.0
_ERROR_CHARACTERS_MAX: Final = 300

METHOD: Final = (
    "consume, decode, fold: one thread, from Kafka or memory; stock Faust: an ordinary agent, one "
    "event at a time, our decoding and fold in memory, no database; Quix Streams: our decoding and "
    "fold, its PostgreSQL sinks for a journal row an event and a state a subject"
)


class PeerFailedError(LedgerError):
    """The peer gave no rate."""


def measure_peers(stack: Stack, say: Callable[[str], None]) -> dict[str, Any]:
    """Give the rates of what stands beside us; one that cannot be had is None, with a note."""
    with LedgerReader(stack.kafka, Platform.ORGANISATION) as reader:
        held = sum(reader.end(partition) for partition in reader.partitions)
    found: dict[str, Any] = {}
    notes: list[str] = []
    peers: tuple[tuple[str, int, Callable[[int], int]], ...] = (
        ("raw_consume_per_s", RAW_EVENTS, lambda n: _raw(stack, "consume", n)),
        ("decode_per_s", MEMORY_EVENTS, lambda n: _raw(stack, "decode", n)),
        ("fold_per_s", MEMORY_EVENTS, lambda n: _raw(stack, "fold", n)),
        ("stock_faust_events_per_s", STOCK_FAUST_EVENTS, lambda n: stock_faust(stack, n)),
        ("quix_events_per_s", QUIX_EVENTS, lambda n: quix(stack, n, say)),
    )
    for key, most, measured in peers:
        count = min(most, held)
        say(f"{key}: {count:,} events")
        try:
            found[key] = measured(count)
        except PeerFailedError as error:
            found[key] = None
            notes.append(f"{key}: {error}")
    return found | {"peers_method": METHOD, "notes": notes}


def stock_faust(stack: Stack, count: int) -> int:
    """Measure an ordinary Faust agent in events/s. Raises `PeerFailedError`."""
    return _rate([sys.executable, "-m", "ops.bench.stock_faust", stack.kafka, str(count)], stack)


def quix(stack: Stack, count: int, say: Callable[[str], None]) -> int:
    """Measure Quix Streams in events/s. Raises `PeerFailedError`."""
    python = _quix_environment(default_home() / "quix", say)
    return _rate([str(python), "-m", "ops.bench.quix", stack.kafka, str(count)], stack)


def _raw(stack: Stack, what: str, count: int) -> int:
    return _rate([sys.executable, "-m", "ops.bench.raw", what, stack.kafka, str(count)], stack)


def _quix_environment(folder: Path, say: Callable[[str], None]) -> Path:
    """Make the peer's virtual environment once; give its Python."""
    python, wanted = folder / "bin" / "python", folder / "wanted"
    packages = [QUIX, *(f"{name}=={version(name)}" for name in _SHARED)]
    if wanted.exists() and wanted.read_text() == " ".join(packages):
        return python
    say(f"installing {QUIX} in an environment of its own")
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    _run([str(python), "-m", "pip", "install", *quiet, *packages])
    wanted.write_text(" ".join(packages))
    return python


def _rate(command: Sequence[str], stack: Stack) -> int:
    """Run a peer; its rate is the last word that it prints."""
    # The checkout is named for Pythons other than ours; secrets go by the environment.
    checkout = str(Path(events.__path__[0]).parent)
    words = _run(
        command,
        {"CREDIT_LEDGER_POSTGRES": stack.postgres, "PYTHONPATH": checkout},
    ).split()
    if not words or not words[-1].isdigit():
        raise PeerFailedError("it ended without a result")
    return int(words[-1])


def _run(command: Sequence[str], settings: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **(settings or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerFailedError(f"no result within {_TIMEOUT_S:.0f} s") from error
    except OSError as error:
        raise PeerFailedError(str(error)) from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise PeerFailedError(last[:_ERROR_CHARACTERS_MAX])
    return done.stdout
