"""The state of a subject as of a day, and as known at a moment or a cut."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from events.rules.access import Gives
from events.rules.rulebook import load_rulebook
from ops.cli.access.door import asks, door
from ops.cli.subject.asked import ToldIn, told_in
from ops.cli.terminal import (
    Json,
    SubjectArgument,
    console,
    count_question,
    day,
    moment,
    platform_and_id,
    print_json,
    say,
    unfit,
)
from ops.clock import today
from ops.environment import running_kafka
from ops.terms.terms import Terms
from ops.told.profile import told_state, told_unknown
from projections.access.asker import Wanted
from projections.as_of.cut import parse_cut
from projections.as_of.question import Question, ms_of
from projections.as_of.state import state_bytes, state_hash
from projections.calendar.rules import RuleCalendar
from projections.queries.subject.state import answer_state

if TYPE_CHECKING:
    from projections.access.asker import AccessPermit
    from projections.as_of.state import State


class StateSource(StrEnum):
    """Where `state` takes its answer from."""

    POSTGRES = "postgres"
    KAFKA = "kafka"


class RulesApplied(StrEnum):
    """Whose rules `state` applies."""

    DAY = "day"
    TODAY = "today"


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("state")(state_verb)


@asks(Gives.HISTORY)
def state_verb(
    subject: SubjectArgument,
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
        RulesApplied, typer.Option(help="Rules of the day asked for, or today's.")
    ] = RulesApplied.DAY,
    language: ToldIn = None,
    as_json: Json = False,
) -> None:
    """Reconstruct a subject's state valid on a day, as known at a moment or a cut of the ledger.

    What reaches the subject from those that share a representative or controller is concluded at the
    same cut.
    """
    if known_at and cut:
        raise unfit("one_moment")
    platform, subject_id = platform_and_id(subject)
    calendar = RuleCalendar(load_rulebook())
    question = Question(
        platform=platform,
        subject_id=subject_id,
        valid_on=day(valid_on) if valid_on else today(),
        cut=parse_cut(cut) if cut else None,
        known_at_ms=ms_of(moment(known_at)) if known_at else None,
        rules_on=today() if rules is RulesApplied.TODAY else None,
    )
    found, body = _asked(question, source, calendar)
    if as_json:
        print_json(body)
        return
    if found.profile is None:
        console.print(told_unknown(found, told_in(language)))
        return
    console.print(told_state(found, found.profile, told_in(language)))
    told = Terms(told_in(language)).say("state_hash", "history", hash=state_hash(found))
    console.print(told, style="dim")


def _asked(question: Question, source: StateSource, calendar: RuleCalendar) -> tuple[State, bytes]:
    """Ask through the door, of the database or of the ledger itself."""
    found: list[State] = []

    def answer(_: AccessPermit) -> bytes:
        if source is StateSource.KAFKA:
            from ops.audit.state import state_from_kafka  # noqa: PLC0415 - needs the broker

            found.append(state_from_kafka(running_kafka(), question, calendar, say))
            return state_bytes(found[0])
        answered = answer_state(through.connection, question, calendar)
        found.append(answered.state)
        return answered.body

    wanted = Wanted(gives=Gives.HISTORY, platform=question.platform, subject=question.subject_id)
    with door("state") as through:
        body = through.ask(wanted, answer, stays_sealed=True)
        count_question(through.connection, question.platform, "state")
    return found[0], body
