"""The fold of a chain: all ledger events about one record, in ledger order. Pure.

It decides which of them count and in which order; what they do to the record stands in
`projections.record.entry`.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast, final

from events.dates import known_date
from events.event import AMENDMENT_TYPES, OTHERS_AMENDMENTS
from events.identity import meaning
from events.types.amendment import RecordRevoked
from projections.ledger.message import Known  # noqa: TC001 - mypyc needs it at run time
from projections.record.amending import Amended, fits, plain_entry
from projections.record.entry import Anomaly, Chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from events.event import Event
    from events.roles import Amendment


def fold_chain(known: Sequence[Known]) -> Chain:
    """Fold all events about one record, in ledger order.

    The first original stands; the same id with other content is a conflict; a repeat of either
    is counted and changes nothing else.
    Amendments wait for their original, and one by another department has no effect.
    """
    if len(known) == 1 and type(known[0].event) not in AMENDMENT_TYPES:
        return Chain(plain_entry(known[0]))
    return OpenChain(known).chain()


@final
class OpenChain:
    """A chain whose events come one by one: what is last by its own day is added to what was.

    What comes earlier than that, and what takes an amendment back, has all worked out anew.
    """

    def __init__(self, known: Sequence[Known]) -> None:
        """Take the first events."""
        self._original: Known | None = None
        self._amendments: dict[str, Known] = {}
        self._conflicts: list[Anomaly] = []
        self._contents: set[bytes] = set()
        self._repeats = 0
        # What the amendments add up to, up to the last by its own day; None is to be worked out.
        self._amended: Amended | None = None
        self._last: tuple[date, int] = (date.min, -1)
        self._without_effect: list[Anomaly] = []
        self._takes_back = False
        for item in known:
            self.take(item)

    def take(self, item: Known) -> None:
        """Add the next event of the ledger."""
        event_id = item.event.envelope.event_id
        if type(item.event) in AMENDMENT_TYPES:
            if event_id in self._amendments:
                self._repeats += 1
            else:
                self._amendments[event_id] = item
                self._amend(event_id, item)
        elif self._original is None:
            self._original = item
        elif (said := meaning(item.event)) == meaning(
            self._original.event
        ) or said in self._contents:
            self._repeats += 1
        else:
            self._contents.add(said)
            self._conflicts.append(Anomaly(event_id, item.offset, "conflict"))

    def chain(self) -> Chain:
        """Give the fold of what was taken."""
        original = self._original
        if original is None:
            waiting = [
                Anomaly(key, each.offset, "waiting") for key, each in self._amendments.items()
            ]
            return Chain(None, self._repeats, tuple(waiting))
        if not self._amendments:
            return Chain(plain_entry(original), self._repeats, tuple(self._conflicts))
        amended = self._amended
        if amended is None:
            amended = self._amended = self._work_out(original)
        anomalies = (*self._conflicts, *self._without_effect)
        return Chain(amended.entry(), self._repeats, anomalies)

    def _amend(self, event_id: str, item: Known) -> None:
        amendment: Any = item.event
        if isinstance(amendment, RecordRevoked) and amendment.amendment is not None:
            self._takes_back = True
        amended, original = self._amended, self._original
        if amended is None or original is None:
            return
        order = _own_order(item)
        if self._takes_back or order < self._last:
            self._amended = None
        elif why := _flaw(amendment, original.event, self._amendments):
            self._without_effect.append(Anomaly(event_id, item.offset, why))
        else:
            amended.take(amendment, order[0])
            self._last = order

    def _work_out(self, original: Known) -> Amended:
        effective, self._without_effect = _effective(original, self._amendments)
        amended = Amended(original)
        for item in effective:
            self._last = _own_order(item)
            amended.take(cast("Amendment", item.event), self._last[0])
        if not effective:
            self._last = (date.min, -1)
        return amended


def _effective(
    original: Known, amendments: Mapping[str, Known]
) -> tuple[list[Known], list[Anomaly]]:
    """Keep the amendments that count, in the order of their own days; say why others do not."""
    kept: list[Known] = []
    anomalies: list[Anomaly] = []
    for key, item in amendments.items():
        why = _flaw(item.event, original.event, amendments)
        if why:
            anomalies.append(Anomaly(key, item.offset, why))
        else:
            kept.append(item)
    revoked = _revoked(kept)
    kept = [item for item in kept if item.event.envelope.event_id not in revoked]
    return sorted(kept, key=_own_order), anomalies


def _flaw(amendment: Any, original: Event, amendments: Mapping[str, Known]) -> str:
    """Say why an amendment has no effect on a record, or ""."""
    if not _is_entitled(amendment, original.envelope.department, amendments):
        return "department_not_of_record"
    return "" if fits(amendment, original) else "type_not_of_record"


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
