"""Subjects: firms, bodies and persons as a register knows them (主体登记)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from events.fields import Code, FreeText
from events.roles import Original


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
