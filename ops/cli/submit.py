"""Report to the ledger: submit files, generate made-up records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from events.rules.rulebook import load_rulebook
from ops.cli.terminal import Json, console, errors, print_json, say, today
from ops.environment import running_stack
from ops.filling import fill_ledger
from ops.generator import GeneratorPlan
from ops.submission.defaults import defaults_for
from ops.submission.report import Report
from ops.submission.sending import SubmissionSender
from ops.submission.submitting import Progress, submit_files

REFUSED_SHOWN_MAX = 50
DECADE_DAYS = 3650


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("submit")(submit_verb)
    app.command("generate")(generate_verb)


def submit_verb(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV with the official 双公示 columns, or CSV or NDJSON with ours; GB 18030 or UTF-8.",
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
    as_json: Json = False,
) -> None:
    """Check every line, report each bad one with number, field and reason, and send the good ones.

    May be repeated safely: a record sent twice is recorded once.

    Exit codes: 0 all sent, 1 some lines refused and the good ones sent, 2 nothing sent, 3 Kafka is away.
    """
    rulebook = load_rulebook()
    defaults = defaults_for(
        rulebook,
        department=department,
        category=category,
        region=region,
        event_type=event_type,
        disclosure=disclosure,
    )
    now = datetime.now(UTC)

    def progress(at: Progress) -> None:
        if at.checked and at.checked % 10_000 == 0:
            say(
                f"{at.name}: {at.checked:,} of {at.rows:,} lines checked, {at.acknowledged:,} acknowledged"
            )

    if check_only:
        report = submit_files(
            files,
            defaults,
            rulebook=rulebook,
            sender=None,
            now=now,
            all_or_nothing=all_or_nothing,
            progress=progress,
        )
    else:
        with SubmissionSender(running_stack().kafka) as sender:
            report = submit_files(
                files,
                defaults,
                rulebook=rulebook,
                sender=sender,
                now=now,
                all_or_nothing=all_or_nothing,
                progress=progress,
            )
    if as_json:
        print_json(report.to_json())
    else:
        _show(report)
    raise typer.Exit(report.exit_code)


def _show(report: Report) -> None:
    for file in report.files:
        verb = "good" if report.dry_run else "sent"
        done = file.unsent if report.dry_run else file.sent
        console.print(
            f"[bold]{file.name}[/] ({file.form or 'unread'}, {file.encoding or '?'}): {file.rows:,} lines, "
            f"{done:,} {verb}, {file.repeated:,} repeated in the file, {len(file.refused):,} refused"
        )
        if file.problem:
            errors.print(f"  {file.problem}", markup=False)
        for bad in file.refused[:REFUSED_SHOWN_MAX]:
            for reason in bad.reasons:
                errors.print(f"  line {bad.line}: {reason}", markup=False, highlight=False)
        if len(file.refused) > REFUSED_SHOWN_MAX:
            errors.print(
                f"  … and {len(file.refused) - REFUSED_SHOWN_MAX} more lines; --json shows all"
            )
    if report.failure:
        errors.print(report.failure, markup=False)
    elif report.refused and report.all_or_nothing:
        errors.print("Nothing was sent (--all-or-nothing). Mend the lines above and submit again.")
    elif report.refused:
        errors.print(
            "Mend the refused lines and submit the file again: what was sent is not recorded twice."
        )


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
    last = date.fromisoformat(last_day) if last_day else today()
    first = date.fromordinal(last.toordinal() - DECADE_DAYS)
    plan = GeneratorPlan(
        events=events, subjects=subjects, seed=seed, first_day=first, last_day=last
    )
    filled = fill_ledger(running_stack().kafka, plan, say)
    if as_json:
        print_json(filled)
    else:
        console.print(f"{filled['events']:,} events appended in {filled['seconds']:.1f} s")
