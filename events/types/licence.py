"""Administrative licences (行政许可)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from events.envelope import Envelope


class LicenceKind(StrEnum):
    """Kind of licence (许可类别)."""

    ORDINARY = "ordinary"
    FRANCHISE = "franchise"
    RECOGNITION = "recognition"
    APPROVAL = "approval"
    REGISTRATION = "registration"
    OTHER = "other"


class LicenceGranted(msgspec.Struct, frozen=True, gc=False):
    """A licence was granted or renewed; a renewal is a further grant of the same licence number."""

    envelope: Envelope
    licence_no: str
    kind: LicenceKind = LicenceKind.OTHER
    certificate: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    content: str | None = None
