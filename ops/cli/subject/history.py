"""The history of a subject: every event of it, page by page."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from events.envelope import CHINA
from events.rules.access import Gives
from ops.cli.access.door import asks
from ops.cli.subject.asked import ToldIn, answered, told_in
from ops.cli.terminal import Json, SubjectArgument, console, platform_and_id, print_json
from ops.terms.terms import Terms
from ops.told.event import event_named
from projections.as_of.cut import OFFSET_MAX
from projections.queries.subject.history import PAGE_ITEMS_MAX, history


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("history")(history_verb)


@asks(Gives.HISTORY)
def history_verb(
    subject: SubjectArgument,
    limit: Annotated[
        int, typer.Option(min=1, max=PAGE_ITEMS_MAX, help="How many events at most.")
    ] = 100,
    after: Annotated[
        int, typer.Option(min=-1, max=OFFSET_MAX, help="Only events after this offset.")
    ] = -1,
    language: ToldIn = None,
    as_json: Json = False,
) -> None:
    """Show every event of a subject in ledger order, page by page, and what each one did.

    Recorded times are to the millisecond, as `state --known-at` takes them.
    """
    platform, subject_id = platform_and_id(subject)
    page = answered(
        "history", Gives.HISTORY, history, platform, subject_id, limit=limit, after=after
    )
    if as_json:
        print_json(page)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    terms = Terms(told_in(language))
    for column in ("offset", "recorded", "event", "document", "decided", "effect"):
        # What is copied into `state --known-at` stays in one piece.
        heading = terms.say(column, "history")
        table.add_column(heading, overflow="fold", no_wrap=column == "recorded")
    for item in page.items:
        envelope = item.event.envelope if item.event else None
        table.add_row(
            str(item.offset),
            item.recorded_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            event_named(item.event_type, terms),
            escape(envelope.document_no) if envelope else "",
            terms.known(envelope and envelope.occurred_on),
            terms.of("message_effect", item.effect),
        )
    console.print(table)
    said = "history_end" if page.next_after is None else "history_more"
    console.print(terms.say(said, shown=len(page.items), of=page.of, after=page.next_after))
