"""The credit record of a subject (信用档案): what is known of it, as a sum over its entries.

Pure. `evolve` takes one entry out and puts its newer version in, so a late correction costs as
little as a new record, and the order of arrival cannot matter. What grows without bound (cases,
judgments, inspections passed) is kept as tallies by day; what a conclusion names as its evidence
is kept one by one.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from events.envelope import Disclosure
from events.subject import Alias, SubjectChanged, SubjectKind, SubjectRegistered, SubjectStatus
from projections.building import tallied_amount_fen, to_matter
from projections.marks import Marks
from projections.matters import KINDS, AnyMatter

if TYPE_CHECKING:
    from projections.entry import Chain, Entry


class Fact(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a register says of the subject from a day on; None says nothing.

    `name` is the one registered, `written_name` the one written on the record.
    """

    day: date
    offset: int
    event_id: str
    department: str
    region: str
    name: str | None
    kind: SubjectKind | None
    status: SubjectStatus | None
    industry: str | None
    aliases: tuple[Alias, ...]
    category: str = ""
    written_name: str | None = None
    marks: Marks | None = None


class Kind(msgspec.Struct, frozen=True, gc=False, array_like=True, order=True):
    """What entries of one tally have in common: all that assessing them can ask."""

    event_type: str
    category: str
    disclosure: Disclosure
    day: date
    ended_on: date | None


Tally: TypeAlias = tuple[int, int, int]
"""How many, the sum in fen of the known amounts, and how many amounts are unknown."""

NO_TALLY: Final[Tally] = (0, 0, 0)


class CreditRecord(msgspec.Struct, gc=False, array_like=True):
    """All that is known of a subject. Owned by whoever folds it: `evolve` changes it in place.

    `kinds` holds the matters by kind (`KINDS`) and event id, so that an event costs what its own
    kind costs; `marked` says which of them have marks, and of what kind they are.
    """

    kinds: dict[int, dict[str, AnyMatter]] = {}
    marked: dict[str, int] = {}
    facts: dict[str, Fact] = {}
    tallies: dict[Kind, Tally] = {}
    names: dict[str, int] = {}
    repeats: int = 0
    anomalies: dict[str, int] = {}

    @property
    def matters(self) -> dict[str, AnyMatter]:
        """Give all matters by the ids of their events, whatever their kind."""
        return {key: matter for kept in self.kinds.values() for key, matter in kept.items()}

    def of(self, kind: type) -> dict[str, AnyMatter]:
        """Give the matters of a kind by the ids of their events; not to be changed."""
        return self.kinds.get(KINDS[kind], _NO_MATTERS)

    def get(self, event_id: str) -> AnyMatter | None:
        """Give a matter by the id of its event."""
        return next((kept[event_id] for kept in self.kinds.values() if event_id in kept), None)

    def can_tell(self) -> bool:
        """Say whether anything is kept that a warning or a list could rest on."""
        return bool(self.kinds) or len(self.facts) > 1 or self.has_marked_facts()

    def has_marked_facts(self) -> bool:
        """Say whether anything stands beside what registers say."""
        return any(fact.marks is not None for fact in self.facts.values())


_NO_MATTERS: Final[dict[str, AnyMatter]] = {}


def evolve(record: CreditRecord, before: Chain, after: Chain) -> None:
    """Replace one entry of the record by its newer version."""
    if before.entry is not None:
        _put(record, before.entry, -1)
    if after.entry is not None:
        _put(record, after.entry, 1)
    record.repeats += after.repeats - before.repeats
    if before.anomalies or after.anomalies:
        for chain, sign in ((before, -1), (after, 1)):
            for anomaly in chain.anomalies:
                _count(record.anomalies, anomaly.kind, sign)


def _put(record: CreditRecord, entry: Entry, sign: int) -> None:
    if entry.annulled:
        return
    event = entry.event
    key = event.envelope.event_id
    if isinstance(event, (SubjectRegistered, SubjectChanged)):
        if sign > 0:
            record.facts[key] = _fact(entry, event)
        else:
            del record.facts[key]
    elif (matter := to_matter(entry)) is not None:
        (keep if sign > 0 else _drop)(record, matter)
    else:
        _tally(record, entry, sign)
    name = event.envelope.subject_name
    if name is not None:
        _count(record.names, name, sign)


def keep(record: CreditRecord, matter: AnyMatter) -> None:
    """Put a matter in, under its kind."""
    kind = KINDS[type(matter)]
    record.kinds.setdefault(kind, {})[matter.event_id] = matter
    if matter.marks is not None:
        record.marked[matter.event_id] = kind


def _drop(record: CreditRecord, matter: AnyMatter) -> None:
    kind = KINDS[type(matter)]
    kept = record.kinds[kind]
    del kept[matter.event_id]
    if not kept:
        del record.kinds[kind]
    record.marked.pop(matter.event_id, None)


def _count(counts: dict[str, int], key: str, sign: int) -> None:
    count = counts.get(key, 0) + sign
    if count:
        counts[key] = count
    else:
        del counts[key]


def _tally(record: CreditRecord, entry: Entry, sign: int) -> None:
    envelope = entry.event.envelope
    kind = Kind(
        type(entry.event).__name__,
        envelope.category,
        envelope.disclosure,
        entry.clock.day,
        entry.ended_on,
    )
    amount = tallied_amount_fen(entry.event)
    count, fen, unknown = record.tallies.get(kind, NO_TALLY)
    count += sign
    if count:
        fen += sign * (amount or 0)
        record.tallies[kind] = (count, fen, unknown + sign * (amount is None))
    else:
        del record.tallies[kind]


def _fact(entry: Entry, event: SubjectRegistered | SubjectChanged) -> Fact:
    envelope = event.envelope
    name, kind = envelope.subject_name, None
    status: SubjectStatus | None = SubjectStatus.ACTIVE
    if isinstance(event, SubjectRegistered):
        kind = event.kind
    else:
        name, status = event.name, event.status
    return Fact(
        entry.clock.day,
        entry.offset,
        envelope.event_id,
        envelope.department,
        envelope.region,
        name,
        kind,
        status,
        event.industry,
        tuple(event.aliases),
        envelope.category,
        envelope.subject_name,
        entry.marks,
    )
