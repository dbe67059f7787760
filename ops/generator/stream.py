"""The made-up ledger as a stream: events, or the bytes that go to Kafka."""

from __future__ import annotations

from datetime import timedelta
from itertools import starmap
from typing import TYPE_CHECKING

from events.wire.encoding import encode_event
from ops.generator.chance import Chance
from ops.generator.envelopes import Envelopes
from ops.generator.making import Maker
from ops.generator.plan import events_per_subject
from ops.generator.schedule import in_recording_order
from ops.generator.slots import HistorySlots
from ops.generator.subjects import Population, subject_id_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from events.event import Event
    from ops.generator.plan import GeneratorPlan
    from ops.generator.subjects import MadeUpSubject


class Generator:
    """Everything that a plan settles. It holds some integers per subject, but no event."""

    def __init__(self, plan: GeneratorPlan) -> None:
        chance = Chance(plan.seed)
        dates = [plan.first_day + timedelta(day) for day in range(plan.days)]
        self._plan = plan
        self._slots = HistorySlots(plan, chance)
        self._population = Population(plan, chance)
        self._maker = Maker(self._slots, Envelopes(dates, plan.platform))

    def events(self) -> Iterator[Event]:
        """Give all events of the plan in the order of recording."""
        sizes = events_per_subject(self._plan)
        order = in_recording_order(self._plan, sizes, self._population, self._slots)
        return starmap(self._event, order)

    def further_subject(self, events: int) -> Iterator[Event]:
        """Yield the events of one subject more than the plan has."""
        subject = self._population.subject(self._plan.subjects, events)
        for number in range(events):
            yield self._event(subject, number)

    def _event(self, subject: MadeUpSubject, number: int, recorded: int | None = None) -> Event:
        return self._maker.event(self._slots.slot(subject, number, recorded))


def generate(plan: GeneratorPlan) -> Iterator[Event]:
    """Yield the events as admission would pass them, in recording order, subjects interleaved.

    The same plan gives the same events, always.
    """
    return Generator(plan).events()


def generate_encoded(plan: GeneratorPlan) -> Iterator[tuple[bytes, bytes, str]]:
    """Yield the same events as `generate` as key, value on the wire, and event id."""
    return encoded(generate(plan))


def subject_with_history(plan: GeneratorPlan) -> str:
    """Give the id of the subject with the most events."""
    return subject_id_at(plan.platform, 0)


def extra_subject(plan: GeneratorPlan, events: int) -> Iterator[Event]:
    """Yield exactly so many events, of all kinds, of one subject that the plan does not have."""
    return Generator(plan).further_subject(events)


def encoded(events: Iterable[Event]) -> Iterator[tuple[bytes, bytes, str]]:
    """Encode events: key, value in the Confluent wire format, event id."""
    for event in events:
        envelope = event.envelope
        yield envelope.subject_id.encode(), encode_event(event), envelope.event_id
