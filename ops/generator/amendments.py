"""The events about other events: corrections, revocations, settlements, removals, repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import msgspec

from events.amendment import FieldChange, RecordCorrected, RecordRevoked, RevocationKind
from events.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.court import JudgmentRendered
from events.envelope import Platform
from events.identity import event_id
from events.listing import ListEntered, ListRemoved
from events.penalty import PenaltyImposed
from events.types import event_type
from ops.generator import wording
from ops.generator.chance import pick
from ops.generator.slots import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from events.envelope import Envelope
    from events.types import Amendment, Event, Original
    from ops.generator.records import Records
    from ops.generator.slots import Slot, Slots

_CLEARED_OF_100: Final = 80
_ANNULLED_OF_100: Final = 60
_AMOUNTS: Final = ("fine_fen", "balance_fen", "amount_fen")

Change: TypeAlias = tuple[str, object]
_Find: TypeAlias = "Callable[[Slot], Slot | None]"
_Make: TypeAlias = "Callable[[Slot, Slot], Event]"
_About = TypeVar("_About", TaxArrearsSettled, ListRemoved, RecordCorrected, RecordRevoked)


class Amendments:
    """Makes the event at a slot that is about another slot."""

    def __init__(self, slots: Slots, records: Records, dates: Sequence[date]) -> None:
        self._slots = slots
        self._records = records
        self._dates = dates
        self._about: dict[Kind, tuple[_Find, _Make]] = {
            Kind.ENDED: (slots.before, self._ended),
            Kind.AHEAD: (slots.following, self._ahead),
            Kind.CORRECTED: (slots.earlier, self._corrected),
            Kind.REVOKED: (slots.earlier, self._revoked),
            Kind.CONFLICT: (slots.earlier, self._conflict),
            Kind.REPEATED: (slots.repeated, self._repeated),
        }

    def event(self, slot: Slot) -> Event:
        """Make the event of any slot; where what it should be about is missing, a plain record."""
        about = self._about.get(slot.kind)
        if about is None:
            return self._records.event(slot)
        find, make = about
        target = find(slot)
        return make(slot, target) if target else self._records.event(slot)

    def _repeated(self, _slot: Slot, target: Slot) -> Event:
        return self.event(target)

    def _ahead(self, slot: Slot, target: Slot) -> Amendment:
        if target.kind in (Kind.ARREARS, Kind.DEFAULTER, Kind.TAX_LIST):
            return self._ended(slot, target)
        return self._corrected(slot, target)

    def _ended(self, slot: Slot, target: Slot) -> Amendment:
        original, bits = self._records.event(target), slot.bits >> 160
        concerns = original.envelope.event_id
        if isinstance(original, TaxArrearsAnnounced):
            cleared = bits % 100 < _CLEARED_OF_100
            balance_fen = original.balance_fen or 0
            envelope = self._envelope(slot, target, original, mark="税清")
            paid_fen = balance_fen if cleared else balance_fen // 3
            return _identified(TaxArrearsSettled(envelope, concerns, paid_fen, cleared))
        envelope = self._envelope(slot, target, original, mark="移出")
        return _identified(ListRemoved(envelope, concerns, pick(wording.REMOVALS, bits)))

    def _corrected(self, slot: Slot, target: Slot) -> RecordCorrected:
        original = self._records.event(target)
        field, value = pick(self._changes(original, target), slot.bits >> 160)
        changes = [FieldChange(field, msgspec.json.encode(value).decode())]
        envelope = self._envelope(slot, target, original, basis=wording.CORRECTION_BASIS)
        kind = event_type(original)
        return _identified(
            RecordCorrected(envelope, original.envelope.event_id, kind, changes, "录入有误")
        )

    def _changes(self, original: Original, target: Slot) -> list[Change]:
        """Give what may have been written wrongly in a record, with the right value."""
        envelope, subject = original.envelope, target.subject
        changes: list[Change] = [
            ("envelope.occurred_on", self._dates[max(0, target.occurred - 1)]),
            ("envelope.subject_name", f"{subject.city}样例{subject.index + 1}号有限公司"),
            ("envelope.legal_basis", f"{envelope.legal_basis}(更正)"),
        ]
        for name in _AMOUNTS:
            fen = getattr(original, name, None)
            if fen is not None:
                # 万元 taken for 元: the mistake to be expected, so it is the likeliest.
                changes += [(name, fen // 10)] * 3
        match original:
            case PenaltyImposed():
                changes.append(("violation", f"{original.violation}(情节轻微)"))
            case ListEntered():
                changes.append(("performance", "部分未履行"))
            case JudgmentRendered():
                changes.append(("cause", "合同纠纷"))
            case _:
                pass
        return changes

    def _revoked(self, slot: Slot, target: Slot) -> RecordRevoked:
        bits = slot.bits >> 160
        correction = self._slots.corrected(slot) if bits & 3 == 0 else None
        amended = self.event(correction) if correction else None
        if correction and isinstance(amended, RecordCorrected):
            # Not the decision itself is undone, but a correction of it.
            found = self._slots.earlier(correction)
            target = found or target
        original = self._records.event(target)
        annulled = (bits >> 16) % 100 < _ANNULLED_OF_100
        envelope = self._envelope(slot, target, original, basis=wording.REVOCATION_BASIS)
        return _identified(
            RecordRevoked(
                envelope,
                original.envelope.event_id,
                amended.envelope.event_id if isinstance(amended, RecordCorrected) else None,
                RevocationKind.ANNULLED if annulled else RevocationKind.REPEALED,
                None if annulled else envelope.occurred_on,
                "复议决定撤销" if annulled else "情势变更",
            )
        )

    def _conflict(self, _slot: Slot, target: Slot) -> Original:
        """Say another thing under the same id: ten times the amount, or another law."""
        original = self._records.event(target)
        for name in _AMOUNTS:
            fen = getattr(original, name, None)
            if fen:
                changed: dict[str, Any] = {name: fen * 10}
                return msgspec.structs.replace(original, **changed)
        envelope = original.envelope
        basis = f"{envelope.legal_basis}第二款"
        return msgspec.structs.replace(
            original, envelope=msgspec.structs.replace(envelope, legal_basis=basis)
        )

    def _envelope(
        self, slot: Slot, target: Slot, original: Original, *, mark: str = "", basis: str = ""
    ) -> Envelope:
        """Give the envelope of an amendment: the record's, with a day and a number of its own."""
        envelope = original.envelope
        decided = min(slot.recorded, max(slot.occurred, target.occurred))
        number = (
            f"{mark}〔{self._dates[decided].year}〕{slot.number}{slot.bits % 1000:03}号"
            if mark
            else ""
        )
        return msgspec.structs.replace(
            envelope,
            event_id="",
            document_no=number,
            occurred_on=self._dates[decided],
            published_on=self._dates[slot.recorded] if slot.bits >> 48 & 1 else None,
            legal_basis=basis or envelope.legal_basis,
        )


def _identified(event: _About) -> _About:
    """Put in the id, which for an amendment follows from its whole content."""
    envelope = msgspec.structs.replace(
        event.envelope, event_id=event_id(Platform.ORGANISATION, event)
    )
    return msgspec.structs.replace(event, envelope=envelope)
