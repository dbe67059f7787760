"""What the ledger takes while nothing happens."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.bench.measuring import Keep, Write, run_benchmark
from ops.cli.terminal import Json, say


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("idle")(bench_idle_verb)


def bench_idle_verb(
    streams: Annotated[int, typer.Option(min=1, help="Streams of warnings that are open.")] = 100,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Share of one core that worker, broker, database and service take while nothing happens."""
    from ops.bench.doors.idle import measure_idle  # noqa: PLC0415 - other verbs need none of it

    run_benchmark(
        "idle",
        lambda stack: measure_idle(stack, streams, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
