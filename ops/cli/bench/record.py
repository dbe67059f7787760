"""What one more event of a subject with many costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.bench.measuring import Keep, Seed, Write, run_benchmark
from ops.cli.terminal import Json, say

if TYPE_CHECKING:
    import typer


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("record")(bench_record_verb)


def bench_record_verb(
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Milliseconds and bytes of one more event of a subject with 100, 1,000 and 10,000 of them."""
    from ops.bench.long.record import SIZES, measure_record  # noqa: PLC0415 - other verbs need none

    run_benchmark(
        "record",
        lambda stack: measure_record(stack, SIZES, seed, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
