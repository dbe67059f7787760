"""Administrative penalties (行政处罚), as departments report them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from events.fields import EarlierDay, FreeText, LaterDay, NotEmpty
from events.roles import Original


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


class Finality(StrEnum):
    """Whether a penalty can still be contested by reconsideration or suit (行政复议、行政诉讼)."""

    EXPIRED = "expired"
    UPHELD = "upheld"
    CONTESTED = "contested"


class PenaltyImposed(Original, frozen=True, gc=False):
    """An administrative penalty was decided (行政处罚决定).

    `effective_until` and `publish_until` name last days: of a ban, and of publication (公示截止期).
    `final_on` is the day from which it stands for good: not contested in time, or upheld.
    """

    kinds: Annotated[list[PenaltyKind], NotEmpty()]
    simple_procedure: bool = False
    fine_fen: int | None = None
    confiscated_fen: int | None = None
    violation: FreeText | None = None
    facts: FreeText | None = None
    content: FreeText | None = None
    licence: FreeText | None = None
    effective_until: LaterDay | None = None
    publish_until: LaterDay | None = None
    conduct_ended_on: EarlierDay | None = None
    final_on: LaterDay | None = None
    finality: Finality | None = None
