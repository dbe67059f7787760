"""The desk of the query service: what is said to it goes the way of every report."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ops.local.stack import Stack
from ops.submission.acknowledging import acknowledging
from ops.submission.receipts import ReceiptUnknownError, outcomes, receipt_by_id
from ops.submission.refusals import RefusalsOnTopic
from ops.submission.sending import BrokerUnreachableError
from ops.submission.window import hand_in
from projections.http.asking.desk import LineTold, ReceiptTold, TakenNote
from projections.http.errors import DeskAwayError, NotTakenError
from projections.queries.outcomes import LineFate

if TYPE_CHECKING:
    from psycopg import Connection

    from events.rules.rulebook import Rulebook
    from projections.queries.waiting import Addressed

WAIT_S: Final = 3.0
"""How long a request waits for the record before it is told that it waits."""


class SubmissionDesk:
    """Hands in what is said to the service, as `submit` does."""

    def __init__(self, postgres: str, kafka: str, rulebook: Rulebook) -> None:
        """Keep where Kafka and Postgres are; nothing is opened before it is used."""
        self._stack = Stack(kafka=kafka, postgres=postgres)
        self._rulebook = rulebook

    def receipt(self, connection: Connection[Any], receipt_id: str) -> ReceiptTold | None:
        """Give a receipt, and what became of its lines by now."""
        try:
            given = receipt_by_id(connection, receipt_id)
        except ReceiptUnknownError:
            return None
        became = outcomes(connection, given, RefusalsOnTopic(self._stack.kafka))
        return ReceiptTold(
            given.receipt_id,
            given.department,
            given.given_at,
            given.name,
            [LineTold(each.line, each.outcome, each.why, each.event_id) for each in became],
        )

    def take_note(self, told: Addressed, department: str, note: str | None) -> TakenNote:
        """Record that a department took note of a warning."""
        now = datetime.now(UTC)
        what = acknowledging(told, department, self._rulebook, now, note=note, wait_s=WAIT_S)
        try:
            report = hand_in(what, self._stack)
        except BrokerUnreachableError as error:
            raise DeskAwayError from error
        (file,) = report.files
        for line in file.refused:
            first = msgspec.to_builtins(line.reasons[0])
            raise NotTakenError(first["field"], first["value"], first["rule"])
        if report.failure is not None:
            raise DeskAwayError
        # Note taken under this number on another day, or in other words, stands as it is.
        outcome = LineFate.REPEAT if file.standing or file.otherwise else LineFate.WAITING
        if file.became:
            outcome = file.became[0].outcome
        return TakenNote(told.warning_id, department, outcome, file.receipt)
