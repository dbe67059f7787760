"""Who is warned because one that shares its representative is in the red, and on which day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import FOREVER
from events.rules.rulebook import load_rulebook
from projections.contagion.contagion import NAMED_MAX
from projections.contagion.told import Red, Web, known_from
from projections.day.ties import Tie
from projections.notices.notice import Told, WarningNotice
from tests.support import builders as a

if TYPE_CHECKING:
    from collections.abc import Iterable


RULEBOOK = load_rulebook()
FIRST, LAST = date(2025, 1, 1), date(2026, 1, 1)
FIRM, SISTER, THIRD = "firm", "sister", "third"
BOSS = a.PERSON


def day(text: str) -> date:
    return date.fromisoformat(text)


def a_tie(subject: str = FIRM, known: str = "2025-01-02", **fields: Any) -> Tie:
    """Give a tie to the boss, from before the year on."""
    said: dict[str, Any] = {
        "known_from": day(known),
        "offset": 0,
        "subject_id": subject,
        "entry_id": f"{subject} relation",
        "other": BOSS,
        "since": date(2024, 1, 1),
        "until": FOREVER,
        "region": "330100",
        "is_void": False,
    }
    return Tie(**(said | {k: day(v) if k in ("since", "until") else v for k, v in fields.items()}))


def a_red(subject: str, known: str, *, is_red: bool = True, rule: str = "warning.fled") -> Red:
    """Give that a subject came into the red, or left it."""
    order = (len(subject), int(known.replace("-", "")))
    return Red(day(known), order, subject, rule, is_red, "market", (f"{subject} evidence",))


def told(
    ties: Iterable[Tie],
    reds: Iterable[Red],
    subject: str = FIRM,
    days: Iterable[date] = (FIRST, LAST),
) -> list[tuple[str, str]]:
    """Give the days on which a subject is told, and what; `days` are where the telling paused."""
    return [(n.on.isoformat(), n.transition) for n in notices(ties, reds, subject, days)]


def notices(
    ties: Iterable[Tie],
    reds: Iterable[Red],
    subject: str = FIRM,
    days: Iterable[date] = (FIRST, LAST),
) -> list[WarningNotice]:
    web, remembered = Web(ties, reds), Told()
    found: list[Any] = []
    first = FIRST
    for _, last in pairwise([FIRST, *sorted({*days, LAST} - {FIRST})]):
        found += web.tell(subject, remembered, first, last, RULEBOOK)
        first = last + timedelta(days=1)
    return found


PAIR = (a_tie(FIRM), a_tie(SISTER))


def test_what_an_event_told_on_a_day_is_known_the_next_and_what_time_brought_on_the_same() -> None:
    assert known_from(day("2025-03-10"), by_time=False) == day("2025-03-11")
    assert known_from(day("2025-03-10"), by_time=True) == day("2025-03-10")


@pytest.mark.requirement(90)
def test_one_is_warned_when_its_sister_turns_red_and_no_longer_when_that_is_lifted() -> None:
    reds = [a_red(SISTER, "2025-03-11"), a_red(SISTER, "2025-06-01", is_red=False)]

    assert told(PAIR, reds) == [("2025-03-11", "raised"), ("2025-06-01", "lifted")]
    assert told(PAIR, reds, subject=SISTER) == [], "nobody is warned of itself"


def test_the_warning_names_the_ties_and_what_the_red_rests_on() -> None:
    (notice,) = notices(PAIR, [a_red(SISTER, "2025-03-11")])

    assert notice.rule == "warning.related"
    assert notice.level == "yellow"
    assert notice.evidence == ("firm relation", "sister relation", "sister evidence")
    assert (notice.since, notice.by_time) == (day("2025-03-11"), True)


def test_it_is_lifted_only_when_nothing_red_is_left() -> None:
    ties = [*PAIR, a_tie(THIRD)]
    reds = [
        a_red(SISTER, "2025-03-11"),
        a_red(THIRD, "2025-04-01"),
        a_red(SISTER, "2025-05-01", is_red=False),
        a_red(SISTER, "2025-05-02", rule="warning.list_entry"),
        a_red(THIRD, "2025-06-01", is_red=False),
        a_red(SISTER, "2025-07-01", is_red=False, rule="warning.list_entry"),
    ]

    assert told(ties, reds) == [("2025-03-11", "raised"), ("2025-07-01", "lifted")]


@pytest.mark.requirement(29)
@pytest.mark.parametrize(
    ("ties", "days"),
    [
        pytest.param([*PAIR], ["2025-03-11"], id="both tied"),
        pytest.param([a_tie(FIRM)], [], id="the sister is not"),
        pytest.param([a_tie(SISTER)], [], id="the firm is not"),
        pytest.param([a_tie(FIRM, other="another"), a_tie(SISTER)], [], id="different bosses"),
        pytest.param(
            [a_tie(FIRM, until="2025-05-01"), a_tie(SISTER)],
            ["2025-03-11", "2025-05-01"],
            id="its tie ends",
        ),
        pytest.param(
            [a_tie(FIRM), a_tie(SISTER, until="2025-05-01")],
            ["2025-03-11", "2025-05-01"],
            id="the sister's tie ends",
        ),
        pytest.param(
            [a_tie(FIRM), a_tie(SISTER), a_tie(SISTER, "2025-05-02", offset=7, is_void=True)],
            ["2025-03-11", "2025-05-02"],
            id="the sister's tie is annulled",
        ),
        pytest.param(
            [a_tie(FIRM, since="2025-04-01"), a_tie(SISTER)], ["2025-04-01"], id="tied later"
        ),
        pytest.param([a_tie(FIRM, "2025-04-05"), a_tie(SISTER)], ["2025-04-05"], id="known later"),
        pytest.param(
            [a_tie(FIRM, other=SISTER)], ["2025-03-11"], id="the sister itself controls it"
        ),
        pytest.param([a_tie(SISTER, other=FIRM)], [], id="whom it controls is red"),
    ],
)
def test_one_is_warned_while_both_are_tied(ties: list[Tie], days: list[str]) -> None:
    assert [on for on, _ in told(ties, [a_red(SISTER, "2025-03-11")])] == days


def test_the_newest_word_on_a_tie_counts_and_only_from_when_it_is_known() -> None:
    moved = a_tie(SISTER, "2025-05-02", offset=9, other="another")
    reds = [a_red(SISTER, "2025-03-11")]

    assert told([*PAIR, moved], reds) == [("2025-03-11", "raised"), ("2025-05-02", "lifted")]


def test_the_order_of_partitions_does_not_matter() -> None:
    ties = [*PAIR, a_tie(THIRD), a_tie(SISTER, "2025-08-01", offset=9, is_void=True)]
    reds = [a_red(SISTER, "2025-03-11"), a_red(THIRD, "2025-04-01", is_red=False)]
    answers = {tuple(told(tied, red)) for tied in permutations(ties) for red in permutations(reds)}

    assert answers == {(("2025-03-11", "raised"), ("2025-08-01", "lifted"))}


def test_of_many_in_the_red_the_first_by_their_ids_are_named() -> None:
    sisters = [f"sister {n:03}" for n in range(NAMED_MAX + 5)]
    ties = [a_tie(FIRM), *(a_tie(sister) for sister in sisters)]
    (notice,) = notices(ties, [a_red(sister, "2025-03-11") for sister in reversed(sisters)])

    named = [e for e in notice.evidence if e.endswith("evidence")]
    assert named == [f"{sister} evidence" for sister in sisters[:NAMED_MAX]]


def test_what_is_known_late_of_a_day_that_was_told_is_told_on_the_next() -> None:
    """A subject that was parked tells of days that have passed once it is released."""
    remembered = Told()
    assert not Web(PAIR, []).tell(FIRM, remembered, FIRST, day("2025-04-01"), RULEBOOK)
    web = Web(PAIR, [a_red(SISTER, "2025-03-11")])
    (told,) = web.tell(FIRM, remembered, day("2025-04-02"), LAST, RULEBOOK)

    assert told.on == day("2025-04-02")


SUBJECTS = st.sampled_from([FIRM, SISTER, THIRD])
DAYS = st.dates(FIRST, LAST)
TIES = st.builds(
    lambda subject, no, other, known, since, until, is_void, offset: a_tie(
        subject, known.isoformat(), entry_id=f"{subject} {no}", other=other,
        since=since.isoformat(), until=until.isoformat(), is_void=is_void, offset=offset,
    ),
    SUBJECTS, st.integers(1, 2), st.sampled_from([BOSS, "another", SISTER]), DAYS, DAYS,
    st.one_of(DAYS, st.just(FOREVER)), st.booleans(), st.integers(0, 10**6),
)  # fmt: skip
REDS = st.builds(
    lambda subject, known, is_red: a_red(subject, known.isoformat(), is_red=is_red),
    SUBJECTS,
    DAYS,
    st.booleans(),
)


@settings(max_examples=200)
@given(
    st.lists(TIES, max_size=8, unique_by=lambda tie: tie.offset),
    st.lists(REDS, max_size=6, unique_by=lambda red: (red.subject_id, red.known_from)),
    st.sets(DAYS, max_size=8),
    st.randoms(use_true_random=False),
)
def test_telling_day_by_day_equals_telling_at_once(
    ties: list[Tie], reds: list[Red], days: set[date], random: Any
) -> None:
    for subject in (FIRM, SISTER, THIRD):
        at_once = notices(ties, reds, subject)
        random.shuffle(ties)
        random.shuffle(reds)

        assert notices(ties, reds, subject, days) == at_once
