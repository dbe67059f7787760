"""Relations between subjects (关联关系), with their dates, and subjects that became one."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from events.envelope import Envelope
from events.fields import EventId, LaterDay, PartyCode, ProfessionCode, SuccessorCode


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
    other: PartyCode | None = None
    profession: ProfessionCode | None = None
    until: LaterDay | None = None


class RelationEnded(msgspec.Struct, frozen=True, gc=False):
    """A relation ended on its own day."""

    envelope: Envelope
    concerns: EventId


class MergerKind(StrEnum):
    """Why two identifiers became one."""

    SAME_SUBJECT = "same_subject"
    ABSORBED = "absorbed"
    CONVERTED = "converted"


class SubjectMerged(msgspec.Struct, frozen=True, gc=False):
    """The subject goes on under another identifier (一主体多码归并、吸收合并)."""

    envelope: Envelope
    into: SuccessorCode
    kind: MergerKind
