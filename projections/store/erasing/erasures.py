"""Erasures in the read models: where each stands, and what is deleted once it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from events.partitioning import partition_of
from projections.record.erasure import Erasure, is_erased
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from psycopg import Connection, Cursor

    from projections.store.live import Live
    from projections.store.store import Store

_SQL: Final = statements(__name__)
_FORGETTING: Final = (
    *(_SQL["forget_event"], _SQL["forget_handle"], _SQL["forget_list_entry"]),
    *(_SQL["forget_warning"], _SQL["forget_duty"], _SQL["forget_tie"]),
    _SQL["forget_related_told"],
)
_decoder: Final = msgspec.json.Decoder(Erasure)


def is_shown(row: str) -> str:
    """Give the condition that the subject of a row may be shown."""
    return f"NOT EXISTS ({_SQL['hidden']} AND x.subject_id = {row}.subject_id)"


def write_erasures(
    cursor: Cursor[Any], store: Store, partition: int, erasures: Mapping[str, Erasure]
) -> None:
    """Write where erasures stand. Of who was erased nothing stays but the events of that."""
    for subject_id, erasure in sorted(erasures.items()):
        body = msgspec.json.encode(erasure)
        named = (partition, subject_id, erasure.request, erasure.stage.value, erasure.erases_on)
        cursor.execute(store.statement(_SQL["write"]), (*named, body))
        if is_erased(erasure):
            asked = {"partition": partition, "subject": subject_id, "kept": erasure.offsets}
            for forgetting in _FORGETTING:
                cursor.execute(store.statement(forgetting, partition), asked)


def erasure_of(connection: Connection[Any], at: Live, subject_id: str) -> Erasure | None:
    """Give where the erasure of a person stands; None where there never was one."""
    asked = (partition_of(subject_id), subject_id)
    row = connection.execute(at.store.statement(_SQL["of_subject"]), asked).fetchone()
    return None if row is None else _decoder.decode(row[0])


def erasure_at(connection: Connection[Any], at: Live, request: str) -> tuple[str, Erasure] | None:
    """Give the person and the erasure of a request; None where there is none, or a later one."""
    try:
        UUID(request)
    except ValueError:
        return None
    row = connection.execute(at.store.statement(_SQL["of_request"]), (request,)).fetchone()
    return None if row is None else (row[0], _decoder.decode(row[1]))


def erasures_at(
    connection: Connection[Any], at: Live, stages: Collection[str], after: str, limit: int
) -> dict[str, Erasure]:
    """Give erasures at some stages, by person, behind one of them."""
    asked = (list(stages), after, limit)
    rows = connection.execute(at.store.statement(_SQL["known"]), asked)
    return {subject: _decoder.decode(body) for subject, body in rows}


def due_erasures(connection: Connection[Any], at: Live, on: date) -> dict[str, Erasure]:
    """Give the erasures whose days of waiting are over on a day, by person."""
    rows = connection.execute(at.store.statement(_SQL["due"]), (on,))
    return {subject: _decoder.decode(body) for subject, body in rows}
