"""What is said of a record from outside: objections, answers, statements, repair of credit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.envelope import Disclosure, Source
from events.event import ORIGINALS
from events.types.objection import (
    ObjectionAnswered,
    ObjectionOutcome,
    ObjectionRaised,
    StatementAdded,
)
from events.types.repair import RepairApplied, RepairDecided
from ops.generator.chance import pick
from ops.generator.forms import DocumentForm
from ops.generator.kinds import SlotKind

if TYPE_CHECKING:
    from events.roles import Original
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Followers
    from ops.generator.slots import HistorySlot

_OWN_WORD: Final = DocumentForm(
    "subjects", "objection", "异申", source=Source.SELF_DECLARED, disclosure=Disclosure.SHARED
)
_RECEIVED: Final = DocumentForm("credit-zj", "objection", "异受", disclosure=Disclosure.SHARED)
_ANSWER: Final = DocumentForm("credit-zj", "objection", "异复", disclosure=Disclosure.SHARED)
_REPAIR: Final = DocumentForm("credit-zj", "repair", "修", disclosure=Disclosure.SHARED)
_GROUNDS: Final = ("amount", "amount", "performed", "not_mine", "expired")
_OUTCOMES: Final = (
    *(ObjectionOutcome.REJECTED,) * 5,
    *(ObjectionOutcome.CORRECTED,) * 3,
    *(ObjectionOutcome.STOPPED, ObjectionOutcome.DELETED, ObjectionOutcome.UNVERIFIABLE),
)
_GRANTED_OF_8: Final = 6


def _objected(make: Envelopes, slot: HistorySlot, about: Original) -> ObjectionRaised:
    bits = slot.bits >> 160
    envelope = make.replying(slot, about, _OWN_WORD if bits & 3 else _RECEIVED)
    ground = pick(_GROUNDS, bits >> 8)
    claim = None if slot.subject.is_person else "请求更正"
    return make.identified(ObjectionRaised(envelope, about.envelope.event_id, ground, claim))


def _extended(make: Envelopes, slot: HistorySlot, about: ObjectionRaised) -> ObjectionAnswered:
    return _reply(make, slot, about, ObjectionOutcome.EXTENDED)


def _answered(make: Envelopes, slot: HistorySlot, about: ObjectionRaised) -> ObjectionAnswered:
    return _reply(make, slot, about, pick(_OUTCOMES, slot.bits >> 160))


def _reply(
    make: Envelopes, slot: HistorySlot, about: ObjectionRaised, outcome: ObjectionOutcome
) -> ObjectionAnswered:
    envelope = make.replying(slot, about, _ANSWER)
    why = None if slot.subject.is_person else "经核查"
    objection = about.envelope.event_id
    return make.identified(ObjectionAnswered(envelope, about.concerns, objection, outcome, why))


def _stated(make: Envelopes, slot: HistorySlot, about: Original) -> StatementAdded:
    envelope = make.replying(slot, about, _OWN_WORD)
    return make.identified(StatementAdded(envelope, about.envelope.event_id, "已完成整改"))


def _repair_applied(make: Envelopes, slot: HistorySlot, about: Original) -> RepairApplied:
    envelope = make.replying(slot, about, _REPAIR)
    committed = bool(slot.bits >> 160 & 3)
    return make.identified(RepairApplied(envelope, about.envelope.event_id, committed))


def _repair_decided(make: Envelopes, slot: HistorySlot, about: RepairApplied) -> RepairDecided:
    granted = slot.bits >> 160 & 7 < _GRANTED_OF_8
    why = None if granted or slot.subject.is_person else "义务未履行完毕"
    envelope = make.replying(slot, about, _REPAIR)
    return make.identified(RepairDecided(envelope, about.concerns, granted, why))


_RECORDS: Final[Any] = ORIGINALS
FOLLOWERS: Final[Followers] = {
    SlotKind.OBJECTED: (_RECORDS, _objected),
    SlotKind.EXTENDED: (ObjectionRaised, _extended),
    SlotKind.ANSWERED: (ObjectionRaised, _answered),
    SlotKind.STATED: (_RECORDS, _stated),
    SlotKind.REPAIR_APPLIED: (_RECORDS, _repair_applied),
    SlotKind.REPAIR_DECIDED: (RepairApplied, _repair_decided),
}
