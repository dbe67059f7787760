"""Replay the ledger into a fresh version of the read models and compare."""

from __future__ import annotations

from typing import Annotated

import typer

from events.envelope import Platform
from ops.cli.terminal import Json, console, errors, print_json, say
from ops.environment import running_stack
from ops.replay import replay


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("replay")(replay_verb)


def replay_verb(
    promote: Annotated[
        bool, typer.Option("--promote", help="Let the new version take over if it is equal.")
    ] = False,
    processes: Annotated[
        int, typer.Option(min=0, help="Partitions folded at once; 0: one a processor.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Fold the whole ledger from Kafka into a fresh version, and compare it row by row with the live one.

    Reads and workers go on meanwhile. Exit code 1 where anything differs; the differences are named.
    """
    stack = running_stack()
    results = [
        replay(stack, platform, processes=processes, promote=promote, say=say)
        for platform in Platform
    ]
    if as_json:
        print_json(results)
    for found in results if not as_json else ():
        console.print(
            f"{found.platform}: {found.events:,} events folded in {found.seconds:.1f} s ({found.events_per_s:,}/s): "
            + (
                "[red]different[/]"
                if found.differences
                else "equal to the live version, byte for byte"
            )
            + (", and took over" if found.promoted else "")
        )
        for difference in found.differences:
            errors.print(
                f"  {difference.table}: {difference.only_live} rows only live, {difference.only_replayed} only replayed"
            )
            for example in difference.examples:
                errors.print(f"    {example}", markup=False)
    raise typer.Exit(1 if any(found.differences for found in results) else 0)
