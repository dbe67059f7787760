"""What objections and repairs do to a record, and when."""

from __future__ import annotations

import msgspec
import pytest

from events.dates import FOREVER
from projections.calendar.rules import RuleCalendar
from projections.day.effects import Effect
from tests.support.effects import RULEBOOK, a_conduct, counts, day, effect, effect_of, raised, shows


def test_nothing_is_done_to_a_record_of_which_nothing_is_said() -> None:
    nothing = Effect(
        FOREVER,
        FOREVER,
        voided=False,
        objected=False,
        repaired_on=None,
        repair="",
        repair_note="",
        next_change_on=FOREVER,
        rules=(),
    )
    assert effect(a_conduct(), "2024-06-01") == nothing


@pytest.mark.parametrize("with_marks", [False, True])
def test_a_record_counts_until_its_own_end_and_is_shown_after_it(*, with_marks: bool) -> None:
    marks = [raised("2024-02-01", "rejected", "2024-02-02")] if with_marks else []
    matter = a_conduct(*marks, ended_on="2024-06-01")

    assert [counts(matter, on) for on in ("2024-05-31", "2024-06-01")] == [True, False]
    assert effect(matter, "2024-05-31").next_change_on == day("2024-06-01")
    assert effect(matter, "2024-06-01").next_change_on == FOREVER
    assert shows(matter, "2024-06-01")


@pytest.mark.requirement(50)
def test_an_objection_is_pending_from_its_day_until_the_day_of_its_answer() -> None:
    matter = a_conduct(raised("2024-02-29", "rejected", "2024-03-07"))
    on = ("2024-02-28", "2024-02-29", "2024-03-06", "2024-03-07")

    assert [effect(matter, each).objected for each in on] == [False, True, True, False]
    assert [effect(matter, each).next_change_on for each in on] == [
        day("2024-02-29"),
        day("2024-03-07"),
        day("2024-03-07"),
        FOREVER,
    ]
    assert all(counts(matter, each) and shows(matter, each) for each in on)


@pytest.mark.requirement(50)
@pytest.mark.parametrize(
    ("outcome", "counting", "shown", "voided"),
    [
        ("rejected", True, True, False),
        ("corrected", True, True, False),
        ("supplemented", True, True, False),
        ("stopped", False, False, False),
        ("unverifiable", False, False, False),
        ("removed", False, True, False),
        ("deleted", True, True, True),
    ],
)
def test_an_answer_counts_from_its_own_day(
    outcome: str, *, counting: bool, shown: bool, voided: bool
) -> None:
    matter = a_conduct(raised("2024-03-01", outcome, "2024-03-07"))

    before, after = effect(matter, "2024-03-06"), effect(matter, "2024-03-07")
    assert day("2024-03-06") < before.counts_until
    assert day("2024-03-06") < before.hidden_from
    assert (day("2024-03-07") < after.counts_until) == counting
    assert (day("2024-03-07") < after.hidden_from) == shown
    # As if it had never been: on every day, as an annulment.
    assert before.voided is after.voided is voided
    used = () if outcome in ("rejected", "corrected", "supplemented") else ("objection@2018-01-01",)
    assert after.rules == used


def test_of_several_objections_each_has_its_effect() -> None:
    matter = a_conduct(
        raised("2024-02-01", "removed", "2024-02-05"),
        raised("2024-03-01", "stopped", "2024-03-05"),
        raised("2024-04-01"),
    )
    found = effect(matter, "2024-04-01")

    assert (found.hidden_from, found.counts_until) == (day("2024-03-05"), day("2024-02-05"))
    assert found.objected


FIRST = raised("2024-03-01", "stopped", "2024-03-07")
SECOND = raised("2024-03-11", "rejected", "2024-03-18", review_of=FIRST)


@pytest.mark.requirement(50)
def test_a_re_review_marks_anew_and_its_answer_holds_from_its_own_day() -> None:
    matter = a_conduct(FIRST, SECOND)
    on = ("2024-03-06", "2024-03-07", "2024-03-10", "2024-03-11", "2024-03-17", "2024-03-18")

    assert [effect(matter, each).objected for each in on] == [True, False, False, True, True, False]
    assert [counts(matter, each) for each in on] == [True, False, False, False, False, True]
    assert [shows(matter, each) for each in on] == [True, False, False, False, False, True]
    assert effect(matter, "2024-03-11").next_change_on == day("2024-03-18")


def test_what_is_not_asked_again_of_an_answer_is_an_objection_by_itself() -> None:
    alone = raised("2024-03-11", "rejected", "2024-03-18")
    unknown = msgspec.structs.replace(alone, review_of="another")
    before = msgspec.structs.replace(FIRST, review_of=SECOND.event_id)

    assert not shows(a_conduct(FIRST, alone), "2024-03-18")
    assert not shows(a_conduct(FIRST, unknown), "2024-03-18")
    # Raised before what it names, it cannot ask that to be looked at again.
    assert not shows(a_conduct(before, alone), "2024-03-18")


@pytest.mark.requirement(50)
def test_a_deletion_that_a_re_review_takes_back_holds_until_the_day_of_that_answer() -> None:
    deleted = raised("2024-03-01", "deleted", "2024-03-07")
    upheld = raised("2024-03-11", "rejected", "2024-03-18", review_of=deleted)
    matter = a_conduct(deleted, upheld)
    on = ("2024-02-01", "2024-03-07", "2024-03-17", "2024-03-18")

    assert [effect(matter, each).voided for each in on] == [True, True, True, False]


@pytest.mark.requirement(50)
def test_a_deletion_upon_re_review_is_as_if_the_record_had_never_been() -> None:
    kept = raised("2024-03-01", "rejected", "2024-03-07")
    deleted = raised("2024-03-11", "deleted", "2024-03-18", review_of=kept)

    assert all(
        effect(a_conduct(kept, deleted), each).voided for each in ("2024-02-01", "2024-04-01")
    )


def test_a_second_answer_without_a_re_review_holds_from_its_own_day_too() -> None:
    matter = a_conduct(raised("2024-03-01", "removed", "2024-03-07", "rejected", "2024-03-14"))

    assert [counts(matter, f"2024-03-{n}") for n in ("06", "07", "13", "14")] == [
        *(True, False, False, True)
    ]
    assert not effect(matter, "2024-03-08").objected


def test_what_the_authority_above_said_stands_against_a_later_word_from_below() -> None:
    below = raised("2024-03-01", "stopped", "2024-03-07", "stopped", "2024-03-25")
    above = raised("2024-03-11", "rejected", "2024-03-18", review_of=below)
    again = raised("2024-04-01", "stopped", "2024-04-08", review_of=above)

    assert shows(a_conduct(below, above), "2024-03-26")
    assert not shows(a_conduct(below, above, again), "2024-04-08")
    assert shows(a_conduct(below, above, again), "2024-04-07")


def test_a_rule_may_hide_what_still_counts() -> None:
    """None of ours does; what may not be disclosed counts for nothing."""
    rules = [
        msgspec.structs.replace(
            rule,
            in_force=[
                msgspec.structs.replace(v, effects={"stopped": "hide"}) for v in rule.in_force
            ],
        )
        for rule in RULEBOOK.objections
    ]
    calendar = RuleCalendar(msgspec.structs.replace(RULEBOOK, objections=rules))
    found = effect_of(a_conduct(FIRST), calendar.on(day("2024-03-07")))

    assert (found.counts_until, found.hidden_from) == (FOREVER, day("2024-03-07"))
