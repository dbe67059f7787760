"""`submit FILE…`: check files, send what is good, and report on every line.

Several files are one submission: a repeat is told across them, and `all_or_nothing` spans them.
Before a line is sent, the ledger is asked what stands under its number: what stands already is not
sent again, and what stands otherwise is told with what to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, assert_never

from ops.submission.files.reading import FILE_ROWS_MAX, load_file
from ops.submission.files.row import FileError, file_fault
from ops.submission.line import BadLine, GoodLine, RemarkedLine, RepeatedLine
from ops.submission.receipts import AtOnce, ReceiptLine, codes_of, make_receipt
from ops.submission.report import FileReport, Report
from ops.submission.sending import BrokerUnreachableError, TopicMissingError, UndeliveredError
from ops.submission.signed import UNSIGNED_LINES
from ops.submission.standing import otherwise
from ops.submission.validation import Validator
from ops.terms.errors import error_words
from projections.store.vault.vault import VaultAwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults
    from ops.submission.files.reading import SubmissionFile
    from ops.submission.persons import PersonDoor
    from ops.submission.receipts import Receipt
    from ops.submission.sending import BrokerAnswer, LineSender
    from ops.submission.signed import LineSigning
    from ops.submission.standing import StandingSource
    from projections.http.words import Words

PROGRESS_EVERY_ROWS: Final = 500
ASKED_AT_ONCE: Final = 1_000
"""Lines of which the ledger is asked in one question."""
HELD_MAX: Final = 20_000
"""So many lines are checked before the first is sent: what admission does with lines that come
takes the processor from whoever checks the rest, and somebody waits for the answer."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file is: its rows, those checked, and those the broker has acknowledged."""

    name: str
    rows: int
    checked: int
    acknowledged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where a submission goes: all that it needs of the world, and what holds for all of it.

    Without a sender it is only checked; without a ledger nobody is asked what stands already.
    Without a door no natural person is reported by number and name. `keep` is given the receipt of
    each file.
    """

    rulebook: Rulebook
    now: datetime
    sender: LineSender | None = None
    ledger: StandingSource | None = None
    door: PersonDoor | None = None
    signing: LineSigning = UNSIGNED_LINES
    all_or_nothing: bool = False
    progress: Callable[[Progress], None] = lambda _: None
    keep: Callable[[Receipt], None] = lambda _: None
    opened: Callable[[Path], SubmissionFile] = load_file


def submit_files(paths: Sequence[Path], defaults: Defaults, counter: Counter) -> Report:
    """Check files line by line and send the good lines; give what became of each.

    `all_or_nothing` sends nothing unless every line of every file is good; it keeps all lines until
    then, so the limit of rows holds for the files together. What stops the sending is reported as
    `failure`, not raised: some lines may be on their way.
    """
    validator = Validator(
        defaults, counter.rulebook, counter.now, counter.door, signing=counter.signing
    )
    work = _Work(validator, counter)
    report = Report(dry_run=counter.sender is None, all_or_nothing=counter.all_or_nothing)
    try:
        _hand_in(work, paths, report)
        report.failure = work.finish()
    except TopicMissingError as error:
        report.failure = work.finish() or error_words(error)
    except BrokerUnreachableError as error:
        report.failure = error_words(error)
    except VaultAwayError as error:
        report.failure = work.finish() or error_words(error)
    except KeyboardInterrupt:
        report.interrupted = True
        report.failure = work.finish()
    work.give_receipts(defaults.department)
    return report


def _hand_in(work: _Work, paths: Sequence[Path], report: Report) -> None:
    if not report.all_or_nothing:
        for path in paths:
            work.stream(path, report)
        return
    held = [work.held(path, report) for path in paths]
    for pending in held if report.faultless else ():
        work.send(pending)


@dataclass(slots=True)
class _Pending:
    """A file under way: its report, and how far it is.

    The ledger is asked of lines that are `good`, and what stands nowhere is `ready` to be sent.
    """

    report: FileReport
    sha256: str = ""
    good: list[GoodLine] = field(default_factory=list)
    ready: list[GoodLine] = field(default_factory=list)
    lines: dict[int, ReceiptLine] = field(default_factory=dict)
    checked: int = 0


class _Work:
    """One submission under way. Acknowledgements arrive later than their lines were sent."""

    def __init__(self, validator: Validator, counter: Counter) -> None:
        self._validator = validator
        self._counter = counter
        self._undelivered: list[str] = []
        self._files: list[_Pending] = []

    def stream(self, path: Path, report: Report) -> None:
        """Check and send a file, holding a bounded number of its lines."""
        for pending in self._checked(path, report, HELD_MAX):
            self.send(pending)

    def held(self, path: Path, report: Report) -> _Pending | None:
        """Check a file and hold its good lines; None for a file that cannot be read."""
        room = FILE_ROWS_MAX - sum(file.rows for file in report.files)
        return next(self._checked(path, report, FILE_ROWS_MAX + 1, room=room), None)

    def send(self, pending: _Pending | None) -> None:
        """Send what is held of a file."""
        if pending is None:
            return
        ready, pending.ready = pending.ready, []
        pending.lines |= {line.line: _line(line, AtOnce.UNSENT) for line in ready}
        for line in ready:
            self._send(pending, line)

    def finish(self) -> Words | None:
        """Wait for every answer; give what went wrong."""
        if self._counter.sender is not None:
            try:
                self._counter.sender.wait()
            except BrokerUnreachableError as error:
                return error_words(error)
        for pending in self._files:
            self._tell(pending)
        if not self._undelivered:
            return None
        return error_words(UndeliveredError(len(self._undelivered), self._undelivered[0]))

    def give_receipts(self, department: str) -> None:
        """Give the receipt of each file that could be read, unless it was only checked."""
        for pending in self._files if self._counter.sender is not None else ():
            name, sha256 = self._named(pending)
            given = make_receipt(
                department,
                self._counter.now,
                name,
                sha256,
                list(pending.lines.values()),
            )
            pending.report.receipt = given.receipt_id
            self._counter.keep(given)

    def _named(self, pending: _Pending) -> tuple[str, str]:
        """Give name and digest of a file as a receipt may keep them.

        The name of a file about persons may be a person's, and the digest of a short one be tried.
        """
        door, name = self._counter.door, pending.report.name
        if door is None or not self._validator.met_persons:
            return name, pending.sha256
        return f"persons{PurePath(name).suffix[:8]}", door.digest(pending.sha256)

    def _checked(
        self, path: Path, report: Report, at_once: int, room: int = FILE_ROWS_MAX
    ) -> Iterator[_Pending]:
        """Check a file; give it whenever so many lines are ready, and at its end."""
        pending = _Pending(FileReport(name=path.name))
        report.files.append(pending.report)
        try:
            file = self._opened(path, pending, room)
        except FileError as error:
            pending.report.problem = error_words(error)
            return
        self._files.append(pending)
        for outcome in self._validator.lines(file):
            self._note(pending, outcome)
            if len(pending.good) >= ASKED_AT_ONCE:
                self._ask(pending)
                if len(pending.ready) >= at_once:
                    yield pending
            if pending.checked % PROGRESS_EVERY_ROWS == 0:
                self._tell(pending)
        self._ask(pending)
        yield pending
        self._tell(pending)

    def _opened(self, path: Path, pending: _Pending, room: int) -> SubmissionFile:
        file, report = self._counter.opened(path), pending.report
        if file.rows > room:
            raise FileError(file_fault("too_many_held", most=f"{FILE_ROWS_MAX:,}"))
        pending.sha256 = file.sha256
        report.encoding = file.encoding
        report.form = file.form.value
        report.rows = file.rows
        report.not_taken = list(file.not_taken)
        return file

    def _note(self, pending: _Pending, outcome: GoodLine | BadLine | RepeatedLine) -> None:
        pending.checked += 1
        match outcome:
            case GoodLine():
                pending.good.append(outcome)
                if remarks := outcome.event.envelope.remarks:
                    pending.report.remarked.append(RemarkedLine(outcome.line, remarks))
            case BadLine():
                pending.report.refused.append(outcome)
                codes = codes_of(outcome.reasons)
                refused = ReceiptLine(outcome.line, AtOnce.REFUSED, reasons=codes)
                pending.lines[outcome.line] = refused
            case RepeatedLine():
                pending.report.repeated += 1
                pending.lines[outcome.line] = ReceiptLine(outcome.line, AtOnce.REPEAT)
            case _:
                assert_never(outcome)

    def _ask(self, pending: _Pending) -> None:
        """Take out of what is held the lines that stand in the ledger already, or otherwise."""
        ledger, (lines, pending.good) = self._counter.ledger, (pending.good, [])
        stands = ledger.standing(lines) if ledger is not None and lines else {}
        for line in lines:
            known = stands.get(line.event.envelope.event_id)
            if known is None:
                pending.ready.append(line)
            elif known.says(line.event):
                pending.report.standing += 1
                pending.lines[line.line] = _line(line, AtOnce.REPEAT)
            else:
                pending.report.otherwise.append(otherwise(line, known))
                pending.lines[line.line] = _line(line, AtOnce.CONFLICT)

    def _send(self, pending: _Pending, line: GoodLine) -> None:
        sender, report = self._counter.sender, pending.report
        if sender is None:
            return

        def acknowledged(answer: BrokerAnswer) -> None:
            if answer.problem is None:
                report.sent += 1
                pending.lines[line.line] = _line(line, AtOnce.SENT, answer.place)
            else:
                self._undelivered.append(f"{report.name}:{line.line}: {answer.problem}")

        sender.send(line, self._counter.now, acknowledged)

    def _tell(self, pending: _Pending) -> None:
        report = pending.report
        told = Progress(report.name, report.rows, pending.checked, report.sent)
        self._counter.progress(told)


def _line(
    line: GoodLine, at_once: AtOnce, place: tuple[str, int, int] | None = None
) -> ReceiptLine:
    remarks = tuple(line.event.envelope.remarks)
    return ReceiptLine(line.line, at_once, line.platform, line.said, place, remarks=remarks)
