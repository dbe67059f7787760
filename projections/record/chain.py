"""The fold of a chain: all ledger events about one record, in ledger order. Pure.

It decides which of them count and in which order; what they do to the record stands in
`projections.record.entry`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from events.dates import known_date
from events.event import AMENDMENT_TYPES, OTHERS_AMENDMENTS
from events.identity import content
from events.types.amendment import RecordRevoked
from projections.record.amending import amend, fits, plain_entry
from projections.record.entry import Anomaly, Chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from projections.ledger.message import Known


def fold_chain(known: Sequence[Known]) -> Chain:
    """Fold all events about one record, in ledger order.

    The first original stands; the same id with other content is a conflict; a repeat of either
    is counted and changes nothing else.
    Amendments wait for their original, and one by another department has no effect.
    """
    if len(known) == 1 and type(known[0].event) not in AMENDMENT_TYPES:
        return Chain(plain_entry(known[0]))
    original: Known | None = None
    amendments: dict[str, Known] = {}
    anomalies: list[Anomaly] = []
    conflicts: set[bytes] = set()
    repeats = 0
    for item in known:
        event_id = item.event.envelope.event_id
        if type(item.event) in AMENDMENT_TYPES:
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
        return Chain(plain_entry(original), repeats, tuple(anomalies))
    effective, without = _effective(original, amendments)
    return Chain(amend(original, effective), repeats, (*anomalies, *without))


def _effective(
    original: Known, amendments: Mapping[str, Known]
) -> tuple[list[Known], list[Anomaly]]:
    """Keep the amendments that count, in the order of their own days; say why others do not."""
    department = original.event.envelope.department
    kept: list[Known] = []
    anomalies: list[Anomaly] = []
    for key, item in amendments.items():
        amendment: Any = item.event
        if not _is_entitled(amendment, department, amendments):
            anomalies.append(Anomaly(key, item.offset, "department_not_of_record"))
        elif not fits(amendment, original.event):
            anomalies.append(Anomaly(key, item.offset, "type_not_of_record"))
        else:
            kept.append(item)
    revoked = _revoked(kept)
    kept = [item for item in kept if item.event.envelope.event_id not in revoked]
    return sorted(kept, key=_own_order), anomalies


def _is_entitled(amendment: Any, department: str, amendments: Mapping[str, Known]) -> bool:
    """Say whether a department may amend so: its own record, its own word, or whatever is open.

    What another said about its record is not its to take back: an objection, or a repair granted.
    """
    if isinstance(amendment, OTHERS_AMENDMENTS):
        return True
    taken_back = None
    if isinstance(amendment, RecordRevoked) and amendment.amendment is not None:
        taken_back = amendments.get(amendment.amendment)
    whose = department if taken_back is None else taken_back.event.envelope.department
    return bool(amendment.envelope.department == whose)


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
    return known_date(item.event.envelope, item.recorded_on).day, item.offset


class Flaw(StrEnum):
    """What is wrong with an event when it comes.

    It was said before; or otherwise before; or it amends what is not there yet, or another
    department's record, or one that cannot be so amended.
    """

    REPEAT = "repeat"
    CONFLICT = "conflict"
    WAITING = "waiting"
    MISPLACED = "misplaced"


_FLAW_OF: Final = {
    "conflict": Flaw.CONFLICT,
    "waiting": Flaw.WAITING,
    "department_not_of_record": Flaw.MISPLACED,
    "type_not_of_record": Flaw.MISPLACED,
}


def flaw_of(before: Chain, after: Chain, offset: int) -> Flaw | None:
    """Give what is wrong with the event at an offset, from its chain without it and with it."""
    if after.repeats > before.repeats:
        return Flaw.REPEAT
    kind = next((a.kind for a in after.anomalies if a.offset == offset), None)
    return None if kind is None else _FLAW_OF[kind]
