"""Checks a file line by line exactly as admission will, so that nothing refusable is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.admission.admission import SUBMISSION_BYTES_MAX, Submission, check
from events.admission.rejection import Reason, Rejection, RejectionReason, reason
from events.envelope import Platform
from events.event import Event, event_to_record, event_type
from events.rules.offices import reports_through
from events.wire.codec import UnencodableError, encode_record
from ops.submission.draft import HIDDEN, draft_event, shown_value
from ops.submission.files.reading import load_file, open_file
from projections.queries.outcomes import Said, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults
    from ops.submission.draft import Draft
    from ops.submission.files.reading import SubmissionFile
    from ops.submission.files.row import FileRow

_AS_WRITTEN: Final = frozenset(
    {
        *(RejectionReason.AMOUNT_NEGATIVE, RejectionReason.AMOUNT_TOO_LARGE),
        *(RejectionReason.DATE_IN_FUTURE, RejectionReason.DATE_TOO_EARLY),
        RejectionReason.DATES_OUT_OF_ORDER,
    }
)


class GoodLine(msgspec.Struct, frozen=True, gc=False):
    """A line that admission would accept: its event, normalised, and the bytes to send."""

    line: int
    platform: Platform
    event: Event
    value: bytes
    said: Said


class BadLine(msgspec.Struct, frozen=True):
    """A line that admission would refuse, with every reason by column as written."""

    line: int
    reasons: list[Reason]


class RepeatedLine(msgspec.Struct, frozen=True, gc=False):
    """A line that says what an earlier one said; sending it would change nothing."""

    line: int
    first: str


class RemarkedLine(msgspec.Struct, frozen=True):
    """A good line of which something is let pass; `remarks` are the codes of what."""

    line: int
    remarks: list[str]


class Difference(msgspec.Struct, frozen=True):
    """A field that the line and the ledger fill unlike, as JSON values."""

    field: str
    stands: Any
    said: Any


class OtherwiseLine(msgspec.Struct, frozen=True):
    """A line under whose number the ledger holds something else; it was not sent."""

    line: int
    event_type: str
    subject_id: str
    document_no: str
    item_no: int
    differences: list[Difference]


@dataclass(slots=True)
class Validated:
    """What a file holds, line by line."""

    good: list[GoodLine] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    repeated: list[RepeatedLine] = field(default_factory=list)


class Validator:
    """Checks the lines of one or several files; remembers what was said, to tell repeats."""

    def __init__(self, defaults: Defaults, rulebook: Rulebook, now: datetime) -> None:
        """Bind to what holds for all lines. `now` stands for the broker's time of submission."""
        self._defaults = defaults
        self._rulebook = rulebook
        self._now = now
        self._seen: dict[str, tuple[str, str]] = {}

    def lines(self, file: SubmissionFile) -> Iterator[GoodLine | BadLine | RepeatedLine]:
        """Check a file's rows in order, one at a time."""
        for row in file.read():
            yield self._line(row, file.name)

    def _line(self, row: FileRow, name: str) -> GoodLine | BadLine | RepeatedLine:
        draft = draft_event(row, self._defaults)
        if draft.event is None:
            return BadLine(row.line, draft.reasons)
        submission = Submission(
            platform=draft.platform,
            department=reports_through(self._defaults.department),
            submitted_at=self._now,
            event=draft.event,
        )
        outcome = check(submission, self._rulebook)
        found = outcome.reasons if isinstance(outcome, Rejection) else []
        reasons = [*draft.reasons, *_translated(found, draft)]
        reasons += _missing(draft, reasons)
        if reasons or isinstance(outcome, Rejection):
            return BadLine(row.line, reasons)
        return self._told_apart(row.line, name, draft, outcome)

    def _told_apart(
        self, line: int, name: str, draft: Draft, event: Event
    ) -> GoodLine | BadLine | RepeatedLine:
        """Tell a repeat of an earlier line from a second decision under the same number."""
        told, here = said(event), f"{name}:{line}"
        first, where = self._seen.setdefault(told.event_id, (told.digest, here))
        if where == here:
            return _encoded(line, draft, event, told)
        if first == told.digest:
            return RepeatedLine(line, where)
        rule = f"{where} says otherwise under the same number; number the items (item_no)"
        column = draft.column("document_no")
        shown = event.envelope.document_no
        return BadLine(line, [reason(RejectionReason.VALUE_NOT_ALLOWED, column, shown, rule)])


def validate(
    file: Path | bytes,
    defaults: Defaults,
    rulebook: Rulebook,
    now: datetime,
    *,
    name: str = "",
) -> Validated:
    """Check a whole file, given by its path or its bytes (then with a name), and keep all lines.

    `now` is aware. Raises `FileError` for a file that cannot be read as a whole.
    """
    opened = load_file(file) if isinstance(file, Path) else open_file(file, name)
    validated = Validated()
    for line in Validator(defaults, rulebook, now).lines(opened):
        match line:
            case GoodLine():
                validated.good.append(line)
            case BadLine():
                validated.bad.append(line)
            case RepeatedLine():
                validated.repeated.append(line)
    return validated


def _encoded(line: int, draft: Draft, event: Event, told: Said) -> GoodLine | BadLine:
    try:
        value = encode_record(f"credit.{event_type(event)}", event_to_record(event))
    except UnencodableError as error:
        # Admission's check bounds no whole number that is not an amount; the schema does.
        rule = f"the value does not fit the schema ({error})"
        return BadLine(line, [reason(RejectionReason.VALUE_NOT_ALLOWED, "", "", rule)])
    if len(value) > SUBMISSION_BYTES_MAX:
        rule = f"a submission has at most {SUBMISSION_BYTES_MAX} bytes"
        return BadLine(line, [reason(RejectionReason.TOO_LARGE, "", f"{len(value)} bytes", rule)])
    return GoodLine(line, draft.platform, event, value, told)


def _translated(found: list[Reason], draft: Draft) -> Iterator[Reason]:
    """Name fields as the user did, leaving out what follows from a fault already named."""
    for each in found:
        name = each.field.removeprefix("envelope.")
        if name in draft.faulty:
            continue
        written = draft.written.get(name)
        shown = each.value
        if shown != HIDDEN:
            as_written = each.code in _AS_WRITTEN and written is not None
            shown = str(shown_value(written if as_written else shown))
        yield msgspec.structs.replace(each, field=draft.column(name), value=shown)


def _missing(draft: Draft, reasons: list[Reason]) -> list[Reason]:
    """Name what the official form cannot do without and admission does not ask for."""
    form = draft.form
    if form is None or draft.event is None or event_type(draft.event) != form.event_type:
        return []
    named = {each.field for each in reasons}
    return [
        reason(RejectionReason.VALUE_MISSING, column, "", "the form needs it")
        for name, column in form.required.items()
        if name not in draft.written and draft.column(name) not in named
    ]
