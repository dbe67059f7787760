"""The group of benchmarks: one module each, in the order of this tuple."""

from __future__ import annotations

from typing import Final

import typer

from ops.cli.bench import (
    access,
    asof,
    crowd,
    evidence,
    idle,
    intake,
    latency,
    pages,
    pipeline,
    province,
    record,
    replay,
    submit,
    sweep,
)

BENCHES: Final = (
    *(
        pipeline,
        latency,
        idle,
        asof,
        replay,
        sweep,
        record,
        crowd,
        submit,
        province,
        evidence,
        pages,
    ),
    *(access, intake),
)

bench_app = typer.Typer(
    help="Measure on a stack of its own, which is erased afterwards.", no_args_is_help=True
)
for _bench in BENCHES:
    _bench.add_to(bench_app)


def add_to(app: typer.Typer) -> None:
    """Add this group of verbs."""
    app.add_typer(bench_app, name="bench")
