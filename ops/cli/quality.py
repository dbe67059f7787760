"""Ask how well is reported: by department, which periods are missing, where the plan stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from events.rules.access import Gives, load_access_policy
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import asks, door
from ops.cli.tables import names, table_of
from ops.cli.terminal import Json, console, day, division, print_json
from ops.cli.terminal import month as month_of
from ops.clock import today
from ops.dictionary.code_lists import words_of
from ops.doors.reading import read_every_inquiry
from ops.environment import kafka_or_none, running_kafka
from ops.terms.language import language, spoken
from ops.terms.terms import Terms
from projections.access.asker import Wanted
from projections.queries import quality_report
from projections.queries.quality_report import Assessment, DepartmentQuality, PlanReport
from projections.store.query_count import OF_SUBJECTS

if TYPE_CHECKING:
    from projections.access.asker import AccessPermit
    from projections.quality.use import InformationUse

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

OnlyAsking = Annotated[str | None, typer.Option(help="Only this department, such as market-zj.")]
OnlyWithin = Annotated[
    str | None, typer.Option(help="Only authorities of this division and in it, such as 330100.")
]
MonthAsked = Annotated[
    str | None, typer.Option(help="Month to look at, such as 2026-11; default: this one.")
]


def add_to(app: typer.Typer) -> None:
    """Add this group of verbs."""
    app.add_typer(quality_app, name="quality")


@quality_app.command("departments")
@asks(Gives.QUALITY)
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
    of_month = None if month is None else month_of(month)
    with door("quality departments") as through:
        found = through.ask(
            Wanted(gives=Gives.QUALITY, of=department),
            lambda _: quality_report.departments(
                through.connection, load_rulebook(), month=of_month, department=department
            ),
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
    words = words_of("RejectionReason")
    reasons = ", ".join(
        f"{Terms(language()).word(words, reason)} ×{count}"
        for reason, count in found.refusals.items()
    )
    console.print(_said("refused", count=found.refused) + (f": {reasons}" if reasons else ""))


@quality_app.command("missing")
@asks(Gives.QUALITY)
def missing_verb(
    department: OnlyDepartment = None,
    since: Annotated[
        str | None,
        typer.Option(help="First day to look at; default: the month of the first record."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show periods in which a department recorded nothing of what it must report regularly."""
    first = day(since, ahead=0) if since else None
    with door("quality missing") as through:
        found = through.ask(
            Wanted(gives=Gives.QUALITY, of=department),
            lambda _: quality_report.missing(
                through.connection,
                load_rulebook(),
                until=today(),
                since=first,
                department=department,
            ),
        )
    if as_json:
        print_json(found)
        return
    table = table_of("department", "category", "from", "until before", "reference")
    for each in found:
        where = (each.department, each.category)
        table.add_row(*where, str(each.since), str(each.until), escape(each.reference))
    console.print(table)
    console.print(_said("missing", count=len(found)))


@quality_app.command("targets")
@asks(Gives.QUERY_COUNTS)
def targets_verb(as_json: Json = False) -> None:
    """Show the plan's targets beside what the ledger itself knows; the rest is not measured here."""

    def answer(_: AccessPermit) -> PlanReport:
        read_every_inquiry(through.connection, kafka_or_none())
        return quality_report.targets(through.connection, load_rulebook(), on=today())

    with door("quality targets") as through:
        found = through.ask(Wanted(gives=Gives.QUERY_COUNTS), answer)
    if as_json:
        print_json(found)
    else:
        _show_plan(found)


@quality_app.command("queries")
@asks(Gives.QUERY_COUNTS)
def queries_verb(
    month: MonthAsked = None,
    as_json: Json = False,
) -> None:
    """Show how often was asked (查询次数) by day and kind of question; never by whom or of whom."""
    asked_of = today().replace(day=1) if month is None else month_of(month)
    with door("quality queries") as through:
        found = through.ask(
            Wanted(gives=Gives.QUERY_COUNTS),
            lambda _: quality_report.queries(through.connection, month=asked_of),
        )
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
    mean = _said("mean", count=f"{total // days:,}", days=days) if days else ""
    (wanted,) = (t for t in load_rulebook().targets if t.code == "enterprise_queries_a_day")
    at_least = f"{wanted.at_least:,}"
    console.print(_said("questions", total=f"{total:,}", mean=mean, wanted=at_least))


@quality_app.command("use")
@asks(Gives.USE)
def use_verb(
    month: MonthAsked = None,
    department: OnlyAsking = None,
    region: OnlyWithin = None,
    as_json: Json = False,
) -> None:
    """Show how departments, cities and counties use what is recorded (信用信息使用), by code.

    Counted of the inquiries kept, read to their end first; of no subject, and nothing ranks.
    """
    asked_of = today().replace(day=1) if month is None else month_of(month)
    within = None if region is None else division(region)

    def answer(_: AccessPermit) -> InformationUse:
        read_every_inquiry(through.connection, running_kafka())
        return quality_report.use_in_month(
            through.connection,
            load_rulebook(),
            month=asked_of,
            on=today(),
            department=department,
            region=within,
        )

    with door("quality use") as through:
        found = through.ask(Wanted(gives=Gives.USE, of=department, seat=within), answer)
    if as_json:
        print_json(found)
    else:
        _show_use(found)


def _show_use(found: InformationUse) -> None:
    table = table_of("department", "times", "answered", "purpose", "newest")
    terms = Terms(language())
    purposes = {str(each.code): each for each in load_access_policy().purposes}
    for by in found.departments:
        said = [f"{terms.name(purposes.get(code), code)} {n:,}" for code, n in by.purposes.items()]
        counts = (f"{by.asked:,}", f"{by.answered:,}", ", ".join(said))
        table.add_row(by.department, *counts, str(by.last_on or ""))
    console.print(table)
    table = table_of("code", "place", "times", "answered", "authorities")
    for at in found.places:
        table.add_row(at.region, at.name, f"{at.asked:,}", f"{at.answered:,}", str(at.authorities))
    console.print(table)
    wanted, places = _per_mille(found.at_least_per_mille), len(found.places)
    console.print(_said("places_using", count=found.places_using, places=places, wanted=wanted))


def _show_plan(found: PlanReport) -> None:
    figures = found.figures
    subjects = ", ".join(
        f"{count:,} {spoken(kind, 'subject_kind')}" for kind, count in figures.subjects.items()
    )
    month = figures.month.strftime("%Y-%m")
    for line in (
        _said("subjects", subjects=subjects or _said("none")),
        _said(
            "reporting",
            count=figures.reporting,
            entitled=figures.entitled,
            in_month=figures.reporting_in_month,
            month=month,
        ),
        _said("supervising", count=figures.supervising, entitled=figures.entitled),
        _said(
            "events",
            count=f"{figures.events:,}",
            in_month=f"{figures.events_in_month:,}",
            month=month,
        ),
        _said(
            "in_time",
            share=_per_mille(figures.in_time_per_mille),
            in_month=_per_mille(figures.in_time_in_month_per_mille),
            month=month,
        ),
    ):
        console.print(line, highlight=False)
    table = table_of("target", "name", "at least", "actual", "unit", "reference")
    for each in found.targets:
        table.add_row(
            each.code,
            names(each),
            f"{each.at_least:,}",
            _said("not_measured") if each.actual is None else f"{each.actual:,}",
            spoken(each.unit, "target_unit"),
            escape(each.reference),
        )
    console.print(table)


def _cells(assessment: Assessment, shown: tuple[str, ...] = SHOWN) -> list[str]:
    counts = [f"{getattr(assessment.counts, name):,}" for name in shown]
    return [*counts, _per_mille(assessment.in_time_per_mille)]


def _per_mille(share: int | None) -> str:
    if share is None:
        return spoken("unknown", "text")
    return f"{share // 10}.{share % 10} %"


def _said(code: str, **values: object) -> str:
    return spoken(code, "counted", **values)
