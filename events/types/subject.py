"""Subjects as a register knows them (主体登记); of persons, erasing what is kept (删除个人信息).

An erasure is of the person as a whole. `by` is who said it within the credit centre, as the key
names them; the fold decides what takes effect (`projections.record.erasure`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec

from events.fields import Code, EventId, FreeText, Holds, OperatorWords, Text
from events.roles import OfSubject, Original


class SubjectKind(StrEnum):
    """Kind of subject (主体类别)."""

    ENTERPRISE = "enterprise"
    INDIVIDUAL_BUSINESS = "individual_business"
    INSTITUTION = "institution"
    ASSOCIATION = "association"
    GOVERNMENT_BODY = "government_body"
    NATURAL_PERSON = "natural_person"
    OTHER = "other"


class SubjectStatus(StrEnum):
    """Registration status (登记状态)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LICENCE_REVOKED = "licence_revoked"
    DEREGISTERED = "deregistered"
    OTHER = "other"


class AliasScheme(StrEnum):
    """Which numbering an alias belongs to."""

    ORGANISATION_CODE = "organisation_code"
    REGISTRATION_NO = "registration_no"
    TAX_NO = "tax_no"
    CREDIT_CODE = "credit_code"
    OTHER = "other"


class Alias(msgspec.Struct, frozen=True, gc=False):
    """A further identifier of the same subject."""

    scheme: AliasScheme
    value: str


class SubjectRegistered(Original, frozen=True, gc=False):
    """A subject came into being or was first entered in a register (登记)."""

    kind: SubjectKind
    industry: Code | None = None
    aliases: list[Alias] = msgspec.field(default_factory=list)


class SubjectChanged(Original, frozen=True, gc=False):
    """Registered facts of a subject changed (变更登记). None means unchanged."""

    name: FreeText | None = None
    status: SubjectStatus | None = None
    industry: Code | None = None
    aliases: list[Alias] = msgspec.field(default_factory=list)


ErasureGround: TypeAlias = Annotated[
    str,
    Text(
        Holds.CODE,
        one_of=("purpose_over", "consent_withdrawn", "term_over", "unlawful", "other_law"),
    ),
]
"""Why it is to be erased: the five cases of art. 47 of the 个人信息保护法."""


class ErasureRequested(OfSubject, frozen=True, gc=False):
    """It was asked that what is kept of a person be erased (删除申请); `by` took the request."""

    erasure_ground: ErasureGround
    by: OperatorWords


class ErasureApproved(OfSubject, frozen=True, gc=False):
    """A second person of the credit centre approved a request (删除批准)."""

    request: EventId
    by: OperatorWords


class ErasureCancelled(OfSubject, frozen=True, gc=False):
    """A request, approved or not, was cancelled before it was done (撤回删除)."""

    request: EventId
    by: OperatorWords


class SubjectErased(OfSubject, frozen=True, gc=False):
    """The days of waiting are over: from here on keys and read models go (已删除)."""

    request: EventId
