"""Replay the ledger into a fresh version of the read models and compare."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from events.envelope import Platform
from ops.audit.comparison import Compared
from ops.audit.replay import replay
from ops.cli.terminal import Json, console, errors, print_json, say, unfit
from ops.environment import running_stack
from ops.terms.language import spoken

if TYPE_CHECKING:
    from ops.audit.replay import Replayed


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("replay")(replay_verb)


def replay_verb(
    promote: Annotated[
        bool, typer.Option("--promote", help="Let the new version take over if it is equal.")
    ] = False,
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over",
            help="Let the new version take over though it differs: for rules of the past or code"
            " that were changed on purpose. Shows what differs, and asks.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take over without asking.")] = False,
    processes: Annotated[
        int, typer.Option(min=0, help="Partitions folded at once; 0: one a processor.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Fold the whole ledger from Kafka into a fresh version, and compare it row by row with the live one.

    Reads and workers go on meanwhile. The differences are named. Exit code 1 where anything differs
    and the new version has not taken over.
    """
    if yes and not take_over:
        raise unfit("only_with", hint="--yes", what="--take-over")
    if as_json and take_over and not yes:
        raise unfit("program_not_asked", hint="--json")
    stack = running_stack()
    results = []
    for platform in Platform:
        agree = partial(_agree, platform, yes=yes) if take_over else None
        wanted = promote or take_over
        results.append(
            replay(stack, platform, processes=processes, promote=wanted, agree=agree, say=say)
        )
    if as_json:
        print_json(results)
    for found in results if not as_json else ():
        _tell(found, explained=take_over)
    raise typer.Exit(any(_differs(found) and not found.promoted for found in results))


def _differs(found: Replayed) -> bool:
    return bool(found.differences or found.incomparable)


def _agree(platform: Platform, found: Compared, *, yes: bool) -> bool:
    """Show what differs, and ask whether the new version is to take over; `yes` is the answer."""
    errors.print(_said("differs_from_live", platform=spoken(platform, "platforms")))
    _explain(found)
    errors.print(_said("nobody_told"))
    return yes or typer.confirm(_said("let_it"), default=False, err=True)


def _tell(found: Replayed, *, explained: bool) -> None:
    """Tell what a replay did and found; `explained` where the differences were shown before."""
    console.print(
        _said(
            "replayed",
            platform=spoken(found.platform, "platforms"),
            events=f"{found.events:,}",
            seconds=f"{found.seconds:.1f}",
            rate=f"{found.events_per_s:,}",
        )
        + (f"[red]{_said('different')}[/]" if _differs(found) else _said("byte_for_byte"))
        + (_said("took_over") if found.promoted else _said("dropped") if _differs(found) else "")
    )
    if not explained:
        _explain(Compared(found.differences, found.incomparable))


def _explain(found: Compared) -> None:
    for table in found.incomparable:
        errors.print(_said("incomparable", table=table))
    for difference in found.differences:
        errors.print(
            _said(
                "table_differs",
                table=difference.table,
                live=f"{difference.only_live:,}",
                replayed=f"{difference.only_replayed:,}",
            )
        )
        for example in difference.examples:
            errors.print(f"    {example}", markup=False, soft_wrap=True)


def _said(code: str, **values: object) -> str:
    return spoken(code, "compared", **values)
