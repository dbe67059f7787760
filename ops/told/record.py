"""One record of a profile, told to people: what, by whom, where it stands, who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.text import Text

from events.dates import FOREVER
from ops.told.paragraph import Paragraph, entries
from projections.profile.shapes import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from rich.console import RenderableType

    from ops.terms.naming import Naming
    from projections.access.shapes import DisclosedRecord
    from projections.profile.shapes import ShownObjection, ShownRecord

STATUS_STYLES: Final[Mapping[RecordStatus, str]] = {
    RecordStatus.IN_EFFECT: "",
    RecordStatus.SETTLED: "green",
    RecordStatus.REPLACED: "dim",
    RecordStatus.BREACHED: "yellow",
    RecordStatus.RUN_OUT: "dim",
    RecordStatus.REPAIRED: "green",
    RecordStatus.ENDED: "dim",
    RecordStatus.STOPPED: "dim",
    RecordStatus.NO_EFFECT: "yellow",
}
_ONGOING: Final = frozenset(
    {
        *("PenaltyImposed", "TaxArrearsAnnounced", "ObligationDefaulted", "EnforcementOpened"),
        *("CommitmentMade", "RelationRecorded", "LicenceGranted", "CommendationAwarded"),
    }
)
"""Types of which it means something that a record is in effect."""
_OWED: Final = frozenset({"TaxArrearsAnnounced", "ObligationDefaulted", "EnforcementOpened"})
_FINES: Final = {"fine_fen": "fine", "confiscated_fen": "confiscation"}
_NEVER_SILENT: Final = frozenset(
    {
        ("TaxArrearsAnnounced", "balance_fen"),
        ("EnforcementOpened", "target_fen"),
        ("ObligationDefaulted", "amount_fen"),
        ("LicenceGranted", "valid_until"),
    }
)
"""Fields whose absence is told, as unknown."""
_QUIET_SOURCES: Final = frozenset({"department", "court"})
_NOT_TOLD: Final = frozenset({"event_type"})
_READERS: Final = ("public", "shared", "agency")


def records_by_type(
    records: Sequence[ShownRecord], naming: Naming, order: Iterable[str]
) -> Iterator[tuple[str, Sequence[ShownRecord]]]:
    """Group records by the type of event that opened them, each group with its title."""
    groups: dict[str, list[ShownRecord]] = {kind: [] for kind in order}
    for record in records:
        groups.setdefault(record.type, []).append(record)
    for kind, found in groups.items():
        if found:
            title = naming.terms.of("event_type", kind)
            yield naming.terms.say("section", title=title, count=len(found)), found


def record_blocks(records: Sequence[ShownRecord], naming: Naming) -> RenderableType:
    """Lay out records, oldest first: the day and where it stands beside what is said."""
    return entries((_left(record, naming), Group(*_lines(record, naming))) for record in records)


def _left(record: ShownRecord, naming: Naming) -> Text:
    status = record.status
    if status is RecordStatus.IN_EFFECT and record.type not in _ONGOING:
        return Text(f"{record.day}")
    word = naming.terms.of("record_status", status)
    return Text.assemble(f"{record.day}\n", (word, STATUS_STYLES[status]))


def _lines(record: ShownRecord, naming: Naming) -> Iterator[RenderableType]:
    terms = naming.terms
    number = record.document_no or terms.say("no_number")
    yield Paragraph(f"{number}  {naming.category(record.category)}", "bold")
    yield Paragraph(
        terms.sentence([naming.department(record.department), *content_told(record, naming)])
    )
    yield from beside(record, naming)


def beside(record: ShownRecord, naming: Naming) -> Iterator[RenderableType]:
    """Give what is told of every record: who may see it, its day, what was said of it later."""
    terms = naming.terms
    yield Paragraph(_readers(record, naming), "dim")
    if record.day_basis != "occurred_on":
        basis = terms.of("day_basis", record.day_basis)
        yield Paragraph(terms.sentence([terms.say("other_day", basis=basis)]), "yellow")
    marks = list(_marks(record, naming))
    if marks:
        yield Paragraph(terms.sentence(marks))
    for objection in record.objections:
        yield Paragraph(_objection(objection, naming))
    for own in record.statements:
        yield Paragraph(terms.say("statement", day=own.day, text=own.text), "italic")


def content_told(record: ShownRecord | DisclosedRecord, naming: Naming) -> Iterator[str]:
    """Give the phrases of what a record says: its type's own fields, then what holds of it."""
    terms = naming.terms
    for field, value in record.details.items():
        if not _is_told(field, value, record):
            continue
        if field == "items":
            yield from naming.items(record.category, value, record.day)
            continue
        written = terms.known(None)
        if value is not None:
            told = _without_amounts(value) if field == "kinds" else value
            written = naming.value(field, told, record.details, record.day)
        if written:
            phrase = terms.of("detail", field).format(written)
            if phrase != naming.category(record.category):  # Which has been said.
                yield phrase
    if record.type in _OWED and record.status is not RecordStatus.REPLACED:
        yield terms.say("owed", amount=terms.yuan(record.owed_fen))
    if record.type == "PenaltyImposed" and record.tier:
        yield terms.say("severity", tier=terms.of("severity", record.tier))
    if record.ended_on is not None:
        yield terms.say("ended_on", day=record.ended_on)
    if record.source not in _QUIET_SOURCES:
        yield terms.say("source", source=terms.of("source", record.source))
    if record.verified is not None:
        yield terms.say("verified" if record.verified else "not_verified")


def _is_told(field: str, value: Any, record: ShownRecord | DisclosedRecord) -> bool:
    if field in _NOT_TOLD:
        return False
    if value is None:
        if field in _FINES:
            return _FINES[field] in record.details["kinds"]
        return (record.type, field) in _NEVER_SILENT
    return value is not False and value not in ("", ())


def _without_amounts(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out the kinds of penalty that their amounts tell of."""
    return tuple(kind for kind in kinds if kind not in _FINES.values())


def _readers(record: ShownRecord, naming: Naming) -> str:
    """Say of which class a record is, who may see it until when, from which day that ran."""
    terms, shown = naming.terms, record.shown
    parts: list[str] = []
    classed = naming.classed(record.category)
    is_limited = False
    for reader in _READERS:
        if getattr(shown, reader):
            until: date | None = getattr(shown, f"{reader}_until")
            is_limited = is_limited or until is not None
            named = terms.of("reader", reader)
            sentence = "shown_to"
            if until is None:
                is_open = reader == "public" and record.type in _OWED and record.owed_fen != 0
                sentence = "shown_while_owed" if is_open else "shown_open"
            parts.append(terms.say(sentence, reader=named, until=until))
    if not parts:
        return terms.sentence([classed, terms.say("shown_to_nobody")])
    if is_limited and shown.clock != FOREVER:
        basis = terms.of("day_basis", shown.clock_basis)
        sentence = "clock_is_day" if shown.clock == record.day else "clock_runs"
        parts.append(terms.say(sentence, basis=basis, day=shown.clock))
    return terms.sentence([classed, *parts])


def _marks(record: ShownRecord, naming: Naming) -> Iterator[str]:
    """Give what stands beside a record: corrections, objections, repairs."""
    terms = naming.terms
    if record.corrected:
        yield terms.say("corrected", count=record.corrected)
    if record.objected:
        yield terms.say("objected")
    if record.repaired_on is not None:
        yield terms.say("repaired_on", day=record.repaired_on)
    elif record.repair:
        what = terms.of("repair", record.repair)
        if record.repair_note:
            note = terms.of("repair_note", record.repair_note)
            yield terms.say("repair_note", what=what, note=note)
        else:
            yield terms.say("repair", what=what)


def _objection(objection: ShownObjection, naming: Naming) -> str:
    """Tell an objection or a re-review: when it was raised, by when and how it was answered."""
    terms = naming.terms
    what = "objection" if objection.review_of is None else "review"
    parts = [terms.say(f"{what}_raised", day=objection.raised_on)]
    for answer in objection.answers:
        outcome = terms.of("objection_outcome", answer.outcome)
        by = naming.department(answer.department)
        parts.append(terms.say("objection_answered", by=by, day=answer.day, outcome=outcome))
    if not objection.answers and objection.due_on is not None:
        due = "objection_due_provisional" if objection.due_provisional else "objection_due"
        parts.append(terms.say(due, day=objection.due_on))
    return terms.sentence(parts)
