"""Each field that differs is laid to the event, the rule version or the day with which it came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from events.envelope import Platform
from events.event import Event
from projections.as_of.comparing import AskedAt, MadeBy, StatesCompared, compare_states
from projections.as_of.question import Question
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.given import CALENDAR, message

LISTED = a.a_court_listing("M1", "2025-03-01")
REMOVED = a.a_removal(LISTED, "2025-04-01")
LATE = a.a_penalty("M2", "2025-03-10")
SAID: list[tuple[Event, str]] = [
    (LISTED, "2025-03-02"),
    (REMOVED, "2025-04-02"),
    (LATE, "2025-06-01"),
]


def compared(
    one: tuple[str, int],
    other: tuple[str, int],
    said: Sequence[Event] | None = None,
    **rules: str,
) -> StatesCompared:
    told = SAID if said is None else [(event, "2025-06-01") for event in said]
    items = [
        read(message(event, offset, date.fromisoformat(on)))
        for offset, (event, on) in enumerate(told)
    ]
    asked = Question(
        platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=date.fromisoformat(one[0])
    )
    sides = [
        AskedAt(day, cut, date.fromisoformat(rules.get(side, str(day))))
        for side, day, cut in (
            (side, date.fromisoformat(day), cut) for side, (day, cut) in (("a", one), ("b", other))
        )
    ]
    return compare_states(items, asked, 3, (sides[0], sides[1]), CALENDAR)


def test_the_same_question_twice_gives_the_same() -> None:
    found = compared(("2025-05-01", 2), ("2025-05-01", 2))
    assert (found.finding, found.fields, found.events) == ("the same", [], [])


def test_an_event_is_named_for_each_field_that_it_changed() -> None:
    found = compared(("2025-05-01", 1), ("2025-05-01", 2))
    assert found.finding == "other events"
    [event] = found.events
    assert (event.event_id, event.only_in) == (REMOVED.envelope.event_id, "b")
    assert found.fields != []
    for field in found.fields:
        assert (field.made_by, field.events) == ([MadeBy.EVENT], [event])
        assert field.a != field.b


def test_what_was_recorded_later_of_a_day_that_was_over_is_shown_as_such() -> None:
    found = compared(("2025-05-01", 2), ("2025-05-01", 3))
    assert [(e.event_id, e.recorded_later) for e in found.events] == [
        (LATE.envelope.event_id, True)
    ]
    assert compared(("2025-03-05", 2), ("2025-05-01", 3)).events[0].recorded_later is False


def test_backwards_the_event_is_only_in_the_first() -> None:
    there, back = (
        compared(("2025-05-01", 1), ("2025-05-01", 3)),
        compared(("2025-05-01", 3), ("2025-05-01", 1)),
    )
    assert {event.only_in for event in back.events} == {"a"}
    assert {(f.field, f.b, f.a) for f in back.fields} == {(f.field, f.a, f.b) for f in there.fields}
    assert all(field.events for field in back.fields)


def test_another_day_alone_is_no_other_law() -> None:
    found = compared(("2025-03-05", 3), ("2025-05-01", 3), a="2025-05-01", b="2025-05-01")
    assert found.finding == "same events, another day"
    assert {by for field in found.fields for by in field.made_by} == {MadeBy.DAY}


def test_other_law_is_told_by_the_versions_that_began_between() -> None:
    found = compared(("2025-05-01", 3), ("2025-05-01", 3), a="2015-01-01", b="2025-05-01")
    assert (found.finding, found.events) == ("same events, other law", [])
    for field in found.fields:
        assert field.made_by == [MadeBy.LAW]
        assert field.rules
        for named in field.rules:
            assert "2015-01-01" < named.rpartition("@")[2] <= "2025-05-01"


def test_thousands_of_events_are_taken_several_in_a_step() -> None:
    said = [a.a_penalty(f"N{n}", "2025-03-10") for n in range(650)]
    items = [read(message(event, n, date(2025, 3, 11))) for n, event in enumerate(said)]
    asked = Question(
        platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=date(2025, 4, 1)
    )
    sides = AskedAt(asked.valid_on, 0, asked.valid_on), AskedAt(asked.valid_on, 650, asked.valid_on)
    found = compare_states(items, asked, 3, sides, CALENDAR)
    assert len(found.events) == 650
    assert all(len(field.events) >= 1 for field in found.fields)


def test_one_more_record_before_others_makes_no_other_record_differ() -> None:
    """The later penalty stands second as soon as an earlier one is known, and is the same."""
    earlier, later = a.a_penalty("M3", "2025-03-01"), a.a_penalty("M4", "2025-03-10")
    found = compared(("2025-07-01", 1), ("2025-07-01", 2), said=[later, earlier])
    records = {each.field for each in found.fields if each.field.startswith("profile.records[")}
    assert records != set()
    assert all(earlier.envelope.event_id in field for field in records)


def test_no_field_is_told_as_a_whole_structure() -> None:
    found = compared(("2025-07-01", 0), ("2025-07-01", 3))
    told = [side for each in found.fields for side in (each.a, each.b)]
    assert [side for side in told if side.startswith(("(", "[", "{")) and side != "(absent)"] == []
