"""Two states of a subject, and what made each field that differs another: `compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from events.rules.rulebook import load_rulebook
from ops.audit.comparing import compare_from_kafka
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
)
from ops.clock import today
from ops.environment import running_kafka
from ops.evidence.cuts import KnownCuts
from ops.evidence.settings import read_evidence_settings
from projections.as_of.cut import parse_cut
from projections.as_of.question import Question, ms_of
from projections.calendar.rules import RuleCalendar

if TYPE_CHECKING:
    from events.envelope import Platform
    from projections.as_of.comparing import EventBetween, StatesCompared

_FORM = (
    "DAY, DAY@CUT or DAY@MOMENT: a day, and what was known by then. CUT: P:O, or the number of a"
)


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("compare")(compare_verb)


def compare_verb(
    subject: SubjectArgument,
    a: Annotated[str, typer.Option("--a", help=f"{_FORM} signed cut; MOMENT: ISO 8601.")],
    b: Annotated[str, typer.Option("--b", help="The other side, in the same form.")],
    rules: Annotated[
        RulesApplied, typer.Option(help="Rules of each side's day, or today's for both.")
    ] = RulesApplied.DAY,
    as_json: Json = False,
) -> None:
    """Compare two states of a subject: each field that differs, and the event or rule that made it so.

    Derived from Kafka alone. "Same events, other law" stands apart from "other events"; an event that
    was recorded later, of a day that was over, is shown as such. Exit code 1 where they differ.
    """
    platform, subject_id = platform_and_id(subject)
    asked = [
        _question(platform, subject_id, text, named, rules)
        for text, named in ((a, "--a"), (b, "--b"))
    ]
    calendar = RuleCalendar(load_rulebook())
    found = compare_from_kafka(running_kafka(), asked[0], asked[1], calendar, say)
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
            raise typer.BadParameter(str(error), param_hint=named) from None
    return Question(
        platform=platform,
        subject_id=subject_id,
        valid_on=day(on),
        cut=cut,
        known_at_ms=known_at_ms,
        rules_on=today() if rules is RulesApplied.TODAY else None,
    )


def _tell(found: StatesCompared) -> None:
    console.print(found.finding, style="bold")
    for event in found.events:
        later = ", recorded later" if event.recorded_later else ""
        console.print(
            f"  only in {event.only_in}: {_told(event)}{later}", markup=False, soft_wrap=True
        )
    for field in found.fields:
        line = f"{field.field}: {field.a} -> {field.b}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
        by = ", ".join((*map(_told, field.events), *field.rules)) or "the day"
        console.print(f"    by {by}", markup=False, soft_wrap=True, style="dim")


def _told(event: EventBetween) -> str:
    return f"{event.event_type} {event.event_id} at {event.offset}, recorded {event.recorded_at}"
