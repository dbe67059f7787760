"""Subjects that wait for an operator: list, show, retry, dismiss; and messages that no broker takes."""

from __future__ import annotations

from typing import Annotated, Any, Final

import psycopg
import typer

from events.envelope import Platform
from events.errors import LedgerError
from events.partitioning import partition_of
from events.rules.access import Gives
from events.rules.rulebook import load_rulebook
from ops.cli import parked_submissions
from ops.cli.access.door import asks, door
from ops.cli.tables import table_of
from ops.cli.terminal import Json, console, database, print_json
from ops.environment import running_stack
from ops.submission.dismissing import Dismissing, dismissal_of, messages_shown
from ops.terms.language import spoken
from ops.told.places import parked_told, place_told
from projections.access.asker import Wanted
from projections.as_of.cut import OFFSET_MAX
from projections.calendar.rules import RuleCalendar
from projections.ledger.message import Parked
from projections.projector import Projector
from projections.store.control.breach import forget_breaches
from projections.store.control.submissions import readmit
from projections.store.database import live_schema
from projections.store.live import live
from projections.store.publication import PublicationTables
from projections.store.store import Store

parked_app = typer.Typer(
    help="Subjects of which a message could not be applied; later ones wait behind it, in order.",
    no_args_is_help=True,
)

DISMISSED_WITHIN_S: Final = 15.0

PlatformOption = Annotated[Platform, typer.Option(help="Organisations or persons.")]
Key = Annotated[str, typer.Argument(help="The subject, as `parked list` shows it.")]


class NotParkedError(LedgerError):
    """The subject is not parked: `credit-ledger parked list` shows who is."""


class TopicUnknownError(LedgerError):
    """Admission has never read that topic: `credit-ledger status` names those that it reads."""


class NothingSetAsideError(LedgerError):
    """Nothing of the subject was set aside: `credit-ledger parked unpublished` shows what is."""


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    parked_submissions.add_to(parked_app)
    app.add_typer(parked_app, name="parked")


@parked_app.command("list")
def parked_list_verb(as_json: Json = False) -> None:
    """List every parked subject, from which offset on, why, and how many messages wait."""
    found: list[dict[str, Any]] = []
    with database() as connection:
        for platform in Platform:
            store = Store(live_schema(connection, platform))
            with connection.cursor() as cursor:
                for partition in sorted(store.positions(cursor)):
                    found += [
                        {
                            "platform": platform,
                            "partition": partition,
                            "subject_id": p.subject_id,
                            "offset": p.offset,
                            "reason": p.reason,
                            "waiting": p.waiting,
                        }
                        for p in store.load_parked(cursor, partition).values()
                    ]
    if as_json:
        print_json(found)
        return
    table = table_of("platform", "subject", "at", "waiting", "why")
    for row in found:
        table.add_row(
            row["platform"],
            row["subject_id"],
            place_told(row["partition"], row["offset"]),
            str(row["waiting"]),
            parked_told(row["reason"]),
        )
    console.print(table if found else _said("nobody"))


@parked_app.command("show")
@asks(Gives.HISTORY)
def parked_show_verb(
    subject: Key, platform: PlatformOption = Platform.ORGANISATION, as_json: Json = False
) -> None:
    """Show the message that cannot be applied, as bytes, and what waits behind it."""
    with door("parked show") as through:
        wanted = Wanted(gives=Gives.HISTORY, platform=platform, subject=subject)
        partition, parked, rows = through.ask(
            wanted, lambda _: _waiting_messages(through.connection, platform, subject)
        )
    if as_json:
        print_json(
            {
                "subject_id": subject,
                "offset": parked.offset,
                "reason": parked.reason,
                "messages": rows,
            }
        )
        return
    console.print(
        _said(
            "at",
            subject=subject,
            place=place_told(partition, parked.offset),
            why=parked_told(parked.reason),
        ),
        markup=False,
    )
    for row in rows:
        console.print(
            _said(
                "message",
                offset=row["offset"],
                at=row["recorded_at"],
                bytes=row["bytes"],
                hex=row["hex"],
            ),
            highlight=False,
        )
    console.print(_said("next"))


@parked_app.command("retry")
def retry_verb(subject: Key, platform: PlatformOption = Platform.ORGANISATION) -> None:
    """Apply the message again, and what waits behind it; for after its cause was mended."""
    stack = running_stack()
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        store, partition, _ = _find(connection, platform, subject)
        projector = Projector(platform, store, RuleCalendar(load_rulebook()))
        still = projector.release(connection, partition, subject)
    if still is not None:
        console.print(
            _said("still", offset=still.offset, why=parked_told(still.reason)), markup=False
        )
        raise typer.Exit(1)
    console.print(_said("released", subject=subject))


@parked_app.command("dismiss")
def dismiss_verb(
    subject: Key,
    reason: Annotated[str, typer.Option(help="Why it is set aside; it is recorded for good.")],
    platform: PlatformOption = Platform.ORGANISATION,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for its end.")] = False,
) -> None:
    """Set the message aside by an event of its own on the ledger, so that later ones are applied.

    Every replay and audit sees the dismissal and leaves the same message out. Says what became of
    it; exit code 1 where it was refused, is not applied within some seconds, or another message of
    the subject cannot be applied either.
    """
    stack = running_stack()
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        store, partition, parked = _find(connection, platform, subject)
        said = Dismissing(
            stack.kafka, platform, dismissal_of(subject, partition, parked.offset, reason)
        )
        said.submit()
        became = said.wait(connection, store, 0.0 if no_wait else DISMISSED_WITHIN_S)
    place = place_told(partition, parked.offset)
    if became.refused:
        console.print(
            _said("dismissal_refused", place=place, why=", ".join(became.refused)),
            markup=False,
        )
        raise typer.Exit(1)
    if not became.applied:
        console.print(_said("dismissal_waits", place=place), markup=False)
        raise typer.Exit(0 if no_wait else 1)
    if became.still is not None:
        where = place_told(partition, became.still.offset)
        console.print(
            _said(
                "dismissed_still",
                place=place,
                subject=subject,
                where=where,
                why=became.still.reason,
            ),
            markup=False,
        )
        raise typer.Exit(1)
    console.print(_said("dismissed", place=place), markup=False)


@parked_app.command("unpublished")
def unpublished_verb(as_json: Json = False) -> None:
    """List messages that the broker does not take, such as one over the limit of its topic, and why."""
    with database() as connection:
        found = [
            {"platform": platform, **each._asdict()}
            for platform in Platform
            for each in _publication(connection, platform).all_set_aside(connection)
        ]
    if as_json:
        print_json(found)
        return
    table = table_of("platform", "subject", "topic", "bytes", "since", "why")
    for row in found:
        table.add_row(
            row["platform"],
            row["subject_id"],
            row["topic"],
            f"{row['bytes']:,}",
            row["since"].isoformat(timespec="seconds"),
            row["reason"],
        )
    console.print(table if found else _said("all_published"))
    if found:
        console.print(_said("unpublished_next"))


@parked_app.command("publish")
def publish_verb(subject: Key, platform: PlatformOption = Platform.ORGANISATION) -> None:
    """Publish a subject's profile, and its notices that were set aside, once more; a worker does it."""
    with psycopg.connect(running_stack().postgres, autocommit=True) as connection:
        tables = _publication(connection, platform)
        if all(each.subject_id != subject for each in tables.all_set_aside(connection)):
            raise NothingSetAsideError(
                f"nothing of {subject} was set aside: `credit-ledger parked unpublished` shows what is",
                subject=subject,
            )
        at = live(connection, platform)
        tables.publish_again(connection, at.partition_of(subject), subject)
    console.print(_said("publishes", subject=subject))


@parked_app.command("readmit")
def readmit_verb(
    topic: Annotated[str, typer.Argument(help="A topic of submissions, as `status` names it.")],
    offset: Annotated[
        int, typer.Option("--from", min=0, max=OFFSET_MAX, help="Admit from this offset on.")
    ],
    partition: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the topic.")] = 0,
) -> None:
    """Let admission go on from another offset, as after a department's topic has lost its end.

    What stands on the ledger already counts once, however often it is admitted; what is left out is
    never admitted. Workers find the new position within a minute.
    """
    with psycopg.connect(running_stack().postgres, autocommit=True) as connection:
        if not readmit(connection, topic, partition, offset):
            raise TopicUnknownError(
                f"admission has never read {topic}, partition {partition}", topic=topic
            )
        forget_breaches(connection, topic, [partition])
    told = _said("readmitted", topic=topic, partition=partition, offset=f"{offset:,}")
    console.print(told)


def _said(code: str, **values: object) -> str:
    return spoken(code, "parked", **values)


def _waiting_messages(
    connection: psycopg.Connection[Any], platform: Platform, subject: str
) -> tuple[int, Parked, list[dict[str, Any]]]:
    """Give the partition, why the subject is parked, and the messages from that one on."""
    store, partition, parked = _find(connection, platform, subject)
    return partition, parked, messages_shown(connection, store, partition, subject, parked.offset)


def _publication(connection: psycopg.Connection[Any], platform: Platform) -> PublicationTables:
    return PublicationTables(Store(live_schema(connection, platform)))


def _find(
    connection: psycopg.Connection[Any], platform: Platform, subject: str
) -> tuple[Store, int, Parked]:
    store = Store(live_schema(connection, platform))
    with connection.cursor() as cursor:
        count = len(store.positions(cursor))
        partition = partition_of(subject, count)
        for each in (partition, *(p for p in range(count) if p != partition)):
            parked = store.load_parked(cursor, each).get(subject)
            if parked is not None:
                return store, each, parked
    raise NotParkedError(
        f"{subject} is not parked: `credit-ledger parked list` shows who is", subject=subject
    )
