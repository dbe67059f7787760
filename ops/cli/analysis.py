"""Analyse early warnings: how many stood, over time, by industry, field, region, kind or rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from events.dates import add_months
from events.envelope import Platform
from events.rules.access import Gives
from events.rules.catalogue import load_catalogue
from events.rules.divisions import load_divisions
from events.rules.rulebook import load_rulebook
from events.rules.versions import Level
from ops.cli.access.door import asks, door
from ops.cli.subject.asked import ToldIn, told_in
from ops.cli.tables import table_of
from ops.cli.terminal import (
    Json,
    SubjectArgument,
    console,
    day,
    platform_and_id,
    print_json,
    unfit,
)
from ops.clock import today
from ops.terms.language import spoken
from ops.terms.terms import Language, Terms
from projections.access.asker import Wanted
from projections.notices.subscription import Subscription, subscription
from projections.queries.warning_analysis import By, sample_days, warnings_standing
from projections.queries.warning_log import (
    PAGE_ROWS_MAX,
    PageStart,
    WarningTold,
    parse_page_start,
    warnings,
)

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.access.asker import AccessPermit

MONTHS_BEFORE = 12

analysis_app = typer.Typer(
    help="Analyse early warnings (预警监测分析): counts over time; no subject is named or ranked.",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    """Add this group of verbs."""
    app.add_typer(analysis_app, name="analysis")
    analysis_app.command("warnings")(warnings_verb)
    analysis_app.command("subject")(subject_verb)


@asks(Gives.ANALYSIS)
def warnings_verb(
    by: Annotated[By, typer.Option(help="What to count by.")] = By.DOMAIN,
    since: Annotated[
        str | None, typer.Option(help="First day to look at; default: a year before the last.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Last day; default: today.")] = None,
    every: Annotated[int, typer.Option(min=1, max=12, help="How many months apart.")] = 1,
    level: Annotated[
        Level | None, typer.Option(help="Only rows that have a warning of this level or above.")
    ] = None,
    platform: Annotated[
        Platform, typer.Option(help="Organisations or persons.")
    ] = Platform.ORGANISATION,
    language: ToldIn = None,
    as_json: Json = False,
) -> None:
    """Show how many warnings stood at the end of each month, of how many subjects, by level.

    Rows stand in the order of days and codes. A subject with several warnings counts once among the
    subjects. Industries are sections of GB/T 4754, as registered on the day.
    """
    last = today() if until is None else day(until, ahead=0)
    first = add_months(last, -MONTHS_BEFORE) if since is None else day(since, ahead=0)
    if first > last:
        raise unfit("day_after_last", hint="--since", first=first, last=last)
    days = sample_days(first, last, every)
    with door("analysis warnings") as through:
        found = through.ask(
            Wanted(gives=Gives.ANALYSIS, platform=platform),
            lambda _: warnings_standing(through.connection, platform, by, days),
        )
    if level is not None:
        heights = [each for each in Level if each.height >= level.height]
        found = [row for row in found if any(getattr(row, each.value) for each in heights)]
    if as_json:
        print_json(found)
        return
    table = table_of("day", by.value, *(each.value for each in Level), "warnings", "subjects")
    terms = Terms(told_in(language))
    for row in found:
        levels = (str(getattr(row, each.value)) for each in Level)
        named = escape(_named(by, row.of, terms))
        table.add_row(str(row.day), named, *levels, str(row.warnings), str(row.subjects))
    console.print(table)
    shown = len({row.day for row in found})
    console.print(spoken("stood", "counted", rows=len(found), days=shown))


@asks(Gives.WARNINGS)
def subject_verb(
    subject: SubjectArgument,
    language: ToldIn = None,
    as_json: Json = False,
) -> None:
    """Show every warning ever told of one subject (风险监测): raised, escalated, eased, lifted, when.

    In the order of telling; evidence is named by the ids of its events.
    """
    platform, subject_id = platform_and_id(subject)
    with door("analysis subject") as through:
        found = through.ask(
            Wanted(gives=Gives.WARNINGS, platform=platform, subject=subject_id),
            lambda permit: list(_told(through.connection, platform, subject_id, permit)),
        )
    if as_json:
        print_json(found)
        return
    terms = Terms(told_in(language))
    table = table_of("day", "warning", "", "level", "region")
    for told in found:
        was = told.level or told.previous_level
        level = "" if was is None else terms.of("warning_level", was)
        rule = escape(_named(By.RULE, told.rule, terms))
        table.add_row(str(told.on), rule, told.transition, level, told.region)
    console.print(table)
    stood = {told.episode_id for told in found}
    lifted = {told.episode_id for told in found if told.transition == "lifted"}
    console.print(spoken("warnings", "counted", count=len(stood), stand=len(stood - lifted)))


def _told(
    connection: Connection[Any], platform: Platform, subject_id: str, permit: AccessPermit
) -> Iterator[WarningTold]:
    after: PageStart | None = None
    only = permit.only_for
    mine = None if only is None else subscription(load_rulebook(), department=only)
    while True:
        page = warnings(
            connection, platform, subject_id=subject_id, limit=PAGE_ROWS_MAX, after=after
        )
        yield from (each for each in page.warnings if mine is None or _is_for(each, mine))
        if page.next_after is None:
            return
        after = parse_page_start(page.next_after)


def _is_for(told: WarningTold, wanted: Subscription) -> bool:
    return wanted.takes(
        region=told.region,
        domain=told.domain,
        level=told.level or told.previous_level,
        kind=told.kind,
        recipients=told.recipients,
    )


def _named(by: By, code: str, terms: Terms) -> str:
    """Name what is counted by: a field, an industry, a place, a kind, a rule."""
    catalogue = load_catalogue()
    if not code:
        return terms.say("unknown")
    if by is By.DOMAIN:
        return terms.name(catalogue.domains.get(code), code)
    if by is By.INDUSTRY:
        return f"{code} {terms.name(catalogue.industries.get(code), code)}"
    if by is By.REGION:
        place = load_divisions().current(code)
        return code if place is None else f"{code} {place.name}"
    if by is By.KIND:
        return terms.of("warning_kind", code)
    rule = next((each for each in load_rulebook().warnings if each.id == code), None)
    if rule is None:
        return code
    return rule.title_zh if terms.language is Language.ZH else rule.title
