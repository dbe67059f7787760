"""Events as tests need them: valid by default, named by what is said, ids as in life."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec

from events.amendment import (
    EventDismissed,
    FieldChange,
    RecordCorrected,
    RecordRevoked,
    RevocationKind,
)
from events.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.commendation import CommendationAwarded, HonourLevel
from events.court import CourtRole, JudgmentRendered
from events.envelope import Disclosure, Envelope, Platform, Source
from events.identity import event_id
from events.listing import ListEntered, ListRemoved
from events.penalty import PenaltyImposed, PenaltyKind
from events.subject import SubjectChanged, SubjectKind, SubjectRegistered, SubjectStatus
from events.types import Event, event_type, record_id

SUBJECT = "91330000PDY00001XQ"
OTHER_SUBJECT = "91330100PDY000028X"
PERSON = "P" + "0123456789abcdef" * 2

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
        "legal_basis": "行政处罚法",
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
    """Give a penalty; by default a fine of 50,000 yuan, whose severity is general."""
    return named(
        PenaltyImposed(
            an_envelope(on=on, document_no=f"罚{no}", **envelope),
            [PenaltyKind(kind) for kind in kinds],
            simple_procedure,
            fine_fen,
            confiscated_fen,
            publish_until=day(publish_until),
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


def a_registration(on: Day = "2020-01-01", **envelope: Any) -> Event:
    """Give the registration of an enterprise."""
    envelope = {"category": "registration"} | envelope
    about = an_envelope(on=on, document_no="登1", **envelope)
    return named(SubjectRegistered(about, SubjectKind.ENTERPRISE, "C13"))


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
