"""A tie lasts as long as its relation, and names whom it ties."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from events.dates import FOREVER
from projections.day.ties import Tie, tie_of, tie_said
from projections.ledger.message import Known
from projections.record.chain import fold_chain
from tests.support import builders as a
from tests.support.given import CALENDAR

if TYPE_CHECKING:
    from events.event import Event
BOSS = a.PERSON


def day(text: str) -> date:
    return date.fromisoformat(text)


def entry_of(*events: Event, recorded: str) -> Tie | None:
    known = [Known(event, offset, day(recorded)) for offset, event in enumerate(events)]
    entry = fold_chain(known).entry
    assert entry is not None
    return tie_of(entry, known[-1], CALENDAR.on(known[-1].recorded_on))


def test_an_event_is_known_at_the_midnight_after_it() -> None:
    relation = a.a_relation(1, "2025-01-10", other=BOSS)
    tie = entry_of(relation, recorded="2025-01-20")

    assert tie is not None
    assert (tie.known_from, tie.since, tie.until) == (
        day("2025-01-21"),
        day("2025-01-10"),
        FOREVER,
    )
    assert (tie.subject_id, tie.other, tie.is_void) == (a.SUBJECT, BOSS, False)


RELATION = a.a_relation(1, "2025-01-10", until="2025-12-31")
OBJECTION = a.an_objection(RELATION, "2025-03-03")
REVIEW = a.an_objection(RELATION, "2025-04-07", review_of=OBJECTION)
DELETED = [RELATION, OBJECTION, a.an_answer(OBJECTION, "2025-03-07", "deleted")]


@pytest.mark.requirement(29)
@pytest.mark.parametrize(
    ("events", "until", "is_void"),
    [
        ([RELATION], "2026-01-01", False),
        ([RELATION, a.a_relation_end(RELATION, "2025-06-01")], "2025-06-01", False),
        ([RELATION, a.a_revocation(RELATION, "2025-06-01")], "2026-01-01", True),
        ([RELATION, OBJECTION], "2026-01-01", False),
        (DELETED, "2026-01-01", True),
        ([*DELETED, REVIEW], "2026-01-01", True),
        ([*DELETED, REVIEW, a.an_answer(REVIEW, "2025-04-11", "rejected")], "2026-01-01", False),
        ([*DELETED[:2], a.an_answer(OBJECTION, "2025-03-07", "removed")], "2025-03-07", False),
        ([a.a_relation(1, role="actual_controller", until="2025-12-31")], "2026-01-01", False),
        ([a.a_relation(1, role="shareholder", until="2025-12-31")], "2026-01-01", True),
        ([a.a_relation(1, role="manager", until="2025-12-31")], "2026-01-01", True),
    ],
)
def test_a_tie_lasts_as_long_as_its_relation(
    events: list[Event],
    until: str,
    is_void: bool,  # noqa: FBT001 - a column of the table
) -> None:
    tie = entry_of(*events, recorded="2025-07-01")

    assert tie is not None
    assert (tie.until, tie.is_void) == (day(until), is_void)


def test_a_correction_that_leaves_nobody_to_be_tied_to_voids_the_tie() -> None:
    relation = a.a_relation(1, "2025-01-10", other=BOSS)
    mended = a.a_correction(relation, "2025-03-01", other=None, role="other")
    said = [
        Known(event, offset, day("2025-03-01")) for offset, event in enumerate((relation, mended))
    ]
    before, after = fold_chain(said[:1]).entry, fold_chain(said).entry
    assert before is not None
    assert after is not None
    rules = CALENDAR.on(day("2025-03-01"))
    tie = tie_said(before, after, said[-1], rules)

    assert tie_of(after, said[-1], rules) is None
    assert tie is not None
    assert (tie.other, tie.is_void) == (BOSS, True)
    assert tie_said(None, before, said[0], rules) == tie_of(before, said[0], rules)


def test_what_names_nobody_is_no_tie() -> None:
    practises = a.a_relation(1, role="practises", other=None, profession="lawyer")

    assert entry_of(practises, recorded="2025-07-01") is None
    assert entry_of(a.a_penalty(1), recorded="2025-07-01") is None
