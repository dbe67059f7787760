"""Relations between subjects (关联关系), with their dates, and subjects that became one."""

from __future__ import annotations

from enum import StrEnum

from events.fields import LaterDay, PartyCode, ProfessionCode, SuccessorCode
from events.roles import Original, OwnAmendment


class RelationRole(StrEnum):
    """What the other party is to the subject; for `practises`, the subject's profession."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    ACTUAL_CONTROLLER = "actual_controller"
    SHAREHOLDER = "shareholder"
    MANAGER = "manager"
    PRACTISES = "practises"
    EMPLOYER = "employer"
    OTHER = "other"


class RelationRecorded(Original, frozen=True, gc=False):
    """A relation began: `other` is a credit code or a person's token, `profession` its code."""

    role: RelationRole
    other: PartyCode | None = None
    profession: ProfessionCode | None = None
    until: LaterDay | None = None


class RelationEnded(OwnAmendment, frozen=True, gc=False):
    """A relation ended on its own day."""


class MergerKind(StrEnum):
    """Why two identifiers became one."""

    SAME_SUBJECT = "same_subject"
    ABSORBED = "absorbed"
    CONVERTED = "converted"


class SubjectMerged(Original, frozen=True, gc=False):
    """The subject goes on under another identifier (一主体多码归并、吸收合并)."""

    into: SuccessorCode
    kind: MergerKind
