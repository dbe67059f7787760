"""One worker process: an app with its agents, for admission or for projecting.

Workers name themselves by slots: the lowest free number, held by an advisory lock that Postgres
gives back when the process dies, however it dies. So the successor of a killed worker has its
name, and with Kafka's static membership its partitions, at once.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import psycopg

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from events.wire.schemas import SchemaUnknownError
from projections.calendar.rules import RuleCalendar
from projections.projector import BULK_MESSAGES, Projector
from projections.sealing.sealer import SealKeeper
from projections.store.admission import SLOT_LOCKS, is_submissions, note_start
from projections.store.database import live_schema
from projections.store.session import try_lock_slot
from projections.store.store import Store
from projections.store.tables.positions import SupersededError
from streams.admitting.admission import DELAYS, Admission
from streams.admitting.crowds import OF_ONE_SUBJECT_MAX
from streams.admitting.department_keys import DepartmentKeyFile
from streams.batches import OUTAGES
from streams.broker import of_account
from streams.connections import worker_connections
from streams.projector import ProjectorAgent
from streams.publishing.fence import PROFILES, FencedSender, transactions_of
from streams.publishing.producer import Sender, create_fenced_producer, create_producer
from streams.publishing.publication import Publication
from streams.publishing.relay import Relay
from streams.room import Room
from streams.signing.standing import SignedLedger
from streams.topics import topic_table
from streams.transport.agents import batch_agent
from streams.transport.app import BatchApp, create_app
from streams.transport.bounds import Batching, Bounds, Fetching, Patience
from streams.witness import Witness

if TYPE_CHECKING:
    from streams.settings import Settings

SLOTS_MAX: Final = 64
_ADMITTED_MAX: Final = 500
_ADMITTED_AT_ONCE_MAX: Final = 256
_ADMITTED_BYTES_MAX: Final = 2 * 1024 * 1024
_ADMITTED_EVERY_MAX_S: Final = 0.1
"""A fetch of what departments say asks for all of their topics, whatever it brings."""
_PROJECTED_BYTES_MAX: Final = 32 * 1024 * 1024
_PROJECTED_EVERY_S: Final = 0.05
_PROJECTED_RESTS: Final = 4.0
"""A round is cheap: so a projector is at work a quarter of the time at most, until it is full."""
_PROJECTED_STUCK_AFTER_S: Final = 180.0
"""A batch takes some two seconds; one of dearer records, on a slow machine, many times that."""


class NoSlotError(LedgerError):
    """All worker slots are taken: more workers than a ledger can use."""


def take_slot(postgres: str, role: str) -> tuple[int, psycopg.Connection[Any]]:
    """Take the lowest free slot of a role; it is held as long as the connection given back."""
    connection = psycopg.connect(
        postgres, autocommit=True, keepalives_idle=5, keepalives_interval=2, keepalives_count=2
    )
    for slot in range(SLOTS_MAX):
        if try_lock_slot(connection, SLOT_LOCKS[role], slot):
            note_start(connection, role, slot)
            return slot, connection
    connection.close()
    raise NoSlotError


def create_worker(role: str, slot: int, settings: Settings) -> BatchApp:
    """Compose the app of a worker: `role` is admission or projector."""
    settings = replace(settings, kafka=of_account(settings.kafka, role))
    app = create_app(
        name=f"credit-ledger.{role}.{slot}",
        kafka=settings.kafka,
        group=f"credit-ledger.{role}",
        instance_id=f"{role}-{slot}",
        bounds=_bounds(role, settings),
        session_timeout_s=settings.session_timeout_s,
    )
    if role == "admission":
        _add_admission(app, settings)
    else:
        _add_projectors(app, settings)
    return app


def _bounds(role: str, settings: Settings) -> Bounds:
    """Batch by role: a large one lets a projector assess each of its subjects once.

    Admission gains nothing by it, and answers later.
    """
    if role == "admission":
        # Its batches share one round of work, so each may wait for it at the same time.
        records_max = min(settings.batch_records_max, _ADMITTED_MAX)
        batching = Batching(
            records_max=records_max,
            bytes_max=_ADMITTED_BYTES_MAX,
            of_key_max=OF_ONE_SUBJECT_MAX,
            parallel_max=_ADMITTED_AT_ONCE_MAX,
        )
        return Bounds(batching=batching, fetching=Fetching(every_max_s=_ADMITTED_EVERY_MAX_S))
    return Bounds(
        batching=Batching(
            records_max=settings.batch_records_max,
            bytes_max=_PROJECTED_BYTES_MAX,
            parallel_max=settings.parallel_max,
            large_from=BULK_MESSAGES,
            gather_s=_PROJECTED_EVERY_S,
            rests=_PROJECTED_RESTS,
        ),
        patience=Patience(stuck_after_s=_PROJECTED_STUCK_AFTER_S),
    )


def _add_admission(app: BatchApp, settings: Settings) -> None:
    rulebook = load_rulebook()
    producer = partial(create_producer, settings.kafka)
    witness = Witness(settings.kafka)
    admission = Admission(
        rulebook,
        worker_connections(settings.postgres, "admission"),
        Sender(producer(), producer),
        witness,
        Room(settings.data_folders, settings.disk_floor_mb),
        SignedLedger(witness, settings.signed_folder),
        SealKeeper(settings.seal_key),
        DepartmentKeyFile(settings.department_keys).check_now,
    )
    for topic in topic_table(rulebook):
        # It may read the ledger, too, to look at it; what it admits are submissions.
        if is_submissions(topic.name):
            batch_agent(
                app,
                topic.name,
                admission,
                admission.apply,
                outages=DELAYS,
                with_headers=True,
                alone=True,
            )


def _add_projectors(app: BatchApp, settings: Settings) -> None:
    calendar = RuleCalendar(load_rulebook())
    connections = worker_connections(settings.postgres, "projector", durable=False)
    producer = partial(create_producer, settings.kafka)
    fenced_producer = partial(create_fenced_producer, settings.kafka)
    sender = Sender(producer(), producer)
    witness = Witness(settings.kafka)
    room = Room(settings.data_folders, settings.disk_floor_mb)
    for platform in Platform:
        with connections.one() as connection:
            store = Store(live_schema(connection, platform))
        projector = Projector(platform, store, calendar, clock=time.time)
        fenced = FencedSender(fenced_producer, transactions_of(platform, PROFILES))
        relay = Relay(Publication(projector, calendar, connections, sender, fenced))
        agent = ProjectorAgent(projector, connections, relay, witness, calendar.changed_on, room)
        # A schema that is not listed is for an operator to add: its partition waits, others go on.
        # So it is where another version takes over: the next look finds that one.
        outages = (*OUTAGES, SchemaUnknownError, SupersededError)
        batch_agent(app, agent.topic, agent, agent.apply, outages=outages)
        app.companions += [
            relay.run,
            partial(agent.sweep_forever, app, settings.sweep_every_s),
            partial(agent.look_forever, app),
        ]
