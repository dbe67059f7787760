"""One decision that stands on a ledger under several writings of its number is one record. Pure.

Since a record's id is drawn from the one form of its number (`events.numbers`), another writing is
a repeat. Ids of before that were drawn from the number as it was written, and stay: what such
records say is put together here. The one whose number is in the one form stands; else that with
the first id, so that the order of arrival cannot matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from events.envelope import Platform
from events.identifiers import is_person_token
from events.identity import event_id
from events.numbers import number_key
from projections.record.marks import Marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from events.event import Event
    from projections.record.matters import AnyMatter


def id_of_number(event: Event) -> str | None:
    """Give the id that the number in its one form has, where the event has another."""
    envelope = event.envelope
    number = envelope.document_no
    if not number or number_key(number) == number:
        return None
    is_person = is_person_token(envelope.subject_id)
    derived = event_id(Platform.PERSON if is_person else Platform.ORGANISATION, event)
    return None if derived == envelope.event_id else derived


def put_together(matters: Sequence[AnyMatter]) -> AnyMatter:
    """Give the first matter with all that was said beside any of them, in the order of days."""
    first: Any = matters[0]
    changes: dict[str, Any] = {}
    for field in ("ended_on", "heard_on"):
        days = [day for each in matters if (day := getattr(each, field, None)) is not None]
        if days:
            changes[field] = min(days)
    marks = [each.marks for each in matters if each.marks is not None]
    if marks:
        changes["marks"] = Marks(*(_in_order(marks, field) for field in Marks.__struct_fields__))
    for field in ("payments", "answers"):
        if hasattr(first, field):
            changes[field] = _in_order(matters, field)
    together: AnyMatter = msgspec.structs.replace(first, **changes)
    return together


def _in_order(holders: Iterable[Any], field: str) -> tuple[Any, ...]:
    """Give what several hold under a field, in the order of days."""
    return tuple(sorted((one for each in holders for one in getattr(each, field)), key=_day))


def _day(said: Any) -> date:
    for field in ("day", "on", "raised_on"):
        day: date | None = getattr(said, field, None)
        if day is not None:
            return day
    raise AttributeError(said)
