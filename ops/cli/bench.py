"""Benchmarks that anyone can run: figures with the machine; --json only JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from ops.cli.terminal import Json, console, print_json, say
from ops.clock import today

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.local.stack import Stack

_ENTERPRISES = 795_248
"""What the plan wants held: 入库企业数达到795248家 (三1-1.1.2)."""
_QUESTIONS = 8_000
"""What it wants asked a day: 日均查询企业次数达到8000次 (三1-1.3)."""

bench_app = typer.Typer(
    help="Measure on a stack of its own, which is erased afterwards: pipeline, latency, asof, replay, sweep, record, submit, province, evidence.",
    no_args_is_help=True,
)

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


def add_to(app: typer.Typer) -> None:
    """Add this group of verbs."""
    app.add_typer(bench_app, name="bench")


def _measure(
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


@bench_app.command("pipeline")
def pipeline_verb(
    events: Events = 1_000_000,
    subjects: Subjects = 200_000,
    seed: Seed = 1,
    peers: Annotated[bool, typer.Option(help="Measure the peers in the same run.")] = True,
    projectors: Annotated[
        int | None,
        typer.Option(min=1, help="Projector processes of the worker. Default: as `worker` does."),
    ] = None,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Events/s from the ledger to all read models durable in Postgres, one worker."""
    from ops.bench.asof import default_plan  # noqa: PLC0415 - other verbs need none of it
    from ops.bench.peers import measure_peers  # noqa: PLC0415 - likewise
    from ops.bench.pipeline import measure_pipeline  # noqa: PLC0415 - likewise
    from ops.worker import usual_projectors  # noqa: PLC0415 - likewise

    def measured(stack: Stack) -> dict[str, Any]:
        plan = default_plan(events, subjects, seed)
        found = measure_pipeline(stack, plan, projectors or usual_projectors(), say)
        return found | measure_peers(stack, say) if peers else found

    _measure("pipeline", measured, keep=keep, as_json=as_json, write=write)


@bench_app.command("latency")
def latency_verb(
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

    found = _measure(
        "latency",
        lambda stack: measure_latency(stack, rate, seconds, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    lost = found["missing"] or found["missing_warnings"] or found["refused"]
    raise typer.Exit(1 if lost else 0)


@bench_app.command("evidence")
def evidence_verb(
    events: Events = 1_000_000,
    subjects: Subjects = 200_000,
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Measure what signing costs the pipeline, by turns; audit, proofs, reports, their verification."""
    from ops.bench.evidence.measuring import measure_evidence  # noqa: PLC0415 - other verbs need none of it

    _measure(
        "evidence",
        lambda stack: measure_evidence(stack, events, subjects, seed, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )


@bench_app.command("asof")
def asof_verb(
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
    _measure(
        "asof",
        lambda stack: measure_asof(stack, plan, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )


@bench_app.command("replay")
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
    found = _measure(
        "replay",
        lambda stack: measure_replay(stack, plan, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    raise typer.Exit(1 if found["differences"] else 0)


@bench_app.command("sweep")
def sweep_verb(
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
    _measure(
        "sweep",
        lambda stack: measure_sweep(stack, plan, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )


@bench_app.command("record")
def record_verb(
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Milliseconds and bytes of one more event of a subject with 100, 1,000 and 10,000 of them."""
    from ops.bench.long.record import SIZES, measure_record  # noqa: PLC0415 - other verbs need none

    _measure(
        "record",
        lambda stack: measure_record(stack, SIZES, seed, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )


@bench_app.command("submit")
def bench_submit_verb(
    lines: Annotated[int, typer.Option(min=100, max=100_000, help="Lines of the file.")] = 10_000,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Lines/s of a file of the official form, until the broker has them; ms until a command answers."""
    from ops.bench.submit import measure_submit  # noqa: PLC0415 - other verbs need none of it

    _measure(
        "submit",
        lambda stack: measure_submit(stack, lines, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )


@bench_app.command("province")
def province_verb(
    subjects: Annotated[
        int, typer.Option(min=10, help="Enterprises to hold; the plan's number: 795,248.")
    ] = _ENTERPRISES,
    questions: Annotated[
        int, typer.Option(min=10, help="Questions to ask; a day of the plan has 8,000.")
    ] = _QUESTIONS,
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Hold the plan's enterprises, and ask a day's questions of the service over HTTP.

    Exit code 1 where an enterprise is not held, or a question is not answered.
    """
    from ops.bench.asof import default_plan  # noqa: PLC0415 - other verbs need none of it
    from ops.bench.plan.province import NOTHING_SHOWN, measure_province  # noqa: PLC0415 - likewise

    plan = default_plan(subjects * 12 // 10, subjects, seed)
    found = _measure(
        "province",
        lambda stack: measure_province(stack, plan, questions, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    answered = sum(found["answers"].get(said, 0) for said in ("200", NOTHING_SHOWN))
    whole = found["profiles"] >= subjects and answered == questions
    raise typer.Exit(0 if whole else 1)
