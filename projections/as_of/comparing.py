"""Two states of a subject beside each other: each field that differs, and what made it so. Pure.

From one to the other it goes in three steps: another day, other events, other law. A field is
followed through them, so a change is laid to the event or the rule version with which it came.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.event import event_type
from projections.as_of.question import Part, Question, moment_text
from projections.as_of.state import concluded_as_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Read

_NOT_COMPARED: Final = frozenset({"cut", "valid_on", "rules_on", "partition", "events"})
"""What was asked, and what stands apart as events."""
_STEPS_MAX: Final = 300
"""Of more events than these several are taken in one step, and all of them named."""
ABSENT: Final = "(absent)"
"""What stands for a field that one of the two states does not have."""
_NAMES: Final = (
    *("event_id", "entry_id", "rule", "measure", "domain", "code", "field", "indicator", "group"),
    "department",
)
"""Fields that name an item of a list, the first that it has."""


class MadeBy(StrEnum):
    """What made a field another."""

    DAY = "day"
    EVENT = "event"
    LAW = "law"


class EventBetween(msgspec.Struct, frozen=True):
    """An event that only one of the two states knows.

    `recorded_later`: it was recorded later, of a day that the state without it covers already.
    """

    offset: int
    event_id: str
    event_type: str
    recorded_at: str
    occurred_on: date | None
    only_in: str
    recorded_later: bool


class FieldCompared(msgspec.Struct, frozen=True):
    """A field of the state that differs; `event` or `rules` say with what the change came."""

    field: str
    a: str
    b: str
    made_by: list[MadeBy]
    events: list[EventBetween]
    rules: list[str]


class StatesCompared(msgspec.Struct, frozen=True):
    """How two states of a subject differ. `finding` tells it in a word."""

    subject_id: str
    a: dict[str, str]
    b: dict[str, str]
    finding: str
    events: list[EventBetween]
    fields: list[FieldCompared]


class AskedAt(msgspec.Struct, frozen=True):
    """One side: the day, the first offset not known, and the day whose rules are used."""

    valid_on: date
    cut: int
    rules_on: date

    def told(self) -> dict[str, str]:
        """Tell it."""
        return {
            "valid_on": str(self.valid_on),
            "cut": str(self.cut),
            "rules_on": str(self.rules_on),
        }


class _Walk:
    """Evaluates states of one subject; `items` are all of its messages, in order."""

    def __init__(
        self, items: Sequence[Read], asked: Question, partition: int, calendar: RuleCalendar
    ) -> None:
        self.items = items
        self._asked = asked
        self._partition = partition
        self._calendar = calendar

    def fields(self, at: AskedAt) -> dict[str, str]:
        """Give every field of a state by its path."""
        question = Question(
            platform=self._asked.platform,
            subject_id=self._asked.subject_id,
            valid_on=at.valid_on,
            cut={self._partition: at.cut},
            rules_on=at.rules_on,
        )
        known = [item for item in self.items if item.message.offset < at.cut]
        part = Part(self._partition, at.cut)
        state = concluded_as_of(known, question, part, self._calendar).state
        told = msgspec.to_builtins(state, str_keys=True)
        return dict(_flat({k: v for k, v in told.items() if k not in _NOT_COMPARED}))


def compare_states(
    items: Sequence[Read],
    asked: Question,
    partition: int,
    sides: tuple[AskedAt, AskedAt],
    calendar: RuleCalendar,
) -> StatesCompared:
    """Compare the states of a subject on two sides; `asked` says only whose they are."""
    a, b = sides
    walk = _Walk(items, asked, partition, calendar)
    between = _between(items, a, b)
    causes: dict[str, FieldCompared] = {}
    first, last = walk.fields(a), walk.fields(b)
    differing = [
        name for name in dict.fromkeys((*last, *first)) if first.get(name) != last.get(name)
    ]
    for name in differing:
        sides_told = first.get(name, ABSENT), last.get(name, ABSENT)
        causes[name] = FieldCompared(name, *sides_told, [], [], [])
    before = first
    for at, made_by, events, rules in _steps(a, b, between, calendar):
        now = walk.fields(at)
        for name, field in causes.items():
            if before.get(name) != now.get(name):
                if made_by not in field.made_by:
                    field.made_by.append(made_by)
                field.events.extend(events)
                field.rules.extend(rules)
        before = now
    finding = _finding(differing, between, causes)
    return StatesCompared(
        asked.subject_id, a.told(), b.told(), finding, between, list(causes.values())
    )


_Step = tuple[AskedAt, MadeBy, list[EventBetween], list[str]]


def _steps(
    a: AskedAt, b: AskedAt, between: Sequence[EventBetween], calendar: RuleCalendar
) -> Iterator[_Step]:
    """Give each state on the way, what kind of step leads there, and with which cause."""
    at = AskedAt(b.valid_on, a.cut, a.rules_on)
    yield at, MadeBy.DAY, [], []
    forward = b.cut >= a.cut
    ordered = list(between if forward else reversed(between))
    together = 1 + len(ordered) // _STEPS_MAX
    for first in range(0, len(ordered), together):
        group = ordered[first : first + together]
        cut = group[-1].offset + (1 if forward else 0)
        yield AskedAt(b.valid_on, cut, a.rules_on), MadeBy.EVENT, group, []
    yield AskedAt(b.valid_on, b.cut, a.rules_on), MadeBy.EVENT, [], []
    if a.rules_on == b.rules_on:
        return
    low, high = sorted((a.rules_on, b.rules_on))
    days = [day for day in calendar.rulebook.change_days() if low < day <= high]
    later = b.rules_on > a.rules_on
    for day in days if later else reversed(days):
        named = [f"{n}@{v.start}" for n, v in calendar.rulebook.dated() if v.start == day]
        on = day if later else date.fromordinal(day.toordinal() - 1)
        yield AskedAt(b.valid_on, b.cut, on), MadeBy.LAW, [], named
    yield b, MadeBy.LAW, [], []


def _between(items: Sequence[Read], a: AskedAt, b: AskedAt) -> list[EventBetween]:
    """Give the events that only one side knows, in order of offset."""
    low, high = sorted((a.cut, b.cut))
    only_in = "b" if b.cut >= a.cut else "a"
    without = a if only_in == "b" else b
    between = []
    for item in items:
        event, message = item.event, item.message
        if event is None or not low <= message.offset < high:
            continue
        occurred_on = event.envelope.occurred_on
        between.append(
            EventBetween(
                message.offset,
                event.envelope.event_id,
                event_type(event),
                moment_text(message.recorded_ms),
                occurred_on,
                only_in,
                occurred_on is not None and occurred_on <= without.valid_on,
            )
        )
    return between


def _finding(
    differing: Sequence[str], between: Sequence[EventBetween], causes: Mapping[str, FieldCompared]
) -> str:
    if between:
        return "other events"
    if not differing:
        return "the same"
    by_law = any(MadeBy.LAW in field.made_by for field in causes.values())
    return "same events, other law" if by_law else "same events, another day"


def _keys_of(items: Sequence[Any]) -> Sequence[object]:
    """Name the items of a list by what each is, not by where it stands: one more shifts no other.

    By their places where they have no name, or not each one of its own.
    """
    keys = [
        item if isinstance(item, str) else next((item[n] for n in _NAMES if item.get(n)), None)
        for item in items
        if isinstance(item, str | dict)
    ]
    is_named = len(keys) == len(items) == len(set(keys)) and None not in keys
    return keys if is_named else range(len(items))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for key, inner in zip(_keys_of(value), value, strict=True):
            yield from _flat(inner, f"{path}[{key}]")
    elif value is not None:
        yield path, str(value)
