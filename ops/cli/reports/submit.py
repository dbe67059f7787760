"""Report to the ledger: submit files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from events.rules.access import Gives
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import acting, asks
from ops.cli.terminal import Json, console, print_json, say
from ops.environment import running_stack
from ops.evidence.keys import read_key
from ops.submission.defaults import defaults_for
from ops.submission.report import Report
from ops.submission.signed import LineSigning, own_signing
from ops.submission.submitting import Progress
from ops.submission.window import HandedIn, check_in, hand_in
from ops.terms.language import language
from ops.terms.terms import Terms
from ops.told.submission import submission_told
from ops.vault.door import CheckingDoor, vault_door
from ops.vault.opening import vault_settings

WAIT_S = 20.0

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        exists=True,
        dir_okay=False,
        help="Sign each line with the private key of this file (`keys new departments/CODE`).",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("submit")(submit_verb)


@asks(Gives.LOCAL_ACTS)
def submit_verb(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV or XLSX of an official 双公示 form, or CSV, XLSX or NDJSON with our columns (Chinese or"
            " English); GB 18030 or UTF-8.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    department: Annotated[
        str, typer.Option(help="Code of the reporting department, such as market-zj.")
    ],
    category: Annotated[
        str | None, typer.Option(help="Category of lines that name none, such as penalty.market.")
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(help="Division code of lines that name none; default: the department's."),
    ] = None,
    event_type: Annotated[
        str | None, typer.Option(help="Event type of lines that name none.")
    ] = None,
    disclosure: Annotated[
        str | None, typer.Option(help="public, shared or authorised, for lines that name none.")
    ] = None,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Send nothing unless every line is good.")
    ] = False,
    check_only: Annotated[bool, typer.Option("--check", help="Only check; send nothing.")] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Do not wait for what becomes of the lines.")
    ] = False,
    key: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Check every line, say what stands already, send the good ones, and wait for what becomes of them.

    Each bad line is told with number, field and reason. May be repeated safely: a record sent twice
    is recorded once. The receipt of each file is kept: `credit-ledger receipt`. It is told in Chinese
    or English as CREDIT_LEDGER_LANGUAGE or the terminal's locale says.

    Exit codes: 0 all sent, 1 some lines refused and the good ones sent, 2 nothing sent, 3 Kafka is away.
    """
    rulebook = load_rulebook()
    what = HandedIn(
        paths=files,
        defaults=defaults_for(
            rulebook,
            department=department,
            category=category,
            region=region,
            event_type=event_type,
            disclosure=disclosure,
        ),
        rulebook=rulebook,
        now=datetime.now(UTC),
        wait_s=0.0 if no_wait else WAIT_S,
        all_or_nothing=all_or_nothing,
        progress=show_progress,
        signing=signing_by(key),
    )
    if check_only:
        report = check_in(replace(what, door=CheckingDoor(vault_settings("").suite)))
    else:
        report = _sent(what)
    show_report(report, department, Terms(language()), as_json=as_json)


def _sent(what: HandedIn) -> Report:
    with acting("submit", what.defaults.department):
        stack = running_stack()
    door = vault_door(stack.postgres, stack.kafka, what.rulebook)
    return hand_in(replace(what, door=door), stack)


def signing_by(key: Path | None) -> LineSigning:
    """Give how lines are signed, by the key of a file where one is named."""
    return own_signing(None if key is None else read_key(key))


def show_progress(at: Progress) -> None:
    """Tell of a long file how far it is."""
    if at.checked and at.checked % 10_000 == 0:
        say(f"{at.name}: {at.checked:,} / {at.rows:,} ✓, {at.acknowledged:,} →")


def show_report(report: Report, department: str, terms: Terms, *, as_json: bool) -> NoReturn:
    """Tell what became of a submission, and leave with its exit code."""
    if as_json:
        print_json(report.to_json())
    else:
        for line in submission_told(report, department, terms):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(report.exit_code)
