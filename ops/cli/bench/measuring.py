"""What all benchmarks share: their options, the stack that they run on, how figures are printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from ops.cli.terminal import console, print_json, say
from ops.clock import today

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.local.stack import Stack

Events = Annotated[int, typer.Option(min=1000, help="Events to load.")]
Subjects = Annotated[int, typer.Option(min=10, help="Over how many subjects.")]
Seed = Annotated[int, typer.Option(help="The same seed loads the same bytes.")]
Keep = Annotated[bool, typer.Option("--keep", help="Stop the stack at the end, but keep its data.")]
Write = Annotated[
    bool,
    typer.Option(
        "--write", help="Put the figures into ops/bench/FIGURES.md, in place of the last run's."
    ),
]


def run_benchmark(
    verb: str,
    measured: Callable[[Stack], dict[str, Any]],
    *,
    keep: bool,
    as_json: bool,
    write: bool,
) -> dict[str, Any]:
    """Run a measurement on the benchmarks' stack, and print what it found."""
    from ops.bench import figures  # noqa: PLC0415 - other verbs need none of it
    from ops.bench.machine import machine  # noqa: PLC0415 - other verbs need none of it
    from ops.bench.stack import bench_stack  # noqa: PLC0415 - likewise

    with bench_stack(say, keep=keep) as stack:
        around = {
            "machine": machine(stack),
            "command": " ".join(["credit-ledger", *sys.argv[1:]]),
        }
        found = measured(stack) | around
    if write:
        figures.write(verb, found, today().isoformat())
    if as_json:
        print_json(found)
    else:
        _print_table(found)
    return found


def _print_table(found: dict[str, Any]) -> None:
    table = Table("figure", "value")
    for name, value in found.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, each in parts:
            shown = "not measured" if each is None else str(each)
            if isinstance(each, int) and not isinstance(each, bool):
                shown = f"{each:,}"
            elif isinstance(each, list):
                shown = "\n".join(map(str, each))
            table.add_row(f"{name}.{part}" if part else name, shown)
    console.print(table)
