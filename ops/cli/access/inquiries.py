"""The verb `inquiries`: who asked of a subject, when, as what, and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from events.envelope import CHINA
from events.rules.access import Gives, View, load_access_policy
from ops.cli.access.door import asks, door
from ops.cli.terminal import (
    Json,
    SubjectArgument,
    console,
    platform_and_id,
    print_json,
)
from ops.doors.reading import read_inquiries
from ops.environment import running_kafka
from ops.terms.language import language, spoken
from ops.terms.terms import Terms
from projections.access.asker import Wanted
from projections.access.inquiry import ANSWERED, InquirySeen, seen_of
from projections.store.control.inquiries import inquiries_of

if TYPE_CHECKING:
    from projections.access.asker import AccessPermit

_LIMIT_MAX = 1_000


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("inquiries")(inquiries_verb)


@asks(Gives.INQUIRIES)
def inquiries_verb(
    subject: SubjectArgument,
    limit: Annotated[int, typer.Option(min=1, max=_LIMIT_MAX, help="How many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """Tell who asked of a subject, the newest first: for whom, as what, why, and what came of it.

    Read to the end of its topic first, so that nothing asked before is missing.
    """
    platform, subject_id = platform_and_id(subject)

    def answer(permit: AccessPermit) -> list[InquirySeen]:
        read_inquiries(through.connection, running_kafka(), platform)
        seen_at = datetime.now(CHINA) if permit.view is View.OWN else None
        return [
            seen_of(each)
            for each in inquiries_of(
                through.connection, platform, subject_id, limit=limit, seen_at=seen_at
            )
        ]

    with door("inquiries") as through:
        wanted = Wanted(gives=Gives.INQUIRIES, platform=platform, subject=subject_id)
        found = through.ask(wanted, answer)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print(spoken("nobody_asked", "given"))
    for each in found:
        console.print(inquiry_told(each), highlight=False, markup=False)


def inquiry_told(each: InquirySeen) -> str:
    """Tell an inquiry in a line: when, as what and for whom, why, what was asked, what came of it."""
    terms = Terms(language())
    purpose = next((p for p in load_access_policy().purposes if p.code == each.purpose), None)
    answered = each.outcome in ANSWERED
    became = terms.say("answered" if answered else "not_answered", "given", code=each.outcome)
    who = (terms.of("asker_role", each.role), each.organisation or "-", each.person)
    why = terms.name(purpose, each.purpose or "-")
    return (
        f"{each.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}  {' '.join(filter(None, who))}  {why}  "
        f"{each.question}: {became} ({each.rule})"
    )
