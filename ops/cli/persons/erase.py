"""The verb `erase`: what is kept of a person is asked to be erased, approved, cancelled, done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from events.envelope import Platform
from events.rules.access import Gives, Role
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import asks, door
from ops.cli.terminal import Json, console, database, platform_and_id, print_json, unfit
from ops.clock import today
from ops.environment import running_kafka, running_postgres
from ops.erasing.due import erase_due
from ops.erasing.saying import Erasing
from ops.terms.language import language, spoken
from ops.terms.terms import Terms
from ops.vault.erasures import ErasureReader
from ops.vault.opening import vault_settings
from projections.access.asker import Wanted
from projections.calendar.rules import RuleCalendar
from projections.http.erasures.parameters import GROUNDS
from projections.queries.erasures import ErasureTold, erasures, hand_of
from projections.record.erasure import ErasureStage

if TYPE_CHECKING:
    from projections.record.erasure import Hand

_WAIT_S: Final = 15.0
_LISTED_MAX: Final = 1_000

ErasureId = Annotated[str, typer.Argument(help="Id of the erasure, as `erase request` gave it.")]


def add_to(app: typer.Typer) -> None:
    """Add this group."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Erase what is kept of a person (删除): asked for, approved by a second person of the"
        " credit centre, done after days of waiting. From the approval on nobody is shown anything.",
    )
    group.command("request")(request_verb)
    group.command("approve")(approve_verb)
    group.command("cancel")(cancel_verb)
    group.command("status")(erasure_status_verb)
    group.command("run")(erase_due_verb)
    app.add_typer(group, name="erase")


@asks(Gives.ERASING)
def request_verb(
    subject: Annotated[
        str, typer.Argument(help="The person's token, as receipts and records name it.")
    ],
    ground: Annotated[
        str,
        typer.Option(
            help="purpose_over, consent_withdrawn, term_over, unlawful or other_law"
            " (个人信息保护法 art. 47)."
        ),
    ],
    document_no: Annotated[
        str | None,
        typer.Option(help="The centre's number of the request; made where none is given."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask that a person be erased. A term of the law that runs, or a list, refuses and is named."""
    platform, person = platform_and_id(subject)
    if ground not in GROUNDS:
        raise unfit("one_of", hint="--ground", value=ground[:60], choices=", ".join(GROUNDS))
    with door("erase request") as through:
        who = through.let_through(Wanted(gives=Gives.ERASING, subject=person)).who
        if platform is not Platform.PERSON:
            raise unfit("person_token", hint="SUBJECT")
        told = _erasing().request(
            through.connection, person, ground, document_no, hand=hand_of(who)
        )
    _tell(told, as_json=as_json)


@asks(Gives.ERASURE_APPROVAL)
def approve_verb(erasure: ErasureId, as_json: Json = False) -> None:
    """Approve an erasure, as another person of the centre than who took the request."""
    with door("erase approve") as through:
        who = through.let_through(Wanted(gives=Gives.ERASURE_APPROVAL)).who
        told = _erasing().approve(through.connection, erasure, hand=hand_of(who))
    _tell(told, as_json=as_json)


@asks(Gives.ERASING)
def cancel_verb(
    erasure: ErasureId,
    subject: Annotated[
        str | None,
        typer.Option(help="Whose it is: a person who cancels by a key of his own says it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Cancel an erasure that is not done yet. Said again it changes nothing."""
    person = None if subject is None else platform_and_id(subject)[1]
    with door("erase cancel") as through:
        who = through.let_through(Wanted(gives=Gives.ERASING, subject=person)).who
        of = person if who.role is Role.SUBJECT else None
        told = _erasing().cancel(through.connection, erasure, of, hand=hand_of(who))
    _tell(told, as_json=as_json)


@asks(Gives.ERASURES)
def erasure_status_verb(
    subject: Annotated[
        str | None, typer.Argument(help="The person's token; all by default.")
    ] = None,
    stage: Annotated[ErasureStage | None, typer.Option(help="Only those at this stage.")] = None,
    as_json: Json = False,
) -> None:
    """Tell where erasures stand, and from when each may be done."""
    person = None if subject is None else platform_and_id(subject)[1]
    with door("erase status") as through:
        known = through.ask(
            Wanted(gives=Gives.ERASURES, subject=person),
            lambda _: erasures(through.connection, person, stage, _LISTED_MAX),
            names=lambda found: [each.subject_id for each in found],
        )
    if as_json:
        print_json(known)
        return
    if not known:
        console.print(spoken("no_erasure", "given"))
    for each in known:
        _tell(each, as_json=False)


@asks(Gives.OPERATION)
def erase_due_verb(as_json: Json = False) -> None:
    """Do what is due now, and destroy the keys of who was erased. The follower does so by itself, each minute.

    Run twice it is done once.
    """
    with door("erase run") as through:
        through.let_through(Wanted(gives=Gives.OPERATION))
    vault = ErasureReader(running_kafka(), vault_settings(running_postgres()).postgres)
    with database() as connection:
        done = erase_due(connection, _erasing(), vault, today(), _WAIT_S)
    if as_json:
        print_json(done._asdict())
        return
    told = spoken(
        "erasures_done",
        "given",
        said=done.said,
        kept=done.kept,
        waiting=done.waiting,
        destroyed=done.destroyed,
    )
    console.print(told)


def _erasing() -> Erasing:
    return Erasing(running_kafka(), RuleCalendar(load_rulebook()), _WAIT_S)


def _tell(told: ErasureTold, *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    terms = Terms(language())
    line = terms.say(
        "erasure",
        "given",
        id=told.erasure_id,
        subject=told.subject_id,
        stage=terms.of("erasure_stage", told.stage),
        on=told.requested_on,
        by=_of(told.requested_by),
        number=told.document_no,
    )
    if told.approved_by is not None:
        line += terms.say(
            "erasure_approved",
            "given",
            on=told.approved_on,
            by=_of(told.approved_by),
            from_day=told.erases_on,
        )
    if told.ended_on is not None:
        line += terms.say("erasure_ended", "given", on=told.ended_on)
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _of(hand: Hand) -> str:
    return f"{hand.by} ({hand.department})"
