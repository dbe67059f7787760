"""Start and stop the servers, and make the topics: up, down, topics."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import psycopg
import typer

from events.envelope import CHINA
from events.partitioning import LEDGER_PARTITIONS
from events.rules.rulebook import load_rulebook
from ops.cli.tables import table_of
from ops.cli.terminal import Json, console, print_json, say
from ops.doors.opening import make_ready
from ops.environment import prepare, prepared_stack, running_stack
from ops.evidence.keys import make_keys
from ops.evidence.settings import read_evidence_settings
from ops.local.stack import default_home, down
from ops.terms.language import spoken
from ops.vault.opening import make_vault_ready, vault_settings
from streams.access import rules
from streams.broker import servers
from streams.topics import topic_table


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("up")(up_verb)
    app.command("down")(down_verb)
    app.command("topics")(topics_verb)


def up_verb() -> None:
    """Start Kafka and Postgres, and create the topics, tables and keys that are missing.

    Servers of your own are used instead where CREDIT_LEDGER_KAFKA and CREDIT_LEDGER_POSTGRES name them.
    """
    stack = prepared_stack(say, LEDGER_PARTITIONS)
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        make_ready(connection, stack.kafka, default_home(), datetime.now(CHINA))
    made = make_keys(read_evidence_settings())
    made_vault = make_vault_ready(vault_settings(stack.postgres))
    if made:
        console.print(spoken("keys_made", "start"))
    if made_vault:
        console.print(spoken("vault_made", "start"))
    console.print(spoken("ready", "start", kafka=servers(stack.kafka)))
    console.print(spoken("next", "start"))


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
        found = rules(topics)
        if as_json:
            print_json([rule._asdict() for rule in found])
        for rule in () if as_json else found:
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
                    "writers": t.writers,
                    "readers": t.readers,
                }
                for t in topics
            ]
        )
        return
    table = table_of("topic", "partitions", "kept", "writes", "reads")
    for topic in topics:
        kept = spoken("kept_newest" if topic.compacted else "kept_all", "start")
        table.add_row(
            topic.name, str(topic.partitions), kept, *map(", ".join, (topic.writers, topic.readers))
        )
    console.print(table)
