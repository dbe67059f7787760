"""What is concluded of a record on a day: lists, warnings, measures, classes, scores. Pure data.

How each is concluded stands in the module of its name. Shapes stand apart from it because the
modules that conclude are compiled where there is a compiler, and these classes cannot be.
"""

from __future__ import annotations

from datetime import date

import msgspec

from events.rules.versions import Level, WarningKind
from projections.day.shapes import Membership


class ActiveWarning(msgspec.Struct, frozen=True, gc=False):
    """A warning that holds on a day, without a break since `since`.

    If nothing else is reported, it is lifted on `expires_on`, None for never. `acknowledged_by` are
    the departments that took note since it came to its level. `escalated` says that none did in
    time, so that the level is one higher; what is red stays as it is. `review_by` is the first day
    on which none did in time, None where no answer is awaited.
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
    `as_told` names the warnings that hold as they were last told; they stand in no list.
    """

    lists: list[Membership]
    warnings: list[ActiveWarning]
    next_change_on: date
    about: frozenset[str] | None = None
    as_told: frozenset[str] = frozenset()


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
