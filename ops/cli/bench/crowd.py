"""What thousands of records of one subject cost, and whom they hold up."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.bench.measuring import Keep, Write, run_benchmark
from ops.cli.terminal import Json, say


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("crowd")(bench_crowd_verb)


def bench_crowd_verb(
    records: Annotated[int, typer.Option(min=100, help="Penalties of one subject.")] = 4_000,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Penalties of one subject sent at once: how many a second are applied, and who waits how long.

    Exit code 1 where anything was not applied in time.
    """
    from ops.bench.long.crowd import measure_crowd  # noqa: PLC0415 - other verbs need none of it

    found = run_benchmark(
        "crowd",
        lambda stack: measure_crowd(stack, records, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    raise typer.Exit(1 if found["missing"] else 0)
