"""Two states of a subject, and what made each field that differs another: `compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from events.rules.access import Gives
from events.rules.rulebook import load_rulebook
from ops.audit.comparing import compare_from_kafka
from ops.cli.access.door import asks, door
from ops.cli.subject.state import RulesApplied
from ops.cli.terminal import (
    Json,
    SubjectArgument,
    console,
    day,
    moment,
    platform_and_id,
    print_json,
    say,
    unfit,
)
from ops.clock import today
from ops.environment import running_kafka
from ops.evidence.cuts import KnownCuts
from ops.evidence.settings import read_evidence_settings
from ops.terms.language import language, spoken
from ops.terms.terms import Terms
from ops.told.event import event_named
from projections.access.asker import Wanted
from projections.as_of.cut import parse_cut
from projections.as_of.question import Question, ms_of
from projections.calendar.rules import RuleCalendar

if TYPE_CHECKING:
    from events.envelope import Platform
    from projections.as_of.comparing import EventBetween, StatesCompared


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("compare")(compare_verb)


@asks(Gives.HISTORY)
def compare_verb(
    subject: SubjectArgument,
    a: Annotated[
        str,
        typer.Option(
            "--a",
            help="DAY, DAY@CUT or DAY@MOMENT: a day, and what was known by then. CUT: P:O, or the"
            " number of a signed cut; MOMENT: ISO 8601.",
        ),
    ],
    b: Annotated[str, typer.Option("--b", help="The other side, in the same form.")],
    rules: Annotated[
        RulesApplied,
        typer.Option(
            help="By which rules the other side is told: those of its day, or today's. The same day on"
            " both sides with today's rules tells what the law alone has changed."
        ),
    ] = RulesApplied.DAY,
    as_json: Json = False,
) -> None:
    """Compare two states of a subject: each field that differs, and the event or rule that made it so.

    Derived from Kafka alone. "Same events, other law" stands apart from "other events"; an event that
    was recorded later, of a day that was over, is shown as such. Exit code 1 where they differ.
    """
    platform, subject_id = platform_and_id(subject)
    first = _question(platform, subject_id, a, "--a", RulesApplied.DAY)
    other = _question(platform, subject_id, b, "--b", rules)
    calendar = RuleCalendar(load_rulebook())
    wanted = Wanted(gives=Gives.HISTORY, platform=platform, subject=subject_id)
    with door("compare") as through:
        found = through.ask(
            wanted, lambda _: compare_from_kafka(running_kafka(), first, other, calendar, say)
        )
    if as_json:
        print_json(found)
    else:
        _tell(found)
    raise typer.Exit(1 if found.fields or found.events else 0)


def _question(
    platform: Platform, subject_id: str, text: str, named: str, rules: RulesApplied
) -> Question:
    on, _, known = text.partition("@")
    cut, known_at_ms = None, None
    if known.isascii() and known.isdecimal():
        signed = KnownCuts(read_evidence_settings(), platform).numbered(int(known))
        cut = dict(enumerate(signed.offsets))
    elif "T" in known or known.count("-") == 2:  # noqa: PLR2004 - a day has two of them
        known_at_ms = ms_of(moment(known))
    elif known:
        try:
            cut = parse_cut(known.replace(":", "@"))
        except ValueError as error:
            raise unfit("cut_form", hint=named, said=known) from error
    return Question(
        platform=platform,
        subject_id=subject_id,
        valid_on=day(on),
        cut=cut,
        known_at_ms=known_at_ms,
        rules_on=today() if rules is RulesApplied.TODAY else None,
    )


def _tell(found: StatesCompared) -> None:
    console.print(spoken(found.finding, "finding"), style="bold")
    for event in found.events:
        later = spoken("recorded_later", "evidenced") if event.recorded_later else ""
        told = spoken("only_in", "evidenced", side=event.only_in, event=_told(event))
        console.print(told + later, markup=False, soft_wrap=True)
    for field in found.fields:
        line = f"{field.field}: {field.a} -> {field.b}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
        by = ", ".join((*map(_told, field.events), *field.rules)) or spoken("the_day", "evidenced")
        told = spoken("by", "evidenced", causes=by)
        console.print(told, markup=False, soft_wrap=True, style="dim")


def _told(event: EventBetween) -> str:
    return spoken(
        "event",
        "evidenced",
        type=event_named(event.event_type, Terms(language())),
        id=event.event_id,
        offset=event.offset,
        at=event.recorded_at,
    )
