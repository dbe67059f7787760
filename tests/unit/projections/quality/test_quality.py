"""How departments report is counted once, in any batches; a period left out shows."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.event import Event
from events.rules.evaluation import Cadence
from events.rules.rulebook import Rulebook, load_rulebook
from events.rules.scope import Scope
from events.rules.versions import DeadlineRule, DeadlineVersion
from projections.calendar.deadlines import reporting_deadline
from projections.ledger.message import Message
from projections.quality.quality import (
    Counts,
    Deadlines,
    LastDays,
    Reporter,
    missing_periods,
)
from projections.quality.reporting import Reporting
from tests.support import builders as a
from tests.support.builders import OTHER_SUBJECT, SUBJECT
from tests.support.given import CALENDAR, Projection, message, recorded_ms, said
from tests.support.histories import History, histories

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.fold.fold import Fold

PENALTY = a.a_penalty(1, "2025-03-03")
LATER_PENALTY = a.a_penalty(2, "2025-03-04")
MARCH = Reporter("market-zj", "penalty.market", date(2025, 3, 1))


class WithinAWeek(Deadlines):
    """Stands for the law: penalties within seven days, nothing else by any day."""

    def last_days(self, event_type: str, category: str, region: str) -> LastDays:
        del category, region
        owed = event_type == "PenaltyImposed"
        return LastDays(lambda day: day + timedelta(days=7) if owed else None)


class Assessed(Projection):
    """The read models of one partition, with what was reported beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.deadlines = WithinAWeek(CALENDAR.rulebook)
        self.reporting: dict[Reporter, Counts] = {}

    def _write(self, fold: Fold) -> None:
        super()._write(fold)
        reported = Reporting(self.deadlines)
        reported.count(fold.known_applied(), fold.flaws)
        for reporter, counts in reported.by_month().items():
            self.reporting.setdefault(reporter, Counts()).add(counts)


def assessed(*events: Event | tuple[Event, str]) -> dict[Reporter, Counts]:
    """Count what was said, each message in a batch of its own."""
    projection = Assessed()
    for each in said(*events):
        projection.apply([each])
    return projection.reporting


def in_batches(messages: list[Message], cuts: Iterable[int]) -> dict[Reporter, Counts]:
    projection = Assessed()
    inner = sorted({cut for cut in cuts if 0 < cut < len(messages)})
    for begin, end in pairwise([0, *inner, len(messages)]):
        projection.apply(messages[begin:end])
    return projection.reporting


def corrected_by(department: str) -> Event:
    return a.a_correction(PENALTY, "2025-03-05", by=department, fine_fen=1)


@pytest.mark.requirement(7, 11)
@pytest.mark.parametrize(
    ("recorded_on", "late", "late_days"),
    [("2025-03-03", 0, 0), ("2025-03-10", 0, 0), ("2025-03-11", 1, 1), ("2025-03-31", 1, 21)],
)
def test_a_record_is_late_from_the_day_after_its_deadline(
    recorded_on: str, late: int, late_days: int
) -> None:
    assert assessed((PENALTY, recorded_on)) == {
        MARCH: Counts(events=1, due=1, late=late, late_days=late_days)
    }


@pytest.mark.requirement(7, 11)
@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([PENALTY, PENALTY], Counts(events=2, due=1, repeats=1)),
        ([PENALTY, a.a_penalty(1, "2025-03-03", fine_fen=7)], Counts(events=2, due=1, conflicts=1)),
        ([PENALTY, corrected_by("market-zj")], Counts(events=2, due=1, corrected=1)),
        (
            [PENALTY, corrected_by("market-zj"), corrected_by("market-zj")],
            Counts(events=3, due=1, corrected=1, repeats=1),
        ),
        ([corrected_by("market-zj"), PENALTY], Counts(events=2, due=1, corrected=1, waiting=1)),
        (
            [PENALTY, a.a_removal(PENALTY, "2025-03-05")],
            Counts(events=2, due=1, misplaced=1),
        ),
        ([PENALTY, a.a_revocation(PENALTY, "2025-03-05")], Counts(events=2, due=1, revoked=1)),
        ([a.a_penalty(2, None)], Counts(events=1, undated=1)),
        (
            [a.a_penalty(2, "2025-03-03", remarks=["law_unknown"])],
            Counts(events=1, due=1, remarked=1),
        ),
        ([a.a_penalty(2, "2025-03-03", source="imported")], Counts(events=1)),
    ],
    ids=[
        "repeat",
        "conflict",
        "correction",
        "correction-repeated",
        "waiting",
        "misfit",
        "revocation",
        "undated",
        "remarked",
        "imported",
    ],
)
def test_what_was_said_is_counted_for_what_it_is(events: list[Event], expected: Counts) -> None:
    assert assessed(*((event, "2025-03-06") for event in events)) == {MARCH: expected}


def test_a_correction_of_anothers_record_is_the_correctors_own_mistake() -> None:
    found = assessed(PENALTY, (corrected_by("labour-zj"), "2025-03-06"))
    assert found == {
        MARCH: Counts(events=1, due=1),
        MARCH._replace(department="labour-zj"): Counts(events=1, misplaced=1),
    }


def test_to_take_back_a_correction_corrects_and_revokes_no_record() -> None:
    correction = corrected_by("market-zj")
    taken_back = a.a_revocation(PENALTY, "2025-03-06", amendment=correction)
    found = assessed(PENALTY, correction, taken_back)
    assert found == {MARCH: Counts(events=3, due=1, corrected=2)}


def test_each_month_of_recording_counts_for_itself() -> None:
    second = a.a_penalty(2, "2025-03-31")
    found = assessed((PENALTY, "2025-03-31"), (second, "2025-04-01"))
    assert found == {
        MARCH: Counts(events=1, due=1, late=1, late_days=21),
        MARCH._replace(month=date(2025, 4, 1)): Counts(events=1, due=1),
    }


@settings(max_examples=60)
@given(histories(), st.sets(st.integers(1, 12)))
def test_counts_do_not_depend_on_how_the_ledger_is_cut_into_batches(
    history: History, cuts: set[int]
) -> None:
    messages = history.messages()
    one_by_one = in_batches(messages, range(len(messages)))
    assert in_batches(messages, cuts) == one_by_one
    assert sum(counts.events for counts in one_by_one.values()) == len(messages)


@given(st.sets(st.integers(1, 5)))
def test_what_waits_behind_a_parked_message_counts_once_and_only_when_released(
    cuts: set[int],
) -> None:
    day = date(2025, 3, 4)
    unreadable = Message(1, recorded_ms(day), SUBJECT.encode(), b"\x00")
    other = a.a_penalty(1, "2025-03-03", subject_id=OTHER_SUBJECT)
    waiting = [message(PENALTY, 0, day), unreadable, message(LATER_PENALTY, 2, day)]
    waiting.append(message(other, 3, day))
    released = [*waiting, message(a.a_dismissal(1, "2025-03-05"), 4, date(2025, 3, 5))]

    assert in_batches(waiting, cuts) == {MARCH: Counts(events=2, due=2)}
    assert in_batches(released, cuts)[MARCH] == Counts(events=3, due=3)


PLACES = [
    ("PenaltyImposed", "penalty.market"),
    ("PenaltyImposed", "penalty.safety"),
    ("PenaltyImposed", "penalty.tax"),
    ("LicenceGranted", "licence.market"),
    ("InformationDeclared", "declaration"),
    ("PenaltyImposed", "no.such"),
]
DECIDED = [date(2005, 8, 31), date(2018, 1, 1), date(2025, 9, 28), date(2026, 2, 13)]


def regional() -> Rulebook:
    """Give the rulebook with a first rule that holds penalties of Hangzhou alone."""
    rulebook = load_rulebook()
    hangzhou = DeadlineRule(
        id="deadline.hangzhou",
        title="",
        scope=Scope(event_types=["PenaltyImposed"], regions=["3301"]),
        in_force=[DeadlineVersion(start=date(2020, 1, 1), reference="", working_days=1)],
    )
    return msgspec.structs.replace(rulebook, deadlines=[hangzhou, *rulebook.deadlines])


@pytest.mark.parametrize("rulebook", [load_rulebook(), regional()], ids=["shipped", "regional"])
def test_deadlines_that_are_kept_are_those_of_the_law(rulebook: Rulebook) -> None:
    deadlines = Deadlines(rulebook)
    apart = deadlines.told_apart
    asked = [(*place, region) for place in PLACES for region in ("330100", "330106", "330200", "")]
    found = {
        (*place, day): deadlines.last_days(*place[:2], apart(place[2]) if apart else "")[day]
        for place in asked * 2
        for day in DECIDED
    }
    assert found == {each: reporting_deadline(*each, rulebook) for each in found}
    assert len(set(found.values())) > len(DECIDED)


QUARTERLY = Cadence(
    department="tax-zj",
    category="arrears.tax",
    every_months=3,
    start=date(2025, 1, 1),
    reference="",
)
TAX = ("tax-zj", "arrears.tax")


def months(*numbers: int) -> set[date]:
    return {date(2025, number, 1) for number in numbers}


@pytest.mark.requirement(7, 11)
@pytest.mark.parametrize(
    ("reported", "since", "until", "missing_from"),
    [
        ([1, 6, 7, 12], "2025-01-01", "2026-01-01", []),
        ([1, 12], "2025-01-01", "2026-01-01", [4, 7]),
        ([], "2025-01-01", "2026-01-01", [1, 4, 7, 10]),
        ([], "2025-02-01", "2026-01-01", [4, 7, 10]),
        ([], "2025-04-01", "2026-01-01", [4, 7, 10]),
        ([], "2025-04-02", "2026-01-01", [7, 10]),
        ([], "2020-01-01", "2025-03-31", []),
        ([], "2020-01-01", "2025-04-01", [1]),
        ([], "2025-12-01", "2025-01-01", []),
    ],
)
def test_a_period_is_missing_once_it_is_over_and_nothing_was_recorded_in_it(
    reported: list[int], since: str, until: str, missing_from: list[int]
) -> None:
    found = missing_periods(
        [QUARTERLY],
        {TAX: months(*reported)},
        date.fromisoformat(since),
        date.fromisoformat(until),
    )
    assert [each.since for each in found] == sorted(months(*missing_from))


def test_a_missing_period_says_whose_and_until_when() -> None:
    (found,) = missing_periods([QUARTERLY], {}, date(2025, 10, 1), date(2026, 1, 1))
    assert (found.department, found.category) == TAX
    assert (found.since, found.until) == (date(2025, 10, 1), date(2026, 1, 1))


def test_another_departments_report_fills_no_period() -> None:
    reported = {("tax-tianjin", "arrears.tax"): months(1, 2, 3)}
    assert len(missing_periods([QUARTERLY], reported, date(2025, 1, 1), date(2025, 4, 1))) == 1


def test_a_share_in_time_is_unknown_where_nothing_was_due() -> None:
    assert Counts(events=4, undated=4).in_time_per_mille is None
    assert Counts(events=3, due=3, late=1).in_time_per_mille == 666
