"""Ask how well is reported: by department, which periods are missing, where the plan stands."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from events.rules.rulebook import load_rulebook
from ops.cli.tables import names, table_of
from ops.cli.terminal import Json, console, database, day, print_json
from ops.cli.terminal import month as month_of
from ops.clock import today
from projections.queries import quality_report
from projections.queries.quality_report import Assessment, DepartmentQuality, PlanReport
from projections.store.query_count import OF_SUBJECTS

SHOWN = ("events", "due", "late", "corrected", "revoked", "repeats", "conflicts", "remarked")
"""The counts that fit into a table; --json has all."""
OF_ALL = SHOWN[:4]
"""Those that fit beside the rest where a row is a department."""

quality_app = typer.Typer(
    help="Assess how departments report (部门报送考核), and where the plan's targets stand.",
    no_args_is_help=True,
)

OnlyDepartment = Annotated[
    str | None, typer.Option(help="Only this department, such as market-zj, by category.")
]


def add_to(app: typer.Typer) -> None:
    """Add this group of verbs."""
    app.add_typer(quality_app, name="quality")


@quality_app.command("departments")
def quality_departments_verb(
    month: Annotated[
        str | None, typer.Option(help="Month of recording, such as 2026-11; default: all.")
    ] = None,
    department: OnlyDepartment = None,
    as_json: Json = False,
) -> None:
    """Show what each department reported, how much of it late, mended, repeated or refused.

    Departments stand in the order of their codes; nothing ranks them. Unsafe is how many refusals
    were for the safety of data; newest, the last month in which anything of it was recorded.
    """
    with database() as connection:
        found = quality_report.departments(
            connection,
            load_rulebook(),
            month=None if month is None else month_of(month),
            department=department,
        )
    if as_json:
        print_json(found)
        return
    if department is None:
        table = table_of("department", *OF_ALL, "in time", "refused", "unsafe", "newest")
        for column in (0, -1):
            table.columns[column].no_wrap = True
        for each in found:
            newest = "" if each.newest_month is None else each.newest_month.strftime("%Y-%m")
            refused = (str(each.refused), str(each.unsafe))
            table.add_row(each.department, *_cells(each.assessment, OF_ALL), *refused, newest)
        console.print(table)
        return
    for each in found:
        _show_one(each, (*SHOWN, "in time"))


def _show_one(found: DepartmentQuality, heads: tuple[str, ...]) -> None:
    console.print(escape(f"{found.department} {found.name_zh or ''} {found.name_en or ''}"))
    table = table_of("platform", "category", "month", *heads)
    for each in found.categories:
        month = each.month.strftime("%Y-%m")
        table.add_row(each.platform, each.category, month, *_cells(each.assessment))
    table.add_row("", "all", "", *_cells(found.assessment))
    console.print(table)
    reasons = ", ".join(f"{reason} ×{count}" for reason, count in found.refusals.items())
    console.print(f"{found.refused} submissions refused" + (f": {reasons}" if reasons else ""))


@quality_app.command("missing")
def missing_verb(
    department: OnlyDepartment = None,
    since: Annotated[
        str | None,
        typer.Option(help="First day to look at; default: the month of the first record."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show periods in which a department recorded nothing of what it must report regularly."""
    with database() as connection:
        found = quality_report.missing(
            connection,
            load_rulebook(),
            until=today(),
            since=day(since, ahead=0) if since else None,
            department=department,
        )
    if as_json:
        print_json(found)
        return
    table = table_of("department", "category", "from", "until before", "reference")
    for each in found:
        where = (each.department, each.category)
        table.add_row(*where, str(each.since), str(each.until), escape(each.reference))
    console.print(table)
    console.print(f"{len(found)} periods are missing")


@quality_app.command("targets")
def targets_verb(as_json: Json = False) -> None:
    """Show the plan's targets beside what the ledger itself knows; the rest is not measured here."""
    with database() as connection:
        found = quality_report.targets(connection, load_rulebook(), on=today())
    if as_json:
        print_json(found)
    else:
        _show_plan(found)


@quality_app.command("queries")
def queries_verb(
    month: Annotated[
        str | None, typer.Option(help="Month to look at, such as 2026-11; default: this one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how often was asked (查询次数) by day and kind of question; never by whom or of whom."""
    asked_of = today().replace(day=1) if month is None else month_of(month)
    with database() as connection:
        found = quality_report.queries(connection, month=asked_of)
    if as_json:
        print_json(found)
        return
    table = table_of("day", "platform", "question", "times")
    for each in found:
        table.add_row(str(each.day), each.platform, each.kind, f"{each.count:,}")
    console.print(table)
    of_organisations = [e for e in found if e.platform == "organisation" and e.kind in OF_SUBJECTS]
    days = len({each.day for each in found})
    total = sum(each.count for each in of_organisations)
    mean = f", {total // days:,} on average of the {days} days" if days else ""
    (wanted,) = (t for t in load_rulebook().targets if t.code == "enterprise_queries_a_day")
    console.print(
        f"{total:,} questions about organisations{mean}; the plan wants {wanted.at_least:,} a day"
    )


def _show_plan(found: PlanReport) -> None:
    figures = found.figures
    subjects = ", ".join(f"{count:,} {kind}" for kind, count in figures.subjects.items())
    month = figures.month.strftime("%Y-%m")
    for line in (
        f"subjects recorded: {subjects or 'none'}",
        f"departments reporting: {figures.reporting} of {figures.entitled}, {figures.reporting_in_month} in {month}",
        f"departments with classes of supervision: {figures.supervising} of {figures.entitled}",
        f"events: {figures.events:,}, {figures.events_in_month:,} in {month}",
        f"reported in time: {_per_mille(figures.in_time_per_mille)}, {_per_mille(figures.in_time_in_month_per_mille)} in {month}",
    ):
        console.print(line, highlight=False)
    table = table_of("target", "name", "at least", "actual", "unit", "reference")
    for each in found.targets:
        table.add_row(
            each.code,
            names(each),
            f"{each.at_least:,}",
            "not measured here" if each.actual is None else f"{each.actual:,}",
            each.unit,
            escape(each.reference),
        )
    console.print(table)


def _cells(assessment: Assessment, shown: tuple[str, ...] = SHOWN) -> list[str]:
    counts = [f"{getattr(assessment.counts, name):,}" for name in shown]
    return [*counts, _per_mille(assessment.in_time_per_mille)]


def _per_mille(share: int | None) -> str:
    return "unknown" if share is None else f"{share // 10}.{share % 10} %"
