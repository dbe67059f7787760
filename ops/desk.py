"""The desk of the query service: what is said to it goes the way of every report."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from events.rules.offices import reports_through
from events.topics import submissions_topic
from ops.erasing.saying import Erasing
from ops.local.stack import Stack
from ops.submission.acknowledging import acknowledging
from ops.submission.defaults import OptionError, defaults_for
from ops.submission.files.reading import open_file
from ops.submission.files.row import FileError
from ops.submission.files.template import empty_form
from ops.submission.line import BadLine, GoodLine, RepeatedLine
from ops.submission.receipts import (
    AtOnce,
    ReceiptLine,
    open_outcomes,
    outcomes,
    receipt_by_id,
)
from ops.submission.refusals import RefusalsOnTopic
from ops.submission.sending import BrokerUnreachableError
from ops.submission.signed import own_signing
from ops.submission.validation import Validator
from ops.submission.window import HandedIn, Window, check_in
from ops.terms.errors import error_words
from ops.terms.terms import code_words
from ops.vault.door import vault_door
from ops.vault.keys import VaultKeyError
from projections.calendar.rules import RuleCalendar
from projections.http.asking.desk import (
    GONE_WELL,
    FateOfLine,
    FileUnreadableError,
    HandedFile,
    LineOfSubmission,
    LinesOfFate,
    LineTold,
    ReasonTold,
    ReceiptTold,
    SealedLine,
    SealedLines,
    SubmissionTold,
    TakenNote,
    fate_of,
)
from projections.http.errors import DeskAwayError, NotTakenError, VaultClosedError
from projections.http.words import Words
from projections.queries.outcomes import LineFate
from projections.store.control.line_fates import KeptFate, count_fates, page_of_fates
from projections.store.control.receipts import find_receipt
from projections.store.vault.vault import VaultAwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from psycopg import Connection

    from events.admission.rejection import Reason
    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults
    from ops.submission.receipts import Receipt
    from projections.queries.waiting import Addressed
    from projections.store.control.receipts import Kept

WAIT_S: Final = 3.0
"""How long a request waits for the record before it is told that it waits."""


class SubmissionDesk:
    """Hands in what is said to the service, as `submit` does."""

    def __init__(self, postgres: str, kafka: str, rulebook: Rulebook) -> None:
        """Keep where Kafka and Postgres are; nothing is opened before it is used."""
        self._refusals = RefusalsOnTopic(kafka)
        self._window = Window(Stack(kafka=kafka, postgres=postgres), self._refusals)
        self._rulebook = rulebook
        self._door = vault_door(postgres, kafka, rulebook)
        self.erasing = Erasing(kafka, RuleCalendar(rulebook), WAIT_S)

    def close(self) -> None:
        """Let go of what is kept; it is opened again where it is needed again."""
        self._window.close()
        self._refusals.close()
        self._door.close()

    def receipt(self, connection: Connection[Any], receipt_id: str) -> Kept | None:
        """Look a receipt up."""
        return find_receipt(connection, receipt_id)

    def some_lines(
        self,
        connection: Connection[Any],
        given: Kept,
        fate: FateOfLine | None,
        first: int,
        limit: int,
    ) -> LinesOfFate:
        """Give some lines of a receipt; of those that are settled only what is shown is read."""
        counts, still_open = count_fates(connection, given.receipt_id), list[KeptFate]()
        if sum(counts.values()) < given.lines:
            became = open_outcomes(connection, given.receipt_id, self._refusals)
            still_open = [
                KeptFate(each.line, fate_of(each.outcome, each.why), each.why, each.event_id)
                for each in became
            ]
            counts = count_fates(connection, given.receipt_id)
        lines = page_of_fates(
            connection,
            given.receipt_id,
            still_open,
            fate=fate,
            well=GONE_WELL,
            first=first,
            limit=limit,
        )
        every = Counter(counts) + Counter(each.fate for each in still_open)
        return LinesOfFate(
            {each: every[each] for each in FateOfLine if every[each]},
            [_line_by_now(each) for each in lines],
        )

    def became(self, connection: Connection[Any], named: Kept) -> ReceiptTold:
        """Give what became of the lines of a receipt by now."""
        given = receipt_by_id(connection, named.receipt_id)
        became = outcomes(connection, given, self._refusals)
        return ReceiptTold(
            given.receipt_id,
            given.department,
            given.given_at,
            given.name,
            [LineTold(each.line, each.outcome, each.why, each.event_id) for each in became],
        )

    def take_in(self, handed: HandedFile) -> SubmissionTold:
        """Check what is reported and send what is good, as `submit` does."""
        receipts: list[Receipt] = []
        what = self._handed_in(handed, receipts.append)
        try:
            report = self._window.hand_in(what)
        except BrokerUnreachableError as error:
            raise DeskAwayError from error
        (file,) = report.files
        if file.problem is not None:
            raise FileUnreadableError(file.problem)
        if report.failure is not None or not file.receipt:
            raise DeskAwayError
        reasons = {each.line: each.reasons for each in file.refused}
        lines = [
            LineOfSubmission(each.line, _FATES[each.at_once], each.event_id, _told(each, reasons))
            for given in receipts
            for each in given.lines
        ]
        return SubmissionTold(file.receipt, lines)

    def seal(self, handed: HandedFile) -> SealedLines:
        """Check what is reported and seal it; send nothing."""
        now = datetime.now(UTC)
        validator = Validator(self._defaults(handed), self._rulebook, now, self._door)
        try:
            lines = list(validator.lines(open_file(handed.data, handed.name)))
        except FileError as error:
            raise FileUnreadableError(error_words(error)) from None
        except VaultAwayError as error:
            raise DeskAwayError from error
        return SealedLines([_sealed_line(each) for each in lines])

    def token(self, number: str) -> str:
        """Give the token of a right identity number."""
        try:
            return self._door.token(number)
        except VaultKeyError as error:
            raise VaultClosedError from error

    def _defaults(self, handed: HandedFile) -> Defaults:
        try:
            return defaults_for(
                self._rulebook,
                department=handed.department,
                category=handed.category,
                region=handed.region,
                event_type=handed.event_type,
            )
        except OptionError as error:
            words = error_words(error)
            raise FileUnreadableError(words._replace(en=words.en.removeprefix("--"))) from None

    def check(self, handed: HandedFile) -> list[LineOfSubmission]:
        """Only check, as `check` does."""
        (file,) = check_in(self._handed_in(handed, lambda _: None)).files
        if file.problem is not None:
            raise FileUnreadableError(file.problem)
        return [
            LineOfSubmission(each.line, FateOfLine.REFUSED, None, [*map(_reason, each.reasons)])
            for each in file.refused
        ]

    def _handed_in(self, handed: HandedFile, keep: Callable[[Receipt], None]) -> HandedIn:
        return HandedIn(
            paths=[Path(handed.name)],
            defaults=self._defaults(handed),
            rulebook=self._rulebook,
            now=datetime.now(UTC),
            all_or_nothing=handed.all_or_nothing,
            opened=lambda path: open_file(handed.data, path.name),
            keep=keep,
            door=self._door,
            signing=own_signing(),
        )

    def template(self, name: str, ending: str) -> bytes | None:
        """Give an empty form of a type of event, or of a category."""
        return empty_form(self._rulebook, name, ending)

    def take_note(self, told: Addressed, department: str, note: str | None) -> TakenNote:
        """Record that a department took note of a warning."""
        now = datetime.now(UTC)
        what = acknowledging(
            told, department, self._rulebook, now, note=note, wait_s=WAIT_S, door=self._door
        )
        try:
            signed = replace(what, signing=own_signing())
            report = self._window.hand_in(signed)
        except BrokerUnreachableError as error:
            raise DeskAwayError from error
        (file,) = report.files
        for line in file.refused:
            first = line.reasons[0]
            groups = ("RejectionReason", "RejectionAdvice")
            said = [(code_words(each) or {})[first.code] for each in groups]
            rule = Words(first.rule, "。".join(chinese for chinese, _ in said))
            raise NotTakenError(first.field, first.value, rule)
        if report.failure is not None:
            raise DeskAwayError
        # Note taken under this number on another day, or in other words, stands as it is.
        outcome = LineFate.REPEAT if file.standing or file.otherwise else LineFate.WAITING
        if file.became:
            outcome = file.became[0].outcome
        return TakenNote(told.warning_id, department, outcome, file.receipt)


_FATES: Final = {
    AtOnce.SENT: FateOfLine.ACCEPTED,
    AtOnce.UNSENT: FateOfLine.WAITING,
    AtOnce.REFUSED: FateOfLine.REFUSED,
    AtOnce.REPEAT: FateOfLine.REPEAT,
    AtOnce.CONFLICT: FateOfLine.CONFLICT,
}


def _line_by_now(line: KeptFate) -> LineOfSubmission:
    fate = FateOfLine(line.fate)
    why = [] if fate is FateOfLine.ACCEPTED else [ReasonTold(code) for code in line.why]
    return LineOfSubmission(line.line, fate, line.event_id, why)


def _told(line: ReceiptLine, reasons: Mapping[int, Sequence[Reason]]) -> list[ReasonTold]:
    if line.line not in reasons:
        return [ReasonTold(code) for code in line.reasons]
    return [*map(_reason, reasons[line.line])]


def _reason(found: Reason) -> ReasonTold:
    return ReasonTold(found.code.value, found.field, str(found.value), found.rule)


def _sealed_line(line: GoodLine | BadLine | RepeatedLine) -> SealedLine:
    match line:
        case GoodLine():
            of = line.event.envelope
            topic = submissions_topic(line.platform, reports_through(of.department))
            names = of.subject_id, of.event_id
            return SealedLine(line.line, line.platform, topic, *names, line.value, [])
        case BadLine():
            told = [*map(_reason, line.reasons)]
            return SealedLine(line.line, None, None, None, None, None, told)
        case RepeatedLine():
            return SealedLine(line.line, None, None, None, None, None, [ReasonTold("repeat")])
