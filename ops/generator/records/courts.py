"""What courts do: cases filed, judged and enforced, convictions, the list of defaulters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.envelope import Disclosure, Source
from events.types.court import CaseFiled, CourtRole, EnforcementOpened, JudgmentRendered
from events.types.listing import ListEntered
from ops.generator.chance import pick
from ops.generator.forms import DocumentForm
from ops.generator.kinds import SlotKind
from ops.generator.subjects import person_token_at

if TYPE_CHECKING:
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Followers, Openers
    from ops.generator.slots import HistorySlot

_ADMINISTRATIVE_OF_100: Final = 5
_CIVIL_LAW: Final = "《中华人民共和国民事诉讼法》"


def _court(
    category: str, mark: str, law: str, disclosure: Disclosure = Disclosure.SHARED
) -> DocumentForm:
    return DocumentForm("court-zj", category, mark, law, source=Source.COURT, disclosure=disclosure)


_FILED: Final = _court("case.filed", "民诉", _CIVIL_LAW)
_CIVIL: Final = _court("judgment.civil", "民初", _CIVIL_LAW)
_ADMINISTRATIVE: Final = _court("judgment.administrative", "行初", "《中华人民共和国行政诉讼法》")
_CRIMINAL: Final = _court("judgment.criminal", "刑初", "《中华人民共和国刑事诉讼法》")
_ENFORCEMENT: Final = _court("enforcement", "执", _CIVIL_LAW)
_DEFAULTER: Final = _court(
    "list.judgment_defaulter",
    "执失",
    "《最高人民法院关于公布失信被执行人名单信息的若干规定》第一条",
    Disclosure.PUBLIC,
)
# As often as among 1,588 situations measured.
_DEFAULTER_GROUNDS: Final = (
    *(*("able_but_refuses",) * 25, *("breaks_asset_report",) * 10, *("evades",) * 3),
    *("breaks_settlement", "obstructs"),
)
_PERFORMANCES: Final = (*("全部未履行",) * 8, "部分未履行", "部分未履行")
_ROLES: Final = (
    *(CourtRole.DEFENDANT,) * 5,
    *(CourtRole.PLAINTIFF,) * 4,
    *(CourtRole.THIRD_PARTY, CourtRole.PERSON_EXECUTED),
)
_CAUSES: Final = (
    *("买卖合同纠纷", "买卖合同纠纷", "劳动争议", "建设工程施工合同纠纷", "金融借款合同纠纷"),
    *("房屋租赁合同纠纷", "承揽合同纠纷", "追偿权纠纷"),
)
_RESULTS: Final = ("判决支付货款", "驳回诉讼请求", "调解结案", None)


def _filed(make: Envelopes, slot: HistorySlot) -> CaseFiled:
    bits = slot.bits >> 160
    envelope = make.envelope(slot, "CaseFiled", _FILED, make.case(slot, _FILED.mark))
    cause = None if slot.subject.is_person else pick(_CAUSES, bits >> 32)
    return CaseFiled(envelope, pick(_ROLES, bits >> 16), cause, _sum_fen(bits))


def _judged(make: Envelopes, slot: HistorySlot) -> JudgmentRendered:
    bits = slot.bits >> 160
    if bits % 100 < _ADMINISTRATIVE_OF_100 and not slot.subject.is_person:
        number = make.case(slot, _ADMINISTRATIVE.mark)
        envelope = make.envelope(slot, "JudgmentRendered", _ADMINISTRATIVE, number)
        return JudgmentRendered(envelope, CourtRole.PLAINTIFF, "行政处罚", "驳回诉讼请求")
    return _civil(make, slot, pick(_ROLES, bits >> 16), pick(_CAUSES, bits >> 32), None)


def _judged_after(make: Envelopes, slot: HistorySlot, about: CaseFiled) -> JudgmentRendered:
    return _civil(make, slot, about.role, about.cause, about.envelope.document_no)


def _civil(
    make: Envelopes, slot: HistorySlot, role: CourtRole, cause: str | None, filed_no: str | None
) -> JudgmentRendered:
    bits, person = slot.bits >> 160, slot.subject.is_person
    envelope = make.envelope(slot, "JudgmentRendered", _CIVIL, make.case(slot, _CIVIL.mark))
    return JudgmentRendered(
        envelope,
        role,
        None if person else cause,
        None if person else pick(_RESULTS, bits >> 48),
        _sum_fen(bits),
        filed_no,
    )


def _sum_fen(bits: int) -> int | None:
    return (10_000 + (bits >> 16 & 0xFFFF)) * (bits >> 32 & 0xFFF) if bits & 3 else None


def _convicted(make: Envelopes, slot: HistorySlot) -> JudgmentRendered:
    bits = slot.bits >> 160
    number = make.case(slot, _CRIMINAL.mark)
    envelope = make.envelope(slot, "JudgmentRendered", _CRIMINAL, number, date_known=True)
    served = make.dates[slot.recorded] if bits & 1 else None
    return JudgmentRendered(envelope, CourtRole.DEFENDANT, sentence_served_on=served)


def _enforced(make: Envelopes, slot: HistorySlot) -> EnforcementOpened:
    return _opened(make, slot, None, (1_000_000 + (slot.bits >> 160 & 0xFFFFF)) * 7)


def _enforced_after(
    make: Envelopes, slot: HistorySlot, about: JudgmentRendered
) -> EnforcementOpened:
    return _opened(make, slot, about.envelope.document_no, about.amount_fen)


def _opened(
    make: Envelopes, slot: HistorySlot, judgment_no: str | None, target_fen: int | None
) -> EnforcementOpened:
    number = make.case(slot, _ENFORCEMENT.mark)
    envelope = make.envelope(slot, "EnforcementOpened", _ENFORCEMENT, number)
    return EnforcementOpened(envelope, judgment_no, target_fen)


def _defaulter(make: Envelopes, slot: HistorySlot) -> ListEntered:
    subject, bits = slot.subject, slot.bits >> 160
    number = make.case(slot, _DEFAULTER.mark)
    envelope = make.envelope(slot, "ListEntered", _DEFAULTER, number)
    ground = pick(_DEFAULTER_GROUNDS, bits)
    term_months = None if ground == "able_but_refuses" else 24
    if subject.is_person:
        return ListEntered(envelope, "judgment_defaulter", ground, term_months=term_months)
    return ListEntered(
        envelope,
        "judgment_defaulter",
        ground,
        term_months=term_months,
        basis_document=make.case(slot, "民初"),
        duty=f"支付申请执行人{1 + (bits >> 16 & 0xFF)}万元",
        performance=pick(_PERFORMANCES, bits >> 32),
        responsible=(person_token_at(subject.head),),
    )


OPENERS: Final[Openers] = {
    SlotKind.FILED: _filed,
    SlotKind.JUDGED: _judged,
    SlotKind.CONVICTED: _convicted,
    SlotKind.ENFORCED: _enforced,
    SlotKind.DEFAULTER: _defaulter,
}
FOLLOWERS: Final[Followers] = {
    SlotKind.JUDGED: (CaseFiled, _judged_after),
    SlotKind.ENFORCED: (JudgmentRendered, _enforced_after),
}
