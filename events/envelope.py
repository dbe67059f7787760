"""What every event carries, whatever it says: whose it is, by whom, on what basis, when.

Field meanings stand once, in `avro/credit.*.avsc`; these are the same shapes for Python.
"""

from __future__ import annotations

from datetime import date, timedelta, timezone
from enum import StrEnum
from typing import Final

import msgspec

from events.fields import Code, DocumentNo, PersonName, ThingName

CHINA: Final = timezone(timedelta(hours=8), "UTC+8")
"""Days of the ledger are days in China, which keeps one offset all year."""


class Platform(StrEnum):
    """The two compartments; they never share a topic or a table."""

    ORGANISATION = "organisation"
    PERSON = "person"


class Disclosure(StrEnum):
    """Who may see a record (公开, 政务共享, 授权查询), from open to closed."""

    PUBLIC = "public"
    SHARED = "shared"
    AUTHORISED = "authorised"


class Source(StrEnum):
    """Where a report comes from, which sets how far it is trusted."""

    DEPARTMENT = "department"
    COURT = "court"
    ASSOCIATION = "association"
    SELF_DECLARED = "self_declared"
    IMPORTED = "imported"


class Remark(StrEnum):
    """What admission lets pass and notes on the event (`Envelope.remarks`)."""

    REGION_UNKNOWN = "region_unknown"
    LAW_UNKNOWN = "law_unknown"
    ARTICLE_NOT_NAMED = "article_not_named"
    LAW_NOT_IN_FORCE = "law_not_in_force"


class Attestation(msgspec.Struct, frozen=True, gc=False):
    """What a department signed: the line of its signature, and the bytes as it submitted them.

    Format: a signed note (C2SP) over topic and digest of the bytes; `events.admission.signatures`.
    """

    signature: str
    submission: bytes


class Dated(msgspec.Struct, frozen=True, gc=False):
    """A day and which of the known dates it is."""

    day: date
    basis: str


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """The part that all events share. Days are calendar days in China (UTC+8)."""

    event_id: str
    subject_id: str
    subject_name: PersonName | None
    department: Code
    authority: ThingName | None
    region: Code
    category: Code
    document_no: DocumentNo
    item_no: int
    occurred_on: date | None
    published_on: date | None
    observed_on: date | None
    legal_basis: str
    disclosure: Disclosure
    source: Source
    verified: bool | None = None
    remarks: list[str] = []
    attestation: Attestation | None = None
