"""A report of a subject that proves itself, and its verification by whoever is handed it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from events.errors import LedgerError
from events.rules.access import Gives, View
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import asks, door
from ops.cli.subject.asked import ToldIn, told_in
from ops.cli.terminal import (
    Json,
    SubjectArgument,
    console,
    database,
    day,
    moment,
    platform_and_id,
    print_document,
    say,
    unfit,
)
from ops.clock import today
from ops.environment import running_kafka
from ops.evidence.history import journal_by
from ops.evidence.keys import REPORTS, policy_text, read_trusted, vkeys
from ops.evidence.pages.documents import ReportFormat, document_of
from ops.evidence.reporting import make_report
from ops.evidence.settings import read_evidence_settings
from ops.evidence.verifying import checks_of, read_handed
from ops.terms.language import spoken
from projections.access.asker import Wanted
from projections.as_of.cut import parse_cut
from projections.as_of.question import Question, ms_of
from projections.as_of.reader_view import WHOLE_VIEWS, SeenBy
from projections.calendar.rules import RuleCalendar
from projections.proof.notes import parse_vkeys
from projections.proof.policy import parse_policy


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("report")(report_verb)
    app.command("verify")(verify_verb)


@asks(Gives.HISTORY)
def report_verb(
    subject: SubjectArgument,
    purpose: Annotated[str, typer.Option(help="What the report is for, in a word or a code.")],
    valid_on: Annotated[
        str | None, typer.Option(help="The day that the state is of; default: today.")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option(help="The state as known at this moment (ISO 8601).")
    ] = None,
    cut: Annotated[
        str | None, typer.Option(help="The state as known before these offsets, P@O[,P@O…].")
    ] = None,
    form: Annotated[
        ReportFormat,
        typer.Option("--format", help="What it is handed out as; HTML and PDF hold the JSON."),
    ] = ReportFormat.JSON,
    view: Annotated[
        View,
        typer.Option(
            help="For whom: what a class of readers may not see stands as a hash. Default: all is shown.",
        ),
    ] = View.WHOLE,
    department: Annotated[
        str | None, typer.Option(help="With --view shared: whose own reports it sees in any case.")
    ] = None,
    language: ToldIn = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write it here; default: print it.")
    ] = None,
) -> None:
    """Make a report that proves: these are all events of the subject up to the newest signed cut, or it has none.

    It is one JSON file, which `credit-ledger verify`, or `ops/evidence/verify_alone.py` with nothing
    but Python, checks offline; as PDF (PDF/A-3b) or HTML it is pages for people, which hold that file.
    All events are shown in full, unless --view names who may not see all; of those, today's. They are found by the read models and checked against the signed log;
    where those do not answer, or hold anything else, the subject's partition is read from Kafka.
    """
    if form is ReportFormat.PDF and output is None:
        raise unfit("pdf_needs_file", hint="--format")
    if known_at and cut:
        raise unfit("one_moment")
    _check_reader(view, department, of_today=not (valid_on or known_at or cut))
    platform, subject_id = platform_and_id(subject)
    question = Question(
        platform=platform,
        subject_id=subject_id,
        valid_on=day(valid_on) if valid_on else today(),
        cut=parse_cut(cut) if cut else None,
        known_at_ms=ms_of(moment(known_at)) if known_at else None,
    )
    calendar = RuleCalendar(load_rulebook())
    settings = read_evidence_settings()
    wanted = Wanted(gives=Gives.HISTORY, platform=platform, subject=subject_id)
    with door("report") as through:
        report = through.ask(
            wanted,
            lambda _: make_report(
                *(running_kafka(), settings, question, purpose, calendar, say),
                journal_by(database),
                SeenBy(view, today(), department),
            ),
            stays_sealed=True,
        )
    data = document_of(report, form, told_in(language))
    if output is None:
        typer.echo(data.decode(), nl=False)
        return
    output.write_bytes(data)
    say(spoken("report", "evidenced", file=output, bytes=f"{len(data):,}"))


def _check_reader(view: View, department: str | None, *, of_today: bool) -> None:
    """Refuse for whom there is no report, or a department that counts for nothing.

    Raises `typer.BadParameter`.
    """
    if view not in WHOLE_VIEWS and not of_today:
        raise unfit("view_of_today", hint="--view")
    if department is None:
        return
    if view is not View.SHARED:
        raise unfit("department_of_shared", hint="--department")
    if load_rulebook().department(department) is None:
        raise unfit("department_unknown", hint="--department", given=repr(department[:60]))


def _of_file(told: str) -> Any:
    """Give an option that names a file which must be there."""
    return typer.Option(help=told, exists=True, dir_okay=False)


def verify_verb(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Reports, as `report` makes them: JSON, HTML or PDF.", exists=True, dir_okay=False
        ),
    ],
    policy: Annotated[
        Path | None, _of_file("Whom you trust, a C2SP tlog-policy; default: our own log.")
    ] = None,
    keys: Annotated[
        Path | None, _of_file("Who may sign reports, a vkey a line; default: our own.")
    ] = None,
    derive: Annotated[
        bool,
        typer.Option("--derive", help="Also fold the state anew from the events in the file."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Verify reports, offline: nothing was altered, and nothing left out, up to the cut that they name.

    Of a PDF or a page the report in it is taken, and its pages are made anew and compared (`pages`).
    Exit code 1 where a check does not hold.
    """
    settings = read_evidence_settings()
    trusted = read_trusted(policy) if policy else policy_text(settings)
    signers = read_trusted(keys) if keys else "\n".join(_own_keys())
    parse_policy(trusted)  # what is wrong with it is no fault of a report
    parse_vkeys(signers)
    answers = {
        str(file): checks_of(read_handed(file), trusted, signers, derive=derive) for file in files
    }
    ok = all(each["ok"] for checks in answers.values() for each in checks)
    if as_json:
        several = [
            {"file": file, "ok": all(c["ok"] for c in checks), "checks": checks}
            for file, checks in answers.items()
        ]
        told = {"ok": ok, "checks": several[0]["checks"]} if len(several) == 1 else several
        print_document(msgspec.json.encode(told))
    else:
        for file, checks in answers.items():
            for line in _checks_told(checks):
                # What is wrong may be said in the words of whoever made the file: no markup.
                console.print(f"{file}: {line}", soft_wrap=True, highlight=False, markup=False)
    raise typer.Exit(0 if ok else 1)


def _checks_told(checks: list[dict[str, Any]]) -> Iterator[str]:
    """Tell each check; of one that does not hold what that means, what to do, and why it does not."""
    whys = {each["why"] for each in checks}
    if len(whys) == 1 and "" not in whys:
        yield spoken("no_report", "evidenced", why=whys.pop())
        return
    for each in checks:
        name, why = each["check"], each["why"]
        yield f"{name}: " + (f"{spoken(name, 'check_fails')} ({why})" if why else "ok")


def _own_keys() -> list[str]:
    found = [each.vkey() for each in vkeys(read_evidence_settings(), REPORTS)]
    if not found:
        raise NoReportKeyError
    return found


class NoReportKeyError(LedgerError):
    """No key of reports is known here: name a file of vkeys with --keys."""
