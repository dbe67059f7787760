"""What is granted and found in order: licences, grades, honours, red lists, passed inspections."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from events.envelope import Disclosure, Source
from events.types.commendation import CommendationAwarded, HonourLevel
from events.types.finding import InspectionReported, InspectionResult
from events.types.grade import GradeAssigned
from events.types.licence import (
    CertificateStatus,
    CertificationScheme,
    LicenceGranted,
    LicenceKind,
    ProductCertified,
)
from events.types.listing import ListEntered
from ops.generator.chance import pick
from ops.generator.forms import EARLY, LICENCE_LAW, DocumentForm, pick_on
from ops.generator.kinds import SlotKind

if TYPE_CHECKING:
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Followers, Openers
    from ops.generator.slots import HistorySlot


def _licence(department: str, domain: str, mark: str, certificate: str) -> DocumentForm:
    return DocumentForm(department, f"licence.{domain}", mark, LICENCE_LAW, certificate)


_LICENCES: Final = (
    *(_licence("market-zj", "food_drug", "市监食许", "食品经营许可证"),) * 4,
    *(_licence("market-zj", "market", "市监许", "特种设备使用登记证"),) * 3,
    *(_licence("ecology-zj", "environment", "环许", "排污许可证"),) * 2,
    *(_licence("transport-zj", "transport", "交运许", "道路运输经营许可证"),) * 2,
    *(_licence("construction-zj", "construction", "建许", "建筑业企业资质证书"),) * 2,
    _licence("emergency-zj", "safety", "应急许", "安全生产许可证"),
    _licence("health-zj", "health", "卫许", "卫生许可证"),
    _licence("fire-zj", "fire", "消许", "消防安全检查合格证"),
    _licence("culture-zj", "culture", "文许", "娱乐经营许可证"),
)
_CERTIFICATION: Final = DocumentForm(
    "market-zj", "certification.product", "认证", "《认证认可条例》"
)
_PRODUCTS: Final = (
    ("插头插座", CertificationScheme.COMPULSORY),
    ("电动自行车", CertificationScheme.COMPULSORY),
    ("儿童玩具", CertificationScheme.COMPULSORY),
    ("节能灯", CertificationScheme.VOLUNTARY),
)
_NEXT_STATES: Final = (
    *(CertificateStatus.SUSPENDED, CertificateStatus.SUSPENDED),
    *(CertificateStatus.RESTORED, CertificateStatus.WITHDRAWN),
)
_VALID_DAYS: Final = (365, 3 * 365, 3 * 365, 5 * 365, 5 * 365, None)


class _Scheme(NamedTuple):
    """A scheme of grades: who gives them, under which form, which as often as they are met."""

    scheme: str
    form: DocumentForm
    grades: tuple[str, ...]
    since: date = EARLY


_TAX_SCHEME: Final = _Scheme(
    "tax",
    DocumentForm("tax-zj", "grade.tax", "税纳信", "《纳税信用管理办法》"),
    (*("A",) * 8, *("B",) * 6, "C", "D"),
)
_SCHEMES: Final = (
    *(_TAX_SCHEME,) * 6,
    _Scheme("labour", DocumentForm("labour-zj", "grade.labour", "人社诚"), (*"AAAABBBBBC",)),
    _Scheme(
        "environment",
        DocumentForm("ecology-zj", "grade.environment", "环信"),
        (*("green",) * 3, *("blue",) * 6, "yellow", "yellow", "red"),
        date(2014, 3, 1),
    ),
    _Scheme(
        "customs",
        DocumentForm("customs-hz", "grade.customs", "关信"),
        ("advanced_certified", *("registered",) * 8, "dishonest"),
        date(2021, 11, 1),
    ),
    *(_Scheme("market", DocumentForm("market-zj", "grade.market", "市监类"), (*"AAAABBBCD",)),) * 2,
    _Scheme(
        "public_credit",
        DocumentForm("credit-zj", "grade.public_credit", "信评", disclosure=Disclosure.SHARED),
        (*("excellent",) * 3, *("good",) * 5, *("medium",) * 2, "poor"),
        date(2018, 8, 13),
    ),
)
_HONOUR: Final = "commendation.general"
_ASSOCIATION_HONOUR: Final = DocumentForm(
    "association-zj", _HONOUR, "信表", detail="信用承诺履约践诺企业", source=Source.ASSOCIATION
)
_HONOURS: Final = (
    *(_ASSOCIATION_HONOUR,) * 4,
    *(DocumentForm("market-zj", "commendation.contract", "市监表", detail="守合同重信用企业"),) * 3,
    *(DocumentForm("tax-zj", "commendation.tax_grade_a", "税纳表", detail="纳税信用A级纳税人"),)
    * 4,
    DocumentForm("labour-zj", "commendation.labour", "人社表", detail="和谐劳动关系企业"),
    DocumentForm("ecology-zj", "commendation.environment", "环表", detail="环境保护诚信企业"),
    DocumentForm("transport-zj", _HONOUR, "交运表", detail="公路工程建设领域守信典型企业"),
    DocumentForm("construction-zj", _HONOUR, "建表", detail="建筑业诚信企业"),
    DocumentForm("civil-zj", _HONOUR, "民表", detail="慈善捐赠先进单位"),
)
_PERSON_HONOURS: Final = (
    DocumentForm("civilisation-zj", "commendation.morality", "文明表", detail="道德模范"),
    DocumentForm("civilisation-zj", "commendation.morality", "文明表", detail="身边好人"),
    DocumentForm("science-zj", "commendation.science", "科表", detail="科学技术进步奖"),
    DocumentForm("civil-zj", _HONOUR, "民表", detail="慈善捐赠先进个人"),
)
_LEVELS: Final = (
    *(HonourLevel.CITY,) * 4,
    *(HonourLevel.COUNTY,) * 4,
    *(HonourLevel.PROVINCIAL, HonourLevel.PROVINCIAL, HonourLevel.OTHER, HonourLevel.NATIONAL),
)
_RED_LISTS: Final = (
    ("redlist_general", "good_credit", DocumentForm("credit-zj", "redlist.general", "信红")),
    ("redlist_tax", "grade_a", DocumentForm("tax-zj", "redlist.tax", "税红")),
)
_PERSON_RED_LIST: Final = (
    "redlist_volunteer",
    "excellent_volunteer",
    DocumentForm("civilisation-zj", "redlist.volunteer", "志红"),
)
INSPECTIONS: Final = (
    *(DocumentForm("market-zj", "inspection.market", "市监检", detail="登记事项"),) * 4,
    *(DocumentForm("market-zj", "inspection.food_drug", "市监食检", detail="食品"),) * 3,
    *(DocumentForm("market-zj", "inspection.quality", "市监质检", detail="产品质量"),) * 3,
    *(DocumentForm("ecology-zj", "inspection.environment", "环检", detail="污染物排放"),) * 2,
    *(DocumentForm("fire-zj", "inspection.fire", "消检", detail="消防安全"),) * 2,
    DocumentForm("labour-zj", "inspection.labour", "人社检", detail="劳动用工"),
    DocumentForm("emergency-zj", "inspection.safety", "应急检", detail="安全生产"),
    DocumentForm("construction-zj", "inspection.construction", "建检", detail="工程质量"),
    DocumentForm("transport-zj", "inspection.transport", "交运检", detail="道路运输"),
    DocumentForm(
        "tax-zj", "inspection.tax", "税检", detail="纳税申报", disclosure=Disclosure.SHARED
    ),
)
"""Forms of inspections, each as often as it is to be met."""


def _licensed(make: Envelopes, slot: HistorySlot) -> LicenceGranted:
    return _granted(make, slot, pick(_LICENCES, slot.bits >> 160), None)


def _renewed(make: Envelopes, slot: HistorySlot, about: LicenceGranted) -> LicenceGranted:
    # A renewal comes from the same office on the same number.
    form = next(f for f in _LICENCES if f.category == about.envelope.category)
    return _granted(make, slot, form, about.licence_no)


def _granted(
    make: Envelopes, slot: HistorySlot, form: DocumentForm, licence_no: str | None
) -> LicenceGranted:
    subject, bits = slot.subject, slot.bits >> 176
    envelope = make.envelope(slot, "LicenceGranted", form)
    days = pick(_VALID_DAYS, bits)
    granted = make.day(slot)
    return LicenceGranted(
        envelope,
        licence_no or f"证{subject.region}-{subject.index}-{slot.number}",
        LicenceKind.ORDINARY if bits >> 16 & 3 else LicenceKind.RECOGNITION,
        None if subject.is_person else form.detail,
        granted,
        make.after(slot, days) if days else None,
    )


def _graded(make: Envelopes, slot: HistorySlot) -> GradeAssigned:
    bits = slot.bits >> 160
    scheme, form, grades, _ = pick_on(_SCHEMES, bits, make.day(slot))
    # Of an unknown day the published one counts, which never lies before.
    envelope = make.envelope(slot, "GradeAssigned", form)
    return GradeAssigned(envelope, scheme, pick(grades, bits >> 16), make.day(slot).year - 1)


def _honour(make: Envelopes, slot: HistorySlot) -> CommendationAwarded:
    bits = slot.bits >> 160
    form = pick(_PERSON_HONOURS if slot.subject.is_person else _HONOURS, bits)
    envelope = make.envelope(slot, "CommendationAwarded", form)
    until = make.after(slot, 3 * 365) if bits >> 48 & 1 else None
    return CommendationAwarded(envelope, form.detail, pick(_LEVELS, bits >> 16), until)


def _certified(make: Envelopes, slot: HistorySlot) -> ProductCertified:
    bits = slot.bits >> 160
    envelope = make.envelope(slot, "ProductCertified", _CERTIFICATION)
    number = f"{make.day(slot).year}01{bits % 10**10:010}"
    until = make.after(slot, 5 * 365)
    product, scheme = pick(_PRODUCTS, bits >> 40)
    return ProductCertified(envelope, number, product, scheme, CertificateStatus.GRANTED, until)


def _recertified(make: Envelopes, slot: HistorySlot, about: ProductCertified) -> ProductCertified:
    envelope = make.envelope(slot, "ProductCertified", _CERTIFICATION)
    state = pick(_NEXT_STATES, slot.bits >> 160)
    return ProductCertified(envelope, about.certificate_no, about.product, about.scheme, state)


def _red_listed(make: Envelopes, slot: HistorySlot) -> ListEntered:
    person = slot.subject.is_person
    name, ground, form = _PERSON_RED_LIST if person else pick(_RED_LISTS, slot.bits >> 160)
    envelope = make.envelope(slot, "ListEntered", form, date_known=True)
    return ListEntered(envelope, name, ground, term_months=12)


def _passed(make: Envelopes, slot: HistorySlot) -> InspectionReported:
    form = pick(INSPECTIONS, slot.bits >> 160)
    envelope = make.envelope(slot, "InspectionReported", form)
    item = None if slot.subject.is_person else form.detail
    return InspectionReported(envelope, InspectionResult.PASSED, item)


OPENERS: Final[Openers] = {
    SlotKind.LICENSED: _licensed,
    SlotKind.GRADED: _graded,
    SlotKind.HONOUR: _honour,
    SlotKind.CERTIFIED: _certified,
    SlotKind.RED_LISTED: _red_listed,
    SlotKind.PASSED: _passed,
}
FOLLOWERS: Final[Followers] = {
    SlotKind.LICENSED: (LicenceGranted, _renewed),
    SlotKind.CERTIFIED: (ProductCertified, _recertified),
}
