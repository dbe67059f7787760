"""What a decision costs, and what the log of inquiries adds to an answer."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.bench.measuring import Keep, Seed, Write, run_benchmark
from ops.cli.terminal import Json, say


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("access")(bench_access_verb)


def bench_access_verb(
    subjects: Annotated[int, typer.Option(min=10, help="Enterprises to ask about.")] = 20_000,
    rate: Annotated[int, typer.Option(min=3, help="Questions a second, a third by a key.")] = 200,
    seconds: Annotated[int, typer.Option(min=1, help="For how long, after the warm-up.")] = 30,
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Decisions/s; milliseconds of public answers and of those recorded before they leave.

    Exit code 1 where an answer by a key was not recorded, or a question not answered.
    """
    from ops.bench.asof import default_plan  # noqa: PLC0415 - other verbs need none of it
    from ops.bench.doors.access import measure_access  # noqa: PLC0415 - likewise

    plan = default_plan(subjects * 12 // 10, subjects, seed)
    found = run_benchmark(
        "access",
        lambda stack: measure_access(stack, plan, rate, seconds, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    raise typer.Exit(1 if found["inquiries_lost"] or found["unanswered"] else 0)
