"""Who reports: the departments of the registry, and by city the offices that are made by rule."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from events.rules.catalogue import load_catalogue
from events.rules.offices import offices_in
from events.rules.rulebook import load_rulebook
from ops.cli.catalogue.rows import check_known, coded, plain_row
from ops.cli.tables import names, table_of
from ops.cli.terminal import Json, console, print_json
from ops.dictionary.code_lists import event_type_words, names_of_codes
from ops.terms.language import language, spoken
from ops.terms.terms import Terms


def departments_verb(
    department: Annotated[
        str | None, typer.Argument(help="Only this department, such as market-zj.")
    ] = None,
    category: Annotated[
        str | None, typer.Option(help="Only those who may report this category.")
    ] = None,
    city: Annotated[
        str | None,
        typer.Option(help="The offices of this city and its counties, or of this county: 330100."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 100,
    after: Annotated[
        str | None, typer.Option(help="Go on behind this department, the last of the page before.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show departments (信息提供单位), and what each may report.

    Offices of cities and counties are made by rule, a kind and a division: `--city`, page by page.
    """
    catalogue = load_catalogue()
    known = catalogue.departments
    if city is not None:
        known = {
            each: row for each in offices_in(city) if (row := load_rulebook().department(each))
        }
        check_known("city of Zhejiang, or county of one", city, known and [city])
    elif department is not None and (office := load_rulebook().department(department)) is not None:
        known = {department: office}
    check_known("department", department, known)
    check_known("category", category, catalogue.categories)
    check_known("department", after, known)
    fitting = [
        row
        for row in known.values()
        if (department is None or row.code == department)
        and (category is None or row.may_report(category))
    ]
    behind = [row.code for row in fitting].index(after) + 1 if after else 0
    found = fitting[behind : behind + limit]
    may = {row.code: list(filter(row.may_report, catalogue.categories)) for row in found}
    if as_json:
        print_json([plain_row(row) | {"may_report": may[row.code]} for row in found])
        return
    terms = Terms(language())
    table = table_of("department", "name", "region", "reports as", "on", "may report", "basis")
    named = names_of_codes("category")
    for row in found:
        only = ", ".join(coded(event_type_words(), each) for each in row.event_types)
        said = spoken("only_types", "counted", types=only) if only else ""
        table.add_row(
            row.code,
            names(row),
            row.region,
            terms.joined([terms.of("source", each) for each in row.sources]),
            terms.joined([spoken(each, "platforms") for each in row.platforms]),
            ", ".join(coded(named, each) for each in may[row.code]) + said,
            escape(row.legal_basis),
        )
    console.print(table)
    is_more = behind + limit < len(fitting)
    more = spoken("go_on", "counted", after=found[-1].code) if is_more else ""
    told = spoken("departments", "counted", count=len(found), total=len(fitting), more=more)
    console.print(told)
