"""A report for a reader who may not see all holds nothing of what he may not see, whatever it is."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from typing import TYPE_CHECKING

import pytest

from events.admission.normal_form import with_envelope
from events.envelope import Disclosure, Platform
from events.event import EVENT_TYPES, Event, event_type, is_amendment, record_id
from events.identifiers import is_person_token
from events.rules.access import View
from events.rules.rulebook import load_rulebook
from events.wire.encoding import encode_event
from projections.as_of.question import Question
from projections.as_of.reader_view import SeenBy, StateShown, seen_by
from projections.as_of.state import canonical
from projections.calendar.rules import RuleCalendar
from projections.ledger.message import Message, Read
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.erasing import one_of_each_erasure

if TYPE_CHECKING:
    from collections.abc import Sequence

CALENDAR = RuleCalendar(load_rulebook())
TODAY = date(2026, 6, 15)
SECRET = "不予公开机关甲"
EVENTS = [*a.one_of_each(), *one_of_each_erasure()]
BY_ID = {event.envelope.event_id: event for event in EVENTS}
READERS = [
    SeenBy(View.PUBLIC, TODAY),
    SeenBy(View.AGENCY, TODAY),
    SeenBy(View.SHARED, TODAY, "grain-zj"),
]


def items_of(events: Sequence[Event]) -> list[Read]:
    stamp = 1_780_000_000_000
    return [
        read(Message(at, stamp + at, event.envelope.subject_id.encode(), encode_event(event)))
        for at, event in enumerate(events)
    ]


def told(events: Sequence[Event], reader: SeenBy) -> tuple[frozenset[int], bytes]:
    """Give what is shown in full, and all the bytes in which something might stand."""
    subject_id = events[0].envelope.subject_id
    platform = Platform.PERSON if is_person_token(subject_id) else Platform.ORGANISATION
    items = items_of(events)
    question = Question(platform=platform, subject_id=subject_id, valid_on=TODAY)
    offsets, shown = seen_by(items, question, reader, CALENDAR)
    state = StateShown(platform, subject_id, TODAY, 3, len(items), reader.view, shown)
    values = [b64encode(items[at].message.value or b"") for at in sorted(offsets)]
    return offsets, b"".join((canonical(state), *values))


def closed(event: Event) -> Event:
    return with_envelope(event, disclosure=Disclosure.AUTHORISED, authority=SECRET)


def forms(secret: str) -> list[bytes]:
    data = secret.encode()
    inner = [b64encode(bytes(pad) + data)[4 if pad else 0 : -4] for pad in range(3)]
    return [data, data.hex().encode(), *inner]


def test_the_walk_leaves_out_no_type() -> None:
    assert {event_type(event) for event in EVENTS} == set(EVENT_TYPES)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.view.value)
@pytest.mark.parametrize("event", EVENTS, ids=event_type)
def test_what_is_for_nobody_else_stands_nowhere_in_the_bytes(event: Event, reader: SeenBy) -> None:
    of = BY_ID.get(record_id(event)) if is_amendment(event) else None
    history = [closed(event)] if of is None or of is event else [of, closed(event)]
    offsets, data = told(history, reader)

    # By contract an agency is shown what the subject authorises; nobody else is.
    is_shown = reader.view is View.AGENCY and len(history) - 1 in offsets
    assert is_shown or len(history) - 1 not in offsets
    assert [form for form in forms(SECRET) if form in data and not is_shown] == []


def test_what_is_published_is_shown_to_everybody_and_stands_in_the_view() -> None:
    penalty = with_envelope(a.a_penalty(1, "2026-03-02"), disclosure=Disclosure.PUBLIC)
    hidden = with_envelope(
        a.a_penalty(2, "2026-03-03"), disclosure=Disclosure.AUTHORISED, authority=SECRET
    )
    for reader in (READERS[0], READERS[2]):
        offsets, data = told([penalty, hidden], reader)
        assert offsets == {0}, reader
        assert penalty.envelope.document_no.encode() in data
        assert hidden.envelope.document_no.encode() not in data


def test_a_department_sees_what_it_reported_itself() -> None:
    hidden = closed(a.a_penalty(1, "2015-03-02"))
    own = SeenBy(View.SHARED, TODAY, hidden.envelope.department)
    assert told([hidden], own)[0] == {0}
    assert told([hidden], own._replace(department=None))[0] == frozenset()
    assert told([hidden], own._replace(view=View.PUBLIC))[0] == frozenset()


def test_a_record_whose_term_is_over_is_a_leaf_though_its_event_was_public() -> None:
    penalty = with_envelope(a.a_penalty(1, "2015-03-02"), disclosure=Disclosure.PUBLIC)
    offsets, data = told([penalty], SeenBy(View.PUBLIC, TODAY))
    assert offsets == frozenset()
    assert penalty.envelope.document_no.encode() not in data
