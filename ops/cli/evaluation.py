"""Yearly evaluations, frozen and verified; and the credit of a region, in a year or today."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from events.envelope import CHINA
from events.rules.access import Gives
from events.rules.rulebook import load_rulebook
from ops.audit.year_check import verify_year
from ops.audit.year_freeze import freeze
from ops.cli.access.door import asks, door
from ops.cli.subject.asked import ToldIn, told_in
from ops.cli.tables import table_of
from ops.cli.terminal import (
    Json,
    console,
    day,
    division,
    errors,
    moment,
    platform_and_id,
    print_json,
    say,
    unfit,
)
from ops.clock import today
from ops.environment import running_stack
from ops.terms.language import spoken
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms
from ops.told.evaluation import score, supervision
from ops.told.paragraph import Paragraph
from ops.told.places import cut_told, place_told
from ops.told.region import RegionTold
from projections.access.asker import Wanted
from projections.calendar.rules import RuleCalendar
from projections.evaluation.yearly import MERGED
from projections.queries import evaluation_report
from projections.queries.evaluation_report import ExplainedYear
from projections.queries.region_now import region_now
from projections.store.evaluation import Frozen

if TYPE_CHECKING:
    from rich.table import Table

evaluation_app = typer.Typer(
    help="The yearly evaluation (年度评价): freeze a year once, show a subject or a region of it, verify it"
    " from Kafka alone. Nothing here ranks subjects or regions.",
    no_args_is_help=True,
)

YearArgument = Annotated[int, typer.Option(min=1949, max=9998, help="The year, such as 2025.")]
Processes = Annotated[
    int, typer.Option(min=0, help="Partitions worked on at once; 0: one a processor.")
]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.add_typer(evaluation_app, name="evaluation")
    app.command("region")(region_verb)


@evaluation_app.command("freeze")
def freeze_verb(
    year: YearArgument,
    known_before: Annotated[
        str | None,
        typer.Option(
            help="As recorded before this moment (ISO 8601), not before the midnight that ended the year: for a"
            " ledger to which the year was reported afterwards."
        ),
    ] = None,
    processes: Processes = 0,
    as_json: Json = False,
) -> None:
    """Evaluate a year and freeze it: every subject of both platforms, and every region.

    Each subject is evaluated as it stood on 31 December, as known at the midnight after, by the rules of that day.
    A year is frozen once. Exit code 1 where it is not over, not applied to its end, or frozen already.
    """
    parts = freeze(
        running_stack(),
        year,
        now=datetime.now(CHINA),
        known_before=moment(known_before) if known_before else None,
        processes=processes,
        say=say,
    )
    if as_json:
        print_json(parts)
    else:
        console.print(_parts(parts))


@evaluation_app.command("list")
@asks(Gives.YEARS)
def evaluation_list_verb(as_json: Json = False) -> None:
    """Show which years are frozen, with the number of rows and the digest over them."""
    with door("evaluation list") as through:
        parts = through.ask(
            Wanted(gives=Gives.YEARS), lambda _: evaluation_report.years(through.connection)
        )
    if as_json:
        print_json(parts)
    else:
        console.print(_parts(parts) if parts else spoken("no_year", "compared"))


def _parts(parts: list[Frozen]) -> Table:
    table = table_of("year", "part", "rows", "digest over all rows, SHA-256", "frozen (UTC+8)")
    table.box, table.padding, table.header_style = None, (0, 2, 0, 0), "dim"
    for column in (0, 1, 2, -1):
        table.columns[column].no_wrap = True
    for part in parts:
        frozen_at = part.frozen_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        table.add_row(str(part.year), part.part, f"{part.rows:,}", part.digest, frozen_at)
    return table


@evaluation_app.command("show")
@asks(Gives.YEARS, Gives.CONCLUSIONS)
def evaluation_show_verb(
    year: YearArgument,
    subject: Annotated[
        str | None, typer.Argument(help="The subject: its credit code, or a person's token.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="Instead of a subject: the division code of a region.")
    ] = None,
    language: ToldIn = None,
    as_json: Json = False,
) -> None:
    """Show a subject or a region in the evaluation of a year, and what it rests on.

    A subject's points are explained by its events and the versions of the rules, from its state as of that day.
    """
    if (subject is None) == (region is None):
        raise unfit("subject_or_region")
    with door("evaluation show") as through:
        if region is not None:
            of_region = through.ask(
                Wanted(gives=Gives.YEARS, seat=region),
                lambda _: evaluation_report.region_year(through.connection, region, year),
            )
            answer: object = of_region
            told = RegionTold(of_region.evaluation, told_in(language)).laid_out(
                [_known(of_region.frozen, Terms(told_in(language)))]
            )
        else:
            platform, subject_id = platform_and_id(subject or "")
            calendar = RuleCalendar(load_rulebook())
            explained = through.ask(
                Wanted(gives=Gives.CONCLUSIONS, platform=platform, subject=subject_id),
                lambda _: evaluation_report.subject_year(
                    through.connection, platform, subject_id, year, calendar
                ),
            )
            answer, told = explained.answer, _told_subject(explained, told_in(language))
    if as_json:
        print_json(answer)
    else:
        console.print(told)


def _known(frozen: Frozen, terms: Terms) -> str:
    known_before = datetime.fromtimestamp((frozen.known_ms + 1) / 1000, CHINA)
    return terms.say(
        "year_known",
        on=frozen.valid_on,
        moment=known_before.strftime("%Y-%m-%d %H:%M:%S"),
        frozen=frozen.frozen_at.astimezone(CHINA).date(),
    )


def _told_subject(explained: ExplainedYear, language: Language) -> RenderableType:
    answer, profile = explained.answer, explained.state.profile
    terms, row, frozen = Terms(language), answer.subject, answer.frozen
    naming = Naming(terms, load_rulebook(), profile)
    who = f"{(profile and profile.name) or ''} {row.subject_id}".strip()
    parts: list[RenderableType] = [
        Paragraph(terms.say("year_of", year=frozen.year, who=who), "bold"),
        Paragraph(_known(frozen, terms), "dim"),
        Paragraph(
            terms.say(
                "year_row",
                kind=terms.of("subject_kind", row.kind),
                region=row.region,
                basis=terms.of("seat_basis", row.region_basis),
                status=_status(row.status, terms),
                events=row.events,
            )
        ),
    ]
    if answer.differs:
        was = terms.joined([f"{name} {getattr(row, name)}" for name in answer.differs])
        parts.append(Paragraph(terms.say("year_differs", year=frozen.year, was=was), "red"))
    if answer.score is None:
        parts.append(Paragraph(terms.say("year_no_score")))
    else:
        parts += [Text(""), score(answer.score, naming)]
        parts.append(Paragraph(terms.say("year_model", model=row.model), "dim"))
    classes = supervision(answer.supervision, naming)
    if classes is not None:
        parts += [Text(""), Paragraph(terms.say("supervision"), "bold cyan"), classes]
    check = terms.say(
        "year_state",
        hash=row.state_hash,
        subject=row.subject_id,
        on=frozen.valid_on,
        cut=place_told(explained.state.partition, explained.state.cut),
    )
    return Group(*parts, Text(""), Paragraph(check, "dim"))


@evaluation_app.command("verify")
def evaluation_verify_verb(
    year: YearArgument, processes: Processes = 0, as_json: Json = False
) -> None:
    """Derive a frozen year anew from Kafka alone, and compare it row by row with what is frozen.

    Exit code 1 where anything differs; the first differences are named.
    """
    found = verify_year(running_stack(), year, processes=processes, say=say)
    if as_json:
        print_json(found)
    for part in found if not as_json else ():
        told = spoken("year_part", "compared", year=year, part=part.part, rows=f"{part.rows:,}")
        different = spoken("differences", "compared", count=part.different)
        said = f"[red]{different}[/]" if part.different else spoken("equal", "compared")
        console.print(told + said)
        for difference in part.differences:
            errors.print(f"  {difference}", markup=False)
    raise typer.Exit(1 if any(part.different for part in found) else 0)


@asks(Gives.REGION_NOW)
def region_verb(
    region: Annotated[str, typer.Argument(help="Division code, such as 330100.")],
    on: Annotated[
        str | None, typer.Option(help="Day to evaluate on, not one past; default: today.")
    ] = None,
    language: ToldIn = None,
    as_json: Json = False,
) -> None:
    """Show the credit of a region (区域信用评价) now: its index, and all that it is read from.

    From what its government bodies report, and from how many of its subjects have which grade. It stands by
    itself: no region is set beside another.
    """
    calendar = RuleCalendar(load_rulebook())
    code = division(region, "REGION")
    asked_on = day(on) if on else today()
    with door("region") as through:
        found = through.ask(
            Wanted(gives=Gives.REGION_NOW, seat=code),
            lambda _: region_now(through.connection, calendar, code, asked_on),
        )
    if as_json:
        print_json(found)
        return
    terms = Terms(told_in(language))
    known = [
        terms.say("region_known", platform=terms.of("platforms", platform), cut=cut_told(cut))
        for platform, cut in found.known.items()
    ]
    console.print(RegionTold(found.evaluation, told_in(language)).laid_out(known))


def _status(code: str | None, terms: Terms) -> str | None:
    """Name what a register says of a subject, or that it goes on under another identifier."""
    if code is None:
        return None
    return terms.of("yearly_status" if code == MERGED else "subject_status", code)
