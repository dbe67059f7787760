"""A crowd of one subject goes on no faster than it is applied, and nothing waits for ever."""

from __future__ import annotations

from collections import Counter

import pytest

from events.envelope import Platform
from events.partitioning import partition_of
from streams.admitting.crowds import BEHIND_MAX, CROWD_MIN, HELD_MAX_S, OF_ONE_SUBJECT_MAX, Crowds

PLACE, OTHER = ("credit.organisation.submissions.tax-zj", 0), ("other", 0)
SUBJECT = "91330100PDY000028X"
ORGANISATION = Platform.ORGANISATION


def behind(events: int, subject: str = SUBJECT) -> dict[int, int]:
    """Give a ledger in which so many events wait where a subject has its own."""
    return dict.fromkeys(range(12), 0) | {partition_of(subject): events}


def held(crowds: Crowds, ledger: dict[int, int], now_s: float = 0.0) -> set[tuple[str, int]]:
    return crowds.held({PLACE, OTHER}, ORGANISATION, ledger, now_s)


@pytest.fixture
def crowds() -> Crowds:
    """Give what is known once a department said as much of one subject as a batch may hold."""
    crowds = Crowds()
    crowds.note(PLACE, ORGANISATION, Counter({SUBJECT.encode(): OF_ONE_SUBJECT_MAX, b"x": 3}))
    return crowds


def test_a_crowd_waits_while_what_it_said_waits_to_be_applied_and_nobody_else_does(
    crowds: Crowds,
) -> None:
    assert held(crowds, behind(BEHIND_MAX + 1)) == {PLACE}
    assert held(crowds, behind(BEHIND_MAX)) == set()
    assert held(crowds, behind(9_999, subject="another")) == set(), "of another partition"
    assert crowds.held({PLACE}, Platform.PERSON, behind(9_999), 0.0) == set()
    assert held(crowds, {}) == set(), "there are no read models yet"
    assert crowds.platforms([PLACE, OTHER]) == {ORGANISATION}
    assert crowds.platforms([OTHER]) == set()


def test_a_crowd_waits_no_longer_than_a_bound_for_each_batch(crowds: Crowds) -> None:
    ledger = behind(BEHIND_MAX + 1)
    assert held(crowds, ledger, 100.0) == {PLACE}
    assert held(crowds, ledger, 100.0 + HELD_MAX_S) == set(), "perhaps nobody applies anything"
    crowds.note(PLACE, ORGANISATION, Counter({SUBJECT.encode(): CROWD_MIN}))
    assert held(crowds, ledger, 101.0 + HELD_MAX_S) == {PLACE}, "each batch anew"


def test_who_speaks_of_many_subjects_is_no_crowd() -> None:
    crowds = Crowds()
    crowds.note(PLACE, ORGANISATION, Counter({b"%d" % n: CROWD_MIN - 1 for n in range(5)}))
    assert held(crowds, behind(9_999)) == set()
    assert crowds.platforms([PLACE]) == set()


def test_a_small_batch_in_the_midst_of_a_crowd_does_not_end_it(crowds: Crowds) -> None:
    """A fetch had ended there: the next batch was let on as if nothing waited."""
    crowds.note(PLACE, ORGANISATION, Counter({SUBJECT.encode(): CROWD_MIN - 1}))
    assert held(crowds, behind(BEHIND_MAX + 1)) == {PLACE}
    assert held(crowds, behind(BEHIND_MAX)) == set()
    assert crowds.platforms([PLACE]) == set(), "it is applied, and asked after no more"
