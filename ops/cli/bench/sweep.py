"""What time alone changes."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.bench.measuring import Keep, Seed, Subjects, Write, run_benchmark
from ops.cli.terminal import Json, say


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("sweep")(bench_sweep_verb)


def bench_sweep_verb(
    subjects: Subjects = 1_000_000,
    events: Annotated[
        int | None, typer.Option(min=1000, help="Events to load. Default: 1.2 a subject.")
    ] = None,
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Subjects/s re-assessed as time passes: those due after a month, and all when a rule changes."""
    from ops.bench.asof import default_plan  # noqa: PLC0415 - other verbs need none of it
    from ops.bench.sweep import measure_sweep  # noqa: PLC0415 - likewise

    plan = default_plan(events or subjects * 12 // 10, subjects, seed)
    run_benchmark(
        "sweep",
        lambda stack: measure_sweep(stack, plan, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
