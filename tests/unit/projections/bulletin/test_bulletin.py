"""What of a subject is published: what the public may see today, by what the record itself says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from projections.bulletin.bulletin import as_array, digest, grams, published
from projections.fold.steps import current_profile
from tests.support import builders as a
from tests.support.given import CALENDAR, Projection, given
from tests.support.histories import histories

if TYPE_CHECKING:
    from events.event import Event
    from projections.bulletin.bulletin import BulletinEntry
    from tests.support.histories import History

FINE = a.a_penalty(8, "2026-05-01")


def entries(on: date, *events: Event) -> list[BulletinEntry]:
    state = given(*events).projection.state(a.SUBJECT)
    return list(published(a.SUBJECT, state, CALENDAR, on))


def test_a_record_is_published_for_its_term_and_not_a_day_longer() -> None:
    (entry,) = entries(date(2026, 5, 2), FINE)
    assert (entry.document_no, entry.published_on) == (FINE.envelope.document_no, date(2026, 5, 1))
    assert entry.public_until is not None
    assert entries(entry.public_until, FINE) == []


def test_what_is_not_public_is_not_there() -> None:
    hidden = a.a_default(1, "2026-05-01", category="default.loan")
    assert entries(date(2026, 5, 2), a.a_registration("2018-01-01"), hidden) == []


def test_nothing_in_an_entry_follows_from_what_is_not_published() -> None:
    hidden = a.a_default(1, "2026-05-01", category="default.loan", subject_name="另一名称")
    alone = entries(date(2026, 5, 2), FINE)
    assert entries(date(2026, 5, 2), FINE, hidden) == alone


@settings(max_examples=60)
@drawn(histories(), st.integers(0, 800))
def test_it_is_what_the_whole_profile_shows_the_public(history: History, days: int) -> None:
    projection = Projection()
    projection.apply(history.messages())
    state, on = projection.state(), history.ends_on + timedelta(days=days)
    found = list(published(a.SUBJECT, state, CALENDAR, on))
    shown = [each for each in current_profile(state, CALENDAR, on).records if each.shown.public]
    assert [(each.event_id, each.public_until, each.rule) for each in found] == [
        (each.event_id, each.shown.public_until, each.shown.rule) for each in shown
    ]
    assert len(set(map(digest, found))) == len(found)


@settings(deadline=None)
@drawn(st.text(max_size=30), st.integers(0, 30), st.integers(2, 30))
def test_a_text_is_found_by_any_part_of_it(text: str, at: int, length: int) -> None:
    assert set(grams(text[at : at + length])) <= set(grams(text))


def test_texts_are_written_as_postgres_writes_an_array() -> None:
    assert as_array([]) == "{}"
    odd = ["甲乙", 'a"', "\\b", "{,", "NULL", " "]
    assert as_array(odd) == r'{"甲乙","a\"","\\b","{,","NULL"," "}'
