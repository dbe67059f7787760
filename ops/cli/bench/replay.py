"""A full rebuild from Kafka."""

from __future__ import annotations

import typer

from ops.cli.bench.measuring import Events, Keep, Seed, Subjects, Write, run_benchmark
from ops.cli.terminal import Json, say


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("replay")(bench_replay_verb)


def bench_replay_verb(
    events: Events = 1_000_000,
    subjects: Subjects = 200_000,
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Events/s of a full rebuild from Kafka. Exit code 1 where it differs from the live version."""
    from ops.bench.asof import default_plan, measure_replay  # noqa: PLC0415 - other verbs need none

    plan = default_plan(events, subjects, seed)
    found = run_benchmark(
        "replay",
        lambda stack: measure_replay(stack, plan, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    raise typer.Exit(1 if found["differences"] else 0)
