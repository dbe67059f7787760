"""What is concluded of a record on a day: lists, warnings, measures, classes, scores. Pure data.

How each is concluded stands in the module of its name. Shapes stand apart from it because the
modules that conclude are compiled where there is a compiler, and these classes cannot be.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

import msgspec

from events.rule_versions import Level, WarningKind


class ListStatus(StrEnum):
    """Where a list entry stands."""

    IN_EFFECT = "in_effect"
    NO_EFFECT = "no_effect"
    ENDED = "ended"


class Stage(StrEnum):
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

    `why` says what ended it (removed, repaired, objection, term_over), or why it has no effect
    (no_prior_notice, defence_period_open). `honours` marks a red list.
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
    why: str
    rule: str
    department: str = ""
    industry: str | None = None
    honours: bool = False
    stage: Stage = Stage.LISTED
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
    stage: Stage
    rule: str

    @property
    def decided(self) -> bool:
        """Say whether an entry followed."""
        return self.entry_id is not None


class ActiveWarning(msgspec.Struct, frozen=True, gc=False):
    """A warning that holds on a day, without a break since `since`.

    If nothing else is reported, it is lifted on `expires_on`, None for never. `acknowledged_by` are
    the departments that took note since it came to its level. `escalated` says that none did in
    time; `review_by` is the first day on which that is so, None where no answer is awaited.
    """

    rule: str
    rule_from: date
    kind: WarningKind
    level: Level
    since: date
    region: str
    domain: str
    evidence: tuple[str, ...]
    window_months: int | None
    expires_on: date | None
    acknowledged_by: tuple[str, ...]
    escalated: bool
    recipients: tuple[str, ...]
    list: str | None
    review_by: date | None = None


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Lists and warnings on a day, and the next day on which time alone changes one of them.

    `about` names the warning rules that were looked at; None is all of them, and the lists.
    """

    lists: list[Membership]
    notices: list[PendingNotice]
    warnings: list[ActiveWarning]
    next_change_on: date
    about: frozenset[str] | None = None


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
    says what lifted it (decision, term_over, basis_ended, withdrawn), or why it has no effect
    (not_published, not_authorised, no_basis, not_covered, basis_without_effect, before_basis,
    basis_ended). `waiting_for` are the departments that have not answered.
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
    why: str
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


class ConditionHeld(msgspec.Struct, frozen=True, gc=False):
    """A condition that holds: how much of its signal counts (a count, or fen), in what window."""

    signal: str
    amount: int
    at_least: int
    window_months: int | None


class Supervised(msgspec.Struct, frozen=True, gc=False):
    """A subject's class by one department's rule, and what it rests on.

    Every condition that puts it there is named; in the `otherwise` class there is none.
    """

    rule: str
    department: str
    domain: str
    class_code: str
    sampling_per_mille: int
    evidence: tuple[str, ...]
    why: tuple[ConditionHeld, ...]
    rule_from: date


class ScoreReason(msgspec.Struct, frozen=True, gc=False):
    """What moved an indicator, before it is held within 0 and its points.

    Of a signal, `amount` is how many pieces of evidence count and `points` what they lose (below 0)
    or gain. Of a reported indicator, `amount` is its value and `points` its share.
    """

    what: str
    amount: int
    points: int


class ScoreItem(msgspec.Struct, frozen=True, gc=False):
    """An indicator of which something is known: its points, of how many, by which events.

    `known` is False where what is deducted lowers the points of the unknown, as nothing that should
    be reported for it was.
    """

    indicator: str
    group: str
    points: int
    of: int
    known: bool
    events: tuple[str, ...]
    why: tuple[ScoreReason, ...]


class GroupTotal(msgspec.Struct, frozen=True, gc=False):
    """The points of a group of indicators, of how many."""

    group: str
    points: int
    of: int


class ScoreCap(msgspec.Struct, frozen=True, gc=False):
    """A veto (一票否决) in effect: the signal, the most that it leaves, and its events."""

    signal: str
    at_most: int
    events: tuple[str, ...]


class Score(msgspec.Struct, frozen=True, gc=False):
    """A subject's score from 0 to 1000 by a model; natural persons get no grade.

    `points` is the sum of the groups, and at most what each cap leaves. An indicator without an
    item counts the points that the model gives to the unknown.
    """

    model: str
    model_from: date
    points: int
    grade: str | None
    groups: tuple[GroupTotal, ...]
    items: tuple[ScoreItem, ...]
    caps: tuple[ScoreCap, ...]
