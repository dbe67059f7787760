"""One life of a real signer, in a process that a server of forks began: it is killed where one says.

Nothing of it is faked: the broker, the disk, the lock, the witness. What happens at a place happens to
the process: SIGKILL, SIGSTOP, a full disk.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from confluent_kafka import KafkaException

from events.envelope import Platform
from events.errors import LedgerError
from ops.evidence.asking import Witnesses
from ops.evidence.keys import policy_of, signers_of
from ops.evidence.settings import EvidenceSettings
from ops.evidence.signing import now_ms
from streams.publishing.fence import FencedError
from streams.reading.reader import LogReader
from streams.signing import signer as signing
from streams.signing.checkpoints import CheckpointsTopic
from streams.signing.errors import TakenError
from streams.signing.folder import Folder
from streams.signing.heads_file import HeadsFile
from streams.signing.ledger import LedgerTopic
from streams.signing.signer import SETTLED_AFTER_MS, LogSigner

ORGANISATION = Platform.ORGANISATION
GONE_WRONG = 4
"""How a life ends that met what is no accident of it: it says so on standard error."""

PLACES: dict[str, tuple[Any, str]] = {
    "read": (LedgerTopic, "records"),
    "tiles written": (Folder, "write_tiles"),
    "a file moved to its place": (Folder, "_write"),
    "tiles on the disk": (Folder, "sync"),
    "journal": (Folder, "note"),
    "topic": (CheckpointsTopic, "write"),
    "heads": (HeadsFile, "write"),
    "signature": (signing, "signed"),
    "witness": (Witnesses, "cosigned"),
    "checkpoint shown": (Folder, "show"),
}


class Deed(NamedTuple):
    """What happens to a life: at a place, before or after it, when it is passed for the nth time."""

    what: str
    place: str
    after: bool
    nth: int


class Home(NamedTuple):
    """Where a life is lived."""

    kafka: str
    settings: EvidenceSettings
    folder: Path
    shown: Path


def live(home: Home, deed: Deed | None, steps: int) -> None:
    """Sign so many cuts from a folder; end with 0, or with 3 where something came in between."""
    _watch(home, deed)
    name = home.settings.log_name(ORGANISATION)
    keys = signers_of(home.settings, str(ORGANISATION), name)
    try:
        with Folder(home.folder).held(), LogReader(home.kafka) as reader:
            signer = LogSigner(
                keys,
                home.folder,
                LedgerTopic(ORGANISATION, reader),
                CheckpointsTopic(home.kafka, ORGANISATION, reader),
                lambda: now_ms() + SETTLED_AFTER_MS,
                Witnesses(policy_of(home.settings)),
            )
            with signer.open() as log:
                for _ in range(steps):
                    signer.step(log)
    except (KafkaException, OSError, FencedError, TakenError) as error:
        print(f"{home.folder.name}: {error!r}", file=sys.stderr)
        os._exit(3)
    except LedgerError as error:
        print(f"{home.folder.name}: {error!r}", file=sys.stderr)
        os._exit(GONE_WRONG)
    os._exit(0)


def _watch(home: Home, deed: Deed | None) -> None:
    """Let the deed happen at its place; and take note of every checkpoint as soon as it is shown."""
    left = deed.nth if deed else 0

    def passes(place: str, *, after: bool) -> None:
        nonlocal left
        if deed is not None and (place, after) == (deed.place, deed.after):
            left -= 1
            if left == -1:
                _happens(deed.what)

    for place, (owner, name) in PLACES.items():
        real = owner.__dict__[name]
        call = real.__func__ if isinstance(real, staticmethod) else real
        passed = (_reading if place == "read" else _calling)(place, call, passes, home)
        setattr(owner, name, staticmethod(passed) if call is not real else passed)


def _calling(place: str, call: Callable[..., Any], passes: Any, home: Home) -> Callable[..., Any]:
    def passed(*args: Any) -> Any:
        passes(place, after=False)
        found = call(*args)
        if place == "checkpoint shown":
            note(home.shown, args[1])
        passes(place, after=True)
        return found

    return passed


def _reading(place: str, call: Callable[..., Any], passes: Any, _: Home) -> Callable[..., Any]:
    def passed(*args: Any) -> Iterator[Any]:
        passes(place, after=False)
        yield from call(*args)
        passes(place, after=True)

    return passed


def note(shown: Path, checkpoint: str) -> None:
    """Take note of a checkpoint that anybody could have seen."""
    with shown.open("ab") as file:
        file.write(checkpoint.encode() + b"\0")


def _happens(what: str) -> None:
    match what:
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "asleep":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "disk full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        case _:
            raise ValueError(what)
