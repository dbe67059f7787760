"""Repair of credit (信用修复): applied for and decided. It stops publication and use, no more."""

from __future__ import annotations

import msgspec

from events.envelope import Envelope
from events.fields import EventId, FreeText, LaterDay


class RepairApplied(msgspec.Struct, frozen=True, gc=False):
    """A subject applied for repair (修复申请), committing itself in public or not."""

    envelope: Envelope
    concerns: EventId
    committed: bool = False


class RepairDecided(msgspec.Struct, frozen=True, gc=False):
    """Repair was granted or refused (修复决定); `until` limits it, as in a reorganisation."""

    envelope: Envelope
    concerns: EventId
    granted: bool
    reason: FreeText | None = None
    until: LaterDay | None = None
