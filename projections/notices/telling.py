"""What is to be told of a subject's warnings and lists: each change once. Pure.

What has been told is folded beside the record. Changes are found after every event and at every
day on which time alone changes something, in the order of the ledger; so neither the size of a
batch nor the hour of the sweep can alter a notice, and a replay gives the same ids and contents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from events.identity import derived_id
from events.rules.divisions import warning_region
from projections.notices.notice import (
    VOID,
    ListNotice,
    Notice,
    Told,
    ToldWarning,
    Transition,
    WarningNotice,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from projections.conclusions.conclusions import ActiveWarning, Standing
    from projections.day.lists import ChangedEntries
    from projections.day.shapes import Membership


_RAISED: Final = Transition.RAISED
_LIFTED: Final = Transition.LIFTED
_ESCALATED: Final = Transition.ESCALATED
_EASED: Final = Transition.EASED
_ACKNOWLEDGED: Final = Transition.ACKNOWLEDGED


def tell(
    told: Told,
    standing: Standing,
    subject_id: str,
    on: date,
    offset: int,
    changed: ChangedEntries | None = None,
) -> list[Notice]:
    """Find what changed since the last telling, and remember it in `told` (in place).

    Of list entries those that `changed` since lists were last told of; without it all.
    """
    notices: list[Notice] = []
    about: Iterable[str]
    if standing.about is None:
        _tell_lists(told, standing, changed, subject_id, on, offset, notices)
        told.next_change_on = standing.next_change_on
    else:
        # What was not looked at stands as it was told, and changes no sooner than was known.
        told.next_change_on = min(told.next_change_on, standing.next_change_on)
    if not standing.warnings and not told.warnings:
        return notices  # As it mostly is.
    active = {warning.rule: warning for warning in standing.warnings}
    if standing.about is None:
        about = sorted(active.keys() | told.warnings.keys())
    else:
        about = sorted(active.keys() | (told.warnings.keys() & standing.about))
    for rule in about:
        if rule in standing.as_told:
            continue
        notice = tell_warning(told, rule, active.get(rule), subject_id, on, offset)
        if notice is not None:
            notices.append(notice)
    return notices


def _tell_lists(
    told: Told,
    standing: Standing,
    changed: ChangedEntries | None,
    subject_id: str,
    on: date,
    offset: int,
    notices: list[Notice],
) -> None:
    lists = told.lists
    for member in standing.lists if changed is None else changed.standing:
        last = lists.get(member.entry_id)
        if last is None or last[0] != member.status:
            _tell_membership(told, member, subject_id, on, offset, notices)
    for entry_id in _gone(told, standing) if changed is None else changed.gone:
        status, step = lists.get(entry_id, (VOID, 0))
        if status != VOID:
            lists[entry_id] = (VOID, step + 1)
            notices.append(_void(entry_id, status, step + 1, subject_id, on, offset))


def _gone(told: Told, standing: Standing) -> list[str]:
    if len(told.lists) == len(standing.lists):
        return []  # All that was told of stands.
    return sorted(told.lists.keys() - {member.entry_id for member in standing.lists})


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


def tell_warning(
    told: Told, rule: str, now: ActiveWarning | None, subject_id: str, on: date, offset: int
) -> WarningNotice | None:
    """Find what changed of one warning since the last telling, and remember it in `told`."""
    last = told.warnings.get(rule)
    transition = _transition(last, now)
    if transition is None:
        _forget_withdrawn(told, rule, last, now)
        return None
    previous = last.level if last is not None else None
    step = last.step + 1 if last is not None else 1
    episode = last.episode if last is not None else 0
    if transition is _RAISED:
        episode, step = episode + 1, 1
    remembered = (
        _remembered(now, episode, step) if now is not None else _lifted(last, step)  # type: ignore[arg-type]  # only what was told is lifted
    )
    told.warnings[rule] = remembered
    return WarningNotice(
        derived_id("warning", subject_id, rule, str(episode), str(step)),
        derived_id("episode", subject_id, rule, str(episode)),
        subject_id,
        rule,
        on if now is None else now.rule_from,
        transition,
        remembered.level,
        previous,
        remembered.region,
        remembered.domain,
        remembered.evidence,
        on,
        offset,
        remembered.kind,
        remembered.since,
        None if now is None else now.expires_on,
        None if now is None else now.window_months,
        remembered.recipients,
        remembered.list,
        remembered.acknowledged_by,
    )


def _remembered(now: ActiveWarning, episode: int, step: int) -> ToldWarning:
    return ToldWarning(
        episode,
        step,
        now.level,
        warning_region(now.region),
        now.domain,
        now.evidence,
        now.kind,
        now.since,
        now.recipients,
        now.list,
        now.acknowledged_by,
    )


def _lifted(last: ToldWarning, step: int) -> ToldWarning:
    """Keep the evidence on which it had rested, and to whom it was told."""
    return msgspec.structs.replace(last, step=step, level=None, acknowledged_by=())


def _transition(last: ToldWarning | None, now: ActiveWarning | None) -> Transition | None:
    """Say what is to be told; None for nothing."""
    previous = last.level if last is not None else None
    if now is None:
        return None if previous is None else _LIFTED
    if last is None or previous is None:
        return _RAISED
    if now.level is not previous:
        higher = now.level.height > previous.height
        return _ESCALATED if higher else _EASED
    if set(now.acknowledged_by) - set(last.acknowledged_by):
        return _ACKNOWLEDGED
    return None


def _forget_withdrawn(
    told: Told, rule: str, last: ToldWarning | None, now: ActiveWarning | None
) -> None:
    """Forget a department whose acknowledgement no longer counts; another by it is told again."""
    if last is not None and now is not None and last.acknowledged_by != now.acknowledged_by:
        told.warnings[rule] = msgspec.structs.replace(last, acknowledged_by=now.acknowledged_by)
