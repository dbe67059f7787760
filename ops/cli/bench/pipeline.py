"""What the worker manages from the ledger to Postgres, beside its peers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.bench.measuring import Events, Keep, Seed, Subjects, Write, run_benchmark
from ops.cli.terminal import Json, say

if TYPE_CHECKING:
    from ops.local.stack import Stack


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("pipeline")(bench_pipeline_verb)


def bench_pipeline_verb(
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

    run_benchmark("pipeline", measured, keep=keep, as_json=as_json, write=write)
