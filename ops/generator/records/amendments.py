"""Events about any record: corrections, revocations, conflicts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from events.event import ORIGINALS, event_type
from events.types.amendment import FieldChange, RecordCorrected, RecordRevoked, RevocationKind
from events.types.court import JudgmentRendered
from events.types.listing import ListEntered
from events.types.penalty import PenaltyImposed
from ops.generator.chance import pick
from ops.generator.forms import CREDIT_RULES
from ops.generator.kinds import SlotKind

if TYPE_CHECKING:
    from events.roles import Original
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Followers
    from ops.generator.slots import HistorySlot

_REVOCATION_BASIS: Final = "《中华人民共和国行政复议法》"
_ANNULLED_OF_100: Final = 60
_AMOUNTS: Final = ("fine_fen", "balance_fen", "amount_fen", "claim_fen", "target_fen")

NewValue: TypeAlias = tuple[str, object]


def _corrected(make: Envelopes, slot: HistorySlot, about: Original) -> RecordCorrected:
    field, value = pick(_changes(make, slot, about), slot.bits >> 160)
    changes = [FieldChange(field, msgspec.json.encode(value).decode())]
    envelope = make.amending(slot, about, basis=CREDIT_RULES)
    why = None if slot.subject.is_person else "录入有误"
    return make.identified(
        RecordCorrected(envelope, about.envelope.event_id, event_type(about), changes, why)
    )


def _changes(make: Envelopes, slot: HistorySlot, about: Original) -> list[NewValue]:
    """Give what may have been written wrongly in a record, with the right value."""
    envelope, subject = about.envelope, slot.subject
    decided = envelope.occurred_on or make.day(slot)
    # Not before the first day: on the day before, the category may not have been there.
    before = max(make.dates[0], decided - timedelta(days=1))
    changes: list[NewValue] = [
        ("envelope.occurred_on", before),
        ("envelope.legal_basis", f"{envelope.legal_basis}(更正)"),
    ]
    for name in _AMOUNTS:
        fen = getattr(about, name, None)
        if fen is not None:
            # 万元 taken for 元: the mistake to be expected, so it is the likeliest.
            changes += [(name, fen // 10)] * 3
    if subject.is_person:
        return changes
    changes.append(("envelope.subject_name", f"{subject.city}样例{subject.index + 1}号有限公司"))
    if isinstance(about, PenaltyImposed):
        changes.append(("violation", f"{about.violation}(情节轻微)"))
    elif isinstance(about, ListEntered):
        changes.append(("performance", "部分未履行"))
    elif isinstance(about, JudgmentRendered):
        changes.append(("cause", "合同纠纷"))
    return changes


def _revoked(
    make: Envelopes, slot: HistorySlot, about: Original | RecordCorrected
) -> RecordRevoked:
    annulled = (slot.bits >> 176) % 100 < _ANNULLED_OF_100
    envelope = make.amending(slot, about, basis=_REVOCATION_BASIS)
    named = about.envelope.event_id
    # Of a correction not the decision itself is undone, but what was corrected of it.
    correction = isinstance(about, RecordCorrected)
    why = "复议决定撤销" if annulled else "情势变更"
    return make.identified(
        RecordRevoked(
            envelope,
            about.concerns if isinstance(about, RecordCorrected) else named,
            named if correction else None,
            RevocationKind.ANNULLED if annulled else RevocationKind.REPEALED,
            None if annulled else envelope.occurred_on,
            None if slot.subject.is_person else why,
        )
    )


def _conflict(_make: Envelopes, _slot: HistorySlot, about: Original) -> Original:
    """Say another thing under the same id: ten times the amount, or another law."""
    for name in _AMOUNTS:
        fen = getattr(about, name, None)
        if fen:
            changed: dict[str, Any] = {name: fen * 10}
            return msgspec.structs.replace(about, **changed)
    envelope = about.envelope
    basis = f"{envelope.legal_basis}第二款"
    return msgspec.structs.replace(
        about, envelope=msgspec.structs.replace(envelope, legal_basis=basis)
    )


FOLLOWERS: Final[Followers] = {
    SlotKind.CORRECTED: (ORIGINALS, _corrected),
    SlotKind.REVOKED: ((*ORIGINALS, RecordCorrected), _revoked),
    SlotKind.CONFLICT: (ORIGINALS, _conflict),
}
