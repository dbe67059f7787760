"""What objections and repairs do to a record, and when."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from events.dates import FOREVER
from events.envelope import Source
from events.rules.rulebook import load_rulebook
from events.types.finding import Seriousness
from events.types.objection import ObjectionOutcome
from events.types.penalty import PenaltyKind
from projections.calendar.rules import RuleCalendar, RulesOfDay
from projections.day.effects import Effect
from projections.day.lists import memberships
from projections.day.record_on_day import RecordOnDay
from projections.record.marks import Application, Marks, Objection, Payment, Repair, Reply
from projections.record.matters import (
    AnyMatter,
    Arrears,
    Conduct,
    Default,
    Enforcement,
    Grade,
    Listing,
    Penalty,
)
from tests.support.matters import a_matter, record_of

RULEBOOK = load_rulebook()
CALENDAR = RuleCalendar(RULEBOOK)
PENALTY: dict[str, Any] = {
    "category": "penalty.tax",
    "kinds": (PenaltyKind.FINE,),
    "simple_procedure": False,
    "fine_fen": 5_000_000,
    "confiscated_fen": None,
    "publish_until": None,
    "effective_until": None,
    "conduct_ended_on": None,
    "final_on": None,
    "finality": None,
    "payments": (),
}
COMMON = dict.fromkeys(Penalty.__struct_fields__)


def day(text: str) -> date:
    return date.fromisoformat(text)


def a_conduct(*marks: object, on: str = "2024-01-10", **fields: Any) -> Conduct:
    return a_matter(Conduct, on, marks=marked(*marks), **fields)


def a_penalty(*marks: object, on: str = "2024-01-10", **fields: Any) -> Penalty:
    """Give a penalty of tax of 50,000 yuan, whose severity is general; paid, if not said."""
    own = PENALTY | {"payments": (paid("2024-01-20"),)} | fields
    if PenaltyKind.FINE not in own["kinds"]:
        own["fine_fen"] = None
    common = a_matter(Conduct, on, marks=marked(*marks))
    shared = {name: getattr(common, name) for name in COMMON if hasattr(common, name)}
    return Penalty(**(shared | {"event_id": "penalty"} | own))


def marked(*marks: object) -> Marks | None:
    def of(kind: type) -> tuple[Any, ...]:
        return tuple(mark for mark in marks if isinstance(mark, kind))

    return Marks(of(Objection), (), of(Application), of(Repair)) if marks else None


def raised(
    on: str, *answers: str, review_of: Objection | None = None, by: str = "credit-zj"
) -> Objection:
    """Give an objection with its answers, each an outcome and its day in turn."""
    replies = zip(answers[::2], answers[1::2], strict=True)
    return Objection(
        f"objection {on}",
        day(on),
        by,
        answers=tuple(
            Reply(f"answer {told}", day(told), by, ObjectionOutcome(outcome))
            for outcome, told in replies
        ),
        review_of=None if review_of is None else review_of.event_id,
    )


def applied(on: str, *, committed: bool = True) -> Application:
    return Application(f"application {on}", day(on), "credit-zj", committed)


def granted(on: str, until: str | None = None) -> Repair:
    last = None if until is None else day(until)
    return Repair(f"repair {on}", day(on), granted=True, until=last)


def refused(on: str) -> Repair:
    return Repair(f"repair {on}", day(on), granted=False, until=None)


def paid(on: str, fen: int | None = None) -> Payment:
    return Payment(day(on), fen, cleared=fen is None)


def effect(matter: AnyMatter, on: str) -> Effect:
    return effect_of(matter, CALENDAR.on(day(on)))


def counts(matter: AnyMatter, on: str) -> bool:
    return day(on) < effect(matter, on).counts_until


def shows(matter: AnyMatter, on: str) -> bool:
    return day(on) < effect(matter, on).hidden_from


def repair(matter: AnyMatter, on: str) -> tuple[str, str]:
    found = effect(matter, on)
    return found.repair, found.repair_note


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


def test_a_repair_stops_counting_and_showing_from_its_day() -> None:
    matter = a_conduct(applied("2025-01-02"), granted("2025-01-10"))

    assert counts(matter, "2025-01-09")
    assert shows(matter, "2025-01-09")
    assert not counts(matter, "2025-01-10")
    assert not shows(matter, "2025-01-10")
    assert effect(matter, "2025-01-09").repaired_on is None
    assert effect(matter, "2025-01-10").repaired_on == day("2025-01-10")
    assert effect(matter, "2025-01-10").rules == ("repair@2019-02-09",)
    assert not effect(matter, "2025-01-10").voided


def test_a_repair_goes_from_applied_to_decided() -> None:
    matter = a_conduct(
        applied("2025-01-02"), refused("2025-01-08"), applied("2025-02-01"), granted("2025-02-10")
    )
    days = ("2025-01-01", "2025-01-02", "2025-01-08", "2025-02-01", "2025-02-10")

    assert [repair(matter, on)[0] for on in days] == [
        "",
        "applied",
        "refused",
        "applied",
        "granted",
    ]
    assert [effect(matter, on).next_change_on for on in days] == [
        *(day(on) for on in days[1:]),
        FOREVER,
    ]


def test_a_refusal_does_not_take_back_what_was_granted() -> None:
    matter = a_conduct(granted("2025-02-10"), applied("2025-03-01"), refused("2025-03-05"))

    assert repair(matter, "2025-03-02") == repair(matter, "2025-03-05") == ("granted", "")


def test_a_temporary_repair_holds_until_its_day_and_then_the_record_counts_again() -> None:
    matter = a_conduct(granted("2024-03-01", until="2024-09-01"))
    days = ("2024-02-29", "2024-03-01", "2024-08-31", "2024-09-01")

    assert [counts(matter, on) for on in days] == [True, False, False, True]
    assert [shows(matter, on) for on in days] == [True, False, False, True]
    assert [repair(matter, on)[0] for on in days] == ["", "granted", "granted", "lapsed"]
    assert [effect(matter, on).repaired_on is None for on in days] == [True, False, False, True]
    assert [effect(matter, on).next_change_on for on in days] == [
        day("2024-03-01"),
        day("2024-09-01"),
        day("2024-09-01"),
        FOREVER,
    ]


def test_a_temporary_repair_asks_neither_for_months_nor_for_payment() -> None:
    owing = a_matter(
        Default, "2024-02-01", amount_fen=100, marks=marked(granted("2024-03-01", "2024-09-01"))
    )
    assert repair(owing, "2024-03-01") == ("granted", "")


def test_a_temporary_repair_that_ends_before_it_begins_has_never_held() -> None:
    matter = a_conduct(granted("2024-03-01", until="2024-03-01"))

    assert counts(matter, "2024-03-01")
    assert repair(matter, "2024-03-01") == ("lapsed", "")


FINE = (PenaltyKind.FINE,)
BAN = (PenaltyKind.ACTIVITY_RESTRICTED,)
WARNING = (PenaltyKind.WARNING,)
CONFISCATED = (PenaltyKind.FINE, PenaltyKind.CONFISCATION)
SMALL = (PenaltyKind.OTHER,)
REVOKED = (PenaltyKind.FINE, PenaltyKind.LICENCE_REVOKED)


@pytest.mark.parametrize(
    ("category", "kinds", "decided", "first_day"),
    [
        # Order 36: minor at once, general after three months, serious after twelve.
        ("penalty.tax", WARNING, "2026-05-10", "2026-05-10"),
        ("penalty.tax", FINE, "2026-04-30", "2026-07-30"),
        ("penalty.tax", FINE, "2026-11-30", "2027-02-28"),
        ("penalty.tax", BAN, "2026-05-10", "2027-05-10"),
        # Order 58: three months, a year where life is at stake.
        ("penalty.tax", BAN, "2023-06-01", "2023-09-01"),
        ("penalty.safety", FINE, "2024-02-29", "2025-02-28"),
        ("penalty.fire", FINE, "2023-06-01", "2024-06-01"),
        # What is not published may be repaired at once.
        ("penalty.fire", WARNING, "2023-06-01", "2023-06-01"),
        ("penalty.tax", WARNING, "2023-06-01", "2023-06-01"),
        ("penalty.tax", SMALL, "2023-06-01", "2023-09-01"),
        ("penalty.food_drug", FINE, "2023-06-01", "2024-06-01"),
        # 2019-527: three months, six where serious. Before it, the province: a year.
        ("penalty.tax", FINE, "2019-12-31", "2020-03-31"),
        ("penalty.tax", BAN, "2019-08-31", "2020-02-29"),
        ("penalty.market", FINE, "2022-01-31", "2022-07-31"),
        ("penalty.tax", FINE, "2018-04-01", "2019-04-01"),
    ],
)
def test_a_penalty_may_be_repaired_once_its_months_are_over(
    category: str, kinds: tuple[PenaltyKind, ...], decided: str, first_day: str
) -> None:
    first = day(first_day)
    day_before = (first - timedelta(1)).isoformat()

    def on(decision: str) -> tuple[str, str]:
        matter = a_penalty(
            applied(decision),
            granted(decision),
            on=decided,
            category=category,
            kinds=kinds,
            payments=(paid(decided),),
        )
        return repair(matter, "2030-01-01")

    assert on(first_day) == ("granted", "")
    if decided != first_day:
        assert on(day_before) == ("no_effect", "before_minimum")


def test_a_decision_is_judged_by_the_rules_of_its_own_day_for_good() -> None:
    """On 2026-03-31 three months were enough for a serious penalty, on 2026-04-01 not."""
    before = a_penalty(granted("2026-03-31"), on="2025-12-10", kinds=BAN)
    after = a_penalty(applied("2026-04-01"), granted("2026-04-01"), on="2025-12-10", kinds=BAN)

    assert repair(before, "2026-03-31") == repair(before, "2029-01-01") == ("granted", "")
    assert repair(after, "2026-04-01") == ("no_effect", "before_minimum")


def test_the_severity_is_that_of_the_day_of_the_decision() -> None:
    """Market regulation's `other` kinds are general under Order 45, and minor under its rules of 2025-12-25."""
    other: dict[str, Any] = {"category": "penalty.market", "kinds": (PenaltyKind.OTHER,)}
    early = a_penalty(granted("2025-12-24"), on="2025-12-01", **other)
    late = a_penalty(applied("2025-12-25"), granted("2025-12-25"), on="2025-12-01", **other)

    for on in ("2025-12-25", "2028-01-01"):
        assert repair(early, on) == ("no_effect", "before_minimum")
        assert repair(late, on) == ("granted", "")


def test_before_2018_there_was_no_repair() -> None:
    assert repair(a_conduct(granted("2017-12-31"), on="2010-01-10"), "2018-06-01") == (
        "no_effect",
        "no_rule",
    )
    assert repair(a_conduct(granted("2018-01-01"), on="2010-01-10"), "2018-06-01")[0] == "granted"


@pytest.mark.parametrize(
    ("category", "decision", "state"),
    [
        ("penalty.market", "2025-06-01", ("no_effect", "never_repairable")),
        ("penalty.food_drug", "2027-06-01", ("no_effect", "never_repairable")),
        ("penalty.tax", "2025-06-01", ("granted", "")),
    ],
)
def test_a_revoked_licence_of_market_regulation_is_never_repaired(
    category: str, decision: str, state: tuple[str, str]
) -> None:
    for until in (None, "2028-01-01"):
        matter = a_penalty(
            applied(decision), granted(decision, until), category=category, kinds=REVOKED
        )
        assert repair(matter, decision) == state


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"payments": ()}, "not_performed"),
        ({"payments": (paid("2025-06-01"),)}, ""),
        ({"payments": (paid("2025-06-02"),)}, "not_performed"),
        ({"payments": (paid("2025-06-01", 4_999_999),)}, "not_performed"),
        ({"payments": (paid("2025-06-01", 4_999_999), paid("2025-06-01", 1))}, ""),
        ({"payments": (paid("2025-06-01", 5_000_000),), "confiscated_fen": 1}, "not_performed"),
        ({"payments": (), "fine_fen": None}, "not_performed"),
        ({"payments": (), "fine_fen": None, "kinds": WARNING}, ""),
        ({"payments": (paid("2025-06-01", 5_000_000),), "kinds": CONFISCATED}, "not_performed"),
        ({"payments": (paid("2025-06-01"),), "kinds": CONFISCATED}, ""),
    ],
)
def test_a_penalty_is_repaired_once_nothing_of_it_is_left_to_pay(
    fields: dict[str, Any], note: str
) -> None:
    matter = a_penalty(granted("2025-06-01"), **fields)

    assert repair(matter, "2026-01-01") == ("no_effect" if note else "granted", note)


@pytest.mark.parametrize("kind", [Arrears, Default, Enforcement])
@pytest.mark.parametrize("is_paid", [True, False])
def test_what_is_owed_is_repaired_once_it_is_paid(kind: type[AnyMatter], *, is_paid: bool) -> None:
    common = a_matter(Conduct, "2024-01-10", marks=marked(granted("2025-06-01")))
    values: dict[str, Any] = dict.fromkeys(kind.__struct_fields__)
    values |= {name: getattr(common, name) for name in values if hasattr(common, name)}
    values["payments"] = (paid("2025-01-10"),) if is_paid else ()
    matter = kind(**values)

    expected = ("granted", "") if is_paid else ("no_effect", "not_performed")
    assert repair(matter, "2025-06-01") == expected


@pytest.mark.parametrize(
    ("marks", "note"),
    [
        ((granted("2026-06-01"),), "not_committed"),
        ((applied("2026-05-20", committed=False), granted("2026-06-01")), "not_committed"),
        ((applied("2026-06-02"), granted("2026-06-01")), "not_committed"),
        ((applied("2026-06-01"), granted("2026-06-01")), ""),
        ((granted("2026-03-31"),), ""),
    ],
)
def test_from_april_2026_who_is_repaired_has_committed_itself(
    marks: tuple[object, ...], note: str
) -> None:
    matter = a_conduct(*marks, seriousness=Seriousness.GENERAL)
    assert repair(matter, "2026-06-01")[1] == note


def test_a_grant_without_effect_leaves_the_record_as_it_is() -> None:
    matter = a_conduct(granted("2024-12-31"), granted("2025-01-10"))

    assert counts(matter, "2025-01-09")
    assert shows(matter, "2025-01-09")
    assert repair(matter, "2025-01-09") == ("no_effect", "before_minimum")
    assert repair(matter, "2025-01-10") == ("granted", "")
    assert effect(matter, "2025-01-10").repaired_on == day("2025-01-10")


@pytest.mark.parametrize(
    ("on_list", "listed", "decision", "state"),
    [
        ("wage_arrears", "2021-01-10", "2021-07-09", ("no_effect", "before_minimum")),
        ("wage_arrears", "2021-01-10", "2021-07-10", ("granted", "")),
        ("market_serious", "2024-02-29", "2025-02-28", ("granted", "")),
        ("judgment_defaulter", "2020-01-10", "2025-01-10", ("no_effect", "never_repairable")),
    ],
)
def test_a_list_entry_is_repaired_after_the_months_of_its_list(
    on_list: str, listed: str, decision: str, state: tuple[str, str]
) -> None:
    matter = a_matter(Listing, listed, list=on_list, marks=marked(granted(decision)))
    assert repair(matter, decision) == state


def effect_of(matter: AnyMatter, rules: RulesOfDay) -> Effect:
    """Give what is done to a matter that is all there is in a record."""
    return RecordOnDay(record_of(matter), rules).effect(matter)


def in_record(matter: AnyMatter, on: str, *others: AnyMatter) -> tuple[str, str, bool]:
    record = record_of(matter, *others)
    on_day = RecordOnDay(record, CALENDAR.on(day(on)))
    on_day.weigh_repairs(memberships(on_day))
    found = on_day.effect(matter)
    return found.repair, found.repair_note, found.counts_until <= day(on)


def a_serious_entry(since: str, ended_on: str | None = None, **fields: Any) -> Listing:
    said = {"category": "list.major_tax_violator", "notified_on": "2022-12-01"} | fields
    return a_matter(Listing, since, ended_on=ended_on, **said)


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        (a_serious_entry("2025-01-10"), ("no_effect", "while_listed", False)),
        (a_serious_entry("2025-01-11"), ("granted", "", True)),
        (a_serious_entry("2023-01-10", "2025-01-10"), ("granted", "", True)),
        (a_serious_entry("2023-01-10", "2025-01-11"), ("no_effect", "while_listed", False)),
        (a_serious_entry("2024-01-10", notified_on=None), ("granted", "", True)),
        (
            a_serious_entry("2024-01-10", list="abnormal_operation", ground="unreachable"),
            ("granted", "", True),
        ),
    ],
)
def test_nothing_else_is_repaired_while_an_entry_of_a_serious_list_is_in_effect(
    entry: Listing, state: tuple[str, str, bool]
) -> None:
    assert in_record(a_conduct(granted("2025-01-10")), "2026-01-01", entry) == state


def test_an_entry_itself_may_be_repaired_while_it_is_in_effect() -> None:
    matter = a_matter(
        Listing,
        "2024-01-10",
        list="wage_arrears",
        ground="refuses",
        category="list.wage_arrears",
        notified_on="2024-01-01",
        event_id="entry",
        marks=marked(applied("2025-01-09"), granted("2025-01-10")),
    )
    assert in_record(matter, "2025-01-10", a_serious_entry("2024-06-01"))[:2] == ("granted", "")


def a_wage_debt(*payments: Payment, on: str = "2024-01-02", **fields: Any) -> Default:
    said = {"category": "default.wage", "amount_fen": 1_000, "event_id": f"debt {on}"} | fields
    return a_matter(Default, on, payments=payments, **said)


@pytest.mark.requirement(75)
@pytest.mark.parametrize(
    ("debts", "state"),
    [
        ([], ("granted", "", True)),
        ([a_wage_debt()], ("no_effect", "not_performed", False)),
        ([a_wage_debt(paid("2024-07-11"))], ("no_effect", "before_minimum", False)),
        ([a_wage_debt(paid("2024-07-10"))], ("granted", "", True)),
        ([a_wage_debt(paid("2024-05-01", 999))], ("no_effect", "not_performed", False)),
        ([a_wage_debt(ended_on="2024-07-11")], ("no_effect", "before_minimum", False)),
        (
            [a_wage_debt(paid("2024-03-01")), a_wage_debt(paid("2024-09-01"), on="2024-01-03")],
            ("no_effect", "before_minimum", False),
        ),
        ([a_wage_debt(on="2024-01-11")], ("granted", "", True)),
        ([a_wage_debt(category="default.loan")], ("granted", "", True)),
        ([a_wage_debt(source=Source.SELF_DECLARED)], ("granted", "", True)),
    ],
)
def test_the_wage_list_is_left_six_months_after_the_payment_of_what_the_entry_rests_on(
    debts: list[Default], state: tuple[str, str, bool]
) -> None:
    entry = a_matter(
        Listing,
        "2024-01-10",
        list="wage_arrears",
        category="list.wage_arrears",
        notified_on="2024-01-01",
        event_id="entry",
        marks=marked(applied("2025-01-09"), granted("2025-01-10")),
    )
    assert in_record(entry, "2025-01-10", *debts) == state


@pytest.mark.parametrize(
    ("again", "state"),
    [
        ("2024-01-09", ("granted", "", True)),
        ("2024-01-10", ("granted", "", True)),
        ("2024-01-11", ("no_effect", "same_kind_again", False)),
        ("2025-01-10", ("no_effect", "same_kind_again", False)),
        ("2025-01-11", ("granted", "", True)),
    ],
)
def test_who_did_the_same_again_by_the_decision_is_not_repaired(
    again: str, state: tuple[str, str, bool]
) -> None:
    other = a_conduct(on=again, event_id="other")

    assert in_record(a_conduct(granted("2025-01-10")), "2026-01-01", other) == state


def test_a_record_of_another_category_or_one_deleted_is_not_the_same_again() -> None:
    matter = a_conduct(granted("2025-01-10"))
    other = a_conduct(on="2024-06-01", event_id="other", category="conduct.bid_collusion")
    deleted = a_conduct(
        raised("2024-07-01", "deleted", "2024-07-03"), on="2024-06-01", event_id="deleted"
    )
    assert in_record(matter, "2026-01-01", other, deleted) == ("granted", "", True)


def test_a_temporary_repair_is_not_barred_by_lists_or_records_since() -> None:
    matter = a_conduct(granted("2025-01-10", until="2027-01-10"))
    others = (a_serious_entry("2024-06-01"), a_conduct(on="2024-06-01", event_id="other"))

    assert in_record(matter, "2026-01-01", *others) == ("granted", "", True)


def test_any_record_may_be_objected_to_and_repaired() -> None:
    grade = a_matter(Grade, "2024-01-10", marks=marked(raised("2024-02-01"), granted("2025-02-10")))
    assert effect(grade, "2024-02-01").objected
    assert repair(grade, "2025-02-10") == ("granted", "")


def test_nothing_changes_before_the_next_day_of_change() -> None:
    """On every day of two years, the effect is that of the day before, or that day was named."""
    matter = a_conduct(
        raised("2024-02-29", "stopped", "2024-03-07"),
        applied("2024-12-20"),
        granted("2024-12-31"),
        granted("2025-02-01", until="2025-05-01"),
        applied("2025-06-01"),
        refused("2025-06-10"),
        on="2024-01-10",
    )
    days = [date(2024, 1, 10) + timedelta(n) for n in range(730)]
    named = {effect_of(matter, CALENDAR.on(on)).next_change_on for on in days}
    changed = {
        on for before, on in pairwise(days) if _concluded(matter, before) != _concluded(matter, on)
    }
    assert changed
    assert changed <= named


def _concluded(matter: AnyMatter, on: date) -> tuple[object, ...]:
    found = effect_of(matter, CALENDAR.on(on))
    return (
        on < found.counts_until,
        on < found.hidden_from,
        found.objected,
        found.repaired_on,
        found.repair,
        found.repair_note,
    )
