"""Take note of a warning (签收): `acknowledge WARNING --department …`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.access import Gives
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import acting, asks
from ops.cli.reports.submit import WAIT_S, KeyFile, show_report, signing_by
from ops.cli.terminal import Json
from ops.environment import running_stack
from ops.submission.acknowledging import LEGAL_BASIS, acknowledging
from ops.submission.defaults import defaults_for
from ops.submission.window import hand_in
from ops.terms.language import language
from ops.terms.terms import Terms
from ops.vault.door import vault_door
from projections.queries.waiting import warning_of


class WarningUnknownError(LedgerError):
    """No warning was told under this id: `watch warnings` and `waits` give ids."""


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("acknowledge")(acknowledge_verb)


@asks(Gives.LOCAL_ACTS)
def acknowledge_verb(
    warning: Annotated[str, typer.Argument(help="The id of the warning, as it was told.")],
    department: Annotated[str, typer.Option(help="Code of the department that takes note.")],
    note: Annotated[str | None, typer.Option(help="What it will do.")] = None,
    legal_basis: Annotated[
        str, typer.Option(help="The law on which it acts, and the article.")
    ] = LEGAL_BASIS,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the record.")] = False,
    key: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Take note of a warning: recorded by department and day, and it waits for you no longer.

    Exit codes: those of `submit`.
    """
    rulebook = load_rulebook()
    whose = defaults_for(rulebook, department=department).department
    with acting("acknowledge", whose) as connection:
        told = next(
            (t for p in Platform if (t := warning_of(connection, p, warning.strip())) is not None),
            None,
        )
    if told is None:
        raise WarningUnknownError(f"{warning}: {WarningUnknownError.__doc__}", warning=warning)
    what = acknowledging(
        told,
        department,
        rulebook,
        datetime.now(UTC),
        door=vault_door(running_stack().postgres, running_stack().kafka, rulebook),
        note=note,
        legal_basis=legal_basis,
        wait_s=0.0 if no_wait else WAIT_S,
    )
    report = hand_in(replace(what, signing=signing_by(key)), running_stack())
    show_report(report, department, Terms(language()), as_json=as_json)
