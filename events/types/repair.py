"""Repair of credit (信用修复): applied for and decided. It stops publication and use, no more."""

from __future__ import annotations

from events.fields import FreeText, LaterDay
from events.roles import OthersAmendment


class RepairApplied(OthersAmendment, frozen=True, gc=False):
    """A subject applied for repair (修复申请), committing itself in public or not."""

    committed: bool = False


class RepairDecided(OthersAmendment, frozen=True, gc=False):
    """Repair was granted or refused (修复决定); `until` limits it, as in a reorganisation.

    `extended`: nothing is decided yet, as the case is complex; it says until when by its rule.
    """

    granted: bool
    reason: FreeText | None = None
    until: LaterDay | None = None
    extended: bool = False
