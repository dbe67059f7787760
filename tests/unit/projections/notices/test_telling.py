"""What subscribers are told of warnings and lists: each change once, with the same ids again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from events.dates import FOREVER
from events.rules.versions import Level, WarningKind
from projections.calendar.rules import RuleCalendar
from projections.conclusions.conclusions import ActiveWarning, Standing
from projections.conclusions.warnings import warnings_on
from projections.notices.notice import ListNotice, Notice, Told, ToldWarning, WarningNotice
from projections.notices.telling import tell
from projections.record.matters import (
    Acknowledgement,
    AnyMatter,
    Arrears,
    Enforcement,
    Listing,
    Penalty,
)
from tests.support.recorded import CALENDAR, paid, recorded, ruled, signals_on

SUBJECT = "91330000PDY00001XQ"


class Listener:
    """A subscriber: what was reported is told on its day, and what time changes on its own."""

    def __init__(self, calendar: RuleCalendar = CALENDAR) -> None:
        self.calendar = calendar
        self.matters: dict[str, AnyMatter] = {}
        self.told = Told()
        self.notices: list[Notice] = []
        self.offset = -1

    def report(self, day: str, *matters: AnyMatter) -> Listener:
        """Record matters on a day; what is reported anew takes the place of what it was."""
        self.pass_time(day)
        self.matters |= {matter.event_id: matter for matter in matters}
        self.offset += 1
        self._tell(date.fromisoformat(day))
        return self

    def withdraw(self, day: str, event_id: str) -> Listener:
        """Annul a record."""
        self.pass_time(day)
        del self.matters[event_id]
        self._tell(date.fromisoformat(day))
        return self

    def pass_time(self, to: str) -> Listener:
        """Let time pass, telling on each day that was announced."""
        while self.told.next_change_on <= date.fromisoformat(to):
            self._tell(self.told.next_change_on)
        return self

    def _tell(self, on: date) -> None:
        signals = signals_on(on, *self.matters.values(), calendar=self.calendar)
        found, next_change = warnings_on(signals)
        ends = [m.until for m in signals.lists if m.until is not None and m.until > on]
        standing = Standing(list(signals.lists), found, min([next_change, *ends]))
        self.notices += tell(self.told, standing, SUBJECT, on, self.offset)

    def of_warnings(self) -> list[WarningNotice]:
        return [notice for notice in self.notices if isinstance(notice, WarningNotice)]

    def course(self) -> list[tuple[str, str, str | None]]:
        return [(n.on.isoformat(), n.transition.value, n.level) for n in self.of_warnings()]


def penalty(day: str, **fields: Any) -> Penalty:
    return recorded(Penalty, day, **fields)


def noted(day: str, department: str = "market-zj", rule: str = "warning.x") -> Acknowledgement:
    return recorded(
        Acknowledgement, day, event_id=f"{department} {day}", department=department, rule=rule
    )


def test_a_payment_eases_and_a_settlement_lifts() -> None:
    def owing(*payments: Any) -> Arrears:
        return recorded(Arrears, "2025-01-10", balance_fen=60_000_000, payments=payments)

    first = paid("2025-02-01", 50_000_000)
    told = Listener().report("2025-01-10", owing()).report("2025-02-01", owing(first))
    told.report("2025-03-01", owing(first, paid("2025-03-01", cleared=True)))

    assert told.pass_time("2025-12-31").course() == [
        ("2025-01-10", "raised", "orange"),
        ("2025-02-01", "eased", "yellow"),
        ("2025-03-01", "lifted", None),
    ]


def test_the_passing_of_time_alone_eases_and_lifts() -> None:
    told = Listener().report("2025-01-10", penalty("2025-01-10"))
    told.report("2025-03-01", penalty("2025-03-01")).pass_time("2026-12-31")

    assert told.course() == [
        ("2025-01-10", "raised", "blue"),
        ("2025-03-01", "escalated", "yellow"),
        ("2025-07-10", "eased", "blue"),
        ("2026-03-01", "lifted", None),
    ]


def test_a_warning_raised_again_is_another_episode() -> None:
    told = Listener().report("2025-01-10", penalty("2025-01-10"))
    told.report("2026-06-01", penalty("2026-06-01"))
    episodes = [notice.episode_id for notice in told.of_warnings()]

    assert len(episodes) == 3
    assert episodes[0] == episodes[1] != episodes[2]
    assert len({notice.warning_id for notice in told.of_warnings()}) == 3


def test_a_late_report_warns_on_the_day_it_was_recorded_and_counts_from_its_own() -> None:
    told = Listener().report("2025-12-01", penalty("2025-01-10")).pass_time("2026-12-31")

    assert told.course() == [("2025-12-01", "raised", "blue"), ("2026-01-10", "lifted", None)]
    assert told.of_warnings()[0].since == date(2025, 1, 10)


def test_a_report_older_than_every_window_warns_of_nothing() -> None:
    told = Listener().report("2025-12-01", penalty("2023-01-10")).pass_time("2026-12-31")
    assert told.course() == []


def test_a_notice_carries_what_the_warning_says() -> None:
    told = Listener(
        ruled(
            {"level": "red", "at_least": 1, "window_months": 6},
            signal="enforcements",
            kind="candidate",
            list="judgment_defaulter",
            recipients=["court-zj"],
        )
    )
    told.report("2025-02-01", recorded(Enforcement, "2025-01-10", region="330200"))
    (notice,) = told.of_warnings()

    assert (notice.kind, notice.list) == (WarningKind.CANDIDATE, "judgment_defaulter")
    assert (notice.recipients, notice.window_months) == (("court-zj",), 6)
    assert (notice.since, notice.expires_on) == (date(2025, 1, 10), date(2025, 7, 10))
    assert (notice.rule_from, notice.region, notice.domain) == (date(1980, 1, 1), "330200", "court")
    assert (notice.on, notice.offset) == (date(2025, 2, 1), 0)


def test_what_is_lifted_goes_to_whom_it_was_told_and_names_what_it_rested_on() -> None:
    told = Listener(
        ruled({"level": "red", "at_least": 1}, signal="enforcements", recipients=["court-zj"])
    )
    told.report("2025-01-10", recorded(Enforcement, "2025-01-10"))
    told.withdraw("2025-02-01", "enforcement 2025-01-10")
    raised, lifted = told.of_warnings()

    assert (lifted.transition, lifted.level, lifted.previous_level) == ("lifted", None, "red")
    assert lifted.expires_on is None
    for name in ("evidence", "recipients", "kind", "since", "region", "domain"):
        assert getattr(lifted, name) == getattr(raised, name)


AWAITED = ruled({"level": "blue", "at_least": 1}, escalates_after_days=30)


def test_a_note_taken_is_told_once_to_each_and_with_all_that_took_it() -> None:
    told = Listener(AWAITED).report("2025-01-10", penalty("2025-01-10"))
    told.report("2025-01-12", noted("2025-01-12"))
    told.report("2025-01-13", noted("2025-01-13"))
    told.report("2025-01-14", noted("2025-01-14", "tax-zj")).pass_time("2025-12-31")

    assert told.course() == [
        ("2025-01-10", "raised", "blue"),
        ("2025-01-12", "acknowledged", "blue"),
        ("2025-01-14", "acknowledged", "blue"),
    ]
    acknowledged = told.of_warnings()[1:]
    assert [n.acknowledged_by for n in acknowledged] == [("market-zj",), ("market-zj", "tax-zj")]
    assert all(n.level is n.previous_level for n in acknowledged)
    assert len({n.warning_id for n in told.of_warnings()}) == 3
    assert len({n.episode_id for n in told.of_warnings()}) == 1


def test_a_warning_without_an_answer_escalates_and_eases_upon_one() -> None:
    told = Listener(AWAITED).report("2025-01-10", penalty("2025-01-10"))
    told.report("2025-03-01", noted("2025-03-01")).pass_time("2025-12-31")

    assert told.course() == [
        ("2025-01-10", "raised", "blue"),
        ("2025-02-09", "escalated", "yellow"),
        ("2025-03-01", "eased", "blue"),
    ]
    assert told.of_warnings()[-1].acknowledged_by == ("market-zj",)


def test_a_note_taken_back_and_taken_again_is_told_again() -> None:
    told = Listener(AWAITED).report("2025-01-10", penalty("2025-01-10"))
    told.report("2025-01-12", noted("2025-01-12"))
    told.withdraw("2025-01-13", "market-zj 2025-01-12")
    told.report("2025-01-14", noted("2025-01-14"))

    assert [transition for _, transition, _ in told.course()] == [
        *("raised", "acknowledged", "acknowledged"),
    ]


def test_a_warning_raised_again_has_been_taken_note_of_by_nobody() -> None:
    told = Listener(ruled({"level": "blue", "at_least": 1, "window_months": 1}))
    told.report("2025-01-10", penalty("2025-01-10")).report("2025-01-12", noted("2025-01-12"))
    told.report("2025-06-10", penalty("2025-06-10"))

    assert [(n.transition, n.acknowledged_by) for n in told.of_warnings()] == [
        ("raised", ()),
        ("acknowledged", ("market-zj",)),
        ("lifted", ()),
        ("raised", ()),
    ]


@pytest.mark.requirement(61)
def test_the_same_ledger_tells_the_same_notices_however_often_time_was_asked() -> None:
    def tell_all(*, daily: bool) -> list[Notice]:
        told = Listener(AWAITED).report("2025-01-10", penalty("2025-01-10"))
        day = date(2025, 1, 10)
        while daily and day < date(2025, 3, 1):
            day += timedelta(days=1)
            told.pass_time(day.isoformat())
        return told.report("2025-03-01", noted("2025-03-01")).notices

    assert tell_all(daily=True) == tell_all(daily=False)


def test_what_was_told_survives_being_stored_also_as_it_was_stored_before() -> None:
    told = Listener(AWAITED).report("2025-01-10", penalty("2025-01-10")).told
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=Told)
    earlier = [1, 1, "blue", "330100", "market", ["a"]]

    assert stored == told
    assert msgspec.convert(earlier, ToldWarning) == ToldWarning(
        1, 1, Level.BLUE, "330100", "market", ("a",)
    )


def test_a_list_entry_is_told_when_it_begins_ends_and_falls_away() -> None:
    told = Listener().report("2025-01-10", recorded(Listing, "2025-01-10", ground="evades"))
    told.pass_time("2027-12-31")
    lists = [notice for notice in told.notices if isinstance(notice, ListNotice)]
    assert [(n.on.isoformat(), n.status, n.previous_status) for n in lists] == [
        ("2025-01-10", "in_effect", None),
        ("2027-01-10", "ended", "in_effect"),
    ]
    told.withdraw("2028-01-01", "listing 2025-01-10")
    void = told.notices[-1]
    assert isinstance(void, ListNotice)
    assert (void.status, void.previous_status) == ("void", "ended")


def a_warning(level: str, acknowledged_by: tuple[str, ...] = ()) -> ActiveWarning:
    return ActiveWarning(
        *("warning.x", date(1980, 1, 1), WarningKind.WARNING, Level(level), date(2025, 1, 10)),
        *("330100", "market", ("a",), None, None, acknowledged_by, False, (), None),
    )


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (None, None, None),
        (None, a_warning("blue", ("tax-zj",)), "raised"),
        (a_warning("blue"), a_warning("blue"), None),
        (a_warning("blue"), a_warning("blue", ("tax-zj",)), "acknowledged"),
        (a_warning("blue", ("tax-zj",)), a_warning("blue", ("tax-zj",)), None),
        (a_warning("blue", ("tax-zj",)), a_warning("blue"), None),
        (a_warning("blue"), a_warning("red", ("tax-zj",)), "escalated"),
        (a_warning("red"), a_warning("blue", ("tax-zj",)), "eased"),
        (a_warning("red"), None, "lifted"),
    ],
)
def test_a_change_of_level_is_told_before_a_note_taken_and_carries_it(
    before: ActiveWarning | None, now: ActiveWarning | None, expected: str | None
) -> None:
    told = Told()
    for each, on in ((before, date(2025, 1, 10)), (now, date(2025, 1, 11))):
        standing = Standing([], [] if each is None else [each], FOREVER)
        notices = tell(told, standing, SUBJECT, on, 0)
    found = [notice for notice in notices if isinstance(notice, WarningNotice)]

    assert [notice.transition for notice in found] == ([] if expected is None else [expected])
    if now is not None:
        assert all(notice.acknowledged_by == now.acknowledged_by for notice in found)
