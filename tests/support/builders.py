"""Events as tests need them: valid by default, named by what is said, ids as in life."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import msgspec

from events.envelope import Disclosure, Envelope, Platform, Source
from events.event import AMENDMENTS, ORIGINALS, Event, event_type, record_id
from events.identity import event_id
from events.roles import Amendment, Original, OthersAmendment
from events.types.amendment import (
    EventDismissed,
    FieldChange,
    RecordCorrected,
    RecordRevoked,
    RevocationKind,
)
from events.types.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.types.commendation import CommendationAwarded, HonourLevel
from events.types.court import CaseFiled, CourtRole, EnforcementOpened, JudgmentRendered
from events.types.declaration import (
    IndicatorReported,
    InformationDeclared,
    ItemsReported,
    ItemValue,
)
from events.types.finding import (
    ConductRecorded,
    InspectionReported,
    InspectionResult,
    RecallOrdered,
    Seriousness,
)
from events.types.grade import GradeAssigned
from events.types.licence import (
    CertificateStatus,
    CertificationScheme,
    LicenceGranted,
    LicenceKind,
    ProductCertified,
)
from events.types.listing import DefenceMade, ListEntered, ListNoticeGiven, ListRemoved
from events.types.measure import (
    MeasureAnswer,
    MeasureAnswered,
    MeasureInitiated,
    MeasureLifted,
    WarningAcknowledged,
)
from events.types.objection import (
    ObjectionAnswered,
    ObjectionOutcome,
    ObjectionRaised,
    StatementAdded,
)
from events.types.obligation import (
    CommitmentMade,
    ObligationDefaulted,
    ObligationSettled,
    Outcome,
)
from events.types.penalty import PenaltyImposed, PenaltyKind
from events.types.relation import (
    MergerKind,
    RelationEnded,
    RelationRecorded,
    RelationRole,
    SubjectMerged,
)
from events.types.repair import RepairApplied, RepairDecided
from events.types.subject import SubjectChanged, SubjectKind, SubjectRegistered, SubjectStatus
from ops.generator.plain import document_form, plain_amendment, plain_event
from projections.record.amending import ABOUT

SUBJECT = "91330000PDY00001XQ"
OTHER_SUBJECT = "91330100PDY000028X"
PERSON = "P" + "0123456789abcdef" * 2

ORIGIN: dict[str, dict[str, Any]] = {
    "grade.tax": {"department": "tax-zj"},
    "grade.labour": {"department": "labour-zj"},
    "grade.environment": {"department": "ecology-zj"},
    "grade.customs": {"department": "customs-hz"},
    "default.wage": {"department": "labour-zj"},
    "default.loan": {"department": "pboc-hz", "disclosure": Disclosure.AUTHORISED},
    "default.utility": {"department": "utility-zj", "disclosure": Disclosure.AUTHORISED},
}
"""By whom records of a category come, and how open they may be, where builders serve several."""

Day = date | str | None


def day(value: Day) -> date | None:
    """Read a day as tests write it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def an_envelope(**changes: Any) -> Envelope:
    """Give what every event carries; days may be ISO texts, `on` stands for `occurred_on`."""
    changes.setdefault("occurred_on", changes.pop("on", None))
    fields: dict[str, Any] = {
        "event_id": "",
        "subject_id": SUBJECT,
        "subject_name": "杭州样例有限公司",
        "department": "market-zj",
        "authority": None,
        "region": "330100",
        "category": "penalty.market",
        "document_no": "浙市监罚〔2025〕1号",
        "item_no": 1,
        "occurred_on": None,
        "published_on": None,
        "observed_on": None,
        "legal_basis": "《中华人民共和国行政处罚法》第三十三条",
        "disclosure": Disclosure.PUBLIC,
        "source": Source.DEPARTMENT,
    } | changes
    for name in ("occurred_on", "published_on", "observed_on"):
        fields[name] = day(fields[name])
    return Envelope(**fields)


def named(event: Event, platform: Platform = Platform.ORGANISATION) -> Event:
    """Give the event its derived id, as admission does."""
    derived = event_id(platform, event)
    envelope = msgspec.structs.replace(event.envelope, event_id=derived)
    return msgspec.structs.replace(event, envelope=envelope)


def a_penalty(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    kinds: tuple[str, ...] = ("fine",),
    fine_fen: int | None = 5_000_000,
    confiscated_fen: int | None = None,
    simple_procedure: bool = False,
    publish_until: Day = None,
    **envelope: Any,
) -> Event:
    """Give a penalty; by default a final fine of 50,000 yuan, whose severity is general."""
    return named(
        PenaltyImposed(
            an_envelope(on=on, document_no=f"罚{no}", **envelope),
            [PenaltyKind(kind) for kind in kinds],
            simple_procedure,
            fine_fen,
            confiscated_fen,
            publish_until=day(publish_until),
            final_on=day(on),
        )
    )


def arrears(
    no: object = 1, on: Day = "2025-01-10", *, balance_fen: int | None = 6_000_000, **envelope: Any
) -> Event:
    """Give tax owed; by default 60,000 yuan."""
    envelope = {"department": "tax-zj", "category": "arrears.tax"} | envelope
    return named(
        TaxArrearsAnnounced(
            an_envelope(on=on, document_no=f"欠{no}", **envelope), ["vat"], balance_fen
        )
    )


def a_settlement(
    of: Event, on: Day, paid_fen: int | None, *, cleared: bool = False, **envelope: Any
) -> Event:
    """Give a payment of tax owed."""
    return named(TaxArrearsSettled(_about(of, on, envelope), record_id(of), paid_fen, cleared))


def a_judgment(
    no: object = 1, on: Day = "2025-01-10", *, amount_fen: int | None = None, **envelope: Any
) -> Event:
    """Give a judgment that has taken effect."""
    envelope = {
        "department": "court-zj",
        "category": "judgment.civil",
        "disclosure": Disclosure.SHARED,
        "source": Source.COURT,
    } | envelope
    return named(
        JudgmentRendered(
            an_envelope(on=on, document_no=f"判{no}", **envelope),
            CourtRole.DEFENDANT,
            amount_fen=amount_fen,
        )
    )


def a_commendation(
    no: object = 1, on: Day = "2025-01-10", *, valid_until: Day = None, **envelope: Any
) -> Event:
    """Give an honour."""
    envelope = {"category": "commendation.general"} | envelope
    return named(
        CommendationAwarded(
            an_envelope(on=on, document_no=f"奖{no}", **envelope),
            "守合同重信用企业",
            HonourLevel.CITY,
            day(valid_until),
        )
    )


def a_tax_listing(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    notified_on: Day = "2024-12-01",
    ground: str = "evasion",
    term_months: int | None = None,
    **envelope: Any,
) -> Event:
    """Give an entry on the list of major tax violators, which needs prior notice."""
    envelope = {"department": "tax-zj", "category": "list.major_tax_violator"} | envelope
    return named(
        ListEntered(
            an_envelope(on=on, document_no=f"列{no}", **envelope),
            "major_tax_violator",
            ground,
            day(notified_on),
            term_months,
        )
    )


def a_court_listing(
    no: object = 1, on: Day = "2025-01-10", *, ground: str = "able_but_refuses", **envelope: Any
) -> Event:
    """Give an entry on the list of judgment defaulters, which needs no notice of its own."""
    envelope = {
        "department": "court-zj",
        "category": "list.judgment_defaulter",
        "source": Source.COURT,
    } | envelope
    return named(
        ListEntered(
            an_envelope(on=on, document_no=f"执{no}", **envelope), "judgment_defaulter", ground
        )
    )


def a_removal(of: Event, on: Day, **envelope: Any) -> Event:
    """Give the removal of a list entry."""
    return named(ListRemoved(_about(of, on, envelope), record_id(of), "performed"))


def a_correction(of: Event, on: Day, /, *, by: Any = None, **changes: Any) -> Event:
    """Give a correction; `envelope__occurred_on="2025-01-01"` corrects `envelope.occurred_on`."""
    listed = [
        FieldChange(name.replace("__", "."), json.dumps(value, ensure_ascii=False))
        for name, value in changes.items()
    ]
    about = _about(of, on, {} if by is None else {"department": by})
    return named(RecordCorrected(about, record_id(of), event_type(of), listed))


def a_revocation(
    of: Event,
    on: Day,
    kind: str = "annulled",
    *,
    amendment: Event | None = None,
    effective_on: Day = None,
    **envelope: Any,
) -> Event:
    """Give the annulment or repeal of a record, or of one amendment of it."""
    return named(
        RecordRevoked(
            _about(of, on, envelope),
            record_id(of),
            None if amendment is None else amendment.envelope.event_id,
            RevocationKind(kind),
            day(effective_on),
        )
    )


def a_registration(
    on: Day = "2020-01-01", *, kind: SubjectKind = SubjectKind.ENTERPRISE, **envelope: Any
) -> Event:
    """Give the registration of a subject, by default an enterprise."""
    envelope = {"category": "registration"} | envelope
    about = an_envelope(on=on, document_no="登1", **envelope)
    return named(SubjectRegistered(about, kind, "C13" if kind is SubjectKind.ENTERPRISE else None))


def a_change(
    no: object = 1,
    on: Day = "2021-01-01",
    *,
    name: str | None = None,
    status: str | None = None,
    **envelope: Any,
) -> Event:
    """Give a change of registered facts."""
    envelope = {"category": "registration"} | envelope
    about = an_envelope(on=on, document_no=f"变{no}", **envelope)
    return named(SubjectChanged(about, name, None if status is None else SubjectStatus(status)))


def a_dismissal(offset: int, on: Day = "2025-06-01", **envelope: Any) -> Event:
    """Give an operator's dismissal of the message at an offset."""
    envelope = {"department": "operator", "category": "operation", "subject_name": None} | envelope
    envelope.setdefault("disclosure", Disclosure.SHARED)
    envelope.setdefault("document_no", f"排{offset}")
    about = an_envelope(on=on, **envelope)
    return named(EventDismissed(about, 0, offset, "cannot be read"))


def a_filing(
    no: object = 1, on: Day = "2025-01-10", *, claim_fen: int | None = None, **envelope: Any
) -> Event:
    """Give a case that a court accepted, the subject being sued."""
    about = _of_court(f"立{no}", on, {"category": "case.filed"} | envelope)
    return named(CaseFiled(about, CourtRole.DEFENDANT, claim_fen=claim_fen))


def an_enforcement(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    judgment_no: str | None = None,
    target_fen: int | None = 8_000_000,
    **envelope: Any,
) -> Event:
    """Give the opening of enforcement; by default over 80,000 yuan."""
    about = _of_court(f"执行{no}", on, {"category": "enforcement"} | envelope)
    return named(EnforcementOpened(about, judgment_no, target_fen))


def a_certificate(
    no: object = 1, on: Day = "2025-01-12", *, status: str = "granted", **envelope: Any
) -> Event:
    """Give a state of the certificate of a product."""
    envelope = {"category": "certification.product"} | envelope
    return named(
        ProductCertified(
            an_envelope(on=on, document_no=f"证{no}", **envelope),
            "2026010101000001",
            "插头插座",
            CertificationScheme.COMPULSORY,
            CertificateStatus(status),
        )
    )


def a_licence(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    licence_no: str = "JY13301000001",
    valid_from: Day = None,
    valid_until: Day = None,
    **envelope: Any,
) -> Event:
    """Give the grant of a licence; another grant of the same licence number renews it."""
    envelope = {"category": "licence.market"} | envelope
    return named(
        LicenceGranted(
            an_envelope(on=on, document_no=f"许{no}", **envelope),
            licence_no,
            LicenceKind.ORDINARY,
            "食品经营许可证",
            day(valid_from),
            day(valid_until),
        )
    )


def a_grade(
    grade: str = "B",
    on: Day = "2025-04-30",
    *,
    scheme: str = "tax",
    period: int | None = 2024,
    valid_until: Day = None,
    **envelope: Any,
) -> Event:
    """Give a grade of a scheme for a year; by default an ordinary one of the tax authority."""
    category = f"grade.{scheme}"
    envelope = {"category": category} | ORIGIN.get(category, {}) | envelope
    envelope.setdefault("document_no", f"评{scheme}{period}")
    return named(
        GradeAssigned(an_envelope(on=on, **envelope), scheme, grade, period, day(valid_until))
    )


def an_inspection(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    result: str = "failed",
    batch_no: str | None = None,
    risk: str | None = None,
    rectify_by: Day = None,
    **envelope: Any,
) -> Event:
    """Give an inspection; by default a product that failed."""
    envelope = {"category": "inspection.quality"} | envelope
    return named(
        InspectionReported(
            an_envelope(on=on, document_no=f"检{no}", **envelope),
            InspectionResult(result),
            "电热水壶",
            batch_no,
            None if risk is None else Seriousness(risk),
            day(rectify_by),
        )
    )


def a_recall(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    batch_no: str | None = None,
    level: int | None = None,
    **envelope: Any,
) -> Event:
    """Give the recall of a product."""
    envelope = {"category": "recall.product"} | envelope
    about = an_envelope(on=on, document_no=f"召{no}", **envelope)
    return named(RecallOrdered(about, "电热水壶", batch_no, level))


def a_conduct(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    conduct: str = "false_material",
    seriousness: str = "general",
    **envelope: Any,
) -> Event:
    """Give bad conduct; by default false papers for a licence."""
    envelope = {"category": "conduct.licence_fraud"} | envelope
    about = an_envelope(on=on, document_no=f"行{no}", **envelope)
    return named(ConductRecorded(about, conduct, Seriousness(seriousness)))


def a_default(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    category: str = "default.wage",
    amount_fen: int | None = 3_000_000,
    due_on: Day = None,
    ordered_by: Day = None,
    persons: int | None = None,
    **envelope: Any,
) -> Event:
    """Give an obligation not met; by default wages of 30,000 yuan."""
    envelope = {"category": category} | ORIGIN.get(category, {}) | envelope
    return named(
        ObligationDefaulted(
            an_envelope(on=on, document_no=f"欠付{no}", **envelope),
            amount_fen=amount_fen,
            due_on=day(due_on),
            ordered_by=day(ordered_by),
            persons=persons,
        )
    )


def a_commitment(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    matter: str = "on_time_delivery",
    due_on: Day = None,
    **envelope: Any,
) -> Event:
    """Give a public commitment."""
    envelope = {"department": "credit-zj", "category": "commitment"} | envelope
    about = an_envelope(on=on, document_no=f"诺{no}", **envelope)
    return named(CommitmentMade(about, matter, due_on=day(due_on)))


def a_settled(
    of: Event, on: Day, outcome: str = "performed", paid_fen: int | None = None, **envelope: Any
) -> Event:
    """Give what became of an obligation, a penalty or an enforcement."""
    about = _about(of, on, envelope)
    return named(ObligationSettled(about, record_id(of), Outcome(outcome), paid_fen))


def a_relation(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    role: str = "legal_representative",
    other: str | None = PERSON,
    profession: str | None = None,
    until: Day = None,
    **envelope: Any,
) -> Event:
    """Give a relation; by default a person who represents the subject."""
    envelope = {"category": "relation", "disclosure": Disclosure.SHARED} | envelope
    about = an_envelope(on=on, document_no=f"系{no}", **envelope)
    return named(RelationRecorded(about, RelationRole(role), other, profession, day(until)))


def a_relation_end(of: Event, on: Day, **envelope: Any) -> Event:
    """Give the end of a relation."""
    return named(RelationEnded(_about(of, on, envelope), record_id(of)))


def a_merger(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    into: str = OTHER_SUBJECT,
    kind: str = "same_subject",
    **envelope: Any,
) -> Event:
    """Give the merging of the subject into another identifier."""
    envelope = {"category": "merger", "disclosure": Disclosure.SHARED} | envelope
    about = an_envelope(on=on, document_no=f"并{no}", **envelope)
    return named(SubjectMerged(about, into, MergerKind(kind)))


def a_declaration(
    no: object = 1,
    on: Day = "2025-01-10",
    *,
    item: str = "office_address",
    committed: bool = True,
    **envelope: Any,
) -> Event:
    """Give what a subject declares of itself."""
    envelope = {
        "department": "subjects",
        "category": "declaration",
        "disclosure": Disclosure.AUTHORISED,
        "source": Source.SELF_DECLARED,
    } | envelope
    about = an_envelope(on=on, document_no=f"申{no}", **envelope)
    return named(InformationDeclared(about, item, committed=committed))


def an_indicator(
    indicator: str = "quick_ratio",
    value: int = 900,
    on: Day = "2025-01-10",
    *,
    period: str = "2024",
    **envelope: Any,
) -> Event:
    """Give the value of an indicator for a period; by default a quick ratio of 0.9 for a year."""
    envelope = {
        "department": "credit-zj",
        "category": "indicator",
        "disclosure": Disclosure.AUTHORISED,
        "document_no": f"指{indicator}{period}",
    } | envelope
    return named(IndicatorReported(an_envelope(on=on, **envelope), indicator, period, value))


def particulars(on: Day = "2025-01-10", *, period: str | None = "2024", **said: Any) -> Event:
    """Give items of a category (信息项) as the tax service keeps them; `said` is of items and envelope.

    By default what was collected of one tax.
    """
    envelope = {name: said.pop(name) for name in Envelope.__struct_fields__ if name in said}
    items = said or {"tax_kind": "增值税", "tax_paid": "1250000"}
    envelope = {
        "department": "tax-zj",
        "category": "particulars.tax_paid",
        "disclosure": Disclosure.SHARED,
        "document_no": "征2025-17",
    } | envelope
    values = [ItemValue(item, value) for item, value in items.items()]
    return named(ItemsReported(an_envelope(on=on, **envelope), values, period))


def an_objection(
    of: Event,
    on: Day,
    *,
    ground: str = "wrong_amount",
    claim: str | None = None,
    review_of: Event | None = None,
    **envelope: Any,
) -> Event:
    """Give an objection to a record, raised at the province's credit centre."""
    earlier = None if review_of is None else review_of.envelope.event_id
    said = _at_centre(of, on, envelope)
    return named(ObjectionRaised(said, record_id(of), ground, claim, earlier))


def an_answer(objection: Event, on: Day, outcome: str = "corrected", **envelope: Any) -> Event:
    """Give the answer to an objection."""
    return named(
        ObjectionAnswered(
            _at_centre(objection, on, envelope),
            record_id(objection),
            objection.envelope.event_id,
            ObjectionOutcome(outcome),
        )
    )


def a_statement(of: Event, on: Day, *, said: str = "已全部履行。", **envelope: Any) -> Event:
    """Give the subject's own words beside a record."""
    return named(StatementAdded(_at_centre(of, on, envelope), record_id(of), said))


def a_repair_application(of: Event, on: Day, *, committed: bool = True, **envelope: Any) -> Event:
    """Give an application for repair, with a public commitment."""
    envelope = {"category": "repair"} | envelope
    return named(RepairApplied(_at_centre(of, on, envelope), record_id(of), committed))


def a_repair(
    of: Event,
    on: Day,
    *,
    granted: bool = True,
    until: Day = None,
    extended: bool = False,
    **envelope: Any,
) -> Event:
    """Give the decision on a repair; by default it is granted for good."""
    envelope = {"category": "repair"} | envelope
    about = _at_centre(of, on, envelope)
    said = RepairDecided(about, record_id(of), granted, until=day(until), extended=extended)
    return named(said)


def a_notice(
    no: object = 1,
    on: Day = "2024-12-01",
    *,
    ground: str = "evasion",
    defence_until: Day = "",
    **envelope: Any,
) -> Event:
    """Give notice that the subject is to enter the list of major tax violators, and ten days."""
    if defence_until == "":
        told = day(on)
        defence_until = None if told is None else f"{told + timedelta(days=10)}"
    envelope = {"department": "tax-zj", "category": "list.major_tax_violator"} | envelope
    about = an_envelope(on=on, document_no=f"告{no}", **envelope)
    return named(ListNoticeGiven(about, "major_tax_violator", ground, day(defence_until)))


def a_defence(
    of: Event, on: Day, *, waived: bool = False, said: str | None = None, **envelope: Any
) -> Event:
    """Give the defence against a notice, or that it was waived."""
    return named(DefenceMade(_about(of, on, envelope), record_id(of), waived, said))


def a_measure(
    because: Event,
    on: Day,
    *,
    no: object = 1,
    measure: str = "credit_warning",
    targets: tuple[str, ...] = ("tax-zj", "labour-zj"),
    until: Day = None,
    **envelope: Any,
) -> Event:
    """Give a measure initiated because of a record; by default a warning talk."""
    envelope = {
        "subject_id": because.envelope.subject_id,
        "subject_name": because.envelope.subject_name,
        "category": "measure",
        "disclosure": Disclosure.SHARED,
    } | envelope
    about = an_envelope(on=on, document_no=f"措{no}", **envelope)
    rests_on = record_id(because)
    return named(MeasureInitiated(about, measure, rests_on, list(targets), day(until)))


def a_measure_answer(of: Event, on: Day, answer: str = "applied", **envelope: Any) -> Event:
    """Give what a department that was asked answers; by default the tax authority."""
    envelope = {"department": "tax-zj"} | envelope
    return named(MeasureAnswered(_about(of, on, envelope), record_id(of), MeasureAnswer(answer)))


def a_measure_lift(of: Event, on: Day, **envelope: Any) -> Event:
    """Give the lifting of a measure."""
    return named(MeasureLifted(_about(of, on, envelope), record_id(of)))


def an_acknowledgement(
    rule: str = "warning.penalties", on: Day = "2025-01-10", *, no: object = 1, **envelope: Any
) -> Event:
    """Give that a department took note of a warning."""
    envelope = {"category": "acknowledgement", "disclosure": Disclosure.SHARED} | envelope
    about = an_envelope(on=on, document_no=f"签{no}", **envelope)
    return named(WarningAcknowledged(about, rule))


def a_plain(kind: type[Original], no: object = 1, on: Day = "2025-01-12", bits: int = 0) -> Event:
    """Give an event of any type that opens a record, from what its class says of its fields."""
    form = document_form(kind.__name__)
    assert form is not None, f"no department reports {kind.__name__}"
    about = an_envelope(
        on=on,
        document_no=f"录{no}",
        department=form.department,
        category=form.category,
        disclosure=form.disclosure,
        source=form.source,
    )
    return named(plain_event(kind, about, day(on) or date(2025, 1, 12), bits))


def without_builder() -> list[type[Original]]:
    """Give the types that open a record and of which no builder above makes one."""
    built = {type(event) for event in _built()}
    return [kind for kind in ORIGINALS if kind not in built]


def a_plain_amendment(
    kind: type[Amendment], of: Event, on: Day = "2025-04-01", bits: int = 0
) -> Event:
    """Give an amendment of any type about a record, from what its class says of its fields."""
    changes: dict[str, Any] = {}
    if issubclass(kind, OthersAmendment):
        form = document_form(kind.__name__)
        assert form is not None, f"no department reports {kind.__name__}"
        changes = {
            "department": form.department,
            "category": form.category,
            "disclosure": form.disclosure,
            "source": form.source,
        }
    about = _about(of, on, changes)
    said = day(on) or date(2025, 4, 1)
    return named(plain_amendment(kind, about, record_id(of), said, bits))


def amendments_without_builder() -> list[type[Amendment]]:
    """Give the types about another's record of which no builder above makes one."""
    built = {type(event) for event in _built()}
    return [kind for kind in AMENDMENTS if kind not in built]


def one_of_each() -> list[Event]:
    """Give at least one event of every type: what the builders make, and of others plain ones."""
    originals = [*_built(), *map(a_plain, without_builder())]
    fitting = {
        kind: next(e for e in originals if isinstance(e, ABOUT.get(kind, Original)))
        for kind in amendments_without_builder()
    }
    return [*originals, *(a_plain_amendment(kind, of) for kind, of in fitting.items())]


def _built() -> list[Event]:
    """Give at least one event of every type that has a builder, each in order, optional fields filled here and there.

    Their days are before June 2025, and no two have one id.
    """
    penalty, default, relation, notice = a_penalty(), a_default(), a_relation(), a_notice()
    objection = an_objection(penalty, "2025-03-01", claim="罚款应为四万元。")
    measure = a_measure(penalty, "2025-03-01", until="2026-03-01")
    originals = [
        a_registration(),
        a_change(name="新名有限公司"),
        penalty,
        arrears(),
        a_judgment(),
        a_tax_listing(),
        a_court_listing(),
        a_commendation(),
        a_filing(claim_fen=1),
        an_enforcement(judgment_no="判1"),
        a_licence(valid_from="2025-02-01", valid_until="2030-01-31"),
        a_certificate(),
        a_grade(),
        a_grade("yellow", scheme="environment"),
        a_grade("registered", scheme="customs", period=None),
        an_inspection(batch_no="20250101", risk="serious", rectify_by="2025-02-01"),
        a_recall(batch_no="20250101", level=1),
        a_conduct(seriousness="serious"),
        default,
        a_default(2, due_on="2024-12-15", ordered_by="2025-02-01", persons=12),
        a_default(category="default.loan"),
        a_default(category="default.utility"),
        a_commitment(due_on="2025-12-31"),
        relation,
        a_relation(2, role="employer", other=OTHER_SUBJECT, until="2026-01-10"),
        a_relation(3, role="practises", other=None, profession="lawyer"),
        a_merger(),
        a_declaration(),
        an_indicator(),
        particulars(),
        notice,
        measure,
        an_acknowledgement(),
    ]
    return [
        *originals,
        a_settlement(arrears(), "2025-03-01", 100),
        a_removal(a_tax_listing(), "2025-03-01"),
        a_correction(penalty, "2025-03-01", fine_fen=7),
        a_revocation(penalty, "2025-03-01"),
        a_dismissal(7, "2025-05-01"),
        a_settled(default, "2025-03-01", "partly_performed", 100),
        a_settled(penalty, "2025-03-01", paid_fen=5_000_000),
        a_relation_end(relation, "2025-03-01"),
        objection,
        an_answer(objection, "2025-03-05"),
        a_statement(penalty, "2025-03-01"),
        a_repair_application(penalty, "2025-03-01"),
        a_repair(penalty, "2025-03-10", until="2026-03-10"),
        a_defence(notice, "2024-12-04", said="税款已缴清。"),
        a_measure_answer(measure, "2025-03-05"),
        a_measure_lift(measure, "2025-05-01"),
    ]


def _of_court(no: str, on: Day, changes: dict[str, Any]) -> Envelope:
    """Give the envelope of what a court reports."""
    fields = {
        "department": "court-zj",
        "disclosure": Disclosure.SHARED,
        "source": Source.COURT,
    }
    return an_envelope(on=on, document_no=no, **(fields | changes))


def _at_centre(of: Event, on: Day, changes: dict[str, Any]) -> Envelope:
    """Give the envelope of what the province's credit centre says about a record of others."""
    fields = {
        "department": "credit-zj",
        "category": "objection",
        "disclosure": Disclosure.SHARED,
        "source": Source.DEPARTMENT,
    }
    return _about(of, on, fields | changes)


def _about(of: Event, on: Day, changes: dict[str, Any]) -> Envelope:
    """Give the envelope of an event about another: of the same subject, by the same department."""
    return msgspec.structs.replace(
        of.envelope,
        event_id="",
        document_no="",
        occurred_on=day(on),
        published_on=None,
        observed_on=None,
        **changes,
    )
