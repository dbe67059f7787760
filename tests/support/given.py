"""Given what was said, when a day comes, then this holds: the sentence of projection tests.

`Projection` does in memory what the projector does in Postgres, so that tests need no database.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from events.dates import known_date
from events.envelope import CHINA, Platform
from events.event import Event, event_to_record, event_type
from events.rules.rulebook import load_rulebook
from events.types.amendment import EventDismissed
from events.wire.codec import encode_record
from projections.as_of.question import Part, Question
from projections.as_of.state import State, state_as_of
from projections.calendar.rules import RuleCalendar
from projections.fold.fold import Fold
from projections.fold.state import decode_state, encode_state
from projections.fold.steps import current_profile, sweep
from projections.ledger.message import Known, Message, Parked, Read
from projections.ledger.reading import read
from tests.support.builders import SUBJECT, day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from projections.day.ties import Tie
    from projections.fold.state import SubjectState
    from projections.notices.notice import ListNotice, Notice, WarningNotice
    from projections.profile.shapes import Profile

CALENDAR = RuleCalendar(load_rulebook())


def recorded_ms(on: date) -> int:
    """Give noon of a day in China, as the broker would stamp it."""
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=CHINA)
    return int(noon.astimezone(UTC).timestamp() * 1000)


def value_of(event: Event) -> bytes:
    """Give the bytes of an event on the wire."""
    return encode_record(f"credit.{event_type(event)}", event_to_record(event))


def message(event: Event, offset: int, recorded_on: date) -> Message:
    """Give an event as a message of the ledger."""
    key = event.envelope.subject_id.encode()
    return Message(offset, recorded_ms(recorded_on), key, value_of(event))


class Projection:
    """The read models of one partition, kept in memory; steps mirror `projections.projector`."""

    def __init__(self, calendar: RuleCalendar = CALENDAR) -> None:
        """Start with nothing known."""
        self.calendar = calendar
        self.journal: list[Read] = []
        self.stored: dict[str, bytes] = {}
        self.next_change: dict[str, date | None] = {}
        self.parked: dict[str, Parked] = {}
        self.notices: list[Notice] = []
        self.ties: list[Tie] = []

    def apply(self, batch: Iterable[Message]) -> None:
        """Apply one batch."""
        items = [read(each) for each in batch]
        fold = self._load(items)
        for item in items:
            fold.apply(item)
        self.journal += items
        self._write(fold)

    def release(self, subject_id: str) -> None:
        """Apply what waits of a parked subject anew."""
        items = self._waiting(self.parked[subject_id])
        fold = self._load(items)
        fold.release(subject_id, items)
        self._write(fold)

    def sweep(self, to: date) -> None:
        """Let time pass for all subjects that are due."""
        for subject_id, due in sorted(self.next_change.items()):
            if due is not None and due <= to:
                state = self.state(subject_id)
                is_parked = subject_id in self.parked
                profile, told = sweep(state, subject_id, due, to, self.calendar, parked=is_parked)
                self.notices += told
                self.stored[subject_id] = encode_state(state)
                self.next_change[subject_id] = profile.next_change_on

    def state(self, subject_id: str = SUBJECT) -> SubjectState:
        """Give the state of a subject as stored."""
        return decode_state(self.stored[subject_id])

    def profile(self, on: date, subject_id: str = SUBJECT) -> Profile:
        """Assess a subject on a day not before the last that it was assessed on."""
        return current_profile(self.state(subject_id), self.calendar, on)

    def _load(self, items: Sequence[Read]) -> Fold:
        states = {i.subject_id: self.stored[i.subject_id] for i in items if self._is_known(i)}
        places = {(i.subject_id, i.entry_id) for i in items if self._is_known(i)}
        waiting: dict[str, list[Read]] = {}
        for item in items:
            held = self.parked.get(item.subject_id)
            if held is not None and isinstance(item.event, EventDismissed):
                waiting[item.subject_id] = self._waiting(held)
        places |= {(i.subject_id, i.entry_id) for held in waiting.values() for i in held}
        chains: dict[tuple[str, str], list[Known]] = {}
        for item in self.journal:
            place = (item.subject_id, item.entry_id)
            if place in places and item.known is not None:
                chains.setdefault(place, []).append(item.known)
        return Fold(self.calendar, states, chains, self.parked, waiting)

    def _is_known(self, item: Read) -> bool:
        return item.subject_id in self.stored

    def _waiting(self, parked: Parked) -> list[Read]:
        return [
            item
            for item in self.journal
            if item.subject_id == parked.subject_id and item.message.offset >= parked.offset
        ]

    def _write(self, fold: Fold) -> None:
        for subject_id, profile in fold.profiles().items():
            # What is stored is read back by the next batch, as from the database.
            self.stored[subject_id] = encode_state(fold.states[subject_id])
            self.next_change[subject_id] = profile.next_change_on
        self.notices += [notice for _, notice in fold.notices]
        self.ties += fold.ties()
        self.parked = dict(fold.parked)


class Given:
    """What was said of one subject, in ledger order."""

    def __init__(self, messages: Sequence[Message]) -> None:
        """Fold it, each message in a batch of its own."""
        self.messages = list(messages)
        self.projection = Projection()
        for each in self.messages:
            self.projection.apply([each])

    def on(self, when: str | date) -> Profile:
        """Give the profile of a day: asked of the ledger, as known at its end."""
        profile = self.as_of(when).profile
        assert profile is not None
        return profile

    def as_of(self, when: str | date, *, cut: int | None = None) -> State:
        """Give the answer valid on a day, as known at a cut (by default: the end)."""
        valid_on = day(when)
        assert valid_on is not None
        return answer(self.messages, valid_on, cut=cut)

    def warnings_told(self, until: str | date) -> list[tuple[str, str, str | None]]:
        """Give what was told of warnings up to a day: the day, the transition, the level."""
        from projections.notices.notice import WarningNotice  # noqa: PLC0415 - only asked for here

        found: list[WarningNotice] = [n for n in self._told(until) if isinstance(n, WarningNotice)]
        return [(n.on.isoformat(), n.transition, n.level) for n in found]

    def lists_told(self, until: str | date) -> list[tuple[str, str]]:
        """Give what was told of lists up to a day: the day and the new status."""
        from projections.notices.notice import ListNotice  # noqa: PLC0415 - only asked for here

        found: list[ListNotice] = [n for n in self._told(until) if isinstance(n, ListNotice)]
        return [(n.on.isoformat(), n.status) for n in found]

    def _told(self, until: str | date) -> list[Notice]:
        to = day(until)
        assert to is not None
        self.projection.sweep(to)
        return self.projection.notices


def said(*events: Event | tuple[Event, str]) -> list[Message]:
    """Put events in ledger order; a day beside one is when it was recorded, else its own."""
    messages: list[Message] = []
    last = date(1949, 10, 1)
    for offset, item in enumerate(events):
        event, when = item if isinstance(item, tuple) else (item, None)
        recorded = day(when) if when is not None else known_date(event.envelope, last).day
        assert recorded is not None
        last = max(last, recorded)
        messages.append(message(event, offset, last))
    return messages


def given(*events: Event | tuple[Event, str]) -> Given:
    """Begin the sentence: what was said, in the order in which it was recorded."""
    return Given(said(*events))


def answer(
    messages: Sequence[Message],
    valid_on: date,
    *,
    cut: int | None = None,
    subject_id: str = SUBJECT,
) -> State:
    """Ask the ledger alone, as an auditor would."""
    end = messages[-1].offset + 1 if cut is None else cut
    return state_as_of(
        [read(each) for each in messages if each.offset < end],
        Question(platform=Platform.ORGANISATION, subject_id=subject_id, valid_on=valid_on),
        Part(0, end),
        CALENDAR,
    )


def days_between(first: date, last: date) -> list[date]:
    """Give every day after the first up to the last."""
    return [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
