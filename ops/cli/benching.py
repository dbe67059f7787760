"""Benchmarks that anyone can run: each prints its figures, the machine, and with --json only JSON."""

from __future__ import annotations

import typer

bench_app = typer.Typer(help="Measure: pipeline, latency, asof, replay.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.add_typer(bench_app, name="bench")
