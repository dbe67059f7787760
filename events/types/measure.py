"""Joint reward and punishment (联合奖惩): initiated, answered, lifted (发起、响应、反馈、解除)."""

from __future__ import annotations

from enum import StrEnum

from events.fields import DepartmentCode, EventId, FreeText, LaterDay, MeasureCode, WarningCode
from events.roles import Original, OthersAmendment, OwnAmendment


class MeasureInitiated(Original, frozen=True, gc=False):
    """A department initiated a measure of the published list because of a record."""

    measure: MeasureCode
    because: EventId
    targets: list[DepartmentCode]
    until: LaterDay | None = None


class MeasureAnswer(StrEnum):
    """What a department asked to take a measure answers."""

    ACKNOWLEDGED = "acknowledged"
    APPLIED = "applied"
    NOT_APPLICABLE = "not_applicable"


class MeasureAnswered(OthersAmendment, frozen=True, gc=False):
    """A department asked to take the measure answered (响应、反馈)."""

    answer: MeasureAnswer
    reason: FreeText | None = None
    effect: FreeText | None = None


class MeasureLifted(OwnAmendment, frozen=True, gc=False):
    """The measure was lifted by decision; it also ends with what it rests on."""

    reason: FreeText | None = None


class WarningAcknowledged(Original, frozen=True, gc=False):
    """A supervising department took note of a warning (预警签收)."""

    rule: WarningCode
    note: FreeText | None = None
