"""What waits for a department: objections and repairs to decide, measures and warnings to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.access import Gives
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import asks, door
from ops.cli.terminal import Json, console, day, print_json
from ops.clock import today
from ops.terms.language import language
from ops.terms.naming import Naming
from ops.terms.terms import Terms
from projections.access.asker import Wanted
from projections.queries.waiting import waiting

if TYPE_CHECKING:
    from projections.queries.waiting import Waiting


class NoSuchDepartmentError(LedgerError):
    """No such department: `credit-ledger catalogue departments` lists them."""


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("waits")(waits_verb)


@asks(Gives.DUTIES)
def waits_verb(
    department: Annotated[str, typer.Argument(help="Code of the department, such as market-zj.")],
    on: Annotated[
        str | None, typer.Option(help="Count working days from this day; default: today.")
    ] = None,
    platform: Annotated[
        Platform, typer.Option(help="Organisations or persons.")
    ] = Platform.ORGANISATION,
    as_json: Json = False,
) -> None:
    """Tell what waits for a department, by when, in working days, the most urgent first (待办).

    Measures that it is asked to take, objections and applications for repair that it must answer,
    and warnings addressed to it of which it has not taken note. Told in the language of the setting.
    """
    rulebook = load_rulebook()
    if rulebook.department(department) is None:
        raise NoSuchDepartmentError(
            f"{department}: {NoSuchDepartmentError.__doc__}", department=department
        )
    asked_on = day(on) if on else today()
    with door("waits") as through:
        found = through.ask(
            Wanted(gives=Gives.DUTIES, platform=platform, of=department),
            lambda _: waiting(through.connection, platform, department, asked_on),
            names=lambda duties: [each.subject_id for each in duties],
        )
    if as_json:
        print_json(found)
        return
    terms = Terms(language())
    naming = Naming(terms, rulebook, None)
    for each in found:
        console.print(_line(each, terms, naming), markup=False, highlight=False, soft_wrap=True)
    if not found:
        console.print(terms.say("nothing", "waiting"))


def _line(each: Waiting, terms: Terms, naming: Naming) -> str:
    if each.due_on is None:
        when = terms.say("no_day", "waiting")
    else:
        in_time = "due_provisional" if each.due_provisional else "due"
        said = "overdue" if each.overdue else in_time
        left = {} if each.overdue else {"left": each.working_days_left}
        when = terms.say(said, "waiting", on=each.due_on, **left)
    return terms.say(
        "line",
        "waiting",
        when=when,
        kind=terms.of("duty", each.kind),
        name=each.subject_name or "",
        subject=each.subject_id,
        document=each.document_no or each.event_id,
        domain=naming.domain(each.domain),
    )
