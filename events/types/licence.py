"""Administrative licences (行政许可)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from events.envelope import Envelope
from events.fields import AnyDay, DocumentNo, FreeText, ThingName


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
    licence_no: DocumentNo
    kind: LicenceKind = LicenceKind.OTHER
    certificate: ThingName | None = None
    valid_from: AnyDay | None = None
    valid_until: AnyDay | None = None
    content: FreeText | None = None
