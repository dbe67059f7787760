"""The profile of a subject, its hint and its court cases: what is known now."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from events.envelope import Platform
from events.rules.access import Gives
from events.rules.catalogue import PublicationClass
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import asks
from ops.cli.subject.asked import ToldIn, answered, told_in
from ops.cli.terminal import Json, SubjectArgument, console, day, platform_and_id, print_json, unfit
from ops.clock import today
from ops.terms.terms import Terms
from ops.told.cases import told_cases
from ops.told.disclosed import told_disclosed
from ops.told.hint import told_hint
from ops.told.profile import told_answer
from projections.access.shapes import DisclosedCases, DisclosedProfile
from projections.calendar.rules import RuleCalendar
from projections.profile.archive import selection
from projections.queries.disclosed.subject import disclosed, disclosed_cases
from projections.queries.region_now import DayPassedError
from projections.queries.subject import views
from projections.queries.subject.cases import answer_cases
from projections.queries.subject.long_histories import LongHistories
from projections.queries.subject.profile import ProfileAnswer, answer_profile

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.access.asker import AccessPermit
    from projections.profile.archive import Selection
    from projections.queries.subject.views import HintAnswer

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


def _not_past(answer: ProfileAnswer, subject_id: str, on: date) -> ProfileAnswer:
    """Give a profile of a day that has not passed; the past is what `state` answers."""
    stands_on = answer.profile.assessed_on
    if stands_on > on:
        raise DayPassedError(
            f"the profile stands at {stands_on} already, not at {on}:"
            f" `credit-ledger state {subject_id} --valid-on {on}` answers of a past day"
        )
    return answer


def _asked(
    platform: Platform,
    subject_id: str,
    asked_on: date,
    calendar: RuleCalendar,
    view: Selection | None,
) -> ProfileAnswer | DisclosedProfile:
    """Ask for the profile, whole or in the view of who asks, and narrowed to an archive."""

    def whole(connection: Connection[Any]) -> ProfileAnswer | None:
        found = answer_profile(connection, platform, subject_id, asked_on, calendar)
        if found is None:
            return None
        _not_past(found, subject_id, asked_on)
        return found if view is None else views.archive(found, view, calendar)

    def in_view(connection: Connection[Any], permit: AccessPermit) -> DisclosedProfile | None:
        return disclosed(
            connection,
            platform,
            subject_id,
            only_today(asked_on),
            calendar,
            permit.view,
            department=permit.department,
            selection=view,
        )

    return answered(
        "profile",
        Gives.PROFILE,
        lambda connection, *_: whole(connection),
        platform,
        subject_id,
        in_view=in_view,
    )


def only_today(on: date) -> date:
    """Give a day that is today: of another day no view is made. Raises `typer.BadParameter`."""
    if on != today():
        raise unfit("shown_today", hint="--on")
    return on


@asks(Gives.PROFILE)
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
    answer = _asked(platform, subject_id, asked_on, calendar, view)
    if as_json:
        print_json(answer)
        return
    if isinstance(answer, DisclosedProfile):
        console.print(told_disclosed(answer, told_in(language)))
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


@asks(Gives.CONCLUSIONS)
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
    profiles: list[ProfileAnswer] = []

    def hint(connection: Connection[Any], *_: Any) -> HintAnswer | None:
        answer = answer_profile(connection, platform, subject_id, asked_on, calendar)
        if answer is None:
            return None
        profiles.append(_not_past(answer, subject_id, asked_on))
        return views.hint(answer, calendar)

    found = answered("hint", Gives.CONCLUSIONS, hint, platform, subject_id)
    if as_json:
        print_json(found)
        return
    console.print(told_hint(found, profiles[0].profile, told_in(language)))


@asks(Gives.CASES)
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

    def in_view(connection: Connection[Any], permit: AccessPermit) -> DisclosedCases | None:
        on, histories = only_today(asked_on), LongHistories()
        found = disclosed_cases(
            connection, platform, subject_id, on, calendar, histories, permit.view
        )
        if found is None:
            return None
        return DisclosedCases(permit.view, platform, subject_id, on, tuple(found))

    answer = answered(
        "cases",
        Gives.CASES,
        answer_cases,
        platform,
        subject_id,
        asked_on,
        calendar,
        in_view=in_view,
    )
    if as_json:
        print_json(answer)
        return
    console.print(told_cases(answer, told_in(language)))
