"""All events of a subject up to a signed cut: found by the journal, or by reading its partition.

The journal of the read models gives them in a moment, and is believed only where they are those
that the signed heads count; else, or where there is none, Kafka itself is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import psycopg
import structlog

from events.errors import LedgerError
from events.partitioning import partition_of
from ops.audit.ledger import LedgerReader
from ops.terms.language import spoken
from projections.ledger.message import Message, Unread
from projections.proof.entries import event_entry, record_bytes
from projections.proof.errors import NotYetSignedError, ProofError
from projections.proof.heads import next_head
from projections.proof.report import start_of
from projections.proof.tree import leaf_hash
from projections.queries.subject.journalled import NOTHING, Journalled, journalled

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from projections.as_of.question import Question
    from projections.proof.entries import Cut

_log = structlog.get_logger(__name__)
TOLD_EVERY: Final = 100_000
"""How far it has come is told after so many records, which take seconds."""


class Recorded(NamedTuple):
    """A message of a subject, and the broker's own stamp, which may step back."""

    message: Message
    timestamp_ms: int


class History(NamedTuple):
    """All events of a subject up to a cut, and the first offset that is not asked about."""

    partition: int
    events: list[Recorded]
    known: int


class Journal(Protocol):
    """What the read models know of a subject before an offset of its partition; None: nothing."""

    def __call__(self, question: Question, cut: int) -> Journalled | None:
        """Give it."""
        ...


def journal_by(connected: Callable[[], AbstractContextManager[psycopg.Connection[Any]]]) -> Journal:
    """Ask the read models; where they do not answer, nothing is known by them."""

    def ask(question: Question, cut: int) -> Journalled | None:
        try:
            with connected() as connection:
                return journalled(connection, question, cut)
        except (LedgerError, psycopg.Error) as error:
            _log.warning("journal_away", error=str(error) or type(error).__name__)
            return None

    return ask


def history_of(
    kafka: str,
    question: Question,
    cut: Cut,
    head: bytes | None,
    journal: Journal | None,
    say: Callable[[str], None],
) -> History:
    """Give all events of a subject up to a cut, by whose heads its chain ends at `head`.

    Raises `ProofError` where Kafka holds other events than were logged, and where the state is
    asked of a cut that is not signed yet.
    """
    partition = partition_of(question.subject_id, len(cut.offsets))
    end = cut.offsets[partition]
    asked = question.cut_of(partition)
    if asked is not None and asked > end:
        raise NotYetSignedError(
            f"partition {partition} is signed up to before offset {end}, not {asked}: the signer"
            " takes in what is new within seconds; `credit-ledger status` says how far it has come"
        )
    known = journal(question, end) if journal else None
    if known is not None:
        found = _read_on(kafka, question, partition, end, known, say)
        if _head(question.subject_id, partition, found.events) == head and _holds(question, found):
            return found
        _log.warning("journal_differs", platform=str(question.platform), partition=partition)
    say(spoken("reading", "progress", partition=partition, end=f"{end:,}"))
    found = _read_on(kafka, question, partition, end, NOTHING, say)
    if _head(question.subject_id, partition, found.events) != head:
        raise ProofError(
            f"Kafka holds other events of {question.subject_id} than were logged: the ledger was"
            " altered"
        )
    return found


def _read_on(
    kafka: str,
    question: Question,
    partition: int,
    end: int,
    known: Journalled,
    say: Callable[[str], None],
) -> History:
    """Read from Kafka what comes after that which is known, up to before `end`."""
    events = [Recorded(message, message.recorded_ms) for message in known.messages]
    after, last_ms, moment_ms = known.after_moment, known.last_ms, question.moment_ms
    key = question.subject_id.encode()
    if known.end < end:
        with LedgerReader(kafka, question.platform) as reader:
            told = known.end
            for batch in reader.batches(partition, known.end, end):
                if batch and batch[0].offset - told >= TOLD_EVERY:
                    told = batch[0].offset
                    say(read_so_far(partition, told, end))
                for raw in batch:
                    if raw.unread is Unread.NO_RECORD:
                        continue
                    last_ms = max(last_ms, raw.timestamp_ms)
                    if after is None and moment_ms is not None and last_ms > moment_ms:
                        after = raw.offset
                    if raw.key == key:
                        message = Message(raw.offset, last_ms, key, raw.value, raw.unread)
                        events.append(Recorded(message, raw.timestamp_ms))
    asked = question.cut_of(partition)
    if asked is None:
        asked = end if after is None else min(after, end)
    return History(partition, events, asked)


def read_so_far(partition: int, done: int, end: int) -> str:
    """Say how far a partition was read."""
    return spoken("read_so_far", "progress", partition=partition, done=f"{done:,}", end=f"{end:,}")


def _head(subject_id: str, partition: int, events: list[Recorded]) -> bytes | None:
    """Give where the chain over events ends; None of none."""
    head = None
    for message, timestamp_ms in events:
        if head is None:
            head = start_of(subject_id, message.value)
        record = record_bytes(subject_id.encode(), message.value)
        entry = event_entry(partition, message.offset, timestamp_ms, record)
        head = next_head(head, leaf_hash(entry))
    return head


def _holds(question: Question, found: History) -> bool:
    """Say whether what was recorded by the moment asked for is what stands before `known`."""
    moment_ms = question.moment_ms
    return moment_ms is None or all(
        (message.offset < found.known) == (message.recorded_ms <= moment_ms)
        for message, _ in found.events
    )
