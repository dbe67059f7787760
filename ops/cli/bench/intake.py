"""What departments report over HTTP, and what sealed names cost who is shown them."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.bench.measuring import Keep, Write, run_benchmark
from ops.cli.terminal import Json, say


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("intake")(bench_intake_verb)


def bench_intake_verb(
    lines: Annotated[int, typer.Option(min=100, max=100_000, help="Lines of each file.")] = 10_000,
    rate: Annotated[int, typer.Option(min=1, help="Single records a second.")] = 50,
    seconds: Annotated[int, typer.Option(min=1, help="For how long, after the warm-up.")] = 20,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Records/s of files over HTTP, of firms and of persons; ms of a single one, and of names shown.

    Exit code 1 where a single record was not taken.
    """
    from ops.bench.doors.intake import measure_intake  # noqa: PLC0415 - other verbs need none of it

    found = run_benchmark(
        "intake",
        lambda stack: measure_intake(stack, lines, rate, seconds, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    raise typer.Exit(1 if found["unanswered"] else 0)
