"""What is owed or promised, and what became of it: tax arrears, defaults, commitments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from events.envelope import Disclosure, Source
from events.types.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.types.court import EnforcementOpened
from events.types.obligation import (
    CommitmentMade,
    ObligationDefaulted,
    ObligationSettled,
    Outcome,
)
from events.types.penalty import PenaltyImposed
from ops.generator.chance import pick
from ops.generator.forms import DocumentForm
from ops.generator.kinds import SlotKind
from ops.generator.subjects import BODIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Followers, Openers
    from ops.generator.slots import HistorySlot

Obligation: TypeAlias = PenaltyImposed | ObligationDefaulted | CommitmentMade | EnforcementOpened

_CLEARED_OF_100: Final = 80
_ARREARS: Final = DocumentForm(
    "tax-zj",
    "arrears.tax",
    "税欠告",
    "《中华人民共和国税收征收管理法》第四十五条",
    office="市税务局",
)
_TAXES: Final = (
    ["增值税"],
    ["企业所得税"],
    ["增值税", "城市维护建设税"],
    ["房产税"],
    ["土地增值税"],
)


def _closed(
    department: str,
    what: str,
    mark: str,
    creditor: str = "",
    source: Source = Source.DEPARTMENT,
) -> DocumentForm:
    return DocumentForm(
        department,
        f"default.{what}",
        mark,
        detail=creditor,
        source=source,
        disclosure=Disclosure.AUTHORISED,
    )


_WAGES: Final = DocumentForm(
    "labour-zj", "default.wage", "人社欠", "《劳动保障监察条例》第二十六条"
)
_DEFAULTS: Final = (
    *(_WAGES,) * 5,
    *(_closed("utility-zj", "utility", "公欠", "样例水务有限公司"),) * 3,
    *(_closed("pboc-hz", "loan", "银逾", "样例银行"),) * 3,
    _closed("tax-zj", "social_insurance", "税社欠")._replace(disclosure=Disclosure.SHARED),
    _closed("provident-zj", "provident_fund", "金欠")._replace(disclosure=Disclosure.SHARED),
    _closed("carriers-zj", "telecom", "信欠"),
    _closed("association-zj", "contract", "约违", source=Source.ASSOCIATION),
)
_PERSON_DEFAULTS: Final = (
    *(_closed("pboc-hz", "loan", "银逾"),) * 4,
    *(_closed("utility-zj", "utility", "公欠"),) * 3,
    *(_closed("university-zj", "student_loan", "助学逾"),) * 2,
    _closed("carriers-zj", "telecom", "信欠"),
)
_BODY_DEFAULTS: Final = (
    DocumentForm("supervision-zj", "default.government", "政欠", detail="样例供应有限公司"),
)
_OWN_WORD: Final = DocumentForm(
    "subjects", "commitment", "诺", detail="credit", source=Source.SELF_DECLARED
)
_COMMITMENTS: Final = (
    *(_OWN_WORD,) * 3,
    DocumentForm("market-zj", "commitment.licence", "市监承", detail="licence"),
    DocumentForm("market-zj", "commitment.licence", "市监承", detail="qualification"),
    DocumentForm("ip-zj", "commitment.genuine", "正版诺", detail="genuine"),
    DocumentForm(
        "association-zj",
        "commitment.contract",
        "约",
        detail="contract",
        source=Source.ASSOCIATION,
        disclosure=Disclosure.AUTHORISED,
    ),
)
_OUTCOMES: Final = (
    *(Outcome.PERFORMED,) * 8,
    *(Outcome.PARTLY_PERFORMED, Outcome.PARTLY_PERFORMED),
    Outcome.WAIVED,
)
_PROMISES_KEPT: Final = (
    *(Outcome.PERFORMED,) * 5,
    Outcome.BREACHED,
    Outcome.BREACHED,
)


def _arrears(make: Envelopes, slot: HistorySlot) -> TaxArrearsAnnounced:
    bits = slot.bits >> 160
    envelope = make.envelope(slot, "TaxArrearsAnnounced", _ARREARS)
    # Spread over magnitudes: 4,000 yuan to some 6 million, so that every threshold is met.
    balance_fen = (400_000 + (bits & 0xFFFFF) // 3) << (bits >> 20) % 11
    quarter = make.day(slot)
    return TaxArrearsAnnounced(
        envelope,
        pick(_TAXES, bits >> 32),
        balance_fen,
        balance_fen // 4 if bits >> 48 & 1 else None,
        None if slot.subject.is_person else f"{quarter.year}Q{(quarter.month + 2) // 3}",
    )


def _paid(make: Envelopes, slot: HistorySlot, about: TaxArrearsAnnounced) -> TaxArrearsSettled:
    cleared = (slot.bits >> 160) % 100 < _CLEARED_OF_100
    balance_fen = about.balance_fen or 0
    envelope = make.amending(slot, about, mark="税清")
    paid_fen = balance_fen if cleared else balance_fen // 3
    return make.identified(TaxArrearsSettled(envelope, about.envelope.event_id, paid_fen, cleared))


def _defaulted(make: Envelopes, slot: HistorySlot) -> ObligationDefaulted:
    subject, bits = slot.subject, slot.bits >> 160
    forms: tuple[DocumentForm, ...] = _DEFAULTS
    if subject.is_person:
        forms = _PERSON_DEFAULTS
    elif subject.kind in BODIES:
        forms = _BODY_DEFAULTS
    form = pick(forms, bits)
    envelope = make.envelope(slot, "ObligationDefaulted", form, date_known=True)
    amount_fen = (50_000 + (bits >> 16 & 0xFFFFF)) << (bits >> 36) % 9
    # Wages owed come with an order to pay; whether they are paid in time, chance settles.
    wages = form is _WAGES
    return ObligationDefaulted(
        envelope,
        form.detail or None,
        amount_fen if bits >> 44 & 0x1F else None,
        make.dates[max(0, slot.occurred - 30 - (bits >> 49 & 0x1F))],
        make.after(slot, 30) if wages else None,
        2 + (bits >> 54 & 0x3F) if wages else None,
    )


def _committed(make: Envelopes, slot: HistorySlot) -> CommitmentMade:
    bits = slot.bits >> 160
    form = _OWN_WORD if slot.subject.is_person else pick(_COMMITMENTS, bits)
    envelope = make.envelope(slot, "CommitmentMade", form, date_known=True)
    due = make.after(slot, 180 + (bits >> 16 & 0xFF))
    return CommitmentMade(
        envelope, form.detail, None if slot.subject.is_person else "信用浙江", due
    )


def _settled(make: Envelopes, slot: HistorySlot, about: Obligation) -> ObligationSettled:
    bits = slot.bits >> 160
    promised = isinstance(about, CommitmentMade)
    outcome = pick(_PROMISES_KEPT if promised else _OUTCOMES, bits)
    owed_fen = _owed_fen(about)
    paid_fen = None
    if owed_fen is not None and outcome is not Outcome.WAIVED:
        paid_fen = owed_fen if outcome is Outcome.PERFORMED else owed_fen // 3
    envelope = make.amending(slot, about, mark="履")
    return make.identified(ObligationSettled(envelope, about.envelope.event_id, outcome, paid_fen))


def _owed_fen(about: Any) -> int | None:
    """Give what is owed, in fen; None where nothing is, or it is not known."""
    field = _OWED.get(type(about))
    fen: int | None = None if field is None else getattr(about, field)
    return fen


_OWED: Final[Mapping[type, str]] = {
    PenaltyImposed: "fine_fen",
    ObligationDefaulted: "amount_fen",
    EnforcementOpened: "target_fen",
}


OPENERS: Final[Openers] = {
    SlotKind.ARREARS: _arrears,
    SlotKind.DEFAULTED: _defaulted,
    SlotKind.COMMITTED: _committed,
}
FOLLOWERS: Final[Followers] = {
    SlotKind.PAID: (TaxArrearsAnnounced, _paid),
    SlotKind.SETTLED: (
        (PenaltyImposed, ObligationDefaulted, CommitmentMade, EnforcementOpened),
        _settled,
    ),
}
