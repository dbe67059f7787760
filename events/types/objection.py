"""Objections (异议), how they were answered, and the subject's own statements (说明)."""

from __future__ import annotations

from enum import StrEnum

from events.fields import EventId, FreeText, NeededText, NeededThingName
from events.roles import OthersAmendment


class ObjectionRaised(OthersAmendment, frozen=True, gc=False):
    """A subject objects to a record (异议申请), or asks that an answer be re-reviewed (复核)."""

    ground: NeededThingName
    claim: FreeText | None = None
    review_of: EventId | None = None


class ObjectionOutcome(StrEnum):
    """How an objection was answered; what each does stands in rules/objections.toml."""

    EXTENDED = "extended"
    REJECTED = "rejected"
    CORRECTED = "corrected"
    DELETED = "deleted"
    STOPPED = "stopped"
    REMOVED = "removed"
    UNVERIFIABLE = "unverifiable"
    SUPPLEMENTED = "supplemented"


class ObjectionAnswered(OthersAmendment, frozen=True, gc=False):
    """An objection was answered, or its period extended (异议处理)."""

    objection: EventId
    outcome: ObjectionOutcome
    reason: FreeText | None = None


class StatementAdded(OthersAmendment, frozen=True, gc=False):
    """The subject's own words beside a record (主体说明); shown wherever the record is."""

    text: NeededText
