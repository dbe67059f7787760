"""Show the archives (信用档案) to which a profile can be narrowed."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from events.envelope import Platform
from events.rulebook import load_rulebook
from ops.cli.catalogue import catalogue_app
from ops.cli.terminal import Json, console, print_json


def add_to(_: typer.Typer) -> None:
    """Add this verb to the group `catalogue`."""
    catalogue_app.command("archives")(archives_verb)


def archives_verb(
    platform: Annotated[
        Platform | None, typer.Option(help="Only those of this platform's subjects.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show archives (信用档案): by field such as food and drugs, and by profession.

    `credit-ledger profile SUBJECT --archive CODE` shows one of a subject.
    """
    rows = [
        row
        for row in load_rulebook().archives.values()
        if platform is None or platform in row.platforms
    ]
    if as_json:
        print_json(msgspec.to_builtins(rows))
        return
    heads = ("archive", "name", "holds", "only by", "reference")
    table = Table(*(Column(head, overflow="fold") for head in heads))
    for row in rows:
        table.add_row(
            row.code,
            escape(f"{row.name_zh} {row.name_en}"),
            ", ".join((*row.domains, *row.categories)),
            ", ".join(row.departments),
            escape(f"{row.reference} ({row.note})" if row.note else row.reference),
        )
    console.print(table)
    console.print(f"{len(rows)} archives")
