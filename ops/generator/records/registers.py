"""What registers say: registration and changes, relations, declarations, indicators, mergers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.envelope import Disclosure, Platform, Source
from events.types.declaration import (
    IndicatorReported,
    InformationDeclared,
    ItemsReported,
    ItemValue,
)
from events.types.relation import (
    MergerKind,
    RelationEnded,
    RelationRecorded,
    RelationRole,
    SubjectMerged,
)
from events.types.subject import (
    Alias,
    AliasScheme,
    SubjectChanged,
    SubjectKind,
    SubjectRegistered,
    SubjectStatus,
)
from ops.generator.chance import pick
from ops.generator.forms import DocumentForm
from ops.generator.kinds import SlotKind
from ops.generator.subjects import INDUSTRIES, person_token_at, subject_id_at

if TYPE_CHECKING:
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Followers, Openers
    from ops.generator.slots import HistorySlot

_MARKET: Final = DocumentForm("market-zj", "registration", "市监登")
_ORGANS: Final = DocumentForm("organisation-zj", "registration", "编登")
_CIVIL: Final = DocumentForm("civil-zj", "registration", "民登")
_REGISTRARS: Final = {
    SubjectKind.GOVERNMENT_BODY: _ORGANS,
    SubjectKind.INSTITUTION: _ORGANS,
    SubjectKind.ASSOCIATION: _CIVIL,
    SubjectKind.NATURAL_PERSON: _CIVIL,
}
_RELATION: Final = DocumentForm("market-zj", "relation", "市监关", disclosure=Disclosure.SHARED)
_MERGER: Final = DocumentForm("market-zj", "merger", "市监并", disclosure=Disclosure.SHARED)
_ROLES: Final = (
    *(RelationRole.LEGAL_REPRESENTATIVE,) * 5,
    *(RelationRole.ACTUAL_CONTROLLER,) * 2,
    *(RelationRole.SHAREHOLDER,) * 4,
    RelationRole.MANAGER,
)


def _profession(
    department: str, profession: str, source: Source = Source.DEPARTMENT
) -> DocumentForm:
    return DocumentForm(
        department,
        "relation.profession",
        "执登",
        detail=profession,
        source=source,
        disclosure=Disclosure.SHARED,
    )


_PROFESSIONS: Final = (
    *(_profession("education-zj", "teacher"),) * 3,
    *(_profession("health-zj", "physician"),) * 2,
    _profession("lawyer-zj", "lawyer", Source.ASSOCIATION),
    _profession("cpa-zj", "certified_public_accountant", Source.ASSOCIATION),
    _profession("taxagent-zj", "tax_agent", Source.ASSOCIATION),
    _profession("construction-zj", "construction_engineer"),
    _profession("finance-zj", "accountant"),
    _profession("transport-zj", "driver"),
    _profession("culture-zj", "tour_guide"),
    _profession("drug-zj", "pharmacist"),
    _profession("personnel-zj", "civil_servant"),
)
_DECLARATION: Final = DocumentForm(
    "subjects",
    "declaration",
    "申",
    source=Source.SELF_DECLARED,
    disclosure=Disclosure.AUTHORISED,
)
_DECLARED: Final = (
    ("qualification", "已取得质量管理体系认证"),
    ("staff", "从业人员38人"),
    ("premises", "经营场所面积600平方米"),
    ("contracts", "年度合同履约率98%"),
)
_INDICATOR: Final = DocumentForm("credit-zj", "indicator", "信指", disclosure=Disclosure.AUTHORISED)
# Indicators of the rules, each with the bounds between which values lie, in the indicator's unit.
_OF_FIRMS: Final = (
    *(("asset_liability_ratio", 300, 980), ("quick_ratio", 200, 1_500)),
    *(("return_on_equity", -80, 200), ("operating_margin", -60, 180)),
    *(("revenue_growth", -250, 300), ("asset_turnover", 150, 1_800)),
    *(("management_quality", 30, 100), ("contract_management", 30, 100)),
    *(("behaviour_quality", 780, 1_000), ("behaviour_tax", 780, 1_000)),
)
_OF_BODIES: Final = (
    *(("government_openness", 40, 100), ("government_contracts_kept", 780, 1_000)),
    *(("supervision_coverage", 200, 1_000), ("reporting_on_time", 450, 1_000)),
    *(("enterprise_bad_share", 0, 120), ("credit_agencies", 0, 12)),
)
_ITEMS: Final = DocumentForm(
    "labour-zj", "particulars.social_insurance", "社保", disclosure=Disclosure.SHARED
)
_PERSONS_INSURED: Final = ("pension_persons", "medical_persons", "injury_persons")
_LAST_CHANGES: Final = 28
"""Of so many changes that are a subject's last word, one ends it and one merges it."""


def _registered(make: Envelopes, slot: HistorySlot) -> SubjectRegistered:
    subject = slot.subject
    form = _REGISTRARS.get(subject.kind, _MARKET)
    envelope = make.envelope(slot, "SubjectRegistered", form)
    code = [] if subject.is_person else [Alias(AliasScheme.ORGANISATION_CODE, subject.id[8:17])]
    return SubjectRegistered(envelope, subject.kind, subject.industry, code)


def _changed(make: Envelopes, slot: HistorySlot) -> SubjectChanged | SubjectMerged:
    subject, bits = slot.subject, slot.bits >> 160
    form = _REGISTRARS.get(subject.kind, _MARKET)
    if slot.number == subject.size - 1 and subject.industry:
        # Only the last word on a subject may be that it is gone.
        turn = bits % _LAST_CHANGES
        if turn == 0:
            into = subject_id_at(Platform.ORGANISATION, subject.index + 1)
            envelope = make.envelope(slot, "SubjectMerged", _MERGER)
            return SubjectMerged(envelope, into, MergerKind.ABSORBED)
        if turn == 1:
            envelope = make.envelope(slot, "SubjectChanged", form)
            return SubjectChanged(envelope, status=SubjectStatus.DEREGISTERED)
    envelope = make.envelope(slot, "SubjectChanged", form)
    if slot.number == subject.renamed_at:
        return SubjectChanged(envelope, name=subject.name_at(slot.number))
    if bits & 0x10 or subject.industry is None:
        return SubjectChanged(envelope, status=SubjectStatus.ACTIVE)
    return SubjectChanged(envelope, industry=pick(INDUSTRIES, bits >> 8))


def _related(make: Envelopes, slot: HistorySlot) -> RelationRecorded:
    subject, bits = slot.subject, slot.bits >> 160
    if subject.is_person:
        form = pick(_PROFESSIONS, bits)
        envelope = make.envelope(slot, "RelationRecorded", form)
        until = make.after(slot, 5 * 365) if bits >> 20 & 1 else None
        return RelationRecorded(
            envelope, RelationRole.PRACTISES, profession=form.detail, until=until
        )
    role = pick(_ROLES, bits)
    envelope = make.envelope(slot, "RelationRecorded", _RELATION)
    if role is RelationRole.SHAREHOLDER and bits >> 16 & 1 and subject.index:
        other = subject_id_at(Platform.ORGANISATION, subject.index // 2)
    elif role is RelationRole.MANAGER:
        other = person_token_at(subject.index)
    else:
        other = person_token_at(subject.head)
    return RelationRecorded(envelope, role, other)


def _unrelated(make: Envelopes, slot: HistorySlot, about: RelationRecorded) -> RelationEnded:
    envelope = make.amending(slot, about, mark="关终")
    return make.identified(RelationEnded(envelope, about.envelope.event_id))


def _declared(make: Envelopes, slot: HistorySlot) -> InformationDeclared:
    bits = slot.bits >> 160
    item, content = pick(_DECLARED, bits)
    envelope = make.envelope(slot, "InformationDeclared", _DECLARATION)
    return InformationDeclared(envelope, item, content, bool(bits >> 16 & 1))


def _indicated(make: Envelopes, slot: HistorySlot) -> IndicatorReported:
    bits = slot.bits >> 160
    firm = slot.subject.industry is not None
    code, low, high = pick(_OF_FIRMS if firm else _OF_BODIES, bits)
    envelope = make.envelope(slot, "IndicatorReported", _INDICATOR)
    value = low + (bits >> 16 & 0xFFFF) * (high - low + 1) // 0x10000
    return IndicatorReported(envelope, code, str(make.day(slot).year - 1), value)


def _itemised(make: Envelopes, slot: HistorySlot) -> ItemsReported:
    bits = slot.bits >> 160
    envelope = make.envelope(slot, "ItemsReported", _ITEMS)
    persons = [ItemValue(item, str(bits % 400 + 1)) for item in _PERSONS_INSURED]
    return ItemsReported(envelope, persons, str(make.day(slot).year - 1))


OPENERS: Final[Openers] = {
    SlotKind.REGISTERED: _registered,
    SlotKind.CHANGED: _changed,
    SlotKind.RELATED: _related,
    SlotKind.DECLARED: _declared,
    SlotKind.INDICATED: _indicated,
    SlotKind.ITEMISED: _itemised,
}
FOLLOWERS: Final[Followers] = {SlotKind.UNRELATED: (RelationRecorded, _unrelated)}
