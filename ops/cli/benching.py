"""Benchmarks that anyone can run: each prints its figures and the machine; --json only JSON."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from events.partitioning import LEDGER_PARTITIONS
from ops.bench.machine import machine
from ops.cli.terminal import Json, console, print_json, say
from ops.environment import prepare
from ops.local.stack import Stack, default_home, erase, up

if TYPE_CHECKING:
    from collections.abc import Iterator

bench_app = typer.Typer(
    help="Measure on a stack of its own, which is erased afterwards: pipeline, latency, asof, replay.",
    no_args_is_help=True,
)

Events = Annotated[int, typer.Option(min=1000, help="Events to load.")]
Subjects = Annotated[int, typer.Option(min=10, help="Over how many subjects.")]
Seed = Annotated[int, typer.Option(help="The same seed loads the same bytes.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.add_typer(bench_app, name="bench")


@contextmanager
def _stack() -> Iterator[Stack]:
    home = default_home() / "bench"
    erase(home)
    shutil.rmtree(home, ignore_errors=True)
    try:
        stack = up(home, say=say)
        prepare(stack, LEDGER_PARTITIONS)
        yield stack
    finally:
        erase(home)


def _print(figures: dict[str, Any], *, as_json: bool) -> None:
    found = figures | {"machine": machine(), "command": "credit-ledger " + " ".join(sys.argv[1:])}
    if as_json:
        print_json(found)
        return
    table = Table("figure", "value")
    for name, value in found.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    console.print(table)


@bench_app.command("pipeline")
def pipeline_verb(
    events: Events = 1_000_000,
    subjects: Subjects = 200_000,
    seed: Seed = 1,
    peers: Annotated[bool, typer.Option(help="Measure the peers in the same run.")] = True,
    as_json: Json = False,
) -> None:
    """Events/s from the ledger to all read models durable in Postgres, one worker."""
    from ops.bench.asof import default_plan  # noqa: PLC0415 - other verbs need none of it
    from ops.bench.peers import measure_peers  # noqa: PLC0415 - likewise
    from ops.bench.pipeline import measure_pipeline  # noqa: PLC0415 - likewise

    with _stack() as stack:
        found = measure_pipeline(stack, default_plan(events, subjects, seed), say)
        if peers:
            found |= measure_peers(stack, say)
    _print(found, as_json=as_json)


@bench_app.command("latency")
def latency_verb(
    rate: Annotated[int, typer.Option(min=1, help="Submissions a second.")] = 1_000,
    seconds: Annotated[int, typer.Option(min=1, help="For how long, after the warm-up.")] = 30,
    as_json: Json = False,
) -> None:
    """Milliseconds from submit to visible profile, and to the warning a subscriber receives."""
    from ops.bench.latency import measure_latency  # noqa: PLC0415 - other verbs need none of it

    with _stack() as stack:
        found = measure_latency(stack, rate, seconds, say)
    _print(found, as_json=as_json)


@bench_app.command("asof")
def asof_verb(
    events: Events = 1_000_000,
    subjects: Subjects = 200_000,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Milliseconds of `state`: ordinary subjects, and one with 10,000 events."""
    from ops.bench.asof import default_plan, measure_asof  # noqa: PLC0415 - other verbs need none

    with _stack() as stack:
        found = measure_asof(stack, default_plan(events, subjects, seed), say)
    _print(found, as_json=as_json)


@bench_app.command("replay")
def replay_verb(
    events: Events = 1_000_000,
    subjects: Subjects = 200_000,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Events/s of a full rebuild from Kafka."""
    from ops.bench.asof import default_plan, measure_replay  # noqa: PLC0415 - other verbs need none

    with _stack() as stack:
        found = measure_replay(stack, default_plan(events, subjects, seed), say)
    _print(found, as_json=as_json)
