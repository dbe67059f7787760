"""Run what serves until it is told to end: worker, serve; and the demo that plays the whole."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.terminal import say
from ops.environment import awaited_stack, running_stack
from ops.worker import ROLES, run_role, supervise, usual_projectors
from streams.settings import read_settings


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("worker")(worker_verb)
    app.command("serve")(serve_verb)
    app.command("demo")(demo_verb)


def worker_verb(
    role: Annotated[
        str | None,
        typer.Option(help="Run one role in this process: admission or projector. Default: all."),
    ] = None,
    projectors: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Projector processes, which share the partitions. Default: one a core, up to 4.",
        ),
    ] = None,
) -> None:
    """Admit submissions and project the ledger. Run any number of them; stop with Ctrl-C or SIGTERM.

    Where broker or database is away it waits for them, also at the start.
    """
    if role is not None and projectors is not None:
        raise typer.BadParameter("not with --role: that is one process", param_hint="--projectors")
    if role is not None and role not in ROLES:
        raise typer.BadParameter(f"{role!r}: one of {', '.join(ROLES)}", param_hint="--role")
    stack = awaited_stack(say)
    settings = read_settings(stack.kafka, stack.postgres)
    if role is None:
        raise typer.Exit(supervise(projectors or usual_projectors(), settings.disk_floor_mb))
    run_role(role, settings)


def serve_verb(
    port: Annotated[
        int, typer.Option(help="Port on the loopback address; 0 picks a free one.")
    ] = 8440,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A name under which requests may come, beside those of the loopback: that of a"
            " proxy before it. Repeat for several."
        ),
    ] = None,
) -> None:
    """Serve queries over HTTP: profile, history, as-of, lists, warnings, schemas, metrics."""
    from ops.serving import serve  # noqa: PLC0415 - a worker needs no web server

    stack = running_stack()
    serve(stack.postgres, stack.kafka, port=port, hosts=allow_host or ())


def demo_verb() -> None:
    """Play the whole on real records: report, profile, warning, correction, as-of, replay."""
    from ops.demo.story import run_demo  # noqa: PLC0415 - other verbs need no demo

    run_demo()
