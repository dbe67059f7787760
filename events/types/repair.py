"""Repair of credit (信用修复): applied for and decided. It stops publication and use, no more."""

from __future__ import annotations

from datetime import date

import msgspec

from events.envelope import Envelope


class RepairApplied(msgspec.Struct, frozen=True, gc=False):
    """A subject applied for repair (修复申请), committing itself in public or not."""

    envelope: Envelope
    concerns: str
    committed: bool = False


class RepairDecided(msgspec.Struct, frozen=True, gc=False):
    """Repair was granted or refused (修复决定); `until` limits it, as in a reorganisation."""

    envelope: Envelope
    concerns: str
    granted: bool
    reason: str | None = None
    until: date | None = None
