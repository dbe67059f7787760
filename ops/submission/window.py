"""The window at which files are handed in: broker, read models and receipts, and the waiting.

Only the broker is needed: where Postgres is away, what stands already is not asked and no receipt
is kept, which is said, and the lines are sent.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from ops.submission.files.concerned import EventsOfSubjects, by_number
from ops.submission.files.reading import load_file
from ops.submission.receipts import outcomes, store_receipt
from ops.submission.refusals import RefusalsOnTopic
from ops.submission.sending import SenderPool
from ops.submission.signed import UNSIGNED_LINES
from ops.submission.standing import ReadModels
from ops.submission.submitting import Counter, Progress, submit_files
from streams.connections import kept_sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    import psycopg

    from events.rules.rulebook import Rulebook
    from ops.local.stack import Stack
    from ops.submission.defaults import Defaults
    from ops.submission.files.reading import SubmissionFile
    from ops.submission.persons import PersonDoor
    from ops.submission.receipts import Receipt
    from ops.submission.report import Report
    from ops.submission.signed import LineSigning
    from streams.connections import Connections

_ASK_EVERY_S: Final = 0.2
_CONNECT_WITHIN_S: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """What is handed in, and how. `wait_s` is how long to wait for what becomes of the lines.

    `keep` is given each receipt once it is stored. Without a door no natural person is reported by
    number and name.
    """

    paths: Sequence[Path]
    defaults: Defaults
    rulebook: Rulebook
    now: datetime
    wait_s: float = 0.0
    all_or_nothing: bool = False
    progress: Callable[[Progress], None] = lambda _: None
    opened: Callable[[Path], SubmissionFile] = load_file
    keep: Callable[[Receipt], None] = lambda _: None
    door: PersonDoor | None = None
    signing: LineSigning = UNSIGNED_LINES


def check_in(what: HandedIn) -> Report:
    """Only check; nothing is asked, sent or kept."""
    return submit_files(what.paths, what.defaults, _counter(what))


class Window:
    """Takes files in, as many threads as like; senders and sessions are kept for the next."""

    def __init__(self, stack: Stack, refusals: RefusalsOnTopic | None = None) -> None:
        """Keep where Kafka and Postgres are; nothing is opened before it is used."""
        self._refusals = refusals or RefusalsOnTopic(stack.kafka)
        self._senders = SenderPool(stack.kafka)
        self._sessions = kept_sessions(partial(read_models, stack.postgres))

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what is kept."""
        self.close()

    def close(self) -> None:
        """Close the sessions that are kept; one that is needed again is opened anew."""
        self._sessions.close()

    def hand_in(self, what: HandedIn) -> Report:
        """Check, ask what stands, send, give receipts, wait. Raises `BrokerUnreachableError`."""
        receipts: list[Receipt] = []
        with self._senders.sender() as sender, ExitStack() as held:
            connection, why = _session(self._sessions, held)
            ledger = ReadModels(connection) if connection is not None else None
            if connection is not None:
                what = replace(what, opened=_with_numbers(what, connection))
            counter = _counter(what, sender=sender, ledger=ledger, keep=receipts.append)
            report = submit_files(what.paths, what.defaults, counter)
            if connection is None:
                report.remarks += [("not_asked", why), ("no_receipt", why)]
                for file in report.files:
                    file.receipt = None
                return report
            for each in receipts:
                store_receipt(connection, each)
                what.keep(each)
            if not report.interrupted and what.wait_s:
                _wait(connection, receipts, report, what.wait_s, self._refusals)
        return report


def hand_in(what: HandedIn, stack: Stack) -> Report:
    """Hand in at a window that is there for this alone."""
    with Window(stack) as window:
        return window.hand_in(what)


def _with_numbers(
    what: HandedIn, connection: psycopg.Connection[Any]
) -> Callable[[Path], SubmissionFile]:
    """Let numbers of documents stand for the events that they name."""
    only = what.defaults.event_type or what.defaults.only_event_type
    return by_number(what.opened, EventsOfSubjects(connection), only)


def _counter(what: HandedIn, **world: Any) -> Counter:
    return Counter(
        rulebook=what.rulebook,
        now=what.now,
        all_or_nothing=what.all_or_nothing,
        progress=what.progress,
        opened=what.opened,
        door=what.door,
        signing=what.signing,
        **world,
    )


def read_models(postgres: str) -> psycopg.Connection[Any]:
    """Open a session of the read models."""
    import psycopg  # noqa: PLC0415 - costs a verb that is only asked for help its time

    return psycopg.connect(postgres, autocommit=True, connect_timeout=_CONNECT_WITHIN_S)


def _session(sessions: Connections, held: ExitStack) -> tuple[psycopg.Connection[Any] | None, str]:
    """Give a session of the read models, or why there is none."""
    import psycopg  # noqa: PLC0415 - as above

    try:
        return held.enter_context(sessions.one()), ""
    except psycopg.OperationalError as error:
        return None, str(error).strip().splitlines()[0]


def _wait(
    connection: psycopg.Connection[Any],
    receipts: Sequence[Receipt],
    report: Report,
    wait_s: float,
    refusals: RefusalsOnTopic,
) -> None:
    """Ask what became of the lines until nothing waits for the machinery, or time is over."""
    until = time.monotonic() + wait_s
    files = {file.receipt: file for file in report.files if file.receipt}
    for given in receipts:
        while True:
            became = outcomes(connection, given, refusals)
            files[given.receipt_id].became = became
            settled = not any("not_yet_read" in each.why for each in became)
            if settled or time.monotonic() > until:
                break
            time.sleep(_ASK_EVERY_S)
