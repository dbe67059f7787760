"""What signing costs, and what auditing and proving take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.bench.measuring import Events, Keep, Seed, Subjects, Write, run_benchmark
from ops.cli.terminal import Json, say

if TYPE_CHECKING:
    import typer


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("evidence")(bench_evidence_verb)


def bench_evidence_verb(
    events: Events = 1_000_000,
    subjects: Subjects = 200_000,
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Measure what signing costs the pipeline, by turns; audit, proofs, reports, their verification."""
    from ops.bench.evidence.measuring import measure_evidence  # noqa: PLC0415 - other verbs need none of it

    run_benchmark(
        "evidence",
        lambda stack: measure_evidence(stack, events, subjects, seed, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
