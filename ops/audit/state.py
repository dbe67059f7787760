"""A subject's state as an auditor derives it: from Kafka alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.audit.ledger import LedgerReader
from ops.audit.relatives import RelativesInLedger
from ops.terms.language import spoken
from projections.as_of.question import Part
from projections.as_of.state import State, state_as_of
from projections.ledger.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from projections.as_of.question import Question
    from projections.calendar.rules import RuleCalendar


def state_from_kafka(
    kafka: str,
    question: Question,
    calendar: RuleCalendar,
    say: Callable[[str], None] = lambda _: None,
) -> State:
    """Answer `state` from the ledger itself, trusting neither Postgres nor our workers.

    Where the subject is tied to somebody, the other partitions are read too. Raises
    `CutSilentError` where the cut leaves out the subject's own.
    """
    with LedgerReader(kafka, question.platform) as reader:
        partition = reader.partition_of(question.subject_id)
        end = question.cut_of(partition)
        if end is None and question.moment_ms is not None:
            end = reader.cut_at(partition, question.moment_ms)
        elif end is None:
            end = reader.end(partition)
        say(spoken("reading", "progress", partition=partition, end=f"{end:,}"))
        others = RelativesInLedger(reader, question, Part(partition, end), say)
        items = [read(message) for message in reader.messages_of(question.subject_id, end)]
        return state_as_of(items, question, Part(partition, end), calendar, others.look)
