"""How far admission has come: who waits for it, what it refused, how often its workers began."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.topics import submission_origin
from projections.store.quality import ANY_REASON
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

    Place = tuple[str, int]

_SQL: Final = statements(__name__)

SLOT_LOCKS: Final = {"admission": 0x61646D, "projector": 0x70726F}
"""The first number of the advisory locks that workers hold, by role."""

_SUBMISSIONS: Final = ".submissions."


def is_submissions(topic: str) -> bool:
    """Say whether a department reports on a topic."""
    return _SUBMISSIONS in topic


class DepartmentWaits(msgspec.Struct, frozen=True):
    """A department of which submissions wait: how many, and how long the oldest of them."""

    platform: str
    department: str
    behind: int
    waiting_s: float | None


class RoleAtWork(msgspec.Struct, frozen=True):
    """Workers of a role: how many are at work, how often any was started, and when the last."""

    role: str
    workers: int
    starts: int
    started_at: datetime | None


class AdmissionNow(msgspec.Struct, frozen=True):
    """How admission stands: `missed` where any department waits longer than the objective."""

    objective_s: float
    roles: list[RoleAtWork]
    refused: int
    behind: int
    waiting_s: float | None
    departments: list[DepartmentWaits]
    missed: bool


def submissions_behind(connection: Connection[Any], ends: Mapping[Place, int]) -> dict[Place, int]:
    """Give where admission stands in each submission topic that goes on beyond, of those given."""
    rows = connection.execute(_SQL["positions"]).fetchall()
    stands = {(topic, partition): offset for topic, partition, offset in rows}
    topics = {place: end for place, end in ends.items() if is_submissions(place[0])}
    return {p: stands.get(p, 0) for p, end in sorted(topics.items()) if stands.get(p, 0) < end}


def admission_of(
    connection: Connection[Any],
    objective_s: float,
    ends: Mapping[Place, int],
    ages_s: Mapping[Place, float],
) -> AdmissionNow:
    """Sum up how admission stands, with the ends of the topics and how long the first waits."""
    behind = submissions_behind(connection, ends)
    departments = [
        DepartmentWaits(*_origin(place[0]), ends[place] - offset, ages_s.get(place))
        for place, offset in behind.items()
    ]
    waiting_s = max((d.waiting_s for d in departments if d.waiting_s is not None), default=None)
    ((refused,),) = connection.execute(
        _SQL["refused"],
        (ANY_REASON,),
    ).fetchall()
    return AdmissionNow(
        objective_s,
        [_at_work(connection, role) for role in SLOT_LOCKS],
        refused,
        sum(d.behind for d in departments),
        waiting_s,
        departments,
        (waiting_s or 0.0) > objective_s,
    )


def note_start(connection: Connection[Any], role: str, slot: int) -> None:
    """Count that a worker begins."""
    connection.execute(
        _SQL["note_start"],
        (role, slot),
    )


def _at_work(connection: Connection[Any], role: str) -> RoleAtWork:
    ((workers,),) = connection.execute(
        _SQL["at_work"],
        (SLOT_LOCKS[role],),
    ).fetchall()
    ((starts, started_at),) = connection.execute(
        _SQL["starts"],
        (role,),
    ).fetchall()
    return RoleAtWork(role, workers, starts, started_at)


def _origin(topic: str) -> tuple[str, str]:
    platform, department = submission_origin(topic)
    return platform.value, department
