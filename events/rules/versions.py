"""The shapes of dated rules that assess a record: disclosure, lists, warnings, repair and so on.

Every version has its first day and the law it rests on, or says `assumption`. The data stand in
`events/rules/`, one file a kind of rule; what they mean is said here, once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from events.rules.dated import Version, version_on
from events.rules.scope import Scope
from events.types.penalty import PenaltyKind

if TYPE_CHECKING:
    from datetime import date


class Level(StrEnum):
    """Level of an early warning; red is the highest."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"

    @property
    def height(self) -> int:
        """Give 1 for blue to 4 for red."""
        return _HEIGHTS[self]

    @property
    def next_higher(self) -> Level:
        """Give the level above; red stays red."""
        return _LEVELS[min(_HEIGHTS[self], len(_LEVELS) - 1)]


_LEVELS: Final = tuple(Level)
_HEIGHTS: Final = {level: place for place, level in enumerate(Level, start=1)}


RulePeriod = int | str
"""Months, or "open" (while in effect or owed), "always", "term" (its own length); 0 is never."""


class Clock(StrEnum):
    """From which day a period runs (认定、终止、公示、刑罚执行完毕)."""

    RECOGNISED = "recognised"
    ENDED = "ended"
    PUBLISHED = "published"
    SERVED = "served"


class Periods(msgspec.Struct, frozen=True, kw_only=True):
    """How long a class of reader may see records of each severity, and from which day."""

    clock: Clock
    general: RulePeriod
    unpublished: RulePeriod | None = None
    minor: RulePeriod | None = None
    serious: RulePeriod | None = None


class DisclosureVersion(Version, frozen=True, kw_only=True):
    """Periods for the public, for state organs, and for credit agencies.

    Where extended, bad information does not run out while the subject is on a serious list.
    """

    public: Periods
    shared: Periods
    agency: Periods
    extended_while_listed: bool = False


class DisclosureRule(msgspec.Struct, frozen=True, kw_only=True):
    """How long some records may be shown; of several that apply, the first in the file holds."""

    id: str
    title: str
    scope: Scope
    in_force: list[DisclosureVersion]


class SeverityVersion(Version, frozen=True, kw_only=True):
    """Which kinds weigh how much, from where a fine does; a simple procedure at most `simple`.

    By a `simple` of `outside` it is no bad information, and weighs nothing.
    """

    unpublished: list[PenaltyKind] = msgspec.field(default_factory=list)
    minor: list[PenaltyKind]
    general: list[PenaltyKind]
    serious: list[PenaltyKind]
    fine_general_fen: int | None = None
    fine_serious_fen: int | None = None
    simple: str = "minor"
    final_after_months: int = 0


class SeverityRule(msgspec.Struct, frozen=True, kw_only=True):
    """How penalties of some domains are weighed; the first that applies holds."""

    id: str
    scope: Scope
    in_force: list[SeverityVersion]


class ListVersion(Version, frozen=True, kw_only=True):
    """Whether notice comes first, and the term in months by ground ("none": until removed).

    `notice_stands_months` is how long a notice is pending (None: without end), `imports_exempt`
    says that entries of imported sources need no notice of ours. `repair_after_payment_of`: the
    categories of debt from whose payment the months before a repair run. `serious` is None where
    the list's own holds.
    """

    serious: bool | None = None
    notice_required: bool
    grounds: dict[str, int | str]
    defence_days: int = 0
    notice_stands_months: int | None = None
    imports_exempt: bool = False
    repair_after_months: int | None = None
    repair_after_payment_of: list[str] = msgspec.field(default_factory=list)
    responsible_persons: bool = False


class ListRule(msgspec.Struct, frozen=True, kw_only=True):
    """A list (名单) and its dated rules; `industry` is set where it is one industry's blacklist."""

    code: str
    name_zh: str
    name_en: str
    category: str
    domain: str
    serious: bool
    industry: str | None = None
    honours: bool = False
    in_force: list[ListVersion]

    def is_serious(self, version: ListVersion) -> bool:
        """Say whether an entry by a version is one of serious dishonesty (严重失信)."""
        return self.serious if version.serious is None else version.serious


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """A level and what reaches it; it is left again below `lift_below` (by default, `at_least`)."""

    level: Level
    at_least: int
    window_months: int | None = None
    departments: int = 1
    lift_below: int | None = None


class WarningVersion(Version, frozen=True, kw_only=True):
    """The thresholds of a warning; how long it outlasts its cause, and when it rises unanswered."""

    levels: list[Threshold]
    hold_days: int = 0
    escalates_after_days: int | None = None


class WarningKind(StrEnum):
    """Whom a warning speaks to: supervisors, the organ that may list, or those who must act."""

    WARNING = "warning"
    CANDIDATE = "candidate"
    ALARM = "alarm"
    DISCREPANCY = "discrepancy"


class WarningRule(msgspec.Struct, frozen=True, kw_only=True):
    """An early warning and its dated thresholds over one signal (see `projections.signals`)."""

    id: str
    title: str
    title_zh: str
    signal: str
    kind: WarningKind = WarningKind.WARNING
    list: str | None = None
    recipients: tuple[str, ...] = ()
    in_force: tuple[WarningVersion, ...]


class ObjectionVersion(Version, frozen=True, kw_only=True):
    """Periods in working days, what each outcome does, who answers and who re-reviews (复核).

    `answered_by` answers in place of the record's department, `review_by` re-reviews; "" is the
    department of the record. An outcome without an effect does nothing to the record.
    """

    decide_working_days: int
    extended_working_days: int
    effects: dict[str, str]
    review_by: str = ""
    answered_by: str = ""


class ObjectionRule(msgspec.Struct, frozen=True, kw_only=True):
    """How objections are handled; the first that applies holds."""

    id: str
    title: str
    scope: Scope
    in_force: list[ObjectionVersion]


class RepairVersion(Version, frozen=True, kw_only=True):
    """When a record may be repaired: months since recognition by severity, and what is needed.

    `blocked_by` names lists that stand in the way beside the serious ones. A complex case may be
    decided within `extended_working_days`, where that is given.
    """

    minimum_months: dict[str, int]
    never: list[PenaltyKind] = msgspec.field(default_factory=list)
    needs: list[str] = msgspec.field(default_factory=list)
    decide_working_days: int
    extended_working_days: int | None = None
    blocked_while_listed: bool = False
    blocked_by: list[str] = msgspec.field(default_factory=list)


class RepairRule(msgspec.Struct, frozen=True, kw_only=True):
    """How records are repaired; the first that applies holds."""

    id: str
    title: str
    scope: Scope
    in_force: list[RepairVersion]


class DeadlineVersion(Version, frozen=True, kw_only=True):
    """By when a department must report: working days, days, or a day of the next month."""

    working_days: int | None = None
    days: int | None = None
    day_of_next_month: int | None = None


class DeadlineRule(msgspec.Struct, frozen=True, kw_only=True):
    """Deadline of reporting (报送时效); the first that applies holds."""

    id: str
    title: str
    scope: Scope
    in_force: list[DeadlineVersion]


class MeasureVersion(Version, frozen=True, rename={"start": "from"}, kw_only=True):
    """Who may initiate a measure because of what; `level` is the law that it needs."""

    departments: list[str]
    because: list[str]
    level: str
    withdrawn: bool = False


class MeasureRule(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of the published list (惩戒、激励措施): of one of five punishers, or a reward."""

    code: str
    name_zh: str
    name_en: str
    reward: bool
    punisher: str
    in_force: list[MeasureVersion]

    def version_on(self, on: date) -> MeasureVersion | None:
        """Give the version in force on a day; None where it was not published, or withdrawn."""
        version = version_on(self.in_force, on)
        return None if version is None or version.withdrawn else version
