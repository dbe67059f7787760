"""The group of verbs about access rights."""

from __future__ import annotations

import typer

from ops.cli.access import kafka, rights

access_app = typer.Typer(help="Give, show and take away access rights.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    kafka.add_to(access_app)
    rights.add_to(access_app)
    app.add_typer(access_app, name="access")
