"""`submit FILE…`: check files, send what is good, and report on every line.

Several files are one submission: a repeat is told across them, and `all_or_nothing` spans them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from ops.submission.reading import FILE_ROWS_MAX, load_file
from ops.submission.report import FileReport, Report
from ops.submission.row import FileError
from ops.submission.sending import BrokerUnreachableError, TopicMissingError
from ops.submission.validation import BadLine, GoodLine, RepeatedLine, Validator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults
    from ops.submission.reading import SubmissionFile
    from ops.submission.sending import Sender

PROGRESS_EVERY_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file is: its rows, those checked, and those the broker has acknowledged."""

    name: str
    rows: int
    checked: int
    acknowledged: int


def submit_files(
    paths: Sequence[Path],
    defaults: Defaults,
    *,
    rulebook: Rulebook,
    sender: Sender | None,
    now: datetime,
    all_or_nothing: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Report:
    """Check files line by line and send the good lines; give what became of each.

    Without a sender it only checks. `all_or_nothing` sends nothing unless every line of every file
    is good; it keeps all lines until then, so the limit of rows holds for the files together.
    What stops the sending is reported as `failure`, not raised: some lines may be on their way.
    """
    work = _Work(Validator(defaults, rulebook, now), sender, now, progress)
    report = Report(dry_run=sender is None, all_or_nothing=all_or_nothing)
    try:
        if all_or_nothing:
            held = [work.held(path, report) for path in paths]
            for pending in held if report.faultless else ():
                work.send(pending)
        else:
            for path in paths:
                work.stream(path, report)
    except TopicMissingError as error:
        report.failure = str(error)
    except BrokerUnreachableError as error:
        report.failure = str(error)
        return report
    report.failure = work.finish() or report.failure
    return report


@dataclass(slots=True)
class _Pending:
    """A file under way: its report, its good lines not sent yet, and how far it is."""

    report: FileReport
    good: list[GoodLine]
    checked: int = 0


class _Work:
    """One submission under way. Acknowledgements arrive later than their lines were sent."""

    def __init__(
        self,
        validator: Validator,
        sender: Sender | None,
        now: datetime,
        progress: Callable[[Progress], None],
    ) -> None:
        self._validator = validator
        self._sender = sender
        self._now = now
        self._progress = progress
        self._undelivered: list[str] = []
        self._files: list[_Pending] = []

    def stream(self, path: Path, report: Report) -> None:
        """Check and send a file line by line, holding none of them."""
        for pending, line in self._checked(path, report):
            self._send(pending.report, line)

    def held(self, path: Path, report: Report) -> _Pending | None:
        """Check a file and hold its good lines; None for a file that cannot be read."""
        before = sum(file.rows for file in report.files)
        pending = None
        for pending, line in self._checked(path, report, room=FILE_ROWS_MAX - before):
            pending.good.append(line)
        return pending

    def send(self, pending: _Pending | None) -> None:
        """Send what was held of a file."""
        if pending is not None:
            for line in pending.good:
                self._send(pending.report, line)

    def finish(self) -> str | None:
        """Wait for every answer; give what went wrong."""
        if self._sender is not None:
            try:
                self._sender.wait()
            except BrokerUnreachableError as error:
                return str(error)
        for pending in self._files:
            self._tell(pending)
        if not self._undelivered:
            return None
        first = self._undelivered[0]
        return f"{len(self._undelivered)} lines without acknowledgement, the first: {first}"

    def _checked(
        self, path: Path, report: Report, room: int = FILE_ROWS_MAX
    ) -> Iterator[tuple[_Pending, GoodLine]]:
        """Give the good lines of a file, and write the others into its report."""
        pending = _Pending(FileReport(name=path.name), [])
        report.files.append(pending.report)
        try:
            file = _opened(path, pending.report, room)
        except FileError as error:
            pending.report.problem = str(error)
            return
        self._files.append(pending)
        for outcome in self._validator.lines(file):
            pending.checked += 1
            match outcome:
                case GoodLine():
                    yield pending, outcome
                case BadLine():
                    pending.report.refused.append(outcome)
                case RepeatedLine():
                    pending.report.repeated += 1
                case _:
                    assert_never(outcome)
            if pending.checked % PROGRESS_EVERY_ROWS == 0:
                self._tell(pending)
        self._tell(pending)

    def _send(self, report: FileReport, line: GoodLine) -> None:
        if self._sender is None:
            return

        def acknowledged(problem: str | None) -> None:
            if problem is None:
                report.sent += 1
            else:
                self._undelivered.append(f"{report.name}:{line.line}: {problem}")

        self._sender.send(line, self._now, acknowledged)

    def _tell(self, pending: _Pending) -> None:
        report = pending.report
        self._progress(Progress(report.name, report.rows, pending.checked, report.sent))


def _opened(path: Path, report: FileReport, room: int) -> SubmissionFile:
    file = load_file(path)
    if file.rows > room:
        raise FileError(f"all files together may have {FILE_ROWS_MAX:,} rows to hold back")
    report.encoding = file.encoding
    report.form = file.form.value
    report.rows = file.rows
    report.not_taken = list(file.not_taken)
    return file
