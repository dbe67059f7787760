"""The standing of a subject: what subscribers are told of, its lists and warnings. Pure.

After an event only those warnings are concluded anew that its kind of record can change; all
others stand as they were told, until an event of theirs or their own day comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.types.relation import RelationRecorded, RelationRole
from projections.conclusions.conclusions import Standing
from projections.conclusions.warnings import warnings_on
from projections.day.lists import (
    memberships,
    next_list_change,
)
from projections.day.record_on_day import RecordOnDay
from projections.record.building import is_tallied
from projections.record.matters import Measure
from projections.signals.signals import READ_TYPES, Signals, signals_reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.rules.versions import Level
    from projections.calendar.rules import RulesOfDay, RulesReading
    from projections.record.credit_record import CreditRecord
    from projections.record.entry import Entry
    from projections.signals.kept import KeptSignals

_REPRESENTATIVE: Final = RelationRole.LEGAL_REPRESENTATIVE


TOUCHING_ALL: Final = frozenset({"ListEntered", "ListNoticeGiven", "WarningAcknowledged"})
"""Events that may change a warning of any kind: through a list, or by an acknowledgement."""


def can_tell(entry: Entry | None) -> bool:
    """Say whether an entry is one that a warning or a list may rest on."""
    if entry is None:
        return False
    if entry.marks is not None:
        return True
    event = entry.event
    if type(event) is RelationRecorded:
        return event.role is _REPRESENTATIVE
    kind = type(event).__name__
    return (kind in TOUCHING_ALL or kind in READ_TYPES) and not is_tallied(event)


def may_wait(on_day: RecordOnDay) -> bool:
    """Say whether a record has anything upon which a department acts; most have nothing."""
    return on_day.has_marks or bool(on_day.of(Measure))


def reading_of(touched: str | None, rules: RulesOfDay) -> RulesReading | None:
    """Give the warnings that a record of a type can change; None is all of them, and the lists."""
    if touched is None or touched in TOUCHING_ALL:
        return None
    return rules.warnings_reading(touched, signals_reading)


def read_signals(
    record: CreditRecord, rules: RulesOfDay, kept: KeptSignals | None = None
) -> Signals:
    """Read a record on the day of the rules: what stands on lists, and the signals of it all.

    With what was `kept` of this very record, only what has changed is read anew.
    """
    on_day = RecordOnDay(record, rules, kept=None if kept is None else kept.parts)
    lists = memberships(on_day)
    if on_day.marked:
        on_day.weigh_repairs(lists)
    return Signals(on_day, lists, kept=kept)


def standing_of(
    signals: Signals,
    reading: RulesReading | None = None,
    is_told: Callable[[str, Level, tuple[str, ...]], bool] | None = None,
) -> Standing:
    """Conclude the list memberships and warnings of a subject on the day of the rules.

    With a `reading` only those warnings that an event has just touched, where all else stands as it
    was last concluded. Of warnings that `is_told` says were told so only the rule is given.
    """
    on_day, lists = signals.on_day, signals.lists
    as_told: set[str] = set()

    def stands(rule: str, level: Level, acknowledged_by: tuple[str, ...]) -> bool:
        if is_told is None or not is_told(rule, level, acknowledged_by):
            return False
        as_told.add(rule)
        return True

    warnings, next_warning = warnings_on(
        signals, None if reading is None else reading.rules, stands
    )
    next_change = min(next_warning, on_day.rules.next_change_on)
    next_change = min(next_change, next_list_change(on_day, lists))
    next_change = min(next_change, on_day.next_marked_day())
    about = None if reading is None else reading.names
    return Standing(lists, warnings, next_change, about, frozenset(as_told))
