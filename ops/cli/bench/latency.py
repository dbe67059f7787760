"""From a submission to what its readers see."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.bench.measuring import Keep, Write, run_benchmark
from ops.cli.terminal import Json, say


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("latency")(bench_latency_verb)


def bench_latency_verb(
    rate: Annotated[int, typer.Option(min=1, help="Submissions a second.")] = 1_000,
    seconds: Annotated[int, typer.Option(min=1, help="For how long, after the warm-up.")] = 30,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Milliseconds from submit to visible profile, and to the warning a subscriber receives.

    Exit code 1 where any submission was refused or not seen in time.
    """
    from ops.bench.latency import measure_latency  # noqa: PLC0415 - other verbs need none of it

    found = run_benchmark(
        "latency",
        lambda stack: measure_latency(stack, rate, seconds, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    lost = found["missing"] or found["missing_warnings"] or found["refused"]
    raise typer.Exit(1 if lost else 0)
