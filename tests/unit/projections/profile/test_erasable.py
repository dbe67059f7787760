"""What keeps a person from being erased: a list while it stands, bad information while its term runs, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from events.envelope import Disclosure
from events.event import Event
from projections.profile.erasable import KeepsFromErasing, KeptBy, what_keeps
from projections.profile.profile import assess
from tests.support import builders as a
from tests.support.builders import PERSON
from tests.support.given import CALENDAR, Projection, message

DAY = date(2026, 3, 2)
OF_PERSON = {"subject_id": PERSON, "subject_name": None, "disclosure": Disclosure.SHARED}
PENALTY = a.a_penalty(1, "2026-01-05", **OF_PERSON)
LISTED = a.a_court_listing(1, "2026-01-10", subject_id=PERSON)
HONOUR = a.a_commendation(1, "2026-01-10", **OF_PERSON)


def kept(*said: Event, on: date = DAY) -> list[KeepsFromErasing]:
    projection = Projection()
    projection.apply([message(event, offset, DAY) for offset, event in enumerate(said)])
    return what_keeps(assess(projection.state(PERSON).record, CALENDAR.on(on)), CALENDAR.rulebook)


@pytest.mark.parametrize(("event", "why"), [(PENALTY, KeptBy.TERM), (LISTED, KeptBy.LIST)])
def test_a_term_that_runs_and_a_list_are_named(event: Event, why: KeptBy) -> None:
    (found,) = kept(event)

    assert (found.why, found.event_id) == (why, event.envelope.event_id)


def test_after_its_term_and_after_the_list_was_left_nothing_keeps() -> None:
    (found,) = kept(PENALTY)

    assert found.until is not None
    assert kept(PENALTY, on=found.until) == []
    assert kept(LISTED, a.a_removal(LISTED, "2026-02-01"), on=DAY) == []


def test_what_is_good_or_neither_keeps_nobody() -> None:
    assert kept(HONOUR) == []
