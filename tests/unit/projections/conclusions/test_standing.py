"""What is told after an event, though only what it can change is concluded anew."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from projections.conclusions.standing import can_tell
from projections.ledger.message import Known
from projections.notices.notice import WarningNotice
from projections.record.chain import fold_chain
from tests.support import builders as a
from tests.support.given import Projection, message

if TYPE_CHECKING:
    from events.event import Event

DAY = date(2025, 6, 1)


def told_and_true(*events: Event) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Give after each event the levels of warnings last told, and those of a whole assessment."""
    projection = Projection()
    told: dict[str, str] = {}
    found = []
    for offset, event in enumerate(events):
        projection.apply([message(event, offset, DAY)])
        for notice in projection.notices:
            if isinstance(notice, WarningNotice):
                told[notice.rule] = "" if notice.level is None else notice.level.value
        standing = {rule: level for rule, level in told.items() if level}
        found.append((standing, {w.rule: w.level.value for w in projection.profile(DAY).warnings}))
    return found


def test_after_any_event_what_was_told_is_what_a_whole_assessment_says() -> None:
    events = [event for event in a.one_of_each() if type(event).__name__ != "EventDismissed"]

    for order in (events, events[::-1], events[1::2] + events[::2]):
        for told, true in told_and_true(*order):
            assert told == true


def test_a_record_that_comes_after_the_measure_that_rests_on_it_makes_the_silence_overdue() -> None:
    penalty = a.a_penalty(1, "2025-01-10", department="tax-zj", category="penalty.tax")
    measure = a.a_measure(penalty, "2025-02-01", measure="procurement_ban", department="ndrc-zj")
    entry = a.a_court_listing(1, "2025-01-10")
    barred = a.a_measure(entry, "2025-02-01", measure="procurement_ban", department="ndrc-zj")
    alarm = "alarm.responses_overdue"

    assert alarm not in told_and_true(measure, penalty)[-1][0], "a penalty is no ground for it"
    without, with_basis = told_and_true(barred, entry)
    assert alarm not in without[0]
    assert alarm in with_basis[0]


def test_wages_owed_that_are_told_after_their_measure_make_the_silence_overdue_too() -> None:
    default = a.a_default(1, "2025-01-10")
    measure = a.a_measure(default, "2025-02-01", department="labour-zj")

    assert "alarm.responses_overdue" in told_and_true(measure, default)[-1][0]


def test_what_no_warning_reads_tells_nothing_until_something_is_said_beside_it() -> None:

    passed = a.an_inspection(1, "2025-01-10", result="passed")
    objection = a.an_objection(passed, "2025-02-01")
    alone, beside = (
        fold_chain([Known(event, offset, DAY) for offset, event in enumerate(said)]).entry
        for said in ([passed], [passed, objection])
    )

    assert not can_tell(None)
    assert not can_tell(alone)
    assert can_tell(beside)
