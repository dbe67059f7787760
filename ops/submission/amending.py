"""Corrections and revocations by subject and document number: rows about records that stand.

A row says which record it is about as a department knows it, and what is right, in columns. What
comes of it is a row of an amendment, which goes the way of every other.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.admission.rejection import Reason, RejectionReason, reason
from events.envelope import Platform
from events.event import ORIGINALS, event_type
from events.identifiers import is_person_token, normalise_code
from events.identity import derived_id
from events.numbers import number_key, written_number
from events.types.amendment import RevocationKind
from events.types.declaration import ItemsReported, ItemValue
from ops.submission.draft import Draft, said_of, type_said
from ops.submission.files.cells import Fault
from ops.submission.files.columns import EVENT_TYPE, ITEMS, STATE, SUBJECT_CLASS, Column
from ops.submission.files.fields import fields_of
from ops.submission.files.items import item_names, item_said
from ops.submission.files.reading import FileForm, SubmissionFile, load_file
from ops.submission.files.row import FileError, FileRow, file_fault
from ops.submission.files.values import value_of
from projections.queries.outcomes import HeldEvent, standing_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from psycopg import Connection

    from events.event import Event
    from ops.submission.defaults import Defaults
    from ops.submission.files.fields import Field

_NAMING: Final = frozenset(
    {
        *("subject_id", "document_no", "item_no", "department", "event_id", "source"),
        *(EVENT_TYPE, SUBJECT_CLASS, STATE),
    }
)
"""What names the record, or stands in the form beside it: none of it is corrected."""

_OF_REVOCATION: Final = ("kind", "effective_on", "reason")


class DepartmentRecords:
    """The records of a department, found as the department knows them."""

    def __init__(self, connection: Connection[Any], defaults: Defaults) -> None:
        """Bind to the read models and to what holds for all rows."""
        self._connection = connection
        self._defaults = defaults

    def find(self, draft: Draft, said: Mapping[str, Column]) -> HeldEvent | Reason:
        """Give the record that a row names, as it stands now, or why there is none."""
        subject = str(draft.written.get("subject_id", ""))
        number = written_number(str(draft.written.get("document_no", "")))
        platform = Platform.PERSON if is_person_token(subject.strip()) else Platform.ORGANISATION
        subject = subject.strip() if platform is Platform.PERSON else normalise_code(subject)
        item = str(draft.written.get("item_no", 1))
        wanted = type_said(draft, said, self._defaults)
        names = [kind.__name__ for kind in ORIGINALS if not wanted or kind.__name__ == wanted]
        ids = [
            derived_id(platform.value, self._defaults.department, name, written, subject, item)
            for name in names
            # Ids of a ledger's first years were drawn from the number as it was written.
            for written in dict.fromkeys((number_key(number), number))
        ]
        found = standing_at(self._connection, platform, {each: (subject, each) for each in ids})
        if len(found) == 1:
            return next(iter(found.values()))
        column = draft.column("document_no")
        if not found:
            rule = (
                f"{self._defaults.department} has reported no such record of {subject or '?'}, "
                f"item {item}; `submit` reports it"
            )
            return reason(RejectionReason.CONCERNS_MALFORMED, column, number, rule)
        kinds = ", ".join(event_type(each.now) for each in found.values())
        rule = f"several records bear it; say which by the type of event: {kinds}"
        return reason(RejectionReason.CONCERNS_MALFORMED, column, number, rule)


def correction_row(
    row: FileRow, draft: Draft, said: Mapping[str, Column], held: HeldEvent, *, on: date
) -> FileRow | None:
    """Give the correction that makes the record say what the row says; None if it does already."""
    record = held.now
    kind = event_type(record)
    fields = fields_of(kind)
    changes = []
    for name, column in said.items():
        if name in _NAMING:
            continue
        if name not in fields:
            draft.refuse(name, Fault(RejectionReason.CORRECTION_FIELD_UNKNOWN, f"{kind} has none"))
            continue
        value = _right(fields[name], column, draft.written[name])
        if isinstance(value, Fault):
            draft.refuse(name, value)
            continue
        plain = msgspec.to_builtins(value)
        stands = getattr(record.envelope if fields[name].in_envelope else record, name)
        if plain != msgspec.to_builtins(stands):
            named = f"envelope.{name}" if fields[name].in_envelope else name
            changes.append(_change(named, value))
    if draft.items and (items := _items_put_right(draft, record)) is not None:
        changes.append(_change(ITEMS, items))
    if draft.reasons:
        return FileRow(row.line, {}, draft.reasons)
    if not changes:
        return None
    about = _about(record, "RecordCorrected", on)
    return FileRow(row.line, {**about, "record_type": kind, "changes": changes})


def revoked(
    row: FileRow, draft: Draft, said: Mapping[str, Column], held: HeldEvent, *, on: date
) -> FileRow | None:
    """Give the revocation (撤销、废止) of the record that a row names; None if it stands already.

    What is annulled is no more, and nothing further can be said of it.
    """
    told = {name: draft.written[name] for name in _OF_REVOCATION if name in said}
    if held.annulled or (held.repealed_on is not None and _repeals(told, held.repealed_on)):
        return None
    about = _about(held.now, "RecordRevoked", on)
    return FileRow(row.line, {**about, **told})


def _repeals(told: Mapping[str, object], on: date) -> bool:
    """Say whether a row repeals from a day."""
    fields = fields_of("RecordRevoked")
    said = [
        value_of(fields[name], Column(field=name), told.get(name, ""))
        for name in ("kind", "effective_on")
    ]
    return said == [RevocationKind.REPEALED, on]


def amendments(
    file: SubmissionFile, records: DepartmentRecords, amender: Callable[..., FileRow | None]
) -> SubmissionFile:
    """Turn a file of rows about records into one of amendments, its lines numbered as before.

    Raises `FileError` where every line says what stands already.
    """
    rows = list(_amended(file.read(), records, amender))
    if not rows:
        raise FileError(file_fault("said_already"))
    return replace(file, rows=len(rows), source=partial(iter, rows))


def opened(
    records: DepartmentRecords, amender: Callable[..., FileRow | None]
) -> Callable[[Path], SubmissionFile]:
    """Give what opens a file of rows about records as one of amendments."""
    return lambda path: amendments(load_file(path), records, amender)


def one_row(name: str, values: Mapping[str, object]) -> SubmissionFile:
    """Give what is said on the command line as a file of one row."""
    row = FileRow(1, dict(values))
    return SubmissionFile(
        name=name,
        sha256=hashlib.sha256(msgspec.json.encode(values)).hexdigest(),
        encoding="utf-8",
        form=FileForm.NDJSON,
        rows=1,
        not_taken=(),
        source=partial(iter, [row]),
    )


def _amended(
    rows: Iterable[FileRow], records: DepartmentRecords, amender: Callable[..., FileRow | None]
) -> Iterator[FileRow]:
    for row in rows:
        draft = Draft(form=row.form, reasons=list(row.reasons))
        said = {} if row.reasons else dict(said_of(row, draft))
        found = None if draft.reasons else records.find(draft, said)
        if found is None or isinstance(found, Reason):
            yield FileRow(row.line, {}, [*draft.reasons, *([] if found is None else [found])])
        elif (amendment := amender(row, draft, said, found)) is not None:
            yield amendment


def _right(field: Field, column: Column, written: object) -> Any:
    """Give what is right in a field; what need not be said is taken out by saying nothing."""
    if written == "" and field.empty in (None, [], ()):
        return field.empty
    return value_of(field, column, written)


def _change(field: str, value: object) -> dict[str, str]:
    return {"field": field, "value": msgspec.json.encode(value).decode()}


def _items_put_right(draft: Draft, record: Event) -> list[ItemValue] | None:
    """Give the items (信息项) of a record with those that a row says; None where it says no others.

    An item of which the row says nothing stays; one that is said to be empty is taken out.
    """
    stands = {each.item: each for each in record.items} if isinstance(record, ItemsReported) else {}
    category = record.envelope.category if isinstance(record, ItemsReported) else ""
    right = dict(stands)
    for heading, column in draft.items.items():
        name, found = item_said(category, column, draft.written[heading])
        draft.columns[name], draft.written[name] = heading, draft.written[heading]
        code = name.removeprefix(f"{ITEMS}.")
        if draft.written[heading] == "" and name in item_names(category):
            right.pop(code, None)
        elif isinstance(found, Fault):
            draft.refuse(name, found)
        else:
            right[code] = found
    return None if right == stands else list(right.values())


def _about(record: Event, kind: str, on: date) -> dict[str, object]:
    envelope = record.envelope
    return {
        EVENT_TYPE: kind,
        "subject_id": envelope.subject_id,
        "concerns": envelope.event_id,
        "category": envelope.category,
        "region": envelope.region,
        "disclosure": envelope.disclosure.value,
        "source": envelope.source.value,
        "legal_basis": envelope.legal_basis,
        "occurred_on": on.isoformat(),
    }
