"""Joint reward and punishment: measures initiated, answered, lifted; warnings taken note of."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from events.envelope import Disclosure, Source
from events.types.commendation import CommendationAwarded
from events.types.listing import ListEntered
from events.types.measure import (
    MeasureAnswer,
    MeasureAnswered,
    MeasureInitiated,
    MeasureLifted,
    WarningAcknowledged,
)
from ops.generator.chance import pick
from ops.generator.forms import EARLY, DocumentForm, pick_on
from ops.generator.kinds import SlotKind

if TYPE_CHECKING:
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Followers, Openers
    from ops.generator.slots import HistorySlot

_2018: Final = date(2018, 1, 1)


class _Measure(NamedTuple):
    """A measure of the published list, who initiates it, and who is asked to take it."""

    code: str
    department: str
    targets: tuple[str, ...]
    since: date = EARLY


_PUNISHMENTS: Final = (
    _Measure("credit_warning", "ndrc-zj", ("market-zj",)),
    _Measure("procurement_ban", "finance-zj", ("construction-zj", "transport-zj"), _2018),
    _Measure("office_ban", "market-zj", ("financial-zj",), _2018),
    _Measure("spending_ban", "court-zj", ("transport-zj", "culture-zj"), _2018),
    _Measure("subsidy_limit", "ndrc-zj", ("economy-zj", "science-zj"), _2018),
)
_REWARDS: Final = (
    _Measure("fast_lane", "ndrc-zj", ("market-zj", "tax-zj")),
    _Measure("fewer_inspections", "market-zj", ("ecology-zj", "fire-zj")),
    _Measure("public_praise", "ndrc-zj", ("culture-zj",)),
)
_ANSWERS: Final = (
    *(MeasureAnswer.APPLIED,) * 4,
    *(MeasureAnswer.ACKNOWLEDGED, MeasureAnswer.NOT_APPLICABLE),
)
_ACKNOWLEDGING: Final = ("market-zj", "tax-zj", "credit-zj", "labour-zj")
_WARNINGS: Final = (
    *("warning.penalties", "warning.penalties", "warning.tax_arrears", "warning.wage_arrears"),
    *("warning.failed_inspections", "warning.judgment_defaulter"),
)


def _form(department: str) -> DocumentForm:
    # Courts speak as courts, and all others as departments.
    source = Source.COURT if department == "court-zj" else Source.DEPARTMENT
    return DocumentForm(department, "measure", "联", source=source, disclosure=Disclosure.SHARED)


def _measured(
    make: Envelopes, slot: HistorySlot, about: ListEntered | CommendationAwarded
) -> MeasureInitiated:
    bits = slot.bits >> 160
    measures = _REWARDS if isinstance(about, CommendationAwarded) else _PUNISHMENTS
    measure = pick_on(measures, bits, make.day(slot))
    envelope = make.envelope(slot, "MeasureInitiated", _form(measure.department), date_known=True)
    until = make.after(slot, 365) if bits >> 16 & 1 else None
    because = about.envelope.event_id
    return MeasureInitiated(envelope, measure.code, because, list(measure.targets), until)


def _responded(make: Envelopes, slot: HistorySlot, about: MeasureInitiated) -> MeasureAnswered:
    bits = slot.bits >> 160
    answer = pick(_ANSWERS, bits)
    form = _form(pick(about.targets, bits >> 16))
    said = not slot.subject.is_person
    return make.identified(
        MeasureAnswered(
            make.replying(slot, about, form),
            about.envelope.event_id,
            answer,
            "无相关业务" if said and answer is MeasureAnswer.NOT_APPLICABLE else None,
            "已采取" if said and answer is MeasureAnswer.APPLIED else None,
        )
    )


def _lifted(make: Envelopes, slot: HistorySlot, about: MeasureInitiated) -> MeasureLifted:
    envelope = make.amending(slot, about, mark="联解")
    why = None if slot.subject.is_person else "义务已履行"
    return make.identified(MeasureLifted(envelope, about.envelope.event_id, why))


def _acknowledged(make: Envelopes, slot: HistorySlot) -> WarningAcknowledged:
    bits = slot.bits >> 160
    form = DocumentForm(
        pick(_ACKNOWLEDGING, bits), "acknowledgement", "签收", disclosure=Disclosure.SHARED
    )
    envelope = make.envelope(slot, "WarningAcknowledged", form)
    return WarningAcknowledged(envelope, pick(_WARNINGS, bits >> 16))


OPENERS: Final[Openers] = {SlotKind.ACKNOWLEDGED: _acknowledged}
FOLLOWERS: Final[Followers] = {
    SlotKind.MEASURED: ((ListEntered, CommendationAwarded), _measured),
    SlotKind.RESPONDED: (MeasureInitiated, _responded),
    SlotKind.LIFTED: (MeasureInitiated, _lifted),
}
