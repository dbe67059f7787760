"""The fast way from events to bytes gives what the codec gives, for every type of event."""

from __future__ import annotations

import pytest

from events.codec import encode_record
from events.encoding import encode_event
from events.types import EVENT_TYPES, Event, event_to_record, event_type
from tests.support import builders as a

EVENTS = a.one_of_each()


@pytest.mark.parametrize("event", EVENTS, ids=event_type)
def test_an_event_is_encoded_as_the_codec_encodes_it(event: Event) -> None:
    assert encode_event(event) == encode_record(
        f"credit.{event_type(event)}", event_to_record(event)
    )


def test_every_type_of_event_was_held_to_the_codec() -> None:
    assert {event_type(event) for event in EVENTS} == set(EVENT_TYPES)
