"""Joint reward and punishment (联合奖惩): initiated, answered, lifted (发起、响应、反馈、解除)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from events.envelope import Envelope
from events.fields import DepartmentCode, EventId, FreeText, LaterDay, MeasureCode, WarningCode


class MeasureInitiated(msgspec.Struct, frozen=True, gc=False):
    """A department initiated a measure of the published list because of a record."""

    envelope: Envelope
    measure: MeasureCode
    because: EventId
    targets: list[DepartmentCode]
    until: LaterDay | None = None


class MeasureAnswer(StrEnum):
    """What a department asked to take a measure answers."""

    ACKNOWLEDGED = "acknowledged"
    APPLIED = "applied"
    NOT_APPLICABLE = "not_applicable"


class MeasureAnswered(msgspec.Struct, frozen=True, gc=False):
    """A department asked to take the measure answered (响应、反馈)."""

    envelope: Envelope
    concerns: EventId
    answer: MeasureAnswer
    reason: FreeText | None = None
    effect: FreeText | None = None


class MeasureLifted(msgspec.Struct, frozen=True, gc=False):
    """The measure was lifted by decision; it also ends with what it rests on."""

    envelope: Envelope
    concerns: EventId
    reason: FreeText | None = None


class WarningAcknowledged(msgspec.Struct, frozen=True, gc=False):
    """A supervising department took note of a warning (预警签收)."""

    envelope: Envelope
    rule: WarningCode
    note: FreeText | None = None
