"""One entry of a credit record (信用记录): an original event and all that later events said of it.

Pure. An entry is the fold of its chain: every ledger event that names the same record, in ledger
order. Chains are short, so a late or repeated event is met by folding its chain anew.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.amendment import RecordCorrected, RecordRevoked, RevocationKind
from events.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.envelope import Dated
from events.identity import content
from events.listing import ListEntered, ListRemoved
from events.particulars import field_type
from events.penalty import PenaltyImposed
from events.types import AMENDMENTS, Amendment, Event, Original, event_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


TELLING: Final = (PenaltyImposed, TaxArrearsAnnounced, ListEntered)
"""The originals that warnings and lists rest on; all others concern the profile alone."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """An event as the ledger holds it: with its offset and its recorded day (in China)."""

    event: Event
    offset: int
    recorded_on: date


class Payment(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What was paid of arrears, and from which day."""

    on: date
    paid_fen: int | None
    cleared: bool


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A record as now known: the original, corrected, and what ends or lessens it, with days."""

    event: Original
    offset: int
    clock: Dated
    payments: tuple[Payment, ...] = ()
    ended_on: date | None = None
    ended_by: str | None = None
    annulled: bool = False
    corrections: tuple[str, ...] = ()


class Anomaly(msgspec.Struct, frozen=True, gc=False):
    """An event that stands in the ledger and has no effect, and why."""

    event_id: str
    offset: int
    kind: str


class Chain(msgspec.Struct, frozen=True, gc=False):
    """The fold of a chain: the entry (None while its original is awaited) and the anomalies."""

    entry: Entry | None
    repeats: int = 0
    anomalies: tuple[Anomaly, ...] = ()

    @property
    def tells(self) -> bool:
        """Say whether the entry is one that warnings and lists rest on."""
        return self.entry is not None and isinstance(self.entry.event, TELLING)


EMPTY_CHAIN = Chain(None)


def fold_chain(known: Sequence[Known]) -> Chain:
    """Fold all events about one record, in ledger order.

    The first original stands; the same id with other content is a conflict; a repeat of either
    is counted and changes nothing else.
    Amendments wait for their original, and one by another department has no effect.
    """
    if len(known) == 1 and not isinstance(known[0].event, AMENDMENTS):
        return Chain(_plain_entry(known[0]))
    original: Known | None = None
    amendments: dict[str, Known] = {}
    anomalies: list[Anomaly] = []
    conflicts: set[bytes] = set()
    repeats = 0
    for item in known:
        event_id = item.event.envelope.event_id
        if isinstance(item.event, AMENDMENTS):
            repeats += event_id in amendments
            amendments.setdefault(event_id, item)
        elif original is None:
            original = item
        elif (said := content(item.event)) == content(original.event) or said in conflicts:
            repeats += 1
        else:
            conflicts.add(said)
            anomalies.append(Anomaly(event_id, item.offset, "conflict"))
    if original is None:
        waiting = [Anomaly(key, item.offset, "waiting") for key, item in amendments.items()]
        return Chain(None, repeats, tuple(waiting))
    if not amendments:
        return Chain(_plain_entry(original), repeats, tuple(anomalies))
    effective, without = _effective(original, amendments.values())
    entry = _amend(_plain_entry(original), effective, original.recorded_on)
    return Chain(entry, repeats, (*anomalies, *without))


def _plain_entry(original: Known) -> Entry:
    event: Any = original.event
    return Entry(event, original.offset, event.envelope.known_date(original.recorded_on))


def _effective(original: Known, amendments: Iterable[Known]) -> tuple[list[Known], list[Anomaly]]:
    """Keep the amendments that count, in the order of their own days; say why others do not."""
    department = original.event.envelope.department
    kept: list[Known] = []
    anomalies: list[Anomaly] = []
    for item in amendments:
        amendment: Any = item.event
        if amendment.envelope.department != department:
            kind = "department_not_of_record"
        elif not _fits(amendment, original.event):
            kind = "type_not_of_record"
        else:
            kept.append(item)
            continue
        anomalies.append(Anomaly(amendment.envelope.event_id, item.offset, kind))
    revoked = _revoked(kept)
    kept = [item for item in kept if item.event.envelope.event_id not in revoked]
    return sorted(kept, key=_own_order), anomalies


def _fits(amendment: Amendment, original: Event) -> bool:
    """Say whether an amendment can be about such a record: only arrears are paid."""
    match amendment:
        case RecordCorrected(record_type=record_type):
            return record_type == event_type(original)
        case TaxArrearsSettled():
            return isinstance(original, TaxArrearsAnnounced)
        case ListRemoved():
            return isinstance(original, ListEntered)
        case RecordRevoked():
            return True


def _revoked(amendments: Iterable[Known]) -> set[str]:
    """Give the ids of the amendments taken back; a revocation itself taken back takes none."""
    targets = {
        item.event.envelope.event_id: item.event.amendment
        for item in amendments
        if isinstance(item.event, RecordRevoked) and item.event.amendment is not None
    }
    revoked: set[str] = set()
    # From the last word back: nobody revokes it, so it stands. No circle can be said, as the id
    # of a revocation is the digest of what it names; one in damaged data takes nothing back.
    while free := targets.keys() - set(targets.values()):
        revoked |= {targets.pop(revocation) for revocation in free}
        for fallen in revoked & targets.keys():
            del targets[fallen]
    return revoked


def _own_order(item: Known) -> tuple[date, int]:
    """Order amendments by their own day, so that the order of arrival does not matter.

    Of two on one day the later said holds, which is what a department that corrects itself means.
    """
    return item.event.envelope.known_date(item.recorded_on).day, item.offset


def _amend(entry: Entry, amendments: list[Known], recorded_on: date) -> Entry:
    payments: list[Payment] = []
    corrections: list[str] = []
    event: Original = entry.event
    ended_on, ended_by, annulled = None, None, False
    for item in amendments:
        amendment: Amendment = item.event  # type: ignore[assignment]
        day = amendment.envelope.known_date(item.recorded_on).day
        match amendment:
            case RecordCorrected():
                event = corrected(event, amendment)
                corrections.append(amendment.envelope.event_id)
            case TaxArrearsSettled(paid_fen=paid, cleared=cleared):
                payments.append(Payment(day, paid, cleared))
            case ListRemoved():
                ended_on, ended_by = _earlier(ended_on, ended_by, day, amendment)
            case RecordRevoked(amendment=None, kind=RevocationKind.ANNULLED):
                annulled = True
            case RecordRevoked(amendment=None, kind=RevocationKind.REPEALED, effective_on=on):
                ended_on, ended_by = _earlier(ended_on, ended_by, on or day, amendment)
            case _:
                pass  # The revocation of an amendment has been applied by leaving that one out.
    clock = event.envelope.known_date(recorded_on)
    return Entry(
        event,
        entry.offset,
        clock,
        tuple(payments),
        ended_on,
        ended_by,
        annulled,
        tuple(corrections),
    )


def _earlier(
    ended_on: date | None, ended_by: str | None, day: date, amendment: Amendment
) -> tuple[date, str | None]:
    if ended_on is not None and ended_on <= day:
        return ended_on, ended_by
    return day, amendment.envelope.event_id


def corrected(event: Original, correction: RecordCorrected) -> Original:
    """Give the record with the right values in place.

    Raises `msgspec.ValidationError` where a value is not of its field's type; admission has
    refused such corrections, so this means damage and parks the subject.
    """
    fields: dict[str, Any] = {}
    envelope: dict[str, Any] = {}
    for change in correction.changes:
        expected = field_type(type(event), change.field)
        value = msgspec.json.decode(change.value, type=expected)
        if change.field.startswith("envelope."):
            envelope[change.field[9:]] = value
        else:
            fields[change.field] = value
    if envelope:
        fields["envelope"] = msgspec.structs.replace(event.envelope, **envelope)
    return msgspec.structs.replace(event, **fields)
