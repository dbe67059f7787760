"""The credit record of a subject (信用档案): what is known of it, as a sum over its entries.

Pure. `evolve` takes one entry out and puts its newer version in, so a late correction costs as
little as a new record, and the order of arrival cannot matter. What grows without bound
(commendations, judgments) is kept as tallies by day; what needs its evidence (penalties, arrears,
list entries) one by one.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec

from events.arrears import TaxArrearsAnnounced
from events.commendation import CommendationAwarded
from events.court import JudgmentRendered
from events.envelope import Disclosure
from events.listing import ListEntered
from events.penalty import PenaltyImposed, PenaltyKind
from events.subject import Alias, SubjectChanged, SubjectKind, SubjectRegistered, SubjectStatus
from projections.entry import Payment

if TYPE_CHECKING:
    from collections.abc import Callable

    from projections.entry import Chain, Entry

M = TypeVar("M")


class Matter(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What every entry kept one by one has: its names, its clock and its end."""

    event_id: str
    category: str
    department: str
    region: str
    document_no: str
    name: str | None
    disclosure: Disclosure
    day: date
    day_basis: str
    verified: bool | None
    corrected: int
    ended_on: date | None


class Penalty(Matter, frozen=True, gc=False, array_like=True):
    """A penalty in force or once in force."""

    kinds: tuple[PenaltyKind, ...]
    simple_procedure: bool
    fine_fen: int | None
    confiscated_fen: int | None
    publish_until: date | None


class Arrears(Matter, frozen=True, gc=False, array_like=True):
    """Tax owed, and what was paid of it."""

    balance_fen: int | None
    payments: tuple[Payment, ...]


class Listing(Matter, frozen=True, gc=False, array_like=True):
    """An entry on a list."""

    list: str
    ground: str
    notified_on: date | None
    term_months: int | None


class Fact(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a register says of the subject from a day on; None says nothing."""

    day: date
    offset: int
    event_id: str
    name: str | None
    kind: SubjectKind | None
    status: SubjectStatus | None
    industry: str | None
    aliases: tuple[Alias, ...]


class Kind(msgspec.Struct, frozen=True, gc=False, array_like=True, order=True):
    """What entries of one tally have in common: all that assessing them can ask."""

    event_type: str
    category: str
    disclosure: Disclosure
    day: date
    valid_until: date | None
    ended_on: date | None


Tally: TypeAlias = tuple[int, int, int]
"""How many, the sum in fen of the known amounts, and how many amounts are unknown."""


class CreditRecord(msgspec.Struct, gc=False, array_like=True):
    """All that is known of a subject. Owned by whoever folds it: `evolve` changes it in place."""

    penalties: dict[str, Penalty] = {}
    arrears: dict[str, Arrears] = {}
    listings: dict[str, Listing] = {}
    facts: dict[str, Fact] = {}
    tallies: dict[Kind, Tally] = {}
    names: dict[str, int] = {}
    repeats: int = 0
    anomalies: dict[str, int] = {}

    def has_matters(self) -> bool:
        """Say whether anything is kept that a warning or a list could rest on."""
        return bool(self.penalties or self.arrears or self.listings)


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
    match event:
        case CommendationAwarded(valid_until=until):
            _tally(record, entry, until, sign, amount=0)
        case JudgmentRendered(amount_fen=amount):
            _tally(record, entry, None, sign, amount=amount)
        case PenaltyImposed():
            _keep(record.penalties, key, sign, lambda: _penalty(entry, event))
        case TaxArrearsAnnounced():
            _keep(record.arrears, key, sign, lambda: _arrears(entry, event))
        case ListEntered():
            _keep(record.listings, key, sign, lambda: _listing(entry, event))
        case SubjectRegistered() | SubjectChanged():
            _keep(record.facts, key, sign, lambda: _fact(entry, event))
    name = event.envelope.subject_name
    if name is not None:
        _count(record.names, name, sign)


def _keep(kept: dict[str, M], key: str, sign: int, build: Callable[[], M]) -> None:
    if sign > 0:
        kept[key] = build()
    else:
        del kept[key]


def _count(counts: dict[str, int], key: str, sign: int) -> None:
    count = counts.get(key, 0) + sign
    if count:
        counts[key] = count
    else:
        del counts[key]


def _tally(
    record: CreditRecord, entry: Entry, until: date | None, sign: int, *, amount: int | None
) -> None:
    envelope = entry.event.envelope
    kind = Kind(
        type(entry.event).__name__,
        envelope.category,
        envelope.disclosure,
        entry.clock.day,
        until,
        entry.ended_on,
    )
    count, fen, unknown = record.tallies.get(kind, (0, 0, 0))
    count += sign
    if count:
        fen += sign * (amount or 0)
        unknown += sign * (amount is None)
        record.tallies[kind] = (count, fen, unknown)
    else:
        del record.tallies[kind]


def _matter(
    entry: Entry,
) -> tuple[
    str, str, str, str, str, str | None, Disclosure, date, str, bool | None, int, date | None
]:
    envelope = entry.event.envelope
    return (
        envelope.event_id,
        envelope.category,
        envelope.department,
        envelope.region,
        envelope.document_no,
        envelope.subject_name,
        envelope.disclosure,
        entry.clock.day,
        entry.clock.basis,
        envelope.verified,
        len(entry.corrections),
        entry.ended_on,
    )


def _penalty(entry: Entry, event: PenaltyImposed) -> Penalty:
    return Penalty(
        *_matter(entry),
        tuple(event.kinds),
        event.simple_procedure,
        event.fine_fen,
        event.confiscated_fen,
        event.publish_until,
    )


def _arrears(entry: Entry, event: TaxArrearsAnnounced) -> Arrears:
    return Arrears(*_matter(entry), event.balance_fen, entry.payments)


def _listing(entry: Entry, event: ListEntered) -> Listing:
    return Listing(*_matter(entry), event.list, event.ground, event.notified_on, event.term_months)


def _fact(entry: Entry, event: SubjectRegistered | SubjectChanged) -> Fact:
    day, offset, key = entry.clock.day, entry.offset, event.envelope.event_id
    aliases = tuple(event.aliases)
    if isinstance(event, SubjectRegistered):
        name, status = event.envelope.subject_name, SubjectStatus.ACTIVE
        return Fact(day, offset, key, name, event.kind, status, event.industry, aliases)
    return Fact(day, offset, key, event.name, None, event.status, event.industry, aliases)
