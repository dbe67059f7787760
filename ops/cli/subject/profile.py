"""The profile of a subject, its hint and its court cases: what is known now."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from rich.markup import escape

from events.envelope import Platform
from events.rules.catalogue import PublicationClass
from events.rules.rulebook import load_rulebook
from ops.cli.subject.asked import ToldIn, answered, told_in
from ops.cli.terminal import Json, SubjectArgument, console, day, platform_and_id, print_json
from ops.clock import today
from ops.terms.terms import Terms
from ops.told.cases import told_cases
from ops.told.hint import told_hint
from ops.told.profile import told_answer
from projections.calendar.rules import RuleCalendar
from projections.profile.archive import selection
from projections.queries.region_now import DayPassedError
from projections.queries.subject import views
from projections.queries.subject.cases import answer_cases
from projections.queries.subject.profile import ProfileAnswer, answer_profile

OnDay = Annotated[
    str | None,
    typer.Option(
        "--on", help="Day to assess on, not one past; default: today. The past: `state --valid-on`."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("profile")(profile_verb)
    app.command("hint")(hint_verb)
    app.command("cases")(cases_verb)


def _profile(
    kind: str, platform: Platform, subject_id: str, on: date, calendar: RuleCalendar
) -> ProfileAnswer:
    """Ask for the profile on a day that has not passed; the past is what `state` answers."""
    answer = answered(kind, answer_profile, platform, subject_id, on, calendar)
    stands_on = answer.profile.assessed_on
    if stands_on > on:
        raise DayPassedError(
            f"the profile stands at {stands_on} already, not at {on}:"
            f" `credit-ledger state {subject_id} --valid-on {on}` answers of a past day"
        )
    return answer


def profile_verb(
    subject: SubjectArgument,
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
        PublicationClass | None,
        typer.Option(help="Only one publication class: 基本信息, 提示信息 or 处罚信息."),
    ] = None,
    language: ToldIn = None,
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
            Terms(told_in(language)).say(
                "parked",
                "history",
                offset=answer.parked.offset,
                reason=escape(answer.parked.reason),
                subject=subject_id,
            ),
            style="red",
        )
    console.print(told_answer(answer, told_in(language)))


def hint_verb(
    subject: SubjectArgument,
    on: OnDay = None,
    language: ToldIn = None,
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
    console.print(told_hint(found, answer.profile, told_in(language)))


def cases_verb(
    subject: SubjectArgument,
    on: Annotated[str | None, typer.Option(help="Day to ask about; default: today.")] = None,
    language: ToldIn = None,
    as_json: Json = False,
) -> None:
    """Show a subject's court cases, the stages of each chained: filed, judged, enforced."""
    platform, subject_id = platform_and_id(subject)
    calendar = RuleCalendar(load_rulebook())
    asked_on = day(on) if on else today()
    answer = answered("cases", answer_cases, platform, subject_id, asked_on, calendar)
    if as_json:
        print_json(answer)
        return
    console.print(told_cases(answer, told_in(language)))
