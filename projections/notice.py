"""Notices: each change of a warning or of blacklist status, told once. Pure.

What has been told is folded beside the record. Changes are found after every event and at every
day on which time alone changes something, in the order of the ledger; so neither the size of a
batch nor the hour of the sweep can alter a notice, and a replay gives the same ids and contents.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from events.divisions import warning_region
from events.identity import derived_id
from events.rulebook import Level
from projections.rules import FOREVER

if TYPE_CHECKING:
    from projections.blacklist import Membership
    from projections.profile import Standing
    from projections.warnings import ActiveWarning


class ToldWarning(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The last that was told of a warning: its level (None: lifted), and where."""

    episode: int
    step: int
    level: Level | None
    region: str
    domain: str
    evidence: tuple[str, ...]


class Told(msgspec.Struct, gc=False, array_like=True):
    """What subscribers have been told of a subject, and the next day that time may change it."""

    warnings: dict[str, ToldWarning] = {}
    lists: dict[str, tuple[str, int]] = {}
    next_change_on: date = FOREVER


class WarningNotice(msgspec.Struct, frozen=True, gc=False):
    """A warning raised, escalated, eased or lifted."""

    warning_id: str
    episode_id: str
    subject_id: str
    rule: str
    rule_from: date
    transition: str
    level: Level | None
    previous_level: Level | None
    region: str
    domain: str
    evidence: tuple[str, ...]
    on: date
    offset: int
    subject_name: str | None = None


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


Notice = WarningNotice | ListNotice
VOID: Final = "void"


def tell(told: Told, standing: Standing, subject_id: str, on: date, offset: int) -> list[Notice]:
    """Find what changed since the last telling, and remember it in `told` (in place)."""
    notices: list[Notice] = []
    for member in standing.lists:
        _tell_membership(told, member, subject_id, on, offset, notices)
    standing_ids = {member.entry_id for member in standing.lists}
    for entry_id, (status, step) in sorted(told.lists.items()):
        if entry_id not in standing_ids and status != VOID:
            told.lists[entry_id] = (VOID, step + 1)
            notices.append(_void(entry_id, status, step + 1, subject_id, on, offset))
    active = {warning.rule: warning for warning in standing.warnings}
    for rule in sorted(active.keys() | told.warnings.keys()):
        notice = _tell_warning(told, rule, active.get(rule), subject_id, on, offset)
        if notice is not None:
            notices.append(notice)
    told.next_change_on = standing.next_change_on
    return notices


def _tell_membership(
    told: Told, member: Membership, subject_id: str, on: date, offset: int, notices: list[Notice]
) -> None:
    status, step = told.lists.get(member.entry_id, (None, 0))
    if status == member.status:
        return
    step += 1
    told.lists[member.entry_id] = (member.status.value, step)
    notices.append(
        ListNotice(
            derived_id("list", subject_id, member.entry_id, str(step)),
            member.entry_id,
            subject_id,
            member.list,
            member.status,
            status,
            member.since,
            member.until,
            member.ground,
            member.region,
            member.rule,
            on,
            offset,
        )
    )


def _void(
    entry_id: str, status: str, step: int, subject_id: str, on: date, offset: int
) -> ListNotice:
    change_id = derived_id("list", subject_id, entry_id, str(step))
    return ListNotice(
        change_id, entry_id, subject_id, "", VOID, status, None, None, "", "", "", on, offset
    )


def _tell_warning(
    told: Told, rule: str, now: ActiveWarning | None, subject_id: str, on: date, offset: int
) -> WarningNotice | None:
    last = told.warnings.get(rule)
    level = now.level if now is not None else None
    previous = last.level if last is not None else None
    if level is previous:
        return None
    episode = last.episode if last is not None else 0
    step = last.step + 1 if last is not None else 1
    if previous is None:
        episode, step = episode + 1, 1
    if now is not None:
        region = warning_region(now.region)
        domain, evidence, rule_from = now.domain, now.evidence, now.rule_from
    else:
        # What is lifted names the evidence on which it had rested.
        region, domain, evidence, rule_from = last.region, last.domain, last.evidence, on  # type: ignore[union-attr]
    told.warnings[rule] = ToldWarning(episode, step, level, region, domain, evidence)
    return WarningNotice(
        derived_id("warning", subject_id, rule, str(episode), str(step)),
        derived_id("episode", subject_id, rule, str(episode)),
        subject_id,
        rule,
        rule_from,
        _transition(previous, level),
        level,
        previous,
        region,
        domain,
        evidence,
        on,
        offset,
    )


def _transition(previous: Level | None, level: Level | None) -> str:
    if previous is None:
        return "raised"
    if level is None:
        return "lifted"
    return "escalated" if level.height > previous.height else "eased"
