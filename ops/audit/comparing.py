"""Two states of a subject compared from Kafka alone, each as of a day and as known then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.audit.ledger import LedgerReader
from ops.terms.language import spoken
from projections.as_of.comparing import AskedAt, compare_states
from projections.ledger.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from projections.as_of.comparing import StatesCompared
    from projections.as_of.question import Question
    from projections.calendar.rules import RuleCalendar


def compare_from_kafka(
    kafka: str,
    a: Question,
    b: Question,
    calendar: RuleCalendar,
    say: Callable[[str], None] = lambda _: None,
) -> StatesCompared:
    """Compare what two questions about one subject answer. Raises `CutBeyondLedgerError`."""
    with LedgerReader(kafka, a.platform) as reader:
        partition = reader.partition_of(a.subject_id)
        sides = _side(reader, a, partition), _side(reader, b, partition)
        end = max(side.cut for side in sides)
        say(spoken("reading", "progress", partition=partition, end=f"{end:,}"))
        items = [read(message) for message in reader.messages_of(a.subject_id, end)]
    return compare_states(items, a, partition, sides, calendar)


def _side(reader: LedgerReader, asked: Question, partition: int) -> AskedAt:
    cut = asked.cut_of(partition)
    if cut is None and asked.moment_ms is not None:
        cut = reader.cut_at(partition, asked.moment_ms)
    elif cut is None:
        cut = reader.end(partition)
    return AskedAt(asked.valid_on, cut, asked.rules_of)
