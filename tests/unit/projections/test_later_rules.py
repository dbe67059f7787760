"""Across every pure projection: rules that begin later change nothing before, and every conclusion names records that there are."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import assume, given

from events.envelope import Platform
from events.rules.rulebook import Rulebook
from events.rules.versions import Clock, Level, Periods, Threshold
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of, state_bytes
from projections.calendar.rules import RuleCalendar
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.builders import SUBJECT
from tests.support.given import CALENDAR, answer
from tests.support.histories import FIRST, LAST, History, histories

if TYPE_CHECKING:
    from projections.as_of.state import State
from tests.support.thorough import LATER_DAYS, RULEBOOK, thorough


@thorough
@given(histories(), LATER_DAYS)
def test_every_conclusion_names_records_that_there_are_and_every_score_adds_up(
    history: History, on: date
) -> None:
    registered = (a.a_registration("2020-01-01"), FIRST)
    history = History(said=(registered, *history.said))
    profile = answer(history.messages(), on).profile
    assert profile is not None
    assume(profile.kind == "enterprise")  # Another register may have said another kind.
    score = profile.score
    assert score is not None
    total = sum(group.points for group in score.groups)
    assert score.points == min([total, *(cap.at_most for cap in score.caps)])
    assert 0 <= score.points <= sum(group.of for group in score.groups) == 1000
    assert all(0 <= item.points <= item.of for item in score.items)
    assert all(item.why for item in score.items), "what is moved says by what"

    known = {event.envelope.event_id for event, _ in history.said}
    named = {e for warning in profile.warnings for e in warning.evidence}
    named |= {e for supervised in profile.supervision for e in supervised.evidence}
    named |= {e for item in score.items for e in item.events}
    named |= {e for cap in score.caps for e in cap.events}
    named |= {measure.event_id for measure in profile.measures}

    assert named <= known
    assert all(each.evidence for each in profile.warnings)


BEGINS = LAST + timedelta(days=700)


def later_versions(rulebook: Rulebook) -> Rulebook:
    """Append to every kind of rule a version that begins on a later day, with other content."""

    def appended(rule: Any, **changes: Any) -> Any:
        last = msgspec.structs.replace(rule.in_force[-1], start=BEGINS, **changes)
        return msgspec.structs.replace(rule, in_force=type(rule.in_force)((*rule.in_force, last)))

    open_to_all = Periods(clock=Clock.RECOGNISED, general="always")
    red = [Threshold(level=Level.RED, at_least=1)]
    readers = {"public": open_to_all, "shared": open_to_all, "agency": open_to_all}
    return msgspec.structs.replace(
        rulebook,
        disclosure=[appended(rule, **readers) for rule in rulebook.disclosure],
        severity=[appended(rule, fine_serious_fen=1) for rule in rulebook.severity],
        warnings=[appended(rule, levels=red) for rule in rulebook.warnings],
        objections=[appended(rule, effects={}) for rule in rulebook.objections],
        repairs=[appended(rule, minimum_months={"general": 0}) for rule in rulebook.repairs],
        lists={code: appended(rule, grounds={}) for code, rule in rulebook.lists.items()},
        measures={code: appended(rule, because=[]) for code, rule in rulebook.measures.items()},
        supervision=[appended(rule, classes=[]) for rule in rulebook.supervision],
        scores=[appended(model, vetoes=()) for model in rulebook.scores],
    )


LATER = RuleCalendar(later_versions(RULEBOOK))


@thorough
@given(histories(), LATER_DAYS)
def test_rules_that_begin_later_change_no_answer_before(history: History, on: date) -> None:
    on = min(on, BEGINS - timedelta(days=1))
    now, then = (asked(history, on, calendar) for calendar in (CALENDAR, LATER))
    assert now.profile is not None
    assert then.profile is not None
    # That rules will change is itself known: it is the next day of change, if nothing is before.
    changes = min(now.profile.next_change_on or BEGINS, BEGINS)
    expected = msgspec.structs.replace(now.profile, next_change_on=changes)

    assert state_bytes(then) == state_bytes(msgspec.structs.replace(now, profile=expected))


def test_rules_that_begin_later_are_used_where_they_are_asked_for() -> None:
    """By them whatever is known is public for good, and one penalty is enough for red."""
    history = History(said=((a.a_penalty(1, "2022-07-01", fine_fen=1), date(2022, 7, 1)),))
    now = asked(history, date(2022, 8, 1), LATER).profile
    then = asked(history, date(2022, 8, 1), LATER, rules_on=BEGINS).profile

    assert now is not None
    assert then is not None
    assert [record.tier for record in now.records] == ["minor"]
    assert [record.tier for record in then.records] == ["serious"]
    assert [record.shown.public_until for record in then.records] == [None]
    assert {warning.level for warning in then.warnings} == {Level.RED}
    assert {warning.rule_from for warning in then.warnings} == {BEGINS}


def asked(
    history: History, on: date, calendar: RuleCalendar, rules_on: date | None = None
) -> State:
    """Ask for a day by the rules of a calendar, of that day or of another."""
    items = [read(each) for each in history.messages()]
    return state_as_of(
        items,
        Question(
            platform=Platform.ORGANISATION, subject_id=SUBJECT, valid_on=on, rules_on=rules_on
        ),
        Part(0, len(items)),
        calendar,
    )


def test_the_law_changes_within_the_days_drawn() -> None:
    assert any(FIRST < day < LAST for day in RULEBOOK.change_days())
    assert CALENDAR.rulebook is RULEBOOK
