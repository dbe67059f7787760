"""Look-up: subjects by names and numbers, firms by places, products and batches, days of review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from events.envelope import Platform
from events.rules.access import Gives, View
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import asks, door
from ops.cli.terminal import (
    Json,
    console,
    count_question,
    day,
    division,
    print_json,
)
from ops.clock import today
from ops.dictionary.code_lists import words_of
from ops.doors.asking import QuestionRefusedError
from ops.terms.language import language
from ops.terms.naming import Naming
from ops.terms.terms import Terms
from projections.access.asker import RefusalCode, Wanted
from projections.calendar.rules import RuleCalendar
from projections.profile.findable import Reader
from projections.queries import directory, finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from projections.access.asker import AccessPermit

Platforms = Annotated[Platform, typer.Option(help="Organisations or persons.")]
Readers = Annotated[
    Reader,
    typer.Option(
        help="Who looks: the public, or an authority that is given what is shared. Nobody finds by"
        " what they may not see."
    ),
]
Limit = Annotated[
    int, typer.Option(min=1, max=finding.PAGE_SUBJECTS_MAX, help="How many subjects at most.")
]
After = Annotated[str | None, typer.Option(help="Go on behind here: the end of the page before.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("find")(find_verb)
    app.command("findings")(findings_verb)
    app.command("firms")(firms_verb)
    app.command("reviews")(reviews_verb)


@asks(Gives.FIND)
def find_verb(
    text: Annotated[
        str, typer.Argument(help="A name, code or number, of today or of before, in any writing.")
    ],
    reader: Readers = Reader.PUBLIC,
    limit: Limit = 20,
    after: After = None,
    platform: Platforms = Platform.ORGANISATION,
    as_json: Json = False,
) -> None:
    """Find subjects by any name, code or number: alias, registration or document number (查找).

    Each with the records that lead to it, in the order of their codes, page by page.
    """
    sought = _sought(reader, limit, after)
    page = _asked("find", Gives.FIND, finding.find, platform, text, sought, sought=sought)
    _tell(page, page.found, page.next_after, _found, as_json=as_json)


@asks(Gives.FIND)
def findings_verb(
    product: Annotated[str | None, typer.Option(help="Name of a product.")] = None,
    batch: Annotated[str | None, typer.Option(help="Number of a batch, in any writing.")] = None,
    reader: Readers = Reader.PUBLIC,
    limit: Limit = 20,
    after: After = None,
    platform: Platforms = Platform.ORGANISATION,
    as_json: Json = False,
) -> None:
    """Tell what was found in a product or a batch, over all firms (产品、批次)."""
    sought = _sought(reader, limit, after)
    page = _asked(
        "findings",
        Gives.FIND,
        finding.findings,
        platform,
        sought,
        sought=sought,
        product=product,
        batch=batch,
    )
    _tell(page, page.found, page.next_after, _found, as_json=as_json)


@asks(Gives.FIRMS)
def firms_verb(
    region: Annotated[
        str | None, typer.Option(help="Seat in this division or below it, by its code (GB/T 2260).")
    ] = None,
    industry: Annotated[
        str | None,
        typer.Option(help="The beginning of an industry's code (GB/T 4754), such as C14."),
    ] = None,
    reader: Readers = Reader.PUBLIC,
    limit: Limit = 20,
    after: After = None,
    as_json: Json = False,
) -> None:
    """List the firms of a region, of an industry, or of both; nothing here ranks."""
    sought, seated_in = _sought(reader, limit, None), division(region) if region else None
    page = _asked(
        "firms",
        Gives.FIRMS,
        directory.firms,
        Platform.ORGANISATION,
        sought,
        sought=sought,
        seat=seated_in,
        region=seated_in,
        industry=directory.parse_industry(industry) if industry else None,
        after=directory.parse_place(after) if after else None,
    )
    _tell(page, page.firms, page.next_after, _firm, as_json=as_json)


@asks(Gives.REVIEWS)
def reviews_verb(
    by: Annotated[str | None, typer.Option(help="Last day of review; default: today.")] = None,
    limit: Limit = 20,
    after: After = None,
    platform: Platforms = Platform.ORGANISATION,
    as_json: Json = False,
) -> None:
    """List warnings of which nobody took note, to be reviewed by a day (观察名单)."""
    page = _asked(
        "reviews",
        Gives.REVIEWS,
        directory.to_review,
        platform,
        _sought(Reader.SHARED, limit, None),
        by=day(by) if by else today(),
        after=directory.parse_review(after) if after else None,
    )
    _tell(page, page.warnings, page.next_after, _review, as_json=as_json)


def _sought(reader: Reader, limit: int, after: str | None) -> finding.Sought:
    behind = finding.parse_subject(after) if after else None
    return finding.Sought(reader=reader, on=today(), limit=limit, after=behind)


def _asked(
    kind: str,
    gives: Gives,
    query: Callable[..., Any],
    platform: Platform,
    *arguments: Any,
    sought: finding.Sought | None = None,
    seat: str | None = None,
    **options: Any,
) -> Any:
    def answer(permit: AccessPermit) -> Any:
        as_public = sought is None or sought.reader is Reader.PUBLIC
        if permit.view is View.PUBLIC and not as_public:
            raise QuestionRefusedError(RefusalCode.UNAUTHENTICATED, permit.rule)
        calendar = RuleCalendar(load_rulebook())
        return query(through.connection, platform, *arguments, calendar=calendar, **options)

    with door(kind) as through:
        wanted = Wanted(gives=gives, platform=platform, seat=seat)
        page = through.ask(wanted, answer, names=_named)
        count_question(through.connection, platform, kind)
    return page


def _named(page: Any) -> list[str]:
    """Give the subjects that a page names."""
    items = next(
        found
        for name in ("found", "firms", "warnings")
        if (found := getattr(page, name, None)) is not None
    )
    return [each.subject_id for each in items]


def _tell(
    page: Any,
    items: Iterable[Any],
    next_after: str | None,
    told: Callable[[Any, Terms, Naming], str],
    *,
    as_json: bool,
) -> None:
    if as_json:
        print_json(page)
        return
    terms = Terms(language())
    naming = Naming(terms, load_rulebook(), None)
    lines = [told(each, terms, naming) for each in items]
    if not lines and next_after is None:
        lines = [terms.say("nothing", "found")]
    if next_after is not None:
        lines.append(terms.say("more", "found", after=next_after))
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _found(each: Any, terms: Terms, naming: Naming) -> str:
    lines = [terms.say("subject", "found", name=each.name, subject=each.subject_id)]
    if each.merged_into is not None:
        lines.append(terms.say("merged", "found", into=each.merged_into))
    for record in each.records:
        if record.event_id is None:
            continue
        result = record.said.get("result")
        lines.append(
            terms.say(
                "record",
                "found",
                by=terms.of("found_by", record.by),
                text=record.text,
                day=record.day,
                type=_type(record.type, terms) if result is None else terms.of("result", result),
                department=naming.department(record.department),
                document=record.document_no or record.event_id,
            )
        )
    return "\n".join(lines)


def _type(name: str, terms: Terms) -> str:
    """Name a type of event: one that opens a record of its own kind, or what a register says."""
    words = words_of("EventType")
    return terms.word(words, name) if name in words else terms.of("event_type", name)


def _firm(each: Any, terms: Terms, naming: Naming) -> str:
    return terms.say(
        "firm",
        "found",
        name=each.name,
        subject=each.subject_id,
        seat=each.seat,
        industry=None if each.industry is None else naming.industry(each.industry),
        status=None if each.status is None else terms.of("subject_status", each.status),
    )


def _review(each: Any, terms: Terms, naming: Naming) -> str:
    warning = each.warning
    return terms.say(
        "review",
        "found",
        by=warning.review_by,
        name=each.name,
        subject=each.subject_id,
        level=terms.of("warning_level", warning.level),
        why=naming.warning(warning.rule),
        since=warning.since,
    ) + ("" if each.warning_id is None else terms.say("take_note", "found", id=each.warning_id))
