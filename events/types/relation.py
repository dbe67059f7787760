"""Relations between subjects (关联关系), with their dates, and subjects that became one."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from events.envelope import Envelope


class RelationRole(StrEnum):
    """What the other party is to the subject; for `practises`, the subject's profession."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    ACTUAL_CONTROLLER = "actual_controller"
    SHAREHOLDER = "shareholder"
    MANAGER = "manager"
    PRACTISES = "practises"
    EMPLOYER = "employer"
    OTHER = "other"


class RelationRecorded(msgspec.Struct, frozen=True, gc=False):
    """A relation began: `other` is a credit code or a person's token, `profession` its code."""

    envelope: Envelope
    role: RelationRole
    other: str | None = None
    profession: str | None = None
    until: date | None = None


class RelationEnded(msgspec.Struct, frozen=True, gc=False):
    """A relation ended on its own day."""

    envelope: Envelope
    concerns: str


class MergerKind(StrEnum):
    """Why two identifiers became one."""

    SAME_SUBJECT = "same_subject"
    ABSORBED = "absorbed"
    CONVERTED = "converted"


class SubjectMerged(msgspec.Struct, frozen=True, gc=False):
    """The subject goes on under another identifier (一主体多码归并、吸收合并)."""

    envelope: Envelope
    into: str
    kind: MergerKind
