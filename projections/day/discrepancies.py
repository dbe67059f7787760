"""Comparison across departments (比对): differing facts about one subject. Pure.

Nobody is right by rank: each department's newest word is compared with the others', and those who
said it are told, so that they may correct what they have reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.dates import FOREVER
from events.types.relation import RelationRole
from projections.calendar.slots import Slot
from projections.day.shapes import Discrepancy, Saying
from projections.record.matters import Relation

if TYPE_CHECKING:
    from projections.day.record_on_day import RecordOnDay


_DISCREPANCIES: Final = Slot[list[Discrepancy]]()
_REPRESENTATIVE: Final = RelationRole.LEGAL_REPRESENTATIVE


_FIELDS: Final = ("name", "kind", "status", "industry")


def discrepancies(on_day: RecordOnDay) -> list[Discrepancy]:
    """Give the fields of which two departments' newest words differ on the day, by field."""
    known = _DISCREPANCIES.get(on_day.slots)
    return _DISCREPANCIES.fill(on_day.slots, _compared(on_day)) if known is None else known


def several_speak(on_day: RecordOnDay) -> bool:
    """Say whether more than one department has registered facts, so that they may differ."""
    facts = on_day.record.facts
    return len(facts) > 1 and len({fact.department for fact in on_day.facts()}) > 1


def _compared(on_day: RecordOnDay) -> list[Discrepancy]:
    found: list[Discrepancy] = []
    if several_speak(on_day):
        found = [d for field in _FIELDS if (d := _of_field(on_day, field)) is not None]
    representatives = _representatives(on_day)
    if representatives is not None:
        found.append(representatives)
    return found


def _of_field(on_day: RecordOnDay, field: str) -> Discrepancy | None:
    newest: dict[str, Saying] = {}
    for fact in on_day.facts():
        value = getattr(fact, field)
        if value is not None and fact.day <= on_day.rules.on:
            newest[fact.department] = Saying(
                fact.day, fact.event_id, fact.department, str(value), fact.region
            )
    return _compare(field, list(newest.values()))


def _representatives(on_day: RecordOnDay) -> Discrepancy | None:
    """Compare who is said to be the legal representative (法定代表人) on the day."""
    newest: dict[str, Saying] = {}
    on = on_day.rules.on
    for relation in on_day.of(Relation):
        if relation.role is not _REPRESENTATIVE or relation.other is None:
            continue
        last = relation.until if relation.until is not None else FOREVER
        if relation.day <= on <= last and on < on_day.effect(relation).counts_until:
            newest[relation.department] = Saying(
                relation.day,
                relation.event_id,
                relation.department,
                relation.other,
                relation.region,
            )
    return _compare(_REPRESENTATIVE.value, list(newest.values()))


def _compare(field: str, sayings: list[Saying]) -> Discrepancy | None:
    if len({saying.value for saying in sayings}) < 2:  # noqa: PLR2004 - it takes two to differ
        return None
    sayings.sort()
    first = sayings[0].value
    since = next(saying.day for saying in sayings if saying.value != first)
    return Discrepancy(field, since, tuple(sayings))
