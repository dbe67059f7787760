"""What a record says on a day, as shapes: memberships, notices, measures, discrepancies. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

import msgspec


class RepairState(StrEnum):
    """How far the repair (修复) of a record has come; `lapsed` is a temporary one after its day."""

    NONE = ""
    APPLIED = "applied"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    NO_EFFECT = "no_effect"


class RepairFlaw(StrEnum):
    """Why a repair that was granted has no effect."""

    NONE = ""
    NO_RULE = "no_rule"
    NEVER_REPAIRABLE = "never_repairable"
    BEFORE_MINIMUM = "before_minimum"
    NOT_PERFORMED = "not_performed"
    NOT_COMMITTED = "not_committed"
    WHILE_LISTED = "while_listed"
    SAME_KIND_AGAIN = "same_kind_again"


class ListReason(StrEnum):
    """What ended a list entry, or why it has no effect."""

    NONE = ""
    REMOVED = "removed"
    REPAIRED = "repaired"
    OBJECTION = "objection"
    TERM_OVER = "term_over"
    NO_PRIOR_NOTICE = "no_prior_notice"
    DEFENCE_PERIOD_OPEN = "defence_period_open"


class MeasureReason(StrEnum):
    """What lifted a measure, or why it was never in effect."""

    NONE = ""
    DECISION = "decision"
    TERM_OVER = "term_over"
    BASIS_ENDED = "basis_ended"
    WITHDRAWN = "withdrawn"
    NOT_PUBLISHED = "not_published"
    NOT_AUTHORISED = "not_authorised"
    NO_BASIS = "no_basis"
    NOT_COVERED = "not_covered"
    BASIS_WITHOUT_EFFECT = "basis_without_effect"
    BEFORE_BASIS = "before_basis"


class ListStatus(StrEnum):
    """Where a list entry stands."""

    IN_EFFECT = "in_effect"
    NO_EFFECT = "no_effect"
    ENDED = "ended"


class ListingStage(StrEnum):
    """How far a listing has come, from the notice to its end.

    What comes before the notice, a candidate, is a warning. `decided` is an entry without effect,
    and of a notice, that an entry followed.
    """

    NOTIFIED = "notified"
    DEFENCE_OPEN = "defence_open"
    DEFENCE_OVER = "defence_over"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"
    LISTED = "listed"
    REPAIR_PENDING = "repair_pending"
    REMOVED = "removed"
    EXPIRED = "expired"
    REPAIRED = "repaired"


class Membership(msgspec.Struct, frozen=True, gc=False):
    """A list entry as it stands on a day; `until` is the first day after it.

    `why` says what ended it, or why it has no effect. `honours` marks a red list.
    """

    entry_id: str
    list: str
    status: ListStatus
    serious: bool
    ground: str
    document_no: str
    region: str
    domain: str
    since: date
    since_basis: str
    until: date | None
    why: ListReason
    rule: str
    department: str = ""
    industry: str | None = None
    honours: bool = False
    stage: ListingStage = ListingStage.LISTED
    notice_id: str | None = None
    responsible: tuple[str, ...] = ()
    repairable_from: date | None = None
    repaired_on: date | None = None


class PendingNotice(msgspec.Struct, frozen=True, gc=False):
    """A notice of an entry to come, as it stands on a day.

    `defence_until` is the last day of the defence, `until` the first day on which the notice is no
    longer pending, and `entry_id` the entry that followed it.
    """

    event_id: str
    list: str
    ground: str
    document_no: str
    department: str
    region: str
    domain: str
    day: date
    defence_until: date | None
    heard_on: date | None
    until: date | None
    entry_id: str | None
    stage: ListingStage
    rule: str

    @property
    def decided(self) -> bool:
        """Say whether an entry followed."""
        return self.entry_id is not None


class MeasureStanding(StrEnum):
    """Where a measure stands: under way, answered, ended, or never in effect."""

    INITIATED = "initiated"
    ACKNOWLEDGED = "acknowledged"
    APPLIED = "applied"
    NOT_APPLICABLE = "not_applicable"
    LIFTED = "lifted"
    NO_EFFECT = "no_effect"


class TargetAnswer(NamedTuple):
    """The last that a department asked to take the measure answered by the day."""

    department: str
    answer: str
    day: date
    reason: str | None
    effect: str | None


class MeasureStatus(msgspec.Struct, frozen=True, gc=False):
    """A measure as it stands on a day; `until` is the first day after it.

    `because_what` is what its basis is, in the words of the rules ("" where there is none). `why`
    says what lifted it, or why it has no effect. `waiting_for` are the departments that have not
    answered.
    """

    event_id: str
    measure: str
    reward: bool
    punisher: str
    because: str
    because_what: str
    department: str
    region: str
    since: date
    until: date | None
    status: MeasureStanding
    why: MeasureReason
    answers: tuple[TargetAnswer, ...]
    waiting_for: tuple[str, ...]
    rule: str
    next_change_on: date | None


class Saying(msgspec.Struct, frozen=True, gc=False, order=True):
    """What a department says of a field, since when, by which event."""

    day: date
    event_id: str
    department: str
    value: str
    region: str


class Discrepancy(msgspec.Struct, frozen=True, gc=False):
    """A field of which departments say different things; `since` is when they began to differ."""

    field: str
    since: date
    sayings: tuple[Saying, ...]
