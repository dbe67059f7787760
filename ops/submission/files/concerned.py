"""From the number of a document to the id of the event that it names, in columns that hold one.

An official knows a record, an objection or a notice by subject and number; the ledger names events
by their ids. Who would answer an objection need not look its id up.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

from events.admission.rejection import RejectionReason, reason
from events.envelope import Platform
from events.event import AMENDMENT_TYPES, EVENT_TYPES, ORIGINALS, event_type
from events.fields import Holds, holds, marked
from events.identifiers import credit_code_problem, is_person_token, normalise_code
from events.numbers import number_key
from events.types.objection import ObjectionRaised
from ops.dictionary.code_lists import event_type_words, event_types_by_name
from ops.submission.files.columns import EVENT_TYPE, column_named
from projections.ledger.reading import read
from projections.record.amending import ABOUT
from projections.store.live import live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from psycopg import Connection

    from events.admission.rejection import Reason
    from events.event import Event
    from ops.submission.files.reading import SubmissionFile
    from ops.submission.files.row import FileRow

_SUBJECT: Final = "subject_id"
_OBJECTIONS: Final = frozenset({"objection", "review_of"})
_AMENDMENT: Final = "amendment"


class NumberedEvents(Protocol):
    """What knows the events of subjects by number; tests have one that was told."""

    def numbered(self, subject: str, number: str) -> Sequence[Event]:
        """Give the events of a subject that bear a number, in any writing of it."""


class EventsOfSubjects:
    """What the ledger holds of subjects, by the numbers of its documents; each is read once."""

    def __init__(self, connection: Connection[Any]) -> None:
        """Bind to the read models."""
        self._connection = connection
        self._known: dict[str, dict[str, list[Event]]] = {}

    def numbered(self, subject: str, number: str) -> Sequence[Event]:
        """Give the events of a subject that bear a number, in any writing of it."""
        if subject not in self._known:
            self._known[subject] = self._read(subject)
        return self._known[subject].get(number_key(number), ())

    def _read(self, subject: str) -> dict[str, list[Event]]:
        platform = Platform.PERSON if is_person_token(subject) else Platform.ORGANISATION
        at = live(self._connection, platform)
        found: dict[str, list[Event]] = {}
        with self._connection.cursor() as cursor:
            partition = at.partition_of(subject)
            for message in at.store.load_messages(cursor, partition, subject):
                known = read(message).known
                if known is not None and known.event.envelope.document_no:
                    key = number_key(known.event.envelope.document_no)
                    found.setdefault(key, []).append(known.event)
        return found


def by_number(
    opened: Callable[[Path], SubmissionFile], ledger: NumberedEvents, only_type: str | None
) -> Callable[[Path], SubmissionFile]:
    """Give what opens a file, so that numbers stand for the ids of the events that they name.

    `only_type` is the type of event of lines that name none.
    """

    def open_with_ids(path: Path) -> SubmissionFile:
        file = opened(path)
        return replace(file, source=partial(_with_ids, file.source, ledger, only_type))

    return open_with_ids


def _with_ids(
    source: Callable[[], Iterator[FileRow]], ledger: NumberedEvents, only_type: str | None
) -> Iterator[FileRow]:
    for row in source():
        yield row if row.reasons else _row(row, ledger, only_type)


def _row(row: FileRow, ledger: NumberedEvents, only_type: str | None) -> FileRow:
    """Give a row with the ids of what it names by number; a fault where none or several are."""
    headed: dict[str, str] = {}
    for heading in row.values:
        column = column_named(heading, row.form)
        if column is not None:
            headed.setdefault(column.field, heading)
    naming = headed.keys() & _naming_fields()
    if not naming:
        return row  # As nearly every row.
    written = str(row.values.get(headed.get(_SUBJECT, ""), "")).strip()
    subject = written if is_person_token(written) else normalise_code(written)
    if credit_code_problem(subject) is not None and not is_person_token(subject):
        # What it says is for the check; an identity number is looked up nowhere.
        return row
    said = str(row.values.get(headed.get(EVENT_TYPE, ""), only_type or ""))
    named: dict[str, object] = {}
    faults: list[Reason] = []
    for field in sorted(naming):
        heading = headed[field]
        number = str(row.values[heading])
        if not number or _is_id(number):
            continue
        kinds = _kinds(field, said)
        found = {
            each.envelope.event_id: each
            for each in ledger.numbered(subject, number)
            if isinstance(each, kinds)
        }
        if len(found) == 1:
            named[heading] = next(iter(found))
        else:
            why = _several(found) if found else _NOTHING
            faults.append(reason(RejectionReason.CONCERNS_MALFORMED, heading, number, why))
    return replace(row, values={**row.values, **named}, reasons=faults)


_NOTHING: Final = "the ledger holds nothing of the subject under this number that it could be about"


def _several(found: Mapping[str, Event]) -> str:
    kinds = ", ".join(sorted(event_type_words()[event_type(each)][0] for each in found.values()))
    return f"several bear this number ({kinds}): give the id, which `history --json` tells"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _kinds(field: str, said: str) -> tuple[type, ...]:
    """Give the types of event that a field of an event of this type can name."""
    if field in _OBJECTIONS:
        return (ObjectionRaised,)
    if field == _AMENDMENT:
        return tuple(AMENDMENT_TYPES)
    kind = EVENT_TYPES.get(event_types_by_name().get(said, said).removeprefix("credit."))
    return ORIGINALS if kind is None else ABOUT.get(kind, ORIGINALS)


@cache
def _naming_fields() -> frozenset[str]:
    """Give the fields of any event that hold the id of another."""
    return frozenset(
        field
        for kind in EVENT_TYPES.values()
        for field, mark in marked(kind).items()
        if holds(mark, Holds.EVENT_ID)
    )
