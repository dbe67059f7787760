"""What departments find amiss: penalties, failed inspections, recalls, recorded conduct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.envelope import Disclosure, Source
from events.types.finding import (
    ConductRecorded,
    InspectionReported,
    InspectionResult,
    RecallOrdered,
    Seriousness,
)
from events.types.penalty import PenaltyImposed, PenaltyKind
from ops.generator.chance import pick
from ops.generator.forms import DocumentForm
from ops.generator.kinds import SlotKind
from ops.generator.records.merits import INSPECTIONS
from ops.generator.subjects import BODIES

if TYPE_CHECKING:
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Followers, Openers
    from ops.generator.slots import HistorySlot

_FEN: Final = 100
_SIMPLE_BELOW_YUAN: Final = 3_000
_MARKET: Final = DocumentForm(
    "market-zj",
    "penalty.market",
    "市监罚决",
    "《中华人民共和国广告法》第五十五条",
    "发布虚假广告",
    "市市场监督管理局",
)
_FOOD: Final = DocumentForm(
    "market-zj",
    "penalty.food_drug",
    "市监食罚",
    "《中华人民共和国食品安全法》第一百二十四条",
    "生产经营不符合食品安全标准的食品",
    "市市场监督管理局",
)
_QUALITY: Final = DocumentForm(
    "market-zj",
    "penalty.quality",
    "市监质罚",
    "《中华人民共和国产品质量法》第四十九条",
    "生产不符合保障人体健康和人身、财产安全标准的产品",
    "市市场监督管理局",
)
_PRICE: Final = DocumentForm(
    "market-zj",
    "penalty.price",
    "市监价罚",
    "《中华人民共和国价格法》第三十九条",
    "不执行政府定价",
    "市市场监督管理局",
)
_TAX: Final = DocumentForm(
    "tax-zj",
    "penalty.tax",
    "税稽罚",
    "《中华人民共和国税收征收管理法》第六十三条",
    "少列收入,少缴税款",
    "市税务局稽查局",
)
_ENVIRONMENT: Final = DocumentForm(
    "ecology-zj",
    "penalty.environment",
    "环罚",
    "《中华人民共和国大气污染防治法》第九十九条",
    "超过大气污染物排放标准排放大气污染物",
    "市生态环境局",
)
_LABOUR: Final = DocumentForm(
    "labour-zj",
    "penalty.labour",
    "人社监罚",
    "《劳动保障监察条例》第二十六条",
    "未按规定支付劳动者工资",
    "市人力资源和社会保障局",
)
_SAFETY: Final = DocumentForm(
    "emergency-zj",
    "penalty.safety",
    "应急罚",
    "《中华人民共和国安全生产法》",
    "未按规定对从业人员进行安全生产教育和培训",
    "市应急管理局",
)
_CUSTOMS: Final = DocumentForm(
    "customs-hz",
    "penalty.customs",
    "关缉违字",
    "《中华人民共和国海关行政处罚实施条例》第十五条",
    "申报不实,影响海关监管秩序",
    "海关",
)
_TRANSPORT: Final = DocumentForm(
    "transport-zj",
    "penalty.transport",
    "交运罚",
    "《中华人民共和国道路运输条例》",
    "未取得道路运输经营许可擅自从事道路运输经营",
    "市交通运输局",
)
_CONSTRUCTION: Final = DocumentForm(
    "construction-zj",
    "penalty.construction",
    "建罚",
    "《建设工程质量管理条例》第六十四条",
    "施工中偷工减料",
    "市住房和城乡建设局",
)
_PENALTIES: Final = (
    *(_MARKET,) * 5,
    *(_TAX,) * 3,
    *(_FOOD, _FOOD, _QUALITY, _PRICE, _ENVIRONMENT, _ENVIRONMENT, _LABOUR),
    *(_SAFETY, _SAFETY, _TRANSPORT, _TRANSPORT, _CONSTRUCTION, _CUSTOMS),
)
"""Fields of enforcement, each as often as it is to be met."""

_PENALTY_KINDS: Final = (
    *(("罚款", [PenaltyKind.FINE]),) * 16,
    ("罚款,没收违法所得", [PenaltyKind.FINE, PenaltyKind.CONFISCATION]),
    ("警告", [PenaltyKind.WARNING]),
    ("警告,罚款", [PenaltyKind.WARNING, PenaltyKind.FINE]),
    ("通报批评", [PenaltyKind.CRITICISM]),
    ("暂扣许可证30天", [PenaltyKind.LICENCE_SUSPENDED]),
    ("责令停产停业", [PenaltyKind.BUSINESS_SUSPENDED, PenaltyKind.FINE]),
    ("吊销许可证", [PenaltyKind.LICENCE_REVOKED]),
)
_FINES_YUAN: Final = (
    *(200, 500, 1_000, 2_000, 2_000, 3_000, 5_000, 5_000, 5_000, 8_000, 10_000, 10_000, 10_000),
    *(15_000, 20_000, 20_000, 30_000, 35_000, 50_000, 50_000, 80_000, 100_000, 150_000),
    *(200_000, 300_000, 500_000, 1_200_000),
)
_RESULTS: Final = (
    *(InspectionResult.FAILED,) * 6,
    *(InspectionResult.RECTIFY,) * 5,
    *(InspectionResult.NOT_FOUND, InspectionResult.NOT_FOUND, InspectionResult.REFUSED),
)
_RECALLS: Final = (
    DocumentForm("market-zj", "recall.product", "市监召", detail="电动自行车充电器"),
    DocumentForm("market-zj", "recall.product", "市监召", detail="儿童服装"),
    DocumentForm("market-zj", "recall.food", "市监食召", detail="糕点"),
    DocumentForm("drug-zj", "recall.drug", "药召", detail="中药饮片"),
)


def _shared(department: str, conduct: str, source: Source = Source.DEPARTMENT) -> DocumentForm:
    return DocumentForm(
        department,
        f"conduct.{conduct}",
        "失信",
        detail=conduct,
        source=source,
        disclosure=Disclosure.SHARED,
    )


_CONDUCTS: Final = (
    *(_shared("consumer-zj", "consumer_complaint", Source.ASSOCIATION),) * 4,
    *(_shared("association-zj", "industry_rules", Source.ASSOCIATION),) * 2,
    _shared("ip-zj", "ip_infringement"),
    _shared("bidding-zj", "bid_collusion"),
    _shared("finance-zj", "subsidy_fraud"),
    _shared("statistics-zj", "statistics_falsified"),
    _shared("pboc-hz", "loan_fraud"),
    _shared("medinsurance-zj", "medical_insurance_fraud"),
)
_PERSON_CONDUCTS: Final = (
    *(_shared("examination-zj", "exam_misconduct"),) * 4,
    *(_shared("university-zj", "academic_misconduct"),) * 2,
    *(_shared("lawyer-zj", "professional_misconduct", Source.ASSOCIATION),) * 2,
    _shared("cpa-zj", "professional_misconduct", Source.ASSOCIATION),
    _shared("construction-zj", "professional_misconduct"),
    _shared("personnel-zj", "civil_servant")._replace(disclosure=Disclosure.AUTHORISED),
    _shared("civilisation-zj", "public_morality")._replace(disclosure=Disclosure.AUTHORISED),
)
_BODY_CONDUCTS: Final = (
    DocumentForm("supervision-zj", "conduct.government", "政信", detail="promise_not_kept"),
    DocumentForm("supervision-zj", "conduct.government", "政信", detail="not_disclosed"),
)
_SERIOUSNESS: Final = (
    *(Seriousness.GENERAL,) * 5,
    *(Seriousness.MINOR,) * 3,
    Seriousness.SERIOUS,
)


def _penalty(make: Envelopes, slot: HistorySlot) -> PenaltyImposed:
    subject, bits = slot.subject, slot.bits >> 160
    form = pick(_PENALTIES, bits)
    content, kinds = pick(_PENALTY_KINDS, bits >> 16)
    fine_yuan = pick(_FINES_YUAN, bits >> 32)
    envelope = make.envelope(slot, "PenaltyImposed", form)
    suspended = PenaltyKind.LICENCE_SUSPENDED in kinds
    said = not subject.is_person
    return PenaltyImposed(
        envelope,
        kinds,
        simple_procedure=fine_yuan < _SIMPLE_BELOW_YUAN,
        fine_fen=fine_yuan * _FEN if PenaltyKind.FINE in kinds else None,
        confiscated_fen=fine_yuan * 37 if PenaltyKind.CONFISCATION in kinds else None,
        violation=form.detail if said else None,
        content=content if said else None,
        licence=f"证{subject.region}{subject.index:07}" if suspended and said else None,
        effective_until=make.after(slot, 30) if suspended and envelope.occurred_on else None,
    )


def _failed(make: Envelopes, slot: HistorySlot) -> InspectionReported:
    bits, said = slot.bits >> 160, not slot.subject.is_person
    form = pick(INSPECTIONS, bits)
    envelope = make.envelope(slot, "InspectionReported", form, date_known=True)
    result = pick(_RESULTS, bits >> 16)
    return InspectionReported(
        envelope,
        result,
        form.detail if said else None,
        f"批{slot.number}" if said and bits >> 32 & 1 else None,
        pick(_SERIOUSNESS, bits >> 40) if result is InspectionResult.FAILED else None,
        make.after(slot, 15) if result is InspectionResult.RECTIFY else None,
    )


def _recalled(make: Envelopes, slot: HistorySlot) -> RecallOrdered:
    bits = slot.bits >> 160
    form = pick(_RECALLS, bits)
    return _called_back(make, slot, form, form.detail, f"批{slot.number}")


def _recalled_after(make: Envelopes, slot: HistorySlot, about: InspectionReported) -> RecallOrdered:
    return _called_back(make, slot, _RECALLS[0], about.item or "产品", about.batch_no)


def _called_back(
    make: Envelopes, slot: HistorySlot, form: DocumentForm, product: str, batch_no: str | None
) -> RecallOrdered:
    envelope = make.envelope(slot, "RecallOrdered", form)
    level = 1 + (slot.bits >> 176) % 3
    return RecallOrdered(envelope, product, batch_no, level, "存在安全隐患")


def _conduct(make: Envelopes, slot: HistorySlot) -> ConductRecorded:
    subject, bits = slot.subject, slot.bits >> 160
    forms: tuple[DocumentForm, ...] = _CONDUCTS
    if subject.is_person:
        forms = _PERSON_CONDUCTS
    elif subject.kind in BODIES:
        forms = _BODY_CONDUCTS
    form = pick(forms, bits)
    envelope = make.envelope(slot, "ConductRecorded", form)
    return ConductRecorded(envelope, form.detail, pick(_SERIOUSNESS, bits >> 16))


OPENERS: Final[Openers] = {
    SlotKind.PENALTY: _penalty,
    SlotKind.FAILED: _failed,
    SlotKind.RECALLED: _recalled,
    SlotKind.CONDUCT: _conduct,
}
FOLLOWERS: Final[Followers] = {SlotKind.RECALLED: (InspectionReported, _recalled_after)}
