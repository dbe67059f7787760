"""How the ledger stands, told to an operator: status."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import typer
from rich.markup import escape

from events.envelope import CHINA, Platform
from events.topics import ledger_topic
from ops.cli.tables import table_of
from ops.cli.terminal import Json, console, errors, print_json
from ops.environment import NotRunningError, running_stack
from ops.evidence.settings import read_evidence_settings
from ops.evidence.standing import cuts_now
from ops.local.home import default_home
from ops.local.stack import watched
from ops.status import read_status
from ops.terms.language import spoken
from streams.room import disk_of
from streams.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ops.status import Status
    from projections.http.asking.evidence import CutStanding
    from projections.store.admission import AdmissionNow
    from projections.store.control.audits import Audit
    from projections.store.progress import Latency, SweepProgress
    from streams.room import Disk

_DEPARTMENTS_TOLD = 5


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
        stack = running_stack(logs=False)
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
        console.print(f"Kafka     {told_server(status.kafka)}", highlight=False)
        console.print(f"Postgres  {told_server(status.postgres)}", highlight=False)
        heads = ("topic", "partition", "position", "end", "behind (events)", "behind (s)")
        table = table_of(*heads)
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
        console.print(_said("parked", parked=status.parked, outbox=status.outbox))
        for disk in status.disks:
            console.print(told_disk(disk, settings.disk_floor_mb), highlight=False)
        for place in status.lost:
            console.print(f"{_red('lost')} {place}", highlight=False)
        if status.lost:
            console.print(_said("lost_next"))
        if status.set_aside:
            console.print(_red("set_aside", count=status.set_aside) + _said("set_aside_next"))
    raise typer.Exit(0 if status.healthy else 1)


def told_server(said: str) -> str:
    """Tell whether a server answers: `up`, `up at` where it is, or `away:` and why."""
    word, _, rest = said.partition(" ")
    code = {"up": "up", "away:": "away"}.get(word)
    if code is None:
        return escape(said)
    where = rest.removeprefix("at ")
    return _said(code, what=escape(where)) if where else _said("up_here")


def told_cut(found: CutStanding, status: Status) -> str:
    """Tell the age of the newest signed cut of a log, and how far the signer is behind."""
    if found.wrong is not None:
        named = _red("log_of", platform=_whose(found.platform))
        return f"{named}: {escape(found.wrong)}"
    topic = ledger_topic(Platform(found.platform))
    behind = sum(lag.end for lag in status.lags if lag.topic == topic) - found.events
    signed = _said(
        "signed",
        platform=_whose(found.platform),
        cut=f"{found.cut:,}",
        age=f"{found.age_s:,.0f}",
    )
    waits = _said("unsigned", count=f"{behind:,}") if behind > 0 else ""
    silent = "; " + _red("silent", names=escape(", ".join(found.silent))) if found.silent else ""
    return signed + waits + silent


def told_admission(found: AdmissionNow) -> str:
    """Tell who waits for admission, how many it refused, and which workers are at work."""
    text = _said("admission", refused=f"{found.refused:,}", behind=f"{found.behind:,}")
    longest = sorted(found.departments, key=lambda each: -(each.waiting_s or 0))
    for each in longest[:_DEPARTMENTS_TOLD]:
        text += _said(
            "department_waits",
            department=each.department,
            platform=_whose(each.platform),
            behind=f"{each.behind:,}",
            seconds=f"{each.waiting_s or 0:.1f}",
        )
    lines = [text + (" " + _red("objective_missed") if found.missed else "")]
    for role in found.roles:
        text = _said(
            "workers",
            role=spoken(role.role, "role_at_work"),
            count=role.workers,
            starts=f"{role.starts:,}",
        )
        if role.started_at is not None:
            text += _said("started_last", at=_moment(role.started_at))
        lines.append(text if role.workers else f"[red]{text}{_said('no_worker')}[/]")
    return "\n".join(lines)


def told_disk(found: Disk, floor_mb: int) -> str:
    """Tell how full the disk of a server is, and whether writes wait for room."""
    used = 1 - found.free_mb / found.size_mb if found.size_mb else 1.0
    free = f"{found.free_mb:,}"
    text = _said("disk", folder=found.folder, used=f"{used:.0%}", free=free)
    short = " " + _red("disk_short", floor=f"{floor_mb:,}")
    return text + (short if found.free_mb < floor_mb else "")


def told_audits(found: Sequence[Audit]) -> str:
    """Tell when the read models were last compared with Kafka, by how much of them."""
    if not found:
        return _said("never_compared")
    return "\n".join(
        _said(
            "compared",
            platform=_whose(each.platform),
            what=spoken(each.kind, "compared_by")
            + ("" if each.partition is None else f" ({each.partition})"),
            at=_moment(each.at),
        )
        + (_red("rows_differed", count=each.different) if each.different else _said("equal"))
        for each in found
    )


def told_latency(found: Latency) -> str:
    """Tell how long events take to be visible, and whether the objective is missed."""
    objective = f"{found.objective_s:g}"
    text = _said("latency", platform=_whose(found.platform), seconds=objective)
    if found.events:
        share = f"{found.within / found.events:.1%}"
        text += _said("latency_met", share=share, events=f"{found.events:,}")
    if found.last_ms is not None:
        text += _said("latency_last", seconds=f"{found.last_ms / 1000:.2f}")
    if found.waiting_s is not None:
        text += _said("latency_waits", seconds=f"{found.waiting_s:.1f}")
    return text + (" " + _red("missed") if found.missed else "")


def told_sweep(found: SweepProgress) -> str:
    """Tell to which day a platform is swept, and who is yet to be assessed."""
    if not found.unswept:
        return _said("swept", platform=_whose(found.platform), to=found.to)
    days = sorted(
        {each.swept_on for each in found.by_partition if each.subjects is not None}, key=str
    )
    return _said(
        "sweeping",
        platform=_whose(found.platform),
        to=found.to,
        done=found.partitions - found.unswept,
        partitions=found.partitions,
        since=", ".join(_said("never") if day is None else str(day) for day in days),
        due=f"{found.due:,}",
        subjects=f"{found.subjects:,}",
        changed=found.rules_changed_on,
    )


def _said(code: str, **values: object) -> str:
    return spoken(code, "standing", **values)


def _red(code: str, **values: object) -> str:
    return f"[red]{_said(code, **values)}[/]"


def _whose(platform: str) -> str:
    return spoken(platform, "platforms")


def _moment(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
