"""Ask: profile, history, state as of a day and as known at a moment or a cut."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from events.envelope import CHINA, Platform
from events.errors import LedgerError
from events.rules.catalogue import Publication
from events.rules.rulebook import load_rulebook
from ops.cli.terminal import (
    Json,
    Subject,
    console,
    count_question,
    database,
    day,
    moment,
    platform_and_id,
    print_json,
    say,
    today,
)
from ops.environment import running_kafka
from ops.terms.terms import Language, Terms
from ops.told.cases import told_cases
from ops.told.hint import told_hint
from ops.told.profile import told_answer, told_state, told_unknown
from projections.as_of.cut import OFFSET_MAX, parse_cut
from projections.as_of.question import Question, ms_of
from projections.as_of.state import state_bytes, state_hash
from projections.calendar.rules import RuleCalendar
from projections.profile.archive import selection
from projections.queries import queries, views
from projections.queries.history import PAGE_ITEMS_MAX, history
from projections.queries.region_now import DayPassedError

OnDay = Annotated[
    str | None,
    typer.Option(
        "--on", help="Day to assess on, not one past; default: today. The past: `state --valid-on`."
    ),
]
Told = Annotated[Language, typer.Option(help="The language to tell people in.")]


class NothingRecordedError(LedgerError):
    """Nothing was ever recorded of this subject."""


class StateSource(StrEnum):
    """Where `state` takes its answer from."""

    POSTGRES = "postgres"
    KAFKA = "kafka"


class RulesOf(StrEnum):
    """Whose rules `state` applies."""

    DAY = "day"
    TODAY = "today"


Answer = TypeVar("Answer")


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("profile")(profile_verb)
    app.command("hint")(hint_verb)
    app.command("history")(history_verb)
    app.command("state")(state_verb)
    app.command("cases")(cases_verb)


def _answered(
    kind: str,
    query: Callable[..., Answer | None],
    platform: Platform,
    subject_id: str,
    *arguments: Any,
    **options: Any,
) -> Answer:
    """Ask of a subject and count the question; refuse where nothing was ever recorded of it."""
    with database() as connection:
        answer = query(connection, platform, subject_id, *arguments, **options)
        if answer is not None:
            count_question(connection, platform, kind)
    if answer is None:
        raise NothingRecordedError(f"nothing was ever recorded of {subject_id}")
    return answer


def _profile(
    kind: str, platform: Platform, subject_id: str, on: date, calendar: RuleCalendar
) -> queries.ProfileAnswer:
    """Ask for the profile on a day that has not passed; the past is what `state` answers."""
    answer = _answered(kind, queries.profile, platform, subject_id, on, calendar)
    stands_on = answer.profile.assessed_on
    if stands_on > on:
        raise DayPassedError(
            f"the profile stands at {stands_on} already, not at {on}:"
            f" `credit-ledger state {subject_id} --valid-on {on}` answers of a past day"
        )
    return answer


def profile_verb(
    subject: Subject,
    on: OnDay = None,
    archive: Annotated[
        str | None,
        typer.Option(
            help="Only one archive (信用档案), such as food_drug or labour;"
            " `credit-ledger catalogue archives` lists them."
        ),
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="Only one field of supervision, such as customs.")
    ] = None,
    profession: Annotated[
        str | None, typer.Option(help="Only the professional archive, such as lawyer.")
    ] = None,
    publication: Annotated[
        Publication | None,
        typer.Option(help="Only one publication class: 基本信息, 提示信息 or 处罚信息."),
    ] = None,
    language: Told = Language.EN,
    as_json: Json = False,
) -> None:
    """Show the current credit profile (信用档案) of a subject, in English or in Chinese.

    What is recorded, where it stands, who may see it and until when, and what follows from it.
    An archive is the same profile, narrowed; it has no score, which is of the whole.
    """
    platform, subject_id = platform_and_id(subject)
    calendar = RuleCalendar(load_rulebook())
    asked_on = day(on) if on else today()
    view = selection(
        calendar.rulebook,
        platform,
        asked_on,
        archive=archive,
        domain=domain,
        profession=profession,
        publication=publication,
    )
    answer = _profile("profile", platform, subject_id, asked_on, calendar)
    if view is not None:
        answer = views.archive(answer, view, calendar)
    if as_json:
        print_json(answer)
        return
    if answer.parked:
        console.print(
            f"[red]parked[/] at offset {answer.parked.offset}: {escape(answer.parked.reason)}; "
            f"`credit-ledger parked show {subject_id}`"
        )
    console.print(told_answer(answer, language))


def hint_verb(
    subject: Subject,
    on: OnDay = None,
    language: Told = Language.EN,
    as_json: Json = False,
) -> None:
    """Show the composite hint (综合信誉度提示) of a subject: one word, why, and by which models.

    It sums up score, lists, warnings and classes by a dated model; it ranks nobody.
    """
    platform, subject_id = platform_and_id(subject)
    calendar = RuleCalendar(load_rulebook())
    asked_on = day(on) if on else today()
    answer = _profile("hint", platform, subject_id, asked_on, calendar)
    found = views.hint(answer, calendar)
    if as_json:
        print_json(found)
        return
    console.print(told_hint(found, answer.profile, language))


def history_verb(
    subject: Subject,
    limit: Annotated[
        int, typer.Option(min=1, max=PAGE_ITEMS_MAX, help="How many events at most.")
    ] = 100,
    after: Annotated[
        int, typer.Option(min=-1, max=OFFSET_MAX, help="Only events after this offset.")
    ] = -1,
    language: Told = Language.EN,
    as_json: Json = False,
) -> None:
    """Show every event of a subject in ledger order, page by page, and what each one did.

    Recorded times are to the millisecond, as `state --known-at` takes them.
    """
    platform, subject_id = platform_and_id(subject)
    page = _answered("history", history, platform, subject_id, limit=limit, after=after)
    if as_json:
        print_json(page)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("offset", "recorded (UTC+8)", "event", "document", "decided", "effect"):
        # What is copied into `state --known-at` stays in one piece.
        table.add_column(column, overflow="fold", no_wrap=column.startswith("recorded"))
    for item in page.items:
        envelope = item.event.envelope if item.event else None
        table.add_row(
            str(item.offset),
            item.recorded_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            item.event_type or "unreadable",
            escape(envelope.document_no) if envelope else "",
            str((envelope and envelope.occurred_on) or "unknown"),
            item.effect,
        )
    console.print(table)
    said = "history_end" if page.next_after is None else "history_more"
    console.print(
        Terms(language).say(said, shown=len(page.items), of=page.of, after=page.next_after)
    )


def state_verb(
    subject: Subject,
    valid_on: Annotated[
        str | None, typer.Option(help="The day in the world; default: today.")
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(
            help="As known at this moment that has passed (ISO 8601), to the millisecond."
        ),
    ] = None,
    cut: Annotated[
        str | None,
        typer.Option(
            help="As known before these offsets, P@O[,P@O…]; contagion needs all partitions."
        ),
    ] = None,
    source: Annotated[
        StateSource, typer.Option("--from", help="Where from; both give the same bytes.")
    ] = StateSource.POSTGRES,
    rules: Annotated[
        RulesOf, typer.Option(help="Rules of the day asked for, or today's.")
    ] = RulesOf.DAY,
    language: Told = Language.EN,
    as_json: Json = False,
) -> None:
    """Reconstruct a subject's state valid on a day, as known at a moment or a cut of the ledger.

    What reaches the subject from those that share a representative or controller is concluded at the
    same cut.
    """
    if known_at and cut:
        raise typer.BadParameter("give --known-at or --cut, not both")
    platform, subject_id = platform_and_id(subject)
    calendar = RuleCalendar(load_rulebook())
    question = Question(
        platform=platform,
        subject_id=subject_id,
        valid_on=day(valid_on) if valid_on else today(),
        cut=parse_cut(cut) if cut else None,
        known_at_ms=ms_of(moment(known_at)) if known_at else None,
        rules_on=today() if rules is RulesOf.TODAY else None,
    )
    if source is StateSource.KAFKA:
        from ops.audit.state import state_from_kafka  # noqa: PLC0415 - only this needs the broker

        found = state_from_kafka(running_kafka(), question, calendar, say)
        body = state_bytes(found)
    else:
        with database() as connection:
            answer = queries.state(connection, question, calendar)
            count_question(connection, platform, "state")
        found, body = answer.state, answer.body
    if as_json:
        print_json(body)
        return
    if found.profile is None:
        console.print(told_unknown(found, language))
        return
    console.print(told_state(found, found.profile, language))
    console.print(f"state hash {state_hash(found)}", style="dim")


def cases_verb(
    subject: Subject,
    on: Annotated[str | None, typer.Option(help="Day to ask about; default: today.")] = None,
    language: Told = Language.EN,
    as_json: Json = False,
) -> None:
    """Show a subject's court cases, the stages of each chained: filed, judged, enforced."""
    platform, subject_id = platform_and_id(subject)
    calendar = RuleCalendar(load_rulebook())
    asked_on = day(on) if on else today()
    answer = _answered("cases", queries.cases, platform, subject_id, asked_on, calendar)
    if as_json:
        print_json(answer)
        return
    console.print(told_cases(answer, language))
