"""A view of a profile told to people: what this reader is shown of a subject today, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from events.rules.rulebook import load_rulebook
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms
from ops.told.paragraph import Paragraph
from ops.told.record import content_told
from projections.access.shapes import SharedProfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from projections.access.shapes import DisclosedProfile, DisclosedRecord


def told_disclosed(shown: DisclosedProfile, language: Language) -> RenderableType:
    """Lay out a view: name and status, records with until when they are shown, lists, warnings."""
    terms = Terms(language)
    naming = Naming(terms, load_rulebook(), None, shown.records)
    return Group(*_parts(shown, naming))


def _parts(shown: DisclosedProfile, naming: Naming) -> Iterator[RenderableType]:
    terms = naming.terms
    yield Paragraph(shown.name or terms.say("no_name"), "bold")
    registered = [] if shown.status is None else [terms.of("subject_status", shown.status)]
    yield Paragraph(terms.joined([shown.subject_id, *registered]))
    reader = terms.of("reader", shown.view)
    yield Paragraph(terms.say("view_told", reader=reader, on=shown.on), "dim")
    for record in shown.records:
        yield Text("")
        yield from _record(record, naming)
    for listing in shown.lists:
        yield Text("")
        until = "" if listing.until is None else str(listing.until)
        yield Paragraph(f"{naming.list_name(listing.list)}  {listing.since} – {until}", "bold")
    if isinstance(shown, SharedProfile):
        for warning in shown.warnings:
            yield Text("")
            level = terms.of("warning_level", warning.level)
            yield Paragraph(f"{level}  {naming.warning(warning.rule)}  {warning.since}", "bold")


def _record(record: DisclosedRecord, naming: Naming) -> Iterator[RenderableType]:
    terms = naming.terms
    number = record.document_no or terms.say("no_number")
    yield Paragraph(f"{record.day}  {number}  {naming.category(record.category)}", "bold")
    said = [naming.department(record.department), *content_told(record, naming)]
    yield Paragraph(terms.sentence(said))
    if record.objected:
        yield Paragraph(terms.sentence([terms.say("objected")]))
    for own in record.statements:
        yield Paragraph(terms.say("statement", day=own.day, text=own.text), "italic")
    if record.shown_until is not None:
        yield Paragraph(terms.say("shown_last", day=record.shown_until), "dim")
