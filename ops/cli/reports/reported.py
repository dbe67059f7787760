"""What a department reported, as the sheet that it is reported in: `reported`."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.access import Gives
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import asks, door
from ops.cli.reports.template import category_named
from ops.cli.terminal import Json, console, day, print_published, say, unfit
from ops.submission.defaults import defaults_for
from ops.submission.files.reading import FILE_ROWS_MAX
from ops.submission.files.sheet import row_of
from ops.submission.files.template import as_csv, as_xlsx, filled_headings
from ops.submission.standing import differences
from ops.submission.validation import validate
from ops.terms.language import language
from ops.terms.terms import Language, Terms
from ops.told.submission import field_named
from projections.access.asker import Wanted
from projections.queries.reported import reported_records
from streams.durable import write_durably

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from events.rules.catalogue import Category
    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults
    from projections.queries.outcomes import HeldEvent


class TooManyReportedError(LedgerError):
    """More records than a file may have lines: take fewer days by --since and --until."""


class ReportedSheet(NamedTuple):
    """A sheet of records, and what of them it does not say.

    `unsaid` counts by field what the form has no column for; `unread` are records that the form
    does not take at all, such as one without the name of its subject; `revoked` are left out.
    """

    data: bytes
    lines: int
    subjects: list[str]
    unsaid: Counter[str]
    unread: int
    revoked: int


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("reported")(reported_verb)


@asks(Gives.DUTIES)
def reported_verb(
    department: Annotated[str, typer.Argument(help="Code of the department, such as market-zj.")],
    category: Annotated[str, typer.Option(help="The category, such as penalty.market.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The file to write: FILE.xlsx or FILE.csv; default: CSV on standard output.",
        ),
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only decisions of this day or later.")] = None,
    until: Annotated[
        str | None, typer.Option(help="Only decisions of this day or earlier.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write what a department reported in a category of organisations, as it stands now, as a sheet.

    Penalties and licences are written in the official form (双公示), as the national platform takes
    it; other categories in the columns of `catalogue template`. `submit` reads the file back: its
    lines are told as recorded already. What the form has no column for is said beside. Records that
    were revoked are left out.
    """
    _check_place(output, as_json=as_json)
    rulebook = load_rulebook()
    row = category_named(category)
    defaults = defaults_for(rulebook, department=department, category=category)
    days = (None if since is None else day(since), None if until is None else day(until))
    workbook = output is not None and output.suffix.lower() == ".xlsx"
    found: list[ReportedSheet] = []
    with door("reported") as through:

        def answer(_: object) -> bytes:
            asked = (through.connection, Platform.ORGANISATION, department, category)
            records = decided_within(reported_records(*asked), *days)
            found.append(sheet_of(records, row, defaults, rulebook, workbook=workbook))
            return found[0].data

        through.ask(
            Wanted(gives=Gives.DUTIES, platform=Platform.ORGANISATION, of=department),
            answer,
            names=lambda _: found[0].subjects,
            # The digest that is recorded is that of the file which was given.
            stays_sealed=True,
        )
    _give(found[0], output, Terms(language()), as_json=as_json)


def _check_place(output: Path | None, *, as_json: bool) -> None:
    """Refuse a file that cannot be written before anything is asked."""
    if output is None:
        if as_json:
            raise unfit("name_file", hint="--json")
        return
    if output.suffix.lower() not in (".xlsx", ".csv"):
        raise unfit("template_file", name=output.name)
    if output.is_dir() or not output.parent.is_dir():
        raise unfit("file_in_folder", hint="--output", file=output)


def _give(sheet: ReportedSheet, output: Path | None, terms: Terms, *, as_json: bool) -> None:
    """Write the sheet, and tell what is not in it."""
    if output is None:
        sys.stdout.buffer.write(sheet.data)
        sys.stdout.flush()
        for text in _told(sheet, terms):
            say(text)
        return
    write_durably(output, [sheet.data])
    if as_json:
        counted = {"lines": sheet.lines, "unread": sheet.unread, "revoked": sheet.revoked}
        print_published({"file": str(output), **counted, "unsaid": dict(sheet.unsaid)})
        return
    lines = terms.say("reported", "submission", file=output, count=sheet.lines)
    for text in (lines, *_told(sheet, terms)):
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def decided_within(
    records: Iterable[HeldEvent], first: date | None, last: date | None
) -> Iterable[HeldEvent]:
    """Give the records that were decided in some days; one without a day only where all are asked."""
    for each in records:
        on = each.now.envelope.occurred_on
        if on is None:
            if first is None and last is None:
                yield each
        elif (first is None or first <= on) and (last is None or on <= last):
            yield each


def sheet_of(
    records: Iterable[HeldEvent],
    category: Category,
    defaults: Defaults,
    rulebook: Rulebook,
    *,
    workbook: bool = False,
) -> ReportedSheet:
    """Write records as a sheet, and read it back to say what of them is not in it.

    Raises `TooManyReportedError`.
    """
    held: dict[str, HeldEvent] = {}
    revoked = 0
    for each in records:
        if each.annulled or each.repealed_on is not None:
            revoked += 1
        else:
            held[each.now.envelope.event_id] = each
        if len(held) > FILE_ROWS_MAX:
            raise TooManyReportedError
    data = _written(list(held.values()), category, defaults, rulebook, workbook=workbook)
    unsaid: Counter[str] = Counter()
    read = validate(data, defaults, rulebook, datetime.now(UTC), name="read.back") if held else None
    good = () if read is None else read.good
    known = [line for line in good if line.event.envelope.event_id in held]
    for line in known:
        stands = held[line.event.envelope.event_id]
        if not stands.says(line.event):
            unsaid.update(each.field for each in differences(stands.now, line.event))
    subjects = sorted({each.now.envelope.subject_id for each in held.values()})
    return ReportedSheet(data, len(held), subjects, unsaid, len(held) - len(known), revoked)


def _written(
    held: Sequence[HeldEvent],
    category: Category,
    defaults: Defaults,
    rulebook: Rulebook,
    *,
    workbook: bool,
) -> bytes:
    entry = rulebook.department(defaults.department)
    name = defaults.department if entry is None else entry.name_zh
    rows = (row_of(each.now, category, name) for each in held)
    make = as_xlsx if workbook else as_csv
    return make(category, rows, filled_headings(category))


def _told(found: ReportedSheet, terms: Terms) -> Iterator[str]:
    """Tell what is not in the sheet."""
    if found.unsaid:
        names = "、" if terms.language is Language.ZH else ", "
        fields = names.join(
            f"{field_named(field, terms)} ({count})" for field, count in found.unsaid.items()
        )
        yield terms.say("reported_unsaid", "submission", fields=fields)
    if found.unread:
        yield terms.say("reported_unread", "submission", count=found.unread)
    if found.revoked:
        yield terms.say("reported_revoked", "submission", count=found.revoked)
