"""What is kept of a question: who asked, as what, for what, of whom, and what was let out. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from events.errors import LedgerError
from events.persons import may_hold_identity_number
from events.rules.access import Role
from projections.access.asker import AccessPermit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.rules.access import AccessPolicy
    from projections.access.asker import AccessDecision, Asker, Wanted


ANSWERED: Final = ("answered", "delivered")
"""Outcomes of what was given: at once, or as a stretch of what goes on."""


class InquiryUnrecordedError(LedgerError):
    """The inquiry could not be recorded, so nothing is answered."""


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked, or was refused: who, as what, for what, of whom; what was let out.

    `organisation` is of a supervisor the division of the region. `subjects` are those that the
    answer names. `outcome` is one of `ANSWERED` or the code of a refusal. `digest` is the SHA-256
    of the answer's bytes, None of a refusal and of a stream, which is recorded as it opens.
    `visible_from`: the subject sees it from then on, None at once.
    """

    inquiry_id: str
    at: datetime
    role: str
    organisation: str | None
    person: str | None
    key_id: str | None
    purpose: str | None
    basis: str | None
    platform: str | None
    subjects: list[str]
    question: str
    channel: str
    outcome: str
    view: str | None
    rule: str
    digest: str | None
    visible_from: datetime | None = None


class InquirySeen(msgspec.Struct, frozen=True):
    """An inquiry as its subject, and auditors, see it: who asked, when, as what, why, what came."""

    inquiry_id: str
    at: datetime
    role: str
    organisation: str | None
    person: str | None
    purpose: str | None
    basis: str | None
    subjects: list[str]
    question: str
    outcome: str
    view: str | None
    rule: str
    visible_from: datetime | None


def seen_of(inquiry: Inquiry) -> InquirySeen:
    """Give of an inquiry what its subject sees."""
    return InquirySeen(*[getattr(inquiry, name) for name in InquirySeen.__struct_fields__])


def inquiry_of(
    who: Asker,
    wanted: Wanted,
    decision: AccessDecision,
    policy: AccessPolicy,
    *,
    inquiry_id: str,
    at: datetime,
    question: str,
    channel: str,
    outcome: str,
    subjects: Sequence[str] = (),
    digest: str | None = None,
) -> Inquiry:
    """Say what is kept of a question; `subjects` are those named, else the one asked about."""
    permit = decision if isinstance(decision, AccessPermit) else None
    purpose = wanted.purpose if permit is None else permit.purpose
    said = wanted.subject
    # What is parked may have come under anything: no inquiry names anybody by his number.
    about = [] if said is None or may_hold_identity_number(said) else [said]
    return Inquiry(
        inquiry_id=inquiry_id,
        at=at,
        role=who.role,
        organisation=for_whom(who),
        person=who.person,
        key_id=who.key_id,
        purpose=purpose,
        basis=wanted.basis,
        platform=wanted.platform,
        subjects=list(dict.fromkeys(subjects)) or about,
        question=question,
        channel=channel,
        outcome=outcome,
        view=None if permit is None else permit.view,
        rule=decision.rule,
        digest=digest,
        visible_from=policy.seen_from(who.role, purpose, at),
    )


def for_whom(who: Asker) -> str | None:
    """Say for whom is asked: an organisation, of a supervisor the division of the region."""
    return who.region if who.role is Role.REGION else who.organisation
