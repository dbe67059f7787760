"""Across fold and as_of: a message that cannot be applied stops its own subject, nobody else, and nothing is lost by it."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.event import Event
from events.types.amendment import RecordCorrected
from events.wire.schemas import SchemaUnknownError, load_schemas
from projections.calendar.rules import RuleCalendar
from projections.fold.fold import fold_subject
from projections.ledger.message import Message, Read
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.builders import OTHER_SUBJECT, SUBJECT
from tests.support.given import CALENDAR, Projection, answer, message, value_of
from tests.support.histories import FIRST, History, histories
from tests.support.parked import DAY, GARBAGE, folded, garbage, wrong_correction

PENALTY = a.a_penalty(1, "2025-03-01")
LATER_PENALTY = a.a_penalty(2, "2025-04-01")


def told(projection: Projection, subject_id: str = SUBJECT) -> list[object]:
    """Give what was told of a subject, offsets left out: a message set aside has one too."""
    return [
        msgspec.structs.replace(n, offset=0)
        for n in projection.notices
        if n.subject_id == subject_id
    ]


def test_unreadable_bytes_park_their_key_and_later_messages_wait() -> None:
    projection = folded(
        message(PENALTY, 0, DAY), garbage(1), message(LATER_PENALTY, 2, DAY), garbage(3)
    )
    parked = projection.parked[SUBJECT]

    assert (parked.offset, parked.waiting) == (1, 2)
    assert list(projection.state().record.matters) == [PENALTY.envelope.event_id]


@pytest.mark.requirement(37)
def test_another_subject_of_the_same_batch_goes_on() -> None:
    other = a.a_penalty(1, "2025-03-01", subject_id=OTHER_SUBJECT)
    projection = Projection()
    projection.apply([garbage(0), message(other, 1, DAY), message(PENALTY, 2, DAY)])

    assert list(projection.parked) == [SUBJECT]
    assert list(projection.state(OTHER_SUBJECT).record.matters) == [other.envelope.event_id]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Message(0, 0, SUBJECT.encode(), None), "without a value"),
        (Message(0, 0, SUBJECT.encode(), b""), "UndecodableError"),
        (Message(0, 0, SUBJECT.encode(), b"\x01rest"), "UndecodableError"),
        (Message(0, 0, SUBJECT.encode(), GARBAGE), "UndecodableError"),
        (Message(0, 0, SUBJECT.encode(), value_of(PENALTY)[:-3]), "UndecodableError"),
        (Message(0, 0, SUBJECT.encode(), value_of(PENALTY) + b"\x00"), "UndecodableError"),
        (Message(0, 0, OTHER_SUBJECT.encode(), value_of(PENALTY)), "key is not the subject"),
        (Message(0, 0, None, value_of(PENALTY)), "key is not the subject"),
    ],
)
def test_a_message_that_is_no_event_says_why(bad: Message, why: str) -> None:
    item = read(bad)

    assert item.event is None
    assert why in (item.problem or "")


def test_a_record_that_is_named_by_no_uuid_is_no_event() -> None:
    strange = msgspec.structs.replace(a.a_removal(a.a_tax_listing(), DAY), concerns="row 17")

    assert read(message(strange, 0, DAY)).problem == "the record is not named by an event id"


def test_a_schema_of_a_newer_version_of_us_is_an_error_of_configuration_and_parks_nobody() -> None:
    newest = max(each.id for each in load_schemas())
    with pytest.raises(SchemaUnknownError):
        read(Message(0, 0, SUBJECT.encode(), b"\x00" + (newest + 1).to_bytes(4, "big") + b"\x00"))


@pytest.mark.parametrize("schema_id", [0, 65_535, 4_294_967_295])
def test_a_schema_that_cannot_be_parks_its_subject_and_holds_up_nobody(schema_id: int) -> None:
    found = read(Message(0, 0, SUBJECT.encode(), b"\x00" + schema_id.to_bytes(4, "big") + b"\x00"))
    assert found.problem == f"SchemaUnknownError: Schema {schema_id} not found"


def test_a_correction_that_cannot_be_applied_parks_and_leaves_no_trace() -> None:
    before = folded(message(PENALTY, 0, DAY)).profile(DAY)
    projection = folded(message(PENALTY, 0, DAY), message(wrong_correction(PENALTY), 1, DAY))

    assert projection.parked[SUBJECT].offset == 1
    assert projection.profile(DAY) == before


def test_as_of_parks_where_the_projector_parks() -> None:
    messages = [
        message(PENALTY, 0, DAY),
        message(wrong_correction(PENALTY), 1, DAY),
        message(LATER_PENALTY, 2, DAY),
    ]
    state = answer(messages, DAY)

    assert state.parked is not None
    assert state.parked.offset == 1
    assert state.parked.reason == folded(*messages).parked[SUBJECT].reason
    assert [held.offset for held in state.events] == [0]
    assert state.profile == folded(*messages).profile(DAY)


def test_after_a_dismissal_the_same_record_can_be_corrected_again() -> None:
    """The journal still holds the message set aside; its record must never meet it again."""
    messages = [
        message(PENALTY, 0, DAY),
        message(wrong_correction(PENALTY), 1, DAY),
        message(a.a_dismissal(1), 2, DAY),
        message(a.a_correction(PENALTY, DAY, fine_fen=700), 3, DAY),
    ]
    projection = folded(*messages)

    assert projection.parked == {}
    assert [p.details["fine_fen"] for p in projection.profile(DAY).of("PenaltyImposed")] == [700]
    assert answer(messages, DAY).profile == projection.profile(DAY)


def test_the_dismissal_of_what_is_not_parked_has_no_effect() -> None:
    messages = [message(PENALTY, 0, DAY), message(a.a_dismissal(0), 1, DAY)]
    projection = folded(*messages)

    assert list(projection.state().record.matters) == [PENALTY.envelope.event_id]
    assert answer(messages, DAY).profile == projection.profile(DAY)


def test_a_dismissal_says_nothing_of_the_subject() -> None:
    messages = [
        garbage(0),
        message(a.a_dismissal(0, subject_name="操作员"), 1, DAY),
        garbage(2),
        message(a.a_dismissal(2, subject_name="操作员", document_no="排0"), 3, DAY),
    ]
    profile = folded(*messages).profile(DAY)

    assert (profile.names, profile.anomalies, profile.repeats) == ({}, {}, 0)
    assert answer(messages, DAY).profile == profile


def test_what_waits_may_park_anew_when_it_is_released() -> None:
    messages = [garbage(0), garbage(1), message(PENALTY, 2, DAY), message(a.a_dismissal(0), 3, DAY)]
    projection = folded(*messages)

    assert projection.parked[SUBJECT].offset == 1
    assert projection.parked[SUBJECT].waiting == 2
    projection.apply([message(a.a_dismissal(1), 4, DAY)])
    assert projection.parked == {}
    assert list(projection.state().record.matters) == [PENALTY.envelope.event_id]


def test_the_sweep_tells_nothing_of_a_parked_subject() -> None:
    projection = folded(message(PENALTY, 0, DAY), garbage(1))
    told_before = list(projection.notices)
    projection.sweep(date(2027, 1, 1))

    assert projection.notices == told_before
    due = projection.next_change[SUBJECT]
    assert due is not None
    assert due > date(2027, 1, 1)


@settings(max_examples=120)
@given(histories(), st.data())
def test_a_dismissed_message_leaves_the_state_as_if_it_had_never_been(
    history: History, data: st.DataObject
) -> None:
    """However the ledger is cut into batches, and whenever the sweep runs meanwhile."""
    said = list(history.said)
    at = data.draw(st.integers(0, len(said)), label="parked at")
    until = data.draw(st.integers(at, len(said)), label="dismissed after")
    bad_on = said[at - 1][1] if at else said[0][1]
    standing = a.a_penalty("0", FIRST)
    bad = data.draw(st.sampled_from([None, wrong_correction(standing, bad_on)]))
    dismissed_on = said[until - 1][1] if until else bad_on
    # The bad correction is of a record that stands, so that applying it must fail.
    items: list[tuple[Event | None, date]] = [*said[:at], (bad, bad_on), *said[at:until]]
    if bad is not None:
        items.insert(0, (standing, said[0][1]))
    offset = items.index((bad, bad_on))
    items += [(a.a_dismissal(offset), dismissed_on), *said[until:]]
    messages = [
        garbage(n, on) if event is None else message(event, n, on)
        for n, (event, on) in enumerate(items)
    ]
    cuts = data.draw(st.frozensets(st.integers(1, len(messages) - 1)), label="cuts")
    sweeps = data.draw(st.booleans(), label="sweeps")
    begins = sorted({0, *cuts})
    projection, without = Projection(), Projection()
    for first, last in zip(begins, [*begins[1:], len(messages)], strict=True):
        if sweeps:
            projection.sweep(messages[first].recorded_on)
        projection.apply(messages[first:last])
    without.apply(each for each in messages if each.offset != offset)
    end = items[-1][1] + timedelta(days=800)
    for each in (projection, without):
        each.sweep(end)

    assert projection.parked == {}
    assert projection.state().record == without.state().record
    assert told(projection) == told(without)
    assert answer(messages, end).profile == without.profile(end)


@settings(max_examples=60)
@given(histories(), st.booleans())
def test_a_released_message_gives_the_state_as_if_it_had_been_applied_at_once(
    history: History,
    swept: bool,  # noqa: FBT001 - Hypothesis draws it
) -> None:
    """Here a list is not known yet to the rules in use; then the rules are completed."""
    rulebook = CALENDAR.rulebook
    fewer = msgspec.structs.replace(
        rulebook, lists={k: v for k, v in rulebook.lists.items() if k != "judgment_defaulter"}
    )
    listing = a.a_court_listing(9, history.said[0][1])
    said = [history.said[0], (listing, history.said[0][1]), *history.said[1:]]
    messages = History(said=tuple(said)).messages()
    end = history.ends_on + timedelta(days=800)
    at_once = folded(*messages)
    at_once.sweep(end)

    later = Projection(RuleCalendar(fewer))
    for each in messages:
        later.apply([each])
    assert later.parked[SUBJECT].offset <= 1 or is_court(history.said[0][0])
    if swept:
        later.sweep(end)
    later.calendar = CALENDAR
    later.release(SUBJECT)
    later.sweep(end)

    assert later.parked == {}
    assert later.state().record == at_once.state().record
    assert told(later) == told(at_once)


def is_court(event: Event) -> bool:
    return event.envelope.department == "court-zj"


def test_a_subject_that_cannot_be_assessed_is_parked_at_the_message_that_brought_it_about() -> None:
    """However the ledger is cut into batches: here the rules know no period for judgments."""
    rulebook = CALENDAR.rulebook
    without = {"disclosure.case", "disclosure.other"}
    fewer = msgspec.structs.replace(
        rulebook, disclosure=[r for r in rulebook.disclosure if r.id not in without]
    )
    messages = [
        message(PENALTY, 0, DAY),
        message(a.a_judgment(1, "2025-02-01"), 1, DAY),
        message(LATER_PENALTY, 2, DAY),
    ]
    for batches in ([messages], [messages[:2], messages[2:]], [[each] for each in messages]):
        projection = Projection(RuleCalendar(fewer))
        for batch in batches:
            projection.apply(batch)
        parked = projection.parked[SUBJECT]

        assert (parked.offset, parked.waiting) == (1, 1)
        assert list(projection.state().record.matters) == [PENALTY.envelope.event_id]


def test_fold_subject_gives_what_was_applied() -> None:
    items: list[Read] = [read(message(PENALTY, 0, DAY)), read(garbage(1))]
    fold, applied = fold_subject(items, CALENDAR)

    assert applied == items[:1]
    assert fold.parked[SUBJECT].offset == 1


def test_the_wrong_correction_is_one() -> None:
    assert isinstance(wrong_correction(PENALTY), RecordCorrected)
