"""Look at the catalogue: categories, departments, code lists; and check that its files hold up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.text import Text

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.catalogue import FILES, Category, Department, load_catalogue, shipped_texts
from events.rules.catalogue_check import check_files
from events.rules.code_lists import IndicatorGroup
from events.rules.divisions import load_divisions
from events.rules.rulebook import load_rulebook
from ops.cli.catalogue import archives
from ops.cli.catalogue.departments import departments_verb
from ops.cli.catalogue.rows import (
    On,
    UnknownCodeError,
    check_known,
    coded,
    plain_row,
    print_rows,
    source,
)
from ops.cli.catalogue.rules import lists_verb, measures_verb
from ops.cli.reports.template import template_verb
from ops.cli.tables import names, table_of
from ops.cli.terminal import Json, console, day, errors, print_json
from ops.clock import today
from ops.dictionary.code_lists import event_type_words, words_of
from ops.terms.language import spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from events.rules.code_lists import ItemSet

catalogue_app = typer.Typer(
    help="Show the catalogue (目录): what may be recorded, by whom, and the code lists beside.",
    no_args_is_help=True,
)


class UnreadableRulesError(LedgerError):
    """A folder of rules cannot be read."""


def add_to(app: typer.Typer) -> None:
    """Add this group of verbs."""
    archives.add_to(catalogue_app)
    app.add_typer(catalogue_app, name="catalogue")


@catalogue_app.command("categories")
def categories_verb(
    category: Annotated[
        str | None, typer.Argument(help="Every version of this category; default: all in force.")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="Only this domain, such as tax.")] = None,
    department: Annotated[
        str | None, typer.Option(help="Only what this department may report.")
    ] = None,
    platform: Annotated[
        Platform | None, typer.Option(help="Only what this platform keeps.")
    ] = None,
    on: On = None,
    as_json: Json = False,
) -> None:
    """Show categories: those in force on a day, or every version of one."""
    catalogue = load_catalogue()
    check_known("category", category, catalogue.categories)
    check_known("domain", domain, catalogue.domains)
    reporter = None if department is None else load_rulebook().department(department)
    if reporter is None:
        check_known("department", department, catalogue.departments)
    held = [row for rows in catalogue.categories.values() for row in rows]
    at = day(on) if on else today()
    found = [
        row
        for row in held
        if (row.code == category if category else row.in_force(at))
        and (domain is None or row.domain == domain)
        and (platform is None or platform in row.platforms)
        and (reporter is None or _reports(reporter, row))
    ]
    if as_json:
        print_json([plain_row(row) for row in found])
        return
    table = table_of(
        "category", "name", "domain", "shown to", "class", "for", "from", "to", "reference"
    )
    domains = {each.code: [each.name_zh] for each in catalogue.domains.values()}
    for row in found:
        table.add_row(
            row.code,
            names(row),
            coded(domains, row.domain),
            coded(words_of("Disclosure"), row.disclosure),
            coded(words_of("Publication"), row.publication),
            ", ".join(coded(event_type_words(), each) for each in row.event_types),
            str(row.start),
            str(row.end or ""),
            source(row),
        )
    console.print(table)
    said = "rows" if category else "categories"
    console.print(spoken(said, "counted", count=len(found), on=at))


catalogue_app.command("departments")(departments_verb)
catalogue_app.command("template")(template_verb)
catalogue_app.command("lists")(lists_verb)
catalogue_app.command("measures")(measures_verb)


@catalogue_app.command("professions")
def professions_verb(as_json: Json = False) -> None:
    """Show professions and other groups of persons (重点人群), and their batch of joining."""
    rows = load_catalogue().professions.values()
    table = table_of("profession", "name", "batch", "from", "to", "reference")
    for row in rows:
        end = str(row.end or "")
        table.add_row(row.code, names(row), str(row.batch), str(row.start), end, source(row))
    print_rows(rows, table, as_json=as_json)


@catalogue_app.command("industries")
def industries_verb(
    section: Annotated[
        str | None, typer.Argument(help="Only this section and its divisions, such as C.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show industries (国民经济行业分类): sections and their divisions."""
    catalogue = load_catalogue()
    check_known("industry", section, catalogue.industries)
    rows = [row for row in catalogue.industries.values() if section in (None, row.code, row.parent)]
    table = table_of("industry", "name", "in", caption=source(catalogue.industry_standard))
    for row in rows:
        table.add_row(row.code, names(row), row.parent or "")
    print_rows(rows, table, as_json=as_json)


@catalogue_app.command("grades")
def grades_verb(as_json: Json = False) -> None:
    """Show schemes of grades (信用等级), every version, from best to worst."""
    rows = load_catalogue().grades.values()
    table = table_of("scheme", "name", "category", "from", "grades", "reference")
    for row in rows:
        for version in row.in_force:
            grades = ", ".join(f"{g.code} {g.name_zh} ({g.standing})" for g in version.grades)
            start = str(version.start)
            table.add_row(row.code, names(row), row.category, start, grades, source(version))
    print_rows(rows, table, as_json=as_json)


@catalogue_app.command("indicators")
def indicators_verb(
    group: Annotated[IndicatorGroup | None, typer.Option(help="Only this group.")] = None,
    as_json: Json = False,
) -> None:
    """Show indicators (指标) and the line on which each one is read."""
    rows = [row for row in load_catalogue().indicators.values() if group in (None, row.group)]
    table = table_of(
        "indicator", "name", "group", "item", "unit", "worst", "best", "of", "reference"
    )
    for row in rows:
        line = (row.unit, str(row.worst), str(row.best))
        kinds = ", ".join(row.kinds)
        table.add_row(row.code, names(row), row.group, row.item, *line, kinds, source(row))
    print_rows(rows, table, as_json=as_json)


@catalogue_app.command("items")
def items_verb(
    category: Annotated[
        str | None, typer.Argument(help="The category, such as particulars.tax_paid.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show items (信息项): what a category holds beyond the fields of its type of event."""
    held = load_catalogue().item_sets
    check_known("category", category, held)
    rows = [each for code, sets in held.items() if category in (None, code) for each in sets]
    print_rows(rows, Group(*(part for row in rows for part in _set_told(row))), as_json=as_json)


def _set_told(row: ItemSet) -> Iterator[RenderableType]:
    """Give a set's own words once, and its items below."""
    category = load_catalogue().categories[row.category][-1]
    head = spoken("item_set", "counted", code=row.category, name=names(category), start=row.start)
    yield Text.from_markup(f"\n[bold]{head}[/]")
    yield Text.from_markup(source(row), style="dim")
    table = table_of("item", "name", "kind", "needed")
    for item in row.items:
        needed = spoken("yes", "text") if item.required else ""
        table.add_row(item.code, names(item), spoken(item.kind, "item_kind"), needed)
    yield table


@catalogue_app.command("divisions")
def divisions_verb(
    division: Annotated[
        str, typer.Argument(help="A division code of six digits, such as 330103, or its name.")
    ],
    as_json: Json = False,
) -> None:
    """Show what place a division code (行政区划代码) named, when, and where it went on."""
    history = load_divisions().history(division)
    if not history:
        raise UnknownCodeError(
            f"{division!r}: no division ever had this code (GB/T 2260)", code=division, near=""
        )
    table = table_of("code", "place", "level", "from", "to", "how it ended", "went on as")
    for place in history:
        since, until = str(place.valid_from or ""), str(place.valid_to or "")
        after = " ".join(place.successors)
        table.add_row(place.code, place.name, place.level, since, until, place.change or "", after)
    print_rows(history, table, as_json=as_json)


@catalogue_app.command("check")
def catalogue_check_verb(
    rules: Annotated[
        Path | None,
        typer.Option(
            help="Check the files of this folder together with the others in use.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the catalogue as a whole; every fault names file, row, field, value and rule.

    Exit codes: 0 no fault, 1 faults found.
    """
    rows, problems = check_files(_texts(rules) if rules else shipped_texts())
    counts = {} if rows is None else _counts(rows)
    if as_json:
        told = [problem._asdict() for problem in problems]
        print_json({"counts": counts, "problems": told})
    else:
        for problem in problems:
            errors.print(str(problem), markup=False, highlight=False, soft_wrap=True)
        for name, count in counts.items():
            console.print(f"{count:>5} {spoken(name, 'catalogue_part')}", highlight=False)
        said = "faults" if problems else "no_fault"
        console.print(spoken(said, "counted", count=len(problems)))
    raise typer.Exit(1 if problems else 0)


def _texts(folder: Path) -> dict[str, str]:
    """Read the files of a folder; those that it lacks are the ones in use."""
    found = {name: folder / name for name in FILES if (folder / name).is_file()}
    if not found:
        raise UnreadableRulesError(f"{folder}: holds none of {', '.join(FILES)}", place=folder)
    texts = shipped_texts()
    for name, path in found.items():
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableRulesError(f"{path}: must be UTF-8: {error}", place=path) from error
    return texts


def _counts(rows: Any) -> dict[str, int]:
    lists = {name: getattr(rows, name) for name in rows.__struct_fields__}
    counts = {name: len(found) for name, found in lists.items() if isinstance(found, list)}
    return {"category code": len({row.code for row in rows.category})} | counts


def _reports(department: Department, row: Category) -> bool:
    shared = set(department.platforms) & set(row.platforms)
    return bool(shared) and department.may_report(row.code)
