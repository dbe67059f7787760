"""Check a part of the read models against Kafka: one subject, or one partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from events.envelope import Platform
from ops.audit.check import ROWS_SHOWN_MAX, compare_rows
from ops.cli.terminal import Json, console, errors, platform_and_id, print_json, say
from ops.environment import running_stack
from ops.told.places import place_told

if TYPE_CHECKING:
    from ops.audit.check import Checked


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("check")(check_verb)


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
        raise typer.BadParameter("name a subject, or a partition by --partition")
    if subject is not None and platform is not None:
        raise typer.BadParameter("a subject says it itself", param_hint="--platform")
    whose, subject_id = platform or Platform.ORGANISATION, None
    if subject is not None:
        whose, subject_id = platform_and_id(subject)
    stack = running_stack()
    found = compare_rows(stack, whose, partition=partition, subject_id=subject_id, say=say)
    if as_json:
        print_json(found)
    else:
        _tell(found)
    raise typer.Exit(1 if found.different else 0)


def _tell(found: Checked) -> None:
    what = f"partition {found.partition} of {found.platform}s"
    if found.subject_id is not None:
        what = found.subject_id
    said = f"[red]{found.different} rows differ[/]" if found.different else "equal, row by row"
    before = place_told(found.partition, found.end)
    console.print(f"{what}: {found.events:,} events before {before}, {said}", soft_wrap=True)
    for row in found.rows:
        where = f": only in the {row.only}" if row.only else ""
        errors.print(f"  {row.table}, {row.row}{where}", markup=False, highlight=False)
        for field in row.fields:
            told = f"    {field.field}: {field.live} in the database, {field.ledger} by the ledger"
            errors.print(told, markup=False, highlight=False, soft_wrap=True)
    if found.different > len(found.rows):
        errors.print(f"  … the first {ROWS_SHOWN_MAX} are shown")
    if found.different:
        errors.print("`credit-ledger replay --take-over` makes all of them anew from the ledger.")
