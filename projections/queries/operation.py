"""What waits for an operator, also while the ledger is broken and nobody else is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.admission.rejection import RejectionReason
from events.envelope import Platform
from projections.queries.overview import PartitionPosition, positions_of
from projections.store.control.breach import noted_breaches
from projections.store.control.webhooks import webhooks_failing
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

_SQL: Final = statements(__name__)
KEYS_END_WITHIN: Final = timedelta(days=14)
"""A key that ends within so many days is one to renew."""


class ReadModelsNow(NamedTuple):
    """How the read models of a platform stand; `recorded_ms` is of the newest event applied."""

    version: int
    positions: list[PartitionPosition]
    parked: int
    outbox: int
    set_aside: int
    recorded_ms: int


class ControlNow(NamedTuple):
    """What concerns both platforms.

    `breaches` counts places at which a log lost what was read of it. `bulletin_behind` is in
    generations. `keys_running_out` counts keys by role.
    `webhooks_failing` counts those that an operator has to look at, `plaintext` submissions refused
    because they said something of a person in the clear.
    """

    breaches: int
    bulletin_behind: int
    keys_running_out: dict[str, int]
    webhooks_failing: int
    plaintext: int


def read_models_now(connection: Connection[Any], platform: Platform) -> ReadModelsNow:
    """Ask how the live read models of a platform stand."""
    at = live(connection, platform, whole=False)
    ((parked, outbox, set_aside, recorded_ms),) = connection.execute(
        at.statement(_SQL["read_models"])
    )
    found = positions_of(connection, at)
    return ReadModelsNow(at.version, found, parked, outbox, set_aside, recorded_ms)


def control_now(connection: Connection[Any], today: date) -> ControlNow:
    """Ask what concerns both platforms."""
    at = live(connection, Platform.ORGANISATION, whole=False)
    ((behind,),) = connection.execute(
        at.statement(_SQL["bulletin_behind"]), {"version": at.version}
    )
    days = {"on": today, "before": today + KEYS_END_WITHIN}
    ending = dict(connection.execute(_SQL["keys_running_out"], days).fetchall())
    ((plaintext,),) = connection.execute(
        _SQL["refused_for"], {"reason": RejectionReason.PERSON_DATA_IN_CLEAR.value}
    )
    return ControlNow(
        len(noted_breaches(connection)), behind, ending, webhooks_failing(connection), plaintext
    )
