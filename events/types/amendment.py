"""Events about events: correction (更正), annulment, repeal (撤销、废止), dismissal (排除)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from events.fields import AnyDay, Code, EventId, FreeText, JudgedNumber, OperatorWords
from events.roles import OperatorsWord, OwnAmendment


class FieldChange(msgspec.Struct, frozen=True, gc=False):
    """One field of a record, or `envelope.field`, and its right value as JSON."""

    field: str
    value: str


class RecordCorrected(OwnAmendment, frozen=True, gc=False):
    """The record was wrong (更正): the right values hold as if always so."""

    record_type: Code
    changes: list[FieldChange]
    reason: FreeText | None = None


class RevocationKind(StrEnum):
    """Whether a decision is as if it had never been, or ends on its own day."""

    ANNULLED = "annulled"
    REPEALED = "repealed"


class RecordRevoked(OwnAmendment, frozen=True, gc=False):
    """A decision, or one amendment of it, was annulled (撤销) or repealed (废止)."""

    amendment: EventId | None
    kind: RevocationKind
    effective_on: AnyDay | None = None
    reason: FreeText | None = None


class EventDismissed(OperatorsWord, frozen=True, gc=False):
    """An operator set aside a message that cannot be applied, so that later ones can (排除)."""

    partition: JudgedNumber
    offset: JudgedNumber
    reason: OperatorWords
