"""The events that open a record: registration, penalty, arrears, judgment, list, commendation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from events.arrears import TaxArrearsAnnounced
from events.commendation import CommendationAwarded, HonourLevel
from events.court import CourtRole, JudgmentRendered
from events.envelope import Disclosure, Source
from events.listing import ListEntered
from events.penalty import PenaltyImposed, PenaltyKind
from events.subject import (
    Alias,
    AliasScheme,
    SubjectChanged,
    SubjectRegistered,
    SubjectStatus,
)
from ops.generator import wording
from ops.generator.chance import pick
from ops.generator.slots import Kind
from ops.generator.subjects import INDUSTRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.types import Original
    from ops.generator.envelopes import Envelopes
    from ops.generator.slots import Slot

_FEN: Final = 100
_ADMINISTRATIVE_OF_100: Final = 5
_NOTICED_OF_100: Final = 75
_SIMPLE_BELOW_YUAN: Final = 3_000


class Records:
    """Makes the event at a slot that opens a record."""

    def __init__(self, envelopes: Envelopes) -> None:
        self._envelope = envelopes.envelope
        self._number = envelopes.number
        self._case = envelopes.case
        self._dates = envelopes.dates
        self._makers: dict[Kind, Callable[[Slot], Original]] = {
            Kind.CHANGED: self._changed,
            Kind.HONOUR: self._honour,
            Kind.JUDGMENT: self._judgment,
            Kind.REGISTERED: self._registered,
            Kind.PENALTY: self._penalty,
            Kind.ARREARS: self._arrears,
            Kind.DEFAULTER: self._defaulter,
            Kind.TAX_LIST: self._tax_list,
        }

    def event(self, slot: Slot) -> Original:
        """Make the event of a slot.

        A-grade taxpayers are the rest, and stand in where an event about another has no other.
        """
        return self._makers.get(slot.kind, self._grade_a)(slot)

    def _registered(self, slot: Slot) -> SubjectRegistered:
        subject = slot.subject
        envelope = self._envelope(
            slot,
            "SubjectRegistered",
            department="market-zj",
            category="registration",
            document_no=self._number(slot, "市监设登"),
            legal_basis=wording.REGISTER_BASIS,
        )
        alias = Alias(AliasScheme.ORGANISATION_CODE, subject.id[8:17])
        return SubjectRegistered(envelope, subject.kind, subject.industry, [alias])

    def _changed(self, slot: Slot) -> SubjectChanged:
        subject, bits = slot.subject, slot.bits >> 160
        envelope = self._envelope(
            slot,
            "SubjectChanged",
            department="market-zj",
            category="registration",
            document_no=self._number(slot, "市监变登"),
            legal_basis=wording.REGISTER_BASIS,
        )
        if slot.number == subject.renamed_at:
            return SubjectChanged(envelope, name=subject.name_at(slot.number))
        if slot.number == subject.size - 1 and bits & 0xF == 0:
            # Only the last word on a subject may be that it is gone.
            return SubjectChanged(envelope, status=SubjectStatus.DEREGISTERED)
        if bits & 0x10:
            return SubjectChanged(envelope, status=SubjectStatus.ACTIVE)
        return SubjectChanged(envelope, industry=pick(INDUSTRIES, bits >> 8))

    def _penalty(self, slot: Slot) -> PenaltyImposed:
        subject, bits = slot.subject, slot.bits >> 160
        field = pick(wording.FIELDS, bits)
        content, kinds = pick(wording.PENALTY_KINDS, bits >> 16)
        fine_yuan = pick(wording.FINES_YUAN, bits >> 32)
        envelope = self._envelope(
            slot,
            "PenaltyImposed",
            department=field.department,
            category=field.category,
            document_no=self._number(slot, field.mark),
            legal_basis=field.legal_basis,
            authority=f"{subject.city}{field.office}",
        )
        suspended = PenaltyKind.LICENCE_SUSPENDED in kinds
        ends = self._dates[slot.occurred] + timedelta(30)
        return PenaltyImposed(
            envelope,
            kinds,
            simple_procedure=fine_yuan < _SIMPLE_BELOW_YUAN,
            fine_fen=fine_yuan * _FEN if PenaltyKind.FINE in kinds else None,
            confiscated_fen=fine_yuan * 37 if PenaltyKind.CONFISCATION in kinds else None,
            violation=field.violation,
            content=content,
            licence=f"证{subject.region}{subject.index:07}" if suspended else None,
            effective_until=ends if suspended and envelope.occurred_on else None,
        )

    def _arrears(self, slot: Slot) -> TaxArrearsAnnounced:
        bits = slot.bits >> 160
        envelope = self._envelope(
            slot,
            "TaxArrearsAnnounced",
            department="tax-zj",
            category="arrears.tax",
            document_no=self._number(slot, "税欠告"),
            legal_basis=wording.ARREARS_BASIS,
            authority=f"国家税务总局{slot.subject.city}市税务局",
        )
        # Spread over magnitudes: 4,000 yuan to some 6 million, so that every threshold is met.
        balance_fen = (400_000 + (bits & 0xFFFFF) // 3) << (bits >> 20) % 11
        quarter = self._dates[slot.occurred]
        return TaxArrearsAnnounced(
            envelope,
            pick(wording.TAXES, bits >> 32),
            balance_fen,
            balance_fen // 4 if bits >> 48 & 1 else None,
            f"{quarter.year}Q{(quarter.month + 2) // 3}",
        )

    def _judgment(self, slot: Slot) -> JudgmentRendered:
        bits = slot.bits >> 160
        administrative = bits % 100 < _ADMINISTRATIVE_OF_100
        envelope = self._envelope(
            slot,
            "JudgmentRendered",
            department="court-zj",
            category="judgment.administrative" if administrative else "judgment.civil",
            document_no=self._case(slot, "行初" if administrative else "民初"),
            legal_basis=wording.ADMINISTRATIVE_BASIS if administrative else wording.CIVIL_BASIS,
            source=Source.COURT,
            disclosure=Disclosure.SHARED,
        )
        if administrative:
            return JudgmentRendered(envelope, CourtRole.PLAINTIFF, "行政处罚", "驳回诉讼请求")
        amount_fen = (10_000 + (bits >> 16 & 0xFFFF)) * (bits >> 32 & 0xFFF) if bits & 3 else None
        return JudgmentRendered(
            envelope,
            pick(wording.ROLES, bits >> 16),
            pick(wording.CAUSES, bits >> 32),
            pick(wording.RESULTS, bits >> 48),
            amount_fen,
        )

    def _defaulter(self, slot: Slot) -> ListEntered:
        bits = slot.bits >> 160
        envelope = self._envelope(
            slot,
            "ListEntered",
            department="court-zj",
            category="list.judgment_defaulter",
            document_no=self._case(slot, "执"),
            legal_basis=wording.DEFAULTER_BASIS,
            source=Source.COURT,
        )
        ground = pick(wording.DEFAULTER_GROUNDS, bits)
        return ListEntered(
            envelope,
            "judgment_defaulter",
            ground,
            term_months=None if ground == "able_but_refuses" else 24,
            basis_document=self._case(slot, "民初"),
            duty=f"支付申请执行人{1 + (bits >> 16 & 0xFF)}万元",
            performance=pick(wording.PERFORMANCES, bits >> 32),
        )

    def _tax_list(self, slot: Slot) -> ListEntered:
        bits = slot.bits >> 160
        envelope = self._envelope(
            slot,
            "ListEntered",
            department="tax-zj",
            category="list.major_tax_violator",
            document_no=self._number(slot, "税失信告"),
            legal_basis=wording.TAX_LIST_BASIS,
            authority=f"国家税务总局{slot.subject.city}市税务局",
            date_known=True,
        )
        # Some entries come without the notice that the law wants first: they must have no effect.
        noticed = (bits >> 16) % 100 < _NOTICED_OF_100
        notified = max(0, slot.occurred - 15 - (bits >> 32 & 0x1F))
        return ListEntered(
            envelope,
            "major_tax_violator",
            pick(wording.TAX_GROUNDS, bits),
            notified_on=self._dates[notified] if noticed else None,
            term_months=36,
            basis_document=self._number(slot, "税稽罚"),
        )

    def _honour(self, slot: Slot) -> CommendationAwarded:
        bits = slot.bits >> 160
        department, source, honour = pick(wording.HONOURS, bits)
        envelope = self._envelope(
            slot,
            "CommendationAwarded",
            department=department,
            category="commendation.general",
            document_no=self._number(slot, "信表"),
            legal_basis=wording.GOOD_BASIS,
            source=source,
        )
        until = self._dates[slot.occurred] + timedelta(3 * 365) if bits >> 48 & 1 else None
        return CommendationAwarded(envelope, honour, pick(wording.LEVELS, bits >> 16), until)

    def _grade_a(self, slot: Slot) -> CommendationAwarded:
        envelope = self._envelope(
            slot,
            "CommendationAwarded",
            department="tax-zj",
            category="commendation.tax_grade_a",
            document_no=self._number(slot, "税纳信"),
            legal_basis=wording.GRADE_A_BASIS,
        )
        year = self._dates[slot.occurred].year - 1
        return CommendationAwarded(envelope, f"{year}年度纳税信用A级纳税人", HonourLevel.PROVINCIAL)
