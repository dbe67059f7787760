"""What read models have told, and what of it is out."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from events.envelope import Platform
from events.rules.divisions import WARNING_REGIONS
from events.topics import lists_topic, profiles_topic, warnings_topic
from events.wire.codec import decode_record
from ops.filling import fill_ledger
from ops.generator import GeneratorPlan
from ops.local.stack import Stack
from streams.broker import librdkafka
from tests.support.chaos import Worker, wait_for
from tests.support.ledger import LEDGER, ends_of, positions, read_all, rows
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable


ORGANISATION = Platform.ORGANISATION
Ends = dict[int, int]
SETTLES_WITHIN_S = AMPLE_S
CAUGHT_WITHIN = 20
"""So many times more is recorded until a projector is caught with something that it has not sent."""


def record(stack: Stack, seed: int, events: int = 4_000) -> None:
    """Record what nobody has recorded before."""
    fill_ledger(
        stack.kafka,
        GeneratorPlan(
            events=events,
            subjects=events // 8,
            seed=seed,
            first_day=date(2024, 1, 1),
            last_day=date(2026, 8, 31),
        ),
    )


def live(stack: Stack, table: str) -> str:
    ((version,),) = rows(
        stack.postgres,
        "SELECT version FROM control.projection WHERE live AND platform = 'organisation'",
    )
    return f"organisation_v{version}.{table}"


def is_applied(stack: Stack) -> bool:
    return positions(stack.postgres) == ends_of(stack.kafka, LEDGER)


def everything_told_is_out(stack: Stack) -> None:
    """Without another event: the outbox empties, and what it held is on its topic."""
    wait_for(lambda: is_applied(stack), SETTLES_WITHIN_S, "all is applied")
    wait_for(
        lambda: rows(stack.postgres, f"SELECT FROM {live(stack, 'outbox')}") == [],
        SETTLES_WITHIN_S,
        "no notice waits",
    )
    told = {
        decode_record(message.value())[1]["warning_id"]
        for region in WARNING_REGIONS
        for message in read_all(stack.kafka, warnings_topic(ORGANISATION, region))
    }
    kept = rows(stack.postgres, f"SELECT warning_id::text FROM {live(stack, 'warning')}")
    assert told == {warning_id for (warning_id,) in kept}
    changed = {
        decode_record(message.value())[1]["entry_id"]
        for message in read_all(stack.kafka, lists_topic(ORGANISATION))
    }
    entries = rows(stack.postgres, f"SELECT entry_id::text FROM {live(stack, 'list_entry')}")
    assert changed == {entry for (entry,) in entries}


def old_or_missing(stack: Stack) -> set[str]:
    """Give the subjects whose last profile on the topic is not that of the table."""
    newest = {
        message.key().decode(): decode_record(message.value())[1]["offset"]
        for message in read_all(stack.kafka, profiles_topic(ORGANISATION))
    }
    kept = dict(
        rows(stack.postgres, f"SELECT subject_id, last_offset FROM {live(stack, 'profile')}")
    )
    return {subject for subject in kept if newest.get(subject) != kept[subject]}


def wait_until_published(stack: Stack) -> None:
    everything_told_is_out(stack)
    wait_until_profiles_are_published(stack)


def wait_until_profiles_are_published(stack: Stack) -> None:
    wait_for(lambda: is_applied(stack), SETTLES_WITHIN_S, "all is applied")
    wait_for(
        lambda: rows(stack.postgres, unpublished(stack)) == [],
        SETTLES_WITHIN_S,
        "every profile is published",
    )


def unpublished(stack: Stack) -> str:
    """Give the question for partitions with profiles that are not out."""
    return (
        f"SELECT FROM {live(stack, 'publication')} b JOIN {live(stack, 'position')} a "
        "USING (partition) WHERE topic_kind = 'profiles' AND b.generation < a.generation"
    )


def kill_once(stack: Stack, projector: Worker, holds: Callable[[Ends], bool], seed: int) -> None:
    """Kill a projector at a moment at which something holds, which may last shorter than a look.

    So it is looked at again while it sleeps; where it came past the moment, it gets more to do.
    """
    for more in range(CAUGHT_WITHIN):
        record(stack, seed + more)
        ends, until = ends_of(stack.kafka, LEDGER), time.monotonic() + SETTLES_WITHIN_S
        while positions(stack.postgres) != ends or rows(stack.postgres, unpublished(stack)):
            assert time.monotonic() < until, "it comes to no end"
            time.sleep(0.01)
            if not holds(ends):
                continue
            projector.pause()
            if holds(ends):
                projector.kill()
                return
            projector.resume()
    raise AssertionError("it was never caught")


def set_limit(stack: Stack, size: int) -> None:
    """Set the broker's limit of a message on the topic of profiles."""
    admin = AdminClient(librdkafka(stack.kafka))
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    topic = ConfigResource(
        ConfigResource.Type.TOPIC, profiles_topic(ORGANISATION), incremental_configs=[entry]
    )
    for done in admin.incremental_alter_configs([topic]).values():
        done.result(AMPLE_S)
