"""`state` as of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.bench.measuring import Events, Keep, Seed, Subjects, Write, run_benchmark
from ops.cli.terminal import Json, say

if TYPE_CHECKING:
    import typer


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("asof")(bench_asof_verb)


def bench_asof_verb(
    events: Events = 1_000_000,
    subjects: Subjects = 200_000,
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Milliseconds of `state`: ordinary subjects, and one with 10,000 events."""
    from ops.bench.asof import default_plan, measure_asof  # noqa: PLC0415 - other verbs need none

    plan = default_plan(events, subjects, seed)
    run_benchmark(
        "asof",
        lambda stack: measure_asof(stack, plan, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
