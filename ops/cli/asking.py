"""Ask: profile, history, state as of a day and as known at a moment or a cut."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from events.envelope import CHINA
from events.errors import LedgerError
from events.rulebook import load_rulebook
from ops.cli.terminal import (
    Json,
    Subject,
    console,
    database,
    day,
    moment,
    platform_and_id,
    print_json,
    say,
    today,
    yuan,
)
from ops.environment import running_stack
from ops.ledger_reader import state_from_kafka
from projections import queries
from projections.as_of import state_bytes
from projections.profile import Profile
from projections.rules import RuleCalendar


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


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("profile")(profile_verb)
    app.command("history")(history_verb)
    app.command("state")(state_verb)


def profile_verb(
    subject: Subject,
    on: Annotated[str | None, typer.Option(help="Day to assess on; default: today.")] = None,
    as_json: Json = False,
) -> None:
    """Show the current credit profile (信用档案) of a subject: what is disclosed and until when."""
    platform, subject_id = platform_and_id(subject)
    calendar = RuleCalendar(load_rulebook())
    with database() as connection:
        answer = queries.profile(
            connection, platform, subject_id, day(on) if on else today(), calendar
        )
    if answer is None:
        raise NothingRecordedError(f"nothing was ever recorded of {subject_id}")
    if as_json:
        print_json(answer)
        return
    if answer.parked:
        console.print(
            f"[red]parked[/] at offset {answer.parked.offset}: {answer.parked.reason}; "
            f"`credit-ledger parked show {subject_id}`"
        )
    show_profile(
        subject_id,
        answer.profile,
        f"{answer.events} events, last at {answer.place.partition}:{answer.last_offset}",
    )


def show_profile(subject_id: str, profile: Profile, standing: str) -> None:
    """Print a profile for people."""
    console.print(
        f"[bold]{profile.name or '(no name)'}[/]  {subject_id}  on {profile.assessed_on} ({standing})"
    )
    if len(profile.names) > 1:
        console.print(
            "  names as written: " + "; ".join(f"{n} ×{c}" for n, c in profile.names.items())
        )
    counts = Table("category", "records", "public", "shared", "amount (CNY)")
    for code, found in profile.categories.items():
        amount = yuan(found.amount_fen) + (
            f" + {found.amounts_unknown} unknown" if found.amounts_unknown else ""
        )
        counts.add_row(code, str(found.count), str(found.public), str(found.shared), amount)
    console.print(counts)
    for penalty in profile.penalties:
        console.print(_record_line(penalty, f"fine {yuan(penalty.fine_fen)}, {penalty.tier}"))
    for owed in profile.arrears:
        console.print(_record_line(owed, f"owed {yuan(owed.owed_fen)} of {yuan(owed.balance_fen)}"))
    for member in profile.lists:
        until = f" until {member.until}" if member.until else ""
        why = f" ({member.why})" if member.why else ""
        console.print(f"  list {member.list}: {member.status}{why} since {member.since}{until}")
    for warning in profile.warnings:
        console.print(
            f"  [bold]warning {warning.level}[/] {warning.rule}: evidence {', '.join(warning.evidence)}"
        )
    if profile.next_change_on:
        console.print(f"  by time alone next changed on {profile.next_change_on}")
    console.print(f"  rules: {', '.join(profile.rules)}", style="dim")


def _record_line(record: Any, what: str) -> str:
    shown = record.shown
    if shown.public:
        until = f"public until {shown.public_until}" if shown.public_until else "public while owed"
    else:
        until = f"between organs until {shown.shared_until}" if shown.shared else "not shown"
    basis = (
        ""
        if record.day_basis == "occurred_on"
        else f" ({record.day_basis}; the decision's day is unknown)"
    )
    verified = {True: ", verified", False: ", not verified"}.get(record.verified, "")
    corrected = f", corrected ×{record.corrected}" if record.corrected else ""
    return f"  {record.category} {record.document_no} {record.day}{basis}: {what}; {until}{verified}{corrected}"


def history_verb(
    subject: Subject,
    limit: Annotated[int, typer.Option(min=1, help="How many events at most.")] = 100,
    after: Annotated[int, typer.Option(help="Only events after this offset.")] = -1,
    as_json: Json = False,
) -> None:
    """Show every event of a subject in ledger order, and what each one did."""
    platform, subject_id = platform_and_id(subject)
    with database() as connection:
        page = queries.history(connection, platform, subject_id, limit=limit, after=after)
    if page is None:
        raise NothingRecordedError(f"nothing was ever recorded of {subject_id}")
    if as_json:
        print_json(page)
        return
    table = Table("offset", "recorded", "event", "document", "decided", "effect")
    for item in page.items:
        envelope = item.event.envelope if item.event else None
        table.add_row(
            str(item.offset),
            item.recorded_at.astimezone(CHINA).isoformat(sep=" ", timespec="seconds"),
            item.event_type or "unreadable",
            envelope.document_no if envelope else "",
            str((envelope and envelope.occurred_on) or "unknown"),
            item.effect,
        )
    console.print(table)


def state_verb(
    subject: Subject,
    valid_on: Annotated[
        str | None, typer.Option(help="The day in the world; default: today.")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option(help="As known at this moment (ISO 8601).")
    ] = None,
    cut: Annotated[
        str | None, typer.Option(help="As known before these offsets: P:O[,P:O…].")
    ] = None,
    source: Annotated[
        StateSource, typer.Option("--from", help="Where from; both give the same bytes.")
    ] = StateSource.POSTGRES,
    rules: Annotated[
        RulesOf, typer.Option(help="Rules of the day asked for, or today's.")
    ] = RulesOf.DAY,
    as_json: Json = False,
) -> None:
    """Reconstruct a subject's state valid on a day, as known at a moment or a cut of the ledger."""
    if known_at and cut:
        raise typer.BadParameter("give --known-at or --cut, not both")
    platform, subject_id = platform_and_id(subject)
    asked: dict[str, Any] = {
        "valid_on": day(valid_on) if valid_on else today(),
        "calendar": RuleCalendar(load_rulebook()),
        "cut": queries.parse_cut(cut) if cut else None,
        "known_at_ms": int(moment(known_at).timestamp() * 1000) if known_at else None,
        "rules_on": today() if rules is RulesOf.TODAY else None,
    }
    if source is StateSource.KAFKA:
        stack = running_stack()
        found = state_from_kafka(
            stack.kafka, platform=platform, subject_id=subject_id, say=say, **asked
        )
        body = state_bytes(found)
    else:
        with database() as connection:
            answer = queries.state(connection, platform, subject_id, **asked)
        found, body = answer.state, answer.body
    if as_json:
        print_json(body)
        return
    if found.profile is None:
        console.print(f"Nothing was known of {subject_id} before {found.partition}:{found.cut}.")
        return
    show_profile(
        subject_id,
        found.profile,
        f"as known before {found.partition}:{found.cut}, {len(found.events)} events",
    )
    console.print("  state hash " + body.decode().rpartition('"state_hash":"')[2][:64], style="dim")
