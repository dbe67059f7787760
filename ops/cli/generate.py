"""Made-up records, for trials and benchmarks."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from ops.cli.terminal import Json, console, print_json, say
from ops.clock import today
from ops.terms.language import spoken

_DECADE_DAYS = 3650


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("generate")(generate_verb)


def generate_verb(
    events: Annotated[int, typer.Option(min=1, help="How many events.")],
    subjects: Annotated[int, typer.Option(min=1, help="Over how many subjects.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    last_day: Annotated[
        str | None, typer.Option(help="Last day on which anything happens; default: today.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Append made-up but lawful-looking records straight to the ledger, for trials and benchmarks.

    Codes come from the standard's user-defined block, so no real firm is hit.
    """
    from ops.environment import running_stack  # noqa: PLC0415 - other verbs need none of it
    from ops.filling import fill_ledger  # noqa: PLC0415 - likewise
    from ops.generator import GeneratorPlan  # noqa: PLC0415 - likewise

    last = date.fromisoformat(last_day) if last_day else today()
    first = date.fromordinal(last.toordinal() - _DECADE_DAYS)
    plan = GeneratorPlan(
        events=events, subjects=subjects, seed=seed, first_day=first, last_day=last
    )
    filled = fill_ledger(running_stack().kafka, plan, say)
    if as_json:
        print_json(filled)
    else:
        count, seconds = f"{filled['events']:,}", f"{filled['seconds']:.1f}"
        console.print(spoken("appended", "counted", count=count, seconds=seconds))
