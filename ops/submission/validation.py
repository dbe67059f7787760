"""Checks a file line by line exactly as admission will, so that nothing refusable is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.admission.admission import SUBMISSION_BYTES_MAX, Submission, check
from events.admission.normal_form import with_envelope
from events.admission.rejection import Reason, Rejection, RejectionReason, reason
from events.admission.texts import Sealing
from events.envelope import CHINA, Platform
from events.event import Event, event_to_record, event_type
from events.identity import event_id
from events.rules.offices import reports_through
from events.sealing.form import no_seal_holds
from events.wire.codec import UnencodableError, encode_record
from ops.submission.draft import HIDDEN, draft_event, shown_value
from ops.submission.files.columns import SUBJECT_NUMBER
from ops.submission.files.reading import load_file, open_file
from ops.submission.line import BadLine, GoodLine, RepeatedLine
from ops.submission.persons import kept_back, was_minor
from ops.submission.signed import UNSIGNED_LINES, is_signed, signed_bytes
from projections.queries.outcomes import Said, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults
    from ops.submission.draft import Draft
    from ops.submission.files.reading import SubmissionFile
    from ops.submission.files.row import FileRow
    from ops.submission.persons import PersonDoor
    from ops.submission.signed import LineSigning

_AS_WRITTEN: Final = frozenset(
    {
        *(RejectionReason.AMOUNT_NEGATIVE, RejectionReason.AMOUNT_TOO_LARGE),
        *(RejectionReason.DATE_IN_FUTURE, RejectionReason.DATE_TOO_EARLY),
        RejectionReason.DATES_OUT_OF_ORDER,
    }
)


SEALED_AT_ONCE: Final = 200
"""Lines that are checked before their texts are sealed, of all with one question to the vault."""


class _Checked(NamedTuple):
    """A line that is good, as it was written: nothing of it is sent before it is sealed."""

    line: int
    draft: Draft
    event: Event


@dataclass(slots=True)
class Validated:
    """What a file holds, line by line."""

    good: list[GoodLine] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    repeated: list[RepeatedLine] = field(default_factory=list)


class Validator:
    """Checks the lines of one or several files; remembers what was said, to tell repeats."""

    def __init__(
        self,
        defaults: Defaults,
        rulebook: Rulebook,
        now: datetime,
        door: PersonDoor | None = None,
        signing: LineSigning = UNSIGNED_LINES,
    ) -> None:
        """Bind to what holds for all lines. `now` stands for the broker's time of submission.

        Without a door natural persons cannot be reported by number and name.
        """
        self._signing = signing
        self._defaults = defaults
        self._rulebook = rulebook
        self._now = now
        self._door = door
        self.met_persons = False
        self._seen: dict[str, tuple[str, str]] = {}

    def lines(self, file: SubmissionFile) -> Iterator[GoodLine | BadLine | RepeatedLine]:
        """Check a file's rows in order, a portion at a time: keys are asked of several at once."""
        rows = file.read()
        while portion := list(islice(rows, SEALED_AT_ONCE)):
            if any(is_signed(row.values) for row in portion):
                yield from (self._alone(file.name, row) for row in portion)
                continue
            checked = [self._checked(row) for row in portion]
            for each in self._sealed(checked):
                yield each if isinstance(each, BadLine) else self._told_apart(file.name, each)

    def _alone(self, name: str, row: FileRow) -> GoodLine | BadLine | RepeatedLine:
        """Check a row of a file in which some hold bytes that were signed elsewhere."""
        if not is_signed(row.values):
            (checked,) = self._sealed([self._checked(row)])
            return checked if isinstance(checked, BadLine) else self._told_apart(name, checked)
        as_signed = signed_bytes(
            row.values,
            self._defaults.department,
            self._rulebook,
            self._now,
            self._signing.check,
            no_seal_holds if self._door is None else self._door.seal_holds,
        )
        if isinstance(as_signed, list):
            return BadLine(row.line, as_signed)
        platform, event, value, signature = as_signed
        self.met_persons |= platform is Platform.PERSON
        told, here = said(event), f"{name}:{row.line}"
        first, where = self._seen.setdefault(told.event_id, (told.digest, here))
        if where != here and first == told.digest:
            return RepeatedLine(row.line, where)
        return GoodLine(row.line, platform, event, value, told, signature)

    def _checked(self, row: FileRow) -> BadLine | _Checked:
        """Check a row as it was written, and keep back what is said of a person."""
        draft = draft_event(row, self._defaults, self._door)
        outcome = self._judged(row, draft)
        self.met_persons |= draft.is_person
        if isinstance(outcome, BadLine) and draft.is_person:
            known = {*draft.columns.values(), *_headings(draft)}
            return BadLine(row.line, [kept_back(each, known) for each in outcome.reasons])
        return outcome

    def _judged(self, row: FileRow, draft: Draft) -> BadLine | _Checked:
        if draft.event is None:
            return BadLine(row.line, draft.reasons)
        submission = Submission(
            platform=draft.platform,
            department=reports_through(self._defaults.department),
            submitted_at=self._now,
            event=draft.event,
        )
        is_to_seal = self._door is not None and draft.platform is Platform.PERSON
        sealing, signing = Sealing(is_to_come=is_to_seal), self._signing.before_signing()
        outcome = check(submission, self._rulebook, sealing, signing)
        found = outcome.reasons if isinstance(outcome, Rejection) else []
        reasons = [*draft.reasons, *_translated(found, draft)]
        reasons += _missing(draft, reasons)
        if draft.number is not None and not isinstance(outcome, Rejection):
            minor = was_minor(draft.number, outcome, submission.submitted_on)
            reasons += [] if minor is None else [minor]
        if reasons or isinstance(outcome, Rejection):
            return BadLine(row.line, reasons)
        return _Checked(row.line, draft, outcome)

    def _sealed(self, checked: list[BadLine | _Checked]) -> Iterator[BadLine | _Checked]:
        """Seal what is said of persons, of a whole portion at once."""
        good = [each for each in checked if isinstance(each, _Checked)]
        of_persons = [each for each in good if each.draft.platform is Platform.PERSON]
        sealed: dict[int, Event | None] = {}
        if self._door is not None and of_persons:
            events = self._door.sealed(
                [each.event for each in of_persons], [each.draft.number for each in of_persons]
            )
            sealed = {each.line: event for each, event in zip(of_persons, events, strict=True)}
        for each in checked:
            if isinstance(each, BadLine) or each.line not in sealed:
                yield each
                continue
            event = sealed[each.line]
            if event is None:
                rule = "the person was erased; what was erased is not recorded again"
                column = each.draft.column(SUBJECT_NUMBER)
                why = reason(RejectionReason.PERSON_ERASED, column, HIDDEN, rule)
                yield BadLine(each.line, [why])
            else:
                derived = event_id(Platform.PERSON, event)
                yield each._replace(event=with_envelope(event, event_id=derived))

    def _told_apart(self, name: str, checked: _Checked) -> GoodLine | BadLine | RepeatedLine:
        """Tell a repeat of an earlier line from a second decision under the same number."""
        line, draft, event = checked
        told, here = said(event), f"{name}:{line}"
        first, where = self._seen.setdefault(told.event_id, (told.digest, here))
        if where == here:
            return self._with_signature(_encoded(line, draft, event, told))
        if first == told.digest:
            return RepeatedLine(line, where)
        rule = f"{where} says otherwise under the same number; number the items (item_no)"
        column = draft.column("document_no")
        shown = HIDDEN if draft.is_person else event.envelope.document_no
        return BadLine(line, [reason(RejectionReason.VALUE_NOT_ALLOWED, column, shown, rule)])

    def _with_signature(self, line: GoodLine | BadLine) -> GoodLine | BadLine:
        if isinstance(line, BadLine):
            return line
        department, on = line.event.envelope.department, self._now.astimezone(CHINA).date()
        by = self._signing.signed(line.platform, department, on, line.value)
        if isinstance(by, Reason):
            return BadLine(line.line, [by])
        return msgspec.structs.replace(line, signature=by)


def validate(
    file: Path | bytes,
    defaults: Defaults,
    rulebook: Rulebook,
    now: datetime,
    *,
    name: str = "",
    door: PersonDoor | None = None,
) -> Validated:
    """Check a whole file, given by its path or its bytes (then with a name), and keep all lines.

    `now` is aware. Raises `FileError` for a file that cannot be read as a whole.
    """
    opened = load_file(file) if isinstance(file, Path) else open_file(file, name)
    validated = Validated()
    for line in Validator(defaults, rulebook, now, door).lines(opened):
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
        if not (name == "subject_id" and draft.is_person)
    ]


def _headings(draft: Draft) -> tuple[str, ...]:
    return () if draft.form is None else tuple(draft.form.headings.values())
