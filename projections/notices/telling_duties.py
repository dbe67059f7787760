"""What departments are told that waits for them: each duty once as it begins, and as it ends. Pure.

Beside `projections.notices.telling`, in the same order and with the same promise: what was told is
folded beside the record, so neither batches nor restarts alter a notice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from events.identity import derived_id
from projections.conclusions.duties import DutyKind
from projections.notices.notice import DutyNotice, DutyTransition, ToldDuty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from projections.conclusions.conclusions import ActiveWarning
    from projections.conclusions.duties import Duty
    from projections.notices.notice import Told

_OPENED: Final = DutyTransition.OPENED
_CHANGED: Final = DutyTransition.CHANGED
_CLOSED: Final = DutyTransition.CLOSED
_ACKNOWLEDGE: Final = DutyKind.ACKNOWLEDGE_WARNING


def tell_duties(
    told: Told,
    asked: Iterable[Duty],
    warnings: Iterable[ActiveWarning],
    subject_id: str,
    on: date,
    offset: int,
) -> list[DutyNotice]:
    """Find what began to wait or waits no longer since the last telling; remember it in `told`.

    `asked` is what the record asks for on the day. What is asked by warnings follows from what was
    told of them; `warnings` are those looked at, which know by when.
    """
    now = _of_warnings(told, warnings, subject_id, on)
    duties = told.duties
    for each in asked:
        key = f"{each.kind} {each.event_id} {each.department}"
        last_told = duties.get(key)
        stands = last_told is not None and last_told.due_on == each.due_on
        now[key] = last_told if stands and last_told is not None else _of_record(each, on)
        told.next_change_on = min(told.next_change_on, each.until)
    notices: list[DutyNotice] = []
    for key, last in list(told.duties.items()):
        if key not in now:
            del told.duties[key]
            notices.append(_notice(_CLOSED, key, last, subject_id, on, offset))
    for key, duty in now.items():
        last_told = told.duties.get(key)
        if last_told is None:
            told.duties[key] = duty
            notices.append(_notice(_OPENED, key, duty, subject_id, on, offset))
        elif last_told.due_on != duty.due_on:
            told.duties[key] = _due(last_told, duty.due_on)
            notices.append(_notice(_CHANGED, key, told.duties[key], subject_id, on, offset))
    return notices


def _of_record(duty: Duty, on: date) -> ToldDuty:
    return ToldDuty(
        duty.department,
        duty.kind,
        duty.event_id,
        duty.record_id,
        None,
        duty.domain,
        duty.region,
        duty.due_on,
        on,
    )


def _of_warnings(
    told: Told, warnings: Iterable[ActiveWarning], subject_id: str, on: date
) -> dict[str, ToldDuty]:
    """Give what waits for those to whom a warning was told by name, until they take note of it."""
    duties: dict[str, ToldDuty] = {}
    active: Mapping[str, ActiveWarning] | None = None
    for rule, warning in told.warnings.items():
        if warning.level is None or not warning.recipients:
            continue
        for department in warning.recipients:
            if department in warning.acknowledged_by:
                continue
            if active is None:
                active = {each.rule: each for each in warnings}
            key = f"{_ACKNOWLEDGE} {rule} {warning.episode} {department}"
            last, looked_at = told.duties.get(key), active.get(rule)
            if last is None:
                number, step = str(warning.episode), str(warning.step)
                last = ToldDuty(
                    department,
                    _ACKNOWLEDGE,
                    derived_id("warning", subject_id, rule, number, step),
                    None,
                    rule,
                    warning.domain,
                    warning.region,
                    None,
                    on,
                )
            duties[key] = last if looked_at is None else _due(last, _last_day(looked_at))
    return duties


def _last_day(warning: ActiveWarning) -> date | None:
    return None if warning.review_by is None else warning.review_by - timedelta(days=1)


def _due(duty: ToldDuty, due_on: date | None) -> ToldDuty:
    return duty if duty.due_on == due_on else msgspec.structs.replace(duty, due_on=due_on)


def _notice(
    transition: DutyTransition, key: str, duty: ToldDuty, subject_id: str, on: date, offset: int
) -> DutyNotice:
    duty_id = derived_id("duty", subject_id, key)
    return DutyNotice(
        derived_id("told", duty_id, transition, on.isoformat(), str(offset)),
        duty_id,
        transition,
        duty.department,
        duty.kind,
        subject_id,
        duty.event_id,
        duty.record_id,
        duty.rule,
        duty.domain,
        duty.region,
        duty.due_on,
        duty.opened_on,
        on,
        offset,
    )
