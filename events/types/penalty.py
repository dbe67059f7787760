"""Administrative penalties (行政处罚), as departments report them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from events.envelope import Envelope


class PenaltyKind(StrEnum):
    """Kind of penalty (处罚种类), Administrative Penalty Law (行政处罚法, 2021) art. 9."""

    WARNING = "warning"
    CRITICISM = "criticism"
    FINE = "fine"
    CONFISCATION = "confiscation"
    LICENCE_SUSPENDED = "licence_suspended"
    GRADE_LOWERED = "grade_lowered"
    LICENCE_REVOKED = "licence_revoked"
    ACTIVITY_RESTRICTED = "activity_restricted"
    BUSINESS_SUSPENDED = "business_suspended"
    CLOSURE = "closure"
    CAREER_BAN = "career_ban"
    DETENTION = "detention"
    OTHER = "other"


class PenaltyImposed(msgspec.Struct, frozen=True, gc=False):
    """An administrative penalty was decided (行政处罚决定).

    `effective_until` and `publish_until` name last days: of a ban, and of publication (公示截止期).
    """

    envelope: Envelope
    kinds: list[PenaltyKind]
    simple_procedure: bool = False
    fine_fen: int | None = None
    confiscated_fen: int | None = None
    violation: str | None = None
    facts: str | None = None
    content: str | None = None
    licence: str | None = None
    effective_until: date | None = None
    publish_until: date | None = None
    conduct_ended_on: date | None = None
