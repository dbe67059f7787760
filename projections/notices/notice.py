"""Notices: each change of a warning or of blacklist status, and what was told last. Pure data.

`projections.notices.telling` finds what is to be told.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from events.dates import FOREVER
from events.rules.versions import Level, WarningKind
from projections.conclusions.duties import DutyKind


class Transition(StrEnum):
    """What is told of a warning: its level changed, or a department took note of it."""

    RAISED = "raised"
    ESCALATED = "escalated"
    EASED = "eased"
    LIFTED = "lifted"
    ACKNOWLEDGED = "acknowledged"


class ToldWarning(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The last that was told of a warning: its level (None: lifted), where, and to whom."""

    episode: int
    step: int
    level: Level | None
    region: str
    domain: str
    evidence: tuple[str, ...]
    kind: WarningKind = WarningKind.WARNING
    since: date | None = None
    recipients: tuple[str, ...] = ()
    list: str | None = None
    acknowledged_by: tuple[str, ...] = ()


class ToldDuty(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a department was told that waits for it, and since when; see `DutyNotice`."""

    department: str
    kind: DutyKind
    event_id: str
    record_id: str | None
    rule: str | None
    domain: str
    region: str
    due_on: date | None
    opened_on: date


class Told(msgspec.Struct, gc=False, array_like=True):
    """What subscribers have been told of a subject, and the next day that time may change it."""

    warnings: dict[str, ToldWarning] = {}
    lists: dict[str, tuple[str, int]] = {}
    next_change_on: date = FOREVER
    duties: dict[str, ToldDuty] = {}

    def says(self, rule: str, level: Level, acknowledged_by: tuple[str, ...]) -> bool:
        """Say whether a warning was last told so: at this level, as acknowledged by these."""
        last = self.warnings.get(rule)
        return last is not None and last.level is level and last.acknowledged_by == acknowledged_by


class WarningNotice(msgspec.Struct, frozen=True, gc=False):
    """A warning raised, escalated, eased, lifted or acknowledged.

    `since` is the first day of its unbroken presence, `expires_on` the day on which it will be
    lifted if nothing else is reported. What is lifted has neither a level nor a day to expire.
    `by_time` says that a day brought it about, and no event.
    """

    warning_id: str
    episode_id: str
    subject_id: str
    rule: str
    rule_from: date
    transition: Transition
    level: Level | None
    previous_level: Level | None
    region: str
    domain: str
    evidence: tuple[str, ...]
    on: date
    offset: int
    kind: WarningKind = WarningKind.WARNING
    since: date | None = None
    expires_on: date | None = None
    window_months: int | None = None
    recipients: tuple[str, ...] = ()
    list: str | None = None
    acknowledged_by: tuple[str, ...] = ()
    subject_name: str | None = None
    by_time: bool = False


class ListNotice(msgspec.Struct, frozen=True, gc=False):
    """A change of blacklist status; status "void" is an entry annulled or corrected away."""

    change_id: str
    entry_id: str
    subject_id: str
    list: str
    status: str
    previous_status: str | None
    since: date | None
    until: date | None
    ground: str
    region: str
    rule: str
    on: date
    offset: int
    subject_name: str | None = None
    by_time: bool = False


class DutyTransition(StrEnum):
    """What is told of a duty: it began, its last day changed, or it waits no longer."""

    OPENED = "opened"
    CHANGED = "changed"
    CLOSED = "closed"


class DutyNotice(msgspec.Struct, frozen=True, gc=False):
    """What a department is told that waits for it (待办), and that it waits no longer.

    `event_id` is the objection, application or measure upon which it acts, and `record_id` the
    record that this is about; of a warning its `warning_id`, and no record. `due_on` is the last
    day in time, None where no rule sets one.
    """

    notice_id: str
    duty_id: str
    transition: DutyTransition
    department: str
    kind: DutyKind
    subject_id: str
    event_id: str
    record_id: str | None
    rule: str | None
    domain: str
    region: str
    due_on: date | None
    opened_on: date
    on: date
    offset: int
    subject_name: str | None = None
    by_time: bool = False


Notice = WarningNotice | ListNotice | DutyNotice
VOID: Final = "void"
