"""Watch what is published: warnings, changes of lists, profiles; from now on or from the start."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, TopicPartition

from events.envelope import Platform
from events.rules.access import Gives, View
from events.rules.divisions import WARNING_REGIONS
from events.rules.rulebook import load_rulebook
from events.rules.versions import Level, WarningKind
from events.topics import lists_topic, profiles_topic, warnings_topic
from events.wire.codec import decode_record
from ops.cli.access.door import asks, door
from ops.cli.terminal import Json, console, division, print_document, unfit
from ops.doors.asking import QuestionRefusedError
from ops.environment import running_kafka
from ops.terms.language import language
from ops.terms.naming import Naming
from ops.terms.terms import Terms
from ops.told.places import place_told
from ops.told.watched import list_change_told, warning_told
from projections.access.asker import RefusalCode, Wanted
from projections.notices.subscription import Once, Subscription, subscription
from projections.queries.subject.history import DOCUMENTS_SHOWN_MAX, document_numbers
from projections.store.control.watchers import keep_places, places_of
from streams.broker import broker

if TYPE_CHECKING:
    from psycopg import Connection

    from ops.doors.asking import CommandDoor, Passed


class Watched(StrEnum):
    """What can be watched."""

    WARNINGS = "warnings"
    LISTS = "lists"
    PROFILES = "profiles"


_GIVES: Final = {
    Watched.WARNINGS: Gives.WARNINGS,
    Watched.LISTS: Gives.LISTS,
    Watched.PROFILES: Gives.PROFILE,
}


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("watch")(watch_verb)


@asks(Gives.WARNINGS, Gives.LISTS, Gives.PROFILE)
def watch_verb(
    what: Annotated[Watched, typer.Argument(help="What to watch.")],
    region: Annotated[
        str | None,
        typer.Option(
            help="Only this region's warnings: a division code, of a province with its cities."
        ),
    ] = None,
    level: Annotated[
        Level | None, typer.Option(help="Only warnings of this level or above, and their lifting.")
    ] = None,
    domain: Annotated[
        list[str] | None,
        typer.Option(help="Only warnings of this domain, such as tax; may be given again."),
    ] = None,
    kind: Annotated[WarningKind | None, typer.Option(help="Only warnings of this kind.")] = None,
    department: Annotated[
        str | None,
        typer.Option(
            help="Only warnings for this department by name, or of the fields of its function."
        ),
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="All from the first on, then go on.")
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="Watch under this name, and go on next time where this name stopped, whoever"
            " else watches; the first time from now, or with --from-start from the first.",
        ),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
    platform: Annotated[
        Platform, typer.Option(help="Organisations or persons.")
    ] = Platform.ORGANISATION,
    as_json: Json = False,
) -> None:
    """Print each message as it is published, until Ctrl-C or --count.

    Told in Chinese or English, as the setting or the terminal says. Delivery is at least once; a
    notice that comes again is dropped by its id.
    """
    chosen = {"region": region, "level": level, "domain": domain, "kind": kind}
    given = [name for name, each in (chosen | {"department": department}).items() if each]
    if given and what is not Watched.WARNINGS:
        raise unfit("only_warnings", hint=f"--{given[0]}")
    within = division(region) if region else None
    wanted = subscription(
        load_rulebook(),
        region=within,
        domains=domain or (),
        level=level,
        kind=kind,
        department=department,
    )
    under = None if name is None else _watcher(name)
    _show_all(what, platform, wanted, within, under, count, from_start=from_start, as_json=as_json)


def _watcher(name: str) -> str:
    """Read the name that somebody watches under. Raises `typer.BadParameter`."""
    if re.fullmatch(r"[\w.@-]{1,60}", name) is None:
        raise unfit("watcher", hint="--as")
    return name


def _show_all(
    what: Watched,
    platform: Platform,
    wanted: Subscription,
    region: str | None,
    name: str | None,
    count: int | None,
    *,
    from_start: bool,
    as_json: bool,
) -> None:
    naming = Naming(Terms(language()), load_rulebook(), None)
    topics, once = _topics(what, platform, wanted), Once()
    shown = 0
    with door("watch " + what) as through:
        connection = through.connection
        passed = _let_through(through, what, platform, wanted, region)
        for (part, behind), value in _published(
            topics, from_start=from_start, name=name, connection=connection
        ):
            if is_told(what, value, wanted, once):
                body = msgspec.json.encode(value, order="sorted")
                passed.record("delivered", body, [value["subject_id"]])
                if as_json:
                    print_document(body)
                else:
                    _show(what, value, naming, _documents(what, platform, value, connection))
                shown += 1
            if name is not None:  # Only now: what a kill kept from being shown comes again.
                keep_places(connection, name, {part: behind})
            if count is not None and shown >= count:
                return


def _let_through(
    through: CommandDoor,
    what: Watched,
    platform: Platform,
    wanted: Subscription,
    region: str | None,
) -> Passed:
    """Decide, and record that it begins; each message is recorded before it is printed.

    What is published of profiles and lists is whole: of it no smaller view is made.
    """
    passed = through.let_through(Wanted(gives=_GIVES[what], platform=platform, seat=region))
    permit = passed.permit
    if what is not Watched.WARNINGS and permit.view is not View.WHOLE:
        raise QuestionRefusedError(RefusalCode.PURPOSE_NOT_OF_ROLE, permit.rule)
    if permit.only_for not in (None, wanted.department):
        raise QuestionRefusedError(RefusalCode.NOT_OWN, permit.rule)
    passed.record("answered", None)
    return passed


def _documents(
    what: Watched, platform: Platform, value: dict[str, Any], connection: Connection[Any]
) -> list[str]:
    """Give the document numbers of the records that a warning rests on."""
    if what is not Watched.WARNINGS:
        return []
    return document_numbers(
        connection, platform, value["subject_id"], value["evidence"][:DOCUMENTS_SHOWN_MAX]
    )


def _places(
    consumer: Consumer,
    topics: list[str],
    name: str | None,
    connection: Connection[Any],
    *,
    from_start: bool,
) -> list[TopicPartition]:
    """Give where to begin: under a name where it stopped, else at the start or at the end."""
    known = consumer.list_topics(timeout=10).topics
    parts = [(t, p) for t in topics if t in known for p in known[t].partitions]
    if name is None:
        start = OFFSET_BEGINNING if from_start else OFFSET_END
        return [TopicPartition(t, p, start) for t, p in parts]
    places = places_of(connection, name, topics)
    for part in parts:
        if part not in places:
            low, high = consumer.get_watermark_offsets(TopicPartition(*part), timeout=10)
            places[part] = low if from_start else high
    keep_places(connection, name, {part: places[part] for part in parts})
    return [TopicPartition(t, p, places[t, p]) for t, p in parts]


def _published(
    topics: list[str], *, from_start: bool, name: str | None, connection: Connection[Any]
) -> Iterator[tuple[tuple[tuple[str, int], int], dict[str, Any]]]:
    """Read topics on and on; a reader of its own each time, that leaves no trace at the broker.

    Gives each message with its topic and partition, and the offset behind it.
    """
    kafka = broker(running_kafka())
    consumer = Consumer(
        {
            **kafka.librdkafka(),
            "group.id": kafka.group(f"watch.{uuid.uuid4()}"),
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
            "auto.offset.reset": "earliest",  # What a name stopped at may be deleted by now.
        }
    )
    try:
        consumer.assign(_places(consumer, topics, name, connection, from_start=from_start))
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            place = (message.topic(), message.partition()), message.offset() + 1
            yield place, decode_record(message.value())[1]
    finally:
        consumer.close()


def _topics(what: Watched, platform: Platform, wanted: Subscription) -> list[str]:
    if what is Watched.PROFILES:
        return [profiles_topic(platform)]
    if what is Watched.LISTS:
        return [lists_topic(platform)]
    regions = WARNING_REGIONS if wanted.regions is None else sorted(wanted.regions)
    return [warnings_topic(platform, each) for each in regions]


def is_told(what: Watched, value: dict[str, Any], wanted: Subscription, once: Once) -> bool:
    """Say whether a message is printed: a warning that is wanted, and a notice not printed yet."""
    if what is Watched.PROFILES:
        return True
    if what is Watched.LISTS:
        return once.is_news(value["change_id"])
    return wanted.takes(
        region=value["region"],
        domain=value["domain"],
        level=value["level"] or value["previous_level"],
        kind=value["kind"],
        recipients=value["recipients"],
    ) and once.is_news(value["warning_id"])


def _show(what: Watched, value: dict[str, Any], naming: Naming, documents: list[str]) -> None:
    if what is Watched.WARNINGS:
        told = warning_told(value, naming, documents)
    elif what is Watched.LISTS:
        told = list_change_told(value, naming)
    else:
        told = (
            f"{value['assessed_on']} {value['subject_name'] or ''} {value['subject_id']} "
            f"@ {place_told(value['partition'], value['offset'])}"
        )
    console.print(told, markup=False, highlight=False, soft_wrap=True)
