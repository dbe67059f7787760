"""A subject's state as an auditor derives it: from Kafka alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.audit.ledger import LedgerReader
from ops.audit.relatives import RelativesInLedger
from projections.as_of.state import State, state_as_of
from projections.ledger.reading import read
from projections.store.cut import CutSilentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from events.envelope import Platform
    from projections.calendar.rules import RuleCalendar


def state_from_kafka(
    kafka: str,
    *,
    platform: Platform,
    subject_id: str,
    valid_on: date,
    calendar: RuleCalendar,
    cut: Mapping[int, int] | None = None,
    known_at_ms: int | None = None,
    rules_on: date | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> State:
    """Answer `state` from the ledger itself, trusting neither Postgres nor our workers.

    Where the subject is tied to somebody, the other partitions are read too. Raises
    `CutSilentError` where the cut leaves out the subject's own.
    """
    with LedgerReader(kafka, platform) as reader:
        partition = reader.partition_of(subject_id)
        if cut is not None:
            if partition not in cut:
                raise CutSilentError(f"the cut names no offset for partition {partition}, its own")
            end = cut[partition]
        elif known_at_ms is not None:
            end = reader.cut_at(partition, known_at_ms)
        else:
            end = reader.end(partition)
        say(f"reading partition {partition} of the ledger up to offset {end:,}")
        others = RelativesInLedger(reader, {partition: end}, cut, known_at_ms, say)
        return state_as_of(
            [read(message) for message in reader.messages_of(subject_id, end)],
            platform=platform,
            subject_id=subject_id,
            partition=partition,
            cut=end,
            valid_on=valid_on,
            calendar=calendar,
            rules_on=rules_on,
            look=others.look,
        )
