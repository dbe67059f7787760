"""Check a part of the read models against Kafka: one subject, or one partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from events.envelope import Platform
from events.rules.access import Gives
from ops.audit.check import ROWS_SHOWN_MAX, compare_rows
from ops.cli.access.door import asks, door
from ops.cli.terminal import Json, console, errors, platform_and_id, print_json, say, unfit
from ops.environment import running_stack
from ops.terms.language import spoken
from ops.told.places import place_told
from projections.access.asker import Wanted

if TYPE_CHECKING:
    from ops.audit.check import Checked


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("check")(check_verb)


@asks(Gives.HISTORY)
def check_verb(
    subject: Annotated[
        str | None, typer.Argument(help="The subject: its credit code, or a person's token.")
    ] = None,
    partition: Annotated[
        int | None, typer.Option(min=0, help="Instead of a subject: a whole partition.")
    ] = None,
    platform: Annotated[
        Platform | None, typer.Option(help="Whose partition; default: organisations'.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fold a subject or a partition anew from Kafka, and compare every row of it in Postgres.

    What was altered in the database is named field by field. What reaches a subject from others is
    compared by `replay` only. Exit code 1 where anything differs.
    """
    if (subject is None) == (partition is None):
        raise unfit("subject_or_partition")
    if subject is not None and platform is not None:
        raise unfit("subject_says", hint="--platform")
    whose, subject_id = platform or Platform.ORGANISATION, None
    if subject is not None:
        whose, subject_id = platform_and_id(subject)
    stack = running_stack()
    with door("check") as through:
        found = through.ask(
            Wanted(gives=Gives.HISTORY, platform=whose, subject=subject_id),
            lambda _: compare_rows(
                stack, whose, partition=partition, subject_id=subject_id, say=say
            ),
            stays_sealed=True,
        )
    if as_json:
        print_json(found)
    else:
        _tell(found)
    raise typer.Exit(1 if found.different else 0)


def _tell(found: Checked) -> None:
    whose = spoken(found.platform, "platforms")
    what = found.subject_id or _said("partition", partition=found.partition, platform=whose)
    place = place_told(found.partition, found.end)
    told = _said("told", what=what, events=f"{found.events:,}", place=place)
    differ = f"[red]{_said('rows_differ', count=found.different)}[/]"
    console.print(told + (differ if found.different else _said("equal_rows")), soft_wrap=True)
    for row in found.rows:
        where = _said("only_in", where=_said(row.only)) if row.only else ""
        errors.print(f"  {row.table}, {row.row}{where}", markup=False, highlight=False)
        for field in row.fields:
            told = _said("field", field=field.field, live=field.live, ledger=field.ledger)
            errors.print(told, markup=False, highlight=False, soft_wrap=True)
    if found.different > len(found.rows):
        errors.print(_said("first_shown", count=ROWS_SHOWN_MAX))
    if found.different:
        errors.print(_said("check_next"))


def _said(code: str, **values: object) -> str:
    return spoken(code, "compared", **values)
