"""Start, stop and look at the ledger: up, down, status, topics, worker, serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from events.partitioning import LEDGER_PARTITIONS
from events.rules.rulebook import load_rulebook
from ops.cli.terminal import Json, console, print_json, say
from ops.environment import prepare, prepared_stack, running_stack
from ops.local.stack import default_home, down
from ops.status import read_status
from ops.worker import ROLES, run_role, supervise, usual_projectors
from streams.access import grants
from streams.settings import read_settings
from streams.topics import topic_table

if TYPE_CHECKING:
    from projections.store.progress import Latency, SweepProgress


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("up")(up_verb)
    app.command("down")(down_verb)
    app.command("status")(status_verb)
    app.command("topics")(topics_verb)
    app.command("worker")(worker_verb)
    app.command("serve")(serve_verb)
    app.command("demo")(demo_verb)


def up_verb() -> None:
    """Start Kafka and Postgres, and create the topics and tables that are missing.

    Servers of your own are used instead where CREDIT_LEDGER_KAFKA and CREDIT_LEDGER_POSTGRES name them.
    """
    stack = prepared_stack(say, LEDGER_PARTITIONS)
    console.print(f"Kafka at {stack.kafka}; Postgres is up; topics and tables are there.")
    console.print(
        "Next: [bold]credit-ledger worker[/] in one terminal, [bold]submit[/] in another."
    )


def down_verb() -> None:
    """Stop the Kafka and Postgres that `up` started; their data stays."""
    down(default_home())


def topics_verb(
    partitions: Annotated[
        int, typer.Option(help="Partitions of the ledger, frozen for life.")
    ] = LEDGER_PARTITIONS,
    access: Annotated[
        bool,
        typer.Option(
            "--access",
            help="Only print who may write and read what, as arguments of Kafka's kafka-acls.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Create the topics and tables that are missing, check the others, and list them.

    With --access nothing is created: each line is a rule for the broker, one account a department.
    """
    topics = topic_table(load_rulebook(), partitions)
    if access:
        rules = grants(topics)
        if as_json:
            print_json([rule._asdict() for rule in rules])
        for rule in () if as_json else rules:
            console.print(rule.command(), soft_wrap=True, highlight=False)
        return
    prepare(running_stack(), partitions)
    if as_json:
        print_json(
            [
                {
                    "name": t.name,
                    "partitions": t.partitions,
                    "compacted": t.compacted,
                    "writer": t.writer,
                    "readers": t.readers,
                }
                for t in topics
            ]
        )
        return
    table = Table("topic", "partitions", "kept", "writes", "reads")
    for topic in topics:
        kept = "newest a key" if topic.compacted else "for good"
        table.add_row(topic.name, str(topic.partitions), kept, topic.writer, topic.readers)
    console.print(table)


def worker_verb(
    role: Annotated[
        str | None,
        typer.Option(help="Run one role in this process: admission or projector. Default: all."),
    ] = None,
    projectors: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Projector processes, which share the partitions. Default: one a core, up to 4.",
        ),
    ] = None,
) -> None:
    """Admit submissions and project the ledger. Run any number of them; stop with Ctrl-C or SIGTERM."""
    stack = running_stack()
    if role is None:
        raise typer.Exit(supervise(projectors or usual_projectors()))
    if projectors is not None:
        raise typer.BadParameter("not with --role: that is one process", param_hint="--projectors")
    if role not in ROLES:
        raise typer.BadParameter(f"{role!r}: one of {', '.join(ROLES)}", param_hint="--role")
    run_role(role, read_settings(stack.kafka, stack.postgres))


def serve_verb(
    port: Annotated[
        int, typer.Option(help="Port on the loopback address; 0 picks a free one.")
    ] = 8440,
) -> None:
    """Serve queries over HTTP: profile, history, as-of, lists, warnings, schemas, metrics."""
    from ops.serving import serve  # noqa: PLC0415 - other verbs need no web server

    stack = running_stack()
    serve(stack.postgres, stack.kafka, port=port)


def status_verb(as_json: Json = False) -> None:
    """Show broker, database, lag, latency against its objective, the daily sweep, parked subjects.

    Exit code 1 where something is away, behind by more than a minute, parked, not taken by the
    broker, or where the latency objective is missed.
    """
    stack = running_stack()
    settings = read_settings(stack.kafka, stack.postgres)
    status = read_status(stack, settings.latency_objective_s)
    if as_json:
        print_json(status)
    else:
        console.print(f"Kafka     {status.kafka}\nPostgres  {status.postgres}")
        table = Table("topic", "partition", "position", "end", "behind (events)", "behind (s)")
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
        for latency in status.latency:
            console.print(told_latency(latency))
        for sweep in status.sweep:
            console.print(told_sweep(sweep))
        console.print(f"parked subjects: {status.parked}; waiting in the outbox: {status.outbox}")
        if status.set_aside:
            console.print(
                f"[red]messages that the broker does not take: {status.set_aside}[/];"
                " see `credit-ledger parked unpublished`"
            )
    raise typer.Exit(0 if status.healthy else 1)


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


def demo_verb() -> None:
    """Play the whole on real records: report, profile, warning, correction, as-of, replay."""
    from ops.demo.story import run_demo  # noqa: PLC0415 - other verbs need no demo

    run_demo()
