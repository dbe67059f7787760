"""Comparison across departments (比对): differing facts about one subject. Pure.

Nobody is right by rank: each department's newest word is compared with the others', and those who
said it are told, so that they may correct what they have reported. A name is also said on records:
one that no register ever had, on a record since there is one, may be of another under a wrong code.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from events.dates import FOREVER
from events.envelope import Source
from events.sealing.form import SEALED, looks_sealed
from events.types.relation import RelationRole
from projections.calendar.slots import Slot
from projections.day.shapes import Discrepancy, Saying
from projections.record.matters import (
    Acknowledgement,
    Declaration,
    Marked,
    Merger,
    Reading,
    Relation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.day.record_on_day import RecordOnDay


_DISCREPANCIES: Final = Slot[list[Discrepancy]]()
_REPRESENTATIVE: Final = RelationRole.LEGAL_REPRESENTATIVE


_FIELDS: Final = ("kind", "status", "industry")
_NAME: Final = "name"


def discrepancies(on_day: RecordOnDay) -> list[Discrepancy]:
    """Give the fields of which two departments' newest words differ on the day, by field."""
    known = _DISCREPANCIES.get(on_day.slots)
    return _DISCREPANCIES.fill(on_day.slots, _compared(on_day)) if known is None else known


def may_differ(on_day: RecordOnDay) -> bool:
    """Say whether several departments registered facts, or several names are said."""
    return _several_speak(on_day) or _several_names(on_day)


def _several_speak(on_day: RecordOnDay) -> bool:
    facts = on_day.record.facts
    return len(facts) > 1 and len({fact.department for fact in on_day.facts()}) > 1


def _several_names(on_day: RecordOnDay) -> bool:
    names, facts = on_day.record.names, on_day.record.facts
    if len(names) > 1:
        return True
    if names:
        for fact in facts.values():
            if fact.name is not None and fact.name not in names:
                return True
    return False


def _compared(on_day: RecordOnDay) -> list[Discrepancy]:
    differing: list[Discrepancy] = []
    several_speak, several_names = _several_speak(on_day), _several_names(on_day)
    if several_speak or several_names:
        names = _names(on_day, several_names=several_names)
        if names is not None:
            differing.append(names)
    if several_speak:
        differing += [d for field in _FIELDS if (d := _of_field(on_day, field)) is not None]
    representatives = _representatives(on_day)
    if representatives is not None:
        differing.append(representatives)
    return differing


def _of_field(on_day: RecordOnDay, field: str) -> Discrepancy | None:
    newest: dict[str, Saying] = {}
    for saying in _registered(on_day, field):
        newest[saying.department] = saying
    return _compare(field, list(newest.values()))


def _registered(on_day: RecordOnDay, field: str) -> list[Saying]:
    """Give what registers have said of a field by the day, oldest first."""
    return [
        Saying(fact.day, fact.event_id, fact.department, str(value), fact.region)
        for fact in on_day.facts()
        if fact.day <= on_day.rules.on
        and (value := getattr(fact, field)) is not None
        and not (field == _NAME and value.startswith(SEALED))
    ]


def _names(on_day: RecordOnDay, *, several_names: bool) -> Discrepancy | None:
    """Compare the names registered, and beside them those on records that no register ever had.

    Where nothing is registered, the names that departments wrote last are compared. A record of
    before the first registration may bear a name of before it.
    """
    registered = _registered(on_day, _NAME)
    newest = {("", saying.department): saying for saying in registered}
    if several_names:
        since = registered[0].day if registered else date.min
        for saying in _written(on_day, _strange_names(on_day, registered)):
            if saying.day >= since:
                newest["written", saying.department] = saying
    return _compare(_NAME, list(newest.values()))


def _strange_names(on_day: RecordOnDay, registered: list[Saying]) -> set[str]:
    """Give the names that stand on records, as written there, and that no register ever had.

    A sealed name is another on each record, whatever it says: nobody compares those.
    """
    known = {plain_name(saying.value) for saying in registered}
    # A change of name is reported under the name before it.
    known |= {plain_name(fact.written_name) for fact in on_day.facts() if fact.written_name}
    return {
        name
        for name in on_day.record.names
        if not looks_sealed(name) and plain_name(name) not in known
    }


def _written(on_day: RecordOnDay, names: set[str]) -> list[Saying]:
    """Give these names as departments wrote them on records by the day, oldest first."""
    if not names:
        return []  # As it mostly is: nobody looks through the record for a name it does not have.
    on = on_day.rules.on
    return [
        Saying(matter.day, matter.event_id, matter.department, matter.name, matter.region)
        for matter in on_day.matters()
        if matter.name in names
        and matter.name is not None
        and matter.day <= on
        and matter.source is not Source.SELF_DECLARED
        and type(matter) not in _NOT_READ
    ]


_NOT_READ: Final = frozenset({Merger, Declaration, Reading, Acknowledgement, Marked})
"""Kinds of which no warning is concluded when they come."""

_NAMES_KEPT_MAX: Final = 16_384


@lru_cache(maxsize=_NAMES_KEPT_MAX)
def plain_name(name: str) -> str:
    """Give a name as it is compared: whatever the width of its signs, and without blanks."""
    return "".join(normalize("NFKC", name).split())


def _representatives(on_day: RecordOnDay) -> Discrepancy | None:
    """Compare who is said to be the legal representative (法定代表人) on the day."""
    by_department = on_day.grouped(Relation, _speaks_for)
    of_each = [_said_by_one(on_day, said) for said in by_department.values()]
    return _compare(_REPRESENTATIVE.value, [saying for saying in of_each if saying is not None])


def _speaks_for(relation: Relation) -> str | None:
    """Give whose word a relation is on who represents the subject."""
    says = relation.role is _REPRESENTATIVE and relation.other is not None
    return relation.department if says else None


def _said_by_one(on_day: RecordOnDay, relations: Sequence[Relation]) -> Saying | None:
    """Give the newest that holds: the others need no closer look."""
    on = on_day.rules.on
    for relation in reversed(relations):
        last = relation.until if relation.until is not None else FOREVER
        if relation.day <= on <= last and on < on_day.counts_until(relation):
            of = relation.department, relation.other or "", relation.region
            return Saying(relation.day, relation.event_id, *of)
    return None


def _compare(field: str, sayings: list[Saying]) -> Discrepancy | None:
    if len(sayings) < 2:  # noqa: PLR2004 - it takes two to differ
        return None
    said = {plain_name(saying.value) for saying in sayings}
    if len(said) < 2:  # noqa: PLR2004 - likewise
        return None
    sayings.sort()
    first = plain_name(sayings[0].value)
    since = next(saying.day for saying in sayings if plain_name(saying.value) != first)
    return Discrepancy(field, since, tuple(sayings))
