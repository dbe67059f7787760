"""How the ledger stands, told to an operator: status."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from events.envelope import CHINA, Platform
from events.topics import ledger_topic
from ops.cli.terminal import Json, console, errors, print_json
from ops.environment import NotRunningError, running_stack
from ops.evidence.settings import read_evidence_settings
from ops.evidence.standing import cuts_now
from ops.local.home import default_home
from ops.local.watch import watched
from ops.status import read_status
from streams.room import disk_of
from streams.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.status import Status
    from projections.http.asking.evidence import CutStanding
    from projections.store.admission import AdmissionNow
    from projections.store.control.audits import Audit
    from projections.store.progress import Latency, SweepProgress
    from streams.room import Disk

_DEPARTMENTS_TOLD = 5


_LOST_NEXT: Final = (
    "Next: what was acknowledged and read is not in the log. Restore Kafka's log: workers then go on. Or take"
    " what it holds now for the truth: of the ledger with `credit-ledger replay --take-over`, of a department's"
    " topic with `credit-ledger parked readmit TOPIC --from OFFSET`."
)


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("status")(status_verb)


def status_verb(as_json: Json = False) -> None:
    """Show broker, database, lag, admission, latency, the daily sweep, parked subjects.

    Exit code 1 where something is away, behind by more than a minute, parked, not taken by the
    broker, or where the latency objective is missed, also of one department's submissions.
    """
    folders = tuple(server.data for server in watched(default_home()))
    try:
        stack = running_stack()
    except NotRunningError as error:
        # A server may have ended for want of room: the disks are told although nothing answers.
        floor_mb = read_settings("", "").disk_floor_mb
        for folder in folders:
            errors.print(told_disk(disk_of(folder), floor_mb), highlight=False, soft_wrap=True)
        raise error from None
    settings = read_settings(stack.kafka, stack.postgres)
    status = read_status(stack, replace(settings, data_folders=folders))
    cuts = cuts_now(read_evidence_settings(), time.time())
    if as_json:
        print_json({**msgspec.to_builtins(status), "cuts": msgspec.to_builtins(cuts)})
    else:
        console.print(f"Kafka     {status.kafka}\nPostgres  {status.postgres}")
        heads = ("partition", "position", "end", "behind (events)", "behind (s)")
        table = Table(Column("topic", overflow="fold"), *heads)
        for lag in status.lags:
            if lag.end or lag.behind:
                behind_s = "" if lag.behind_s is None else f"{lag.behind_s:.1f}"
                table.add_row(
                    lag.topic,
                    str(lag.partition),
                    f"{lag.position:,}",
                    f"{lag.end:,}",
                    f"{lag.behind:,}",
                    behind_s,
                )
        console.print(table)
        if status.admission is not None:
            console.print(told_admission(status.admission))
        for latency in status.latency:
            console.print(told_latency(latency))
        for sweep in status.sweep:
            console.print(told_sweep(sweep))
        for cut in cuts:
            console.print(told_cut(cut, status), highlight=False)
        console.print(told_audits(status.audits))
        console.print(f"parked subjects: {status.parked}; waiting in the outbox: {status.outbox}")
        for disk in status.disks:
            console.print(told_disk(disk, settings.disk_floor_mb), highlight=False)
        for place in status.lost:
            console.print(f"[red]lost[/] {place}", highlight=False)
        if status.lost:
            console.print(_LOST_NEXT)
        if status.set_aside:
            console.print(
                f"[red]messages that the broker does not take: {status.set_aside}[/];"
                " see `credit-ledger parked unpublished`"
            )
    raise typer.Exit(0 if status.healthy else 1)


def told_cut(found: CutStanding, status: Status) -> str:
    """Tell the age of the newest signed cut of a log, and how far the signer is behind."""
    if found.wrong is not None:
        return f"[red]log of {found.platform}s[/]: {escape(found.wrong)}"
    topic = ledger_topic(Platform(found.platform))
    behind = sum(lag.end for lag in status.lags if lag.topic == topic) - found.events
    waits = f", {behind:,} events in none yet" if behind > 0 else ""
    silent = (
        f"; [red]silent witnesses: {escape(', '.join(found.silent))}[/]" if found.silent else ""
    )
    age = f"{found.age_s:,.0f} s old"
    return f"signed    {found.platform}: cut {found.cut:,}, {age}{waits}{silent}"


def told_admission(found: AdmissionNow) -> str:
    """Tell who waits for admission, how many it refused, and which workers are at work."""
    parts = [f"admission: {found.refused:,} refused", f"{found.behind:,} wait"]
    longest = sorted(found.departments, key=lambda each: -(each.waiting_s or 0))
    parts += [
        f"{each.department} ({each.platform}) {each.behind:,} for {each.waiting_s or 0:.1f} s"
        for each in longest[:_DEPARTMENTS_TOLD]
    ]
    lines = [", ".join(parts) + (" [red]objective missed[/]" if found.missed else "")]
    for role in found.roles:
        text = f"workers of {role.role}: {role.workers}, started {role.starts:,} times"
        if role.started_at is not None:
            text += f", last {role.started_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
        lines.append(text if role.workers else f"[red]{text}: none is at work[/]")
    return "\n".join(lines)


def told_disk(found: Disk, floor_mb: int) -> str:
    """Tell how full the disk of a server is, and whether writes wait for room."""
    used = 1 - found.free_mb / found.size_mb if found.size_mb else 1.0
    text = f"disk under {found.folder}: {used:.0%} full, {found.free_mb:,} MB free"
    short = f" [red]less than {floor_mb:,} MB: writes wait until there is room[/]"
    return text + (short if found.free_mb < floor_mb else "")


def told_audits(found: Sequence[Audit]) -> str:
    """Tell when the read models were last compared with Kafka, by how much of them."""
    if not found:
        return "never compared with Kafka: `credit-ledger check` or `replay` does"
    return "\n".join(
        f"compared with Kafka: {each.platform}s, {each.kind}"
        + ("" if each.partition is None else f" ({each.partition})")
        + f" at {each.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}, "
        + (f"[red]{each.different} rows differed[/]" if each.different else "equal")
        for each in found
    )


def told_latency(found: Latency) -> str:
    """Tell how long events take to be visible, and whether the objective is missed."""
    parts = [f"latency of {found.platform}s: objective {found.objective_s:g} s"]
    if found.events:
        share = f"{found.within / found.events:.1%}"
        parts.append(f"met by {share} of {found.events:,} events")
    if found.last_ms is not None:
        parts.append(f"last batch {found.last_ms / 1000:.2f} s")
    if found.waiting_s is not None:
        parts.append(f"the oldest event waits for {found.waiting_s:.1f} s")
    return ", ".join(parts) + (" [red]missed[/]" if found.missed else "")


def told_sweep(found: SweepProgress) -> str:
    """Tell to which day a platform is swept, and who is yet to be assessed."""
    if not found.unswept:
        return f"sweep of {found.platform}s: all partitions are swept to {found.to}"
    days = sorted(
        {each.swept_on for each in found.by_partition if each.subjects is not None}, key=str
    )
    since = ", ".join("never" if day is None else str(day) for day in days)
    return (
        f"sweep of {found.platform}s to {found.to}: {found.partitions - found.unswept} of"
        f" {found.partitions} partitions done; in the others, swept last: {since},"
        f" {found.due:,} of {found.subjects:,} subjects are due"
        f" (rules changed last on {found.rules_changed_on})"
    )
