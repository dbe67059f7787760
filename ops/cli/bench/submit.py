"""A file of a department."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.bench.measuring import Keep, Write, run_benchmark
from ops.cli.terminal import Json, say


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("submit")(bench_submit_verb)


def bench_submit_verb(
    lines: Annotated[int, typer.Option(min=100, max=100_000, help="Lines of the file.")] = 10_000,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Lines/s of a file of the official form, until the broker has them; ms until a command answers."""
    from ops.bench.submit import measure_submit  # noqa: PLC0415 - other verbs need none of it

    run_benchmark(
        "submit",
        lambda stack: measure_submit(stack, lines, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
