"""Submissions that admission has not taken yet: shown, and set aside by an operator's word."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import psycopg
import typer

from events.envelope import Platform
from events.rules.offices import reports_through
from events.topics import submissions_topic
from ops.cli.tables import table_of
from ops.cli.terminal import Json, console, print_json, unfit
from ops.environment import running_stack
from ops.status import end_offsets
from ops.terms.language import spoken
from projections.store.admission import submissions_behind
from projections.store.control.receipts import admitted_up_to
from streams.publishing.producer import Sender, create_producer
from streams.reading.reader import LogReader
from streams.stepping_over import look, step_over

if TYPE_CHECKING:
    from collections.abc import Mapping


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("submissions")(submissions_verb)
    app.command("step-over")(step_over_verb)


def submissions_verb(as_json: Json = False) -> None:
    """Show, of every department that waits for admission, the first submission that is not taken."""
    stack = running_stack()
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        ends = end_offsets(stack.kafka)
        behind = submissions_behind(connection, ends)
    with LogReader(stack.kafka) as reader:
        found = [_row(reader, topic, at) for (topic, _), at in behind.items()]
    if as_json:
        print_json(found)
        return
    table = table_of("topic", "offset", "wait", "since", "what stands there")
    for row in found:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table if found else spoken("no_submission", "parked"))
    if found:
        console.print(spoken("submission_next", "parked"), markup=False)


def _row(reader: LogReader, topic: str, position: int) -> Mapping[str, Any]:
    found = look(reader, topic, position)
    since = None
    if found.raw is not None:
        since = datetime.fromtimestamp(found.raw.timestamp_ms / 1000, UTC).isoformat()
    return {
        "topic": topic,
        "offset": position,
        "waiting": found.end - position,
        "since": since,
        "what": found.what,
    }


def step_over_verb(
    department: Annotated[str, typer.Argument(help="Whose submission it is, such as tax-zj.")],
    reason: Annotated[
        str, typer.Option(help="Why it is set aside; the department is told, and it is kept.")
    ],
    platform: Annotated[
        Platform, typer.Option(help="Organisations or persons.")
    ] = Platform.ORGANISATION,
) -> None:
    """Refuse the one submission that admission stands at, whatever it is, and go on behind it.

    Where the broker has lost a stretch, that is stepped over as one. Nothing else is skipped.
    """
    stack = running_stack()
    topic = submissions_topic(platform, reports_through(department))
    with (
        psycopg.connect(stack.postgres, autocommit=True) as connection,
        LogReader(stack.kafka) as reader,
    ):
        if topic not in reader.partitions():
            raise unfit("nobody_reports", department=department, topic=topic)
        waiting = look(reader, topic, admitted_up_to(connection, [topic]).get((topic, 0), 0))
        step_over(connection, _sender(stack.kafka), waiting, reason, datetime.now(UTC))
    console.print(
        spoken(
            "stepped_over",
            "parked",
            topic=topic,
            offset=waiting.position,
            what=waiting.what,
            next=waiting.next_offset,
        ),
        markup=False,
    )


def _sender(kafka: str) -> Sender:
    return Sender(create_producer(kafka))
