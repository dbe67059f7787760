"""The rows of the policy: no two answer one question, and conclusions are in no public one."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Final

from events.envelope import Platform
from events.rules.access import Gives, Purpose, Role, View, load_access_policy

POLICY: Final = load_access_policy()


def test_conclusions_are_in_no_row_of_the_public_or_of_agencies() -> None:
    told = {Gives.CONCLUSIONS, Gives.WARNINGS, Gives.REVIEWS, Gives.ANALYSIS, Gives.HISTORY}
    for row in POLICY.rows:
        if row.view in {View.PUBLIC, View.AGENCY}:
            assert told.isdisjoint(row.gives), row.id


def test_everything_but_what_is_open_to_anybody_is_recorded() -> None:
    unrecorded = {row.id for row in POLICY.rows if not row.recorded}

    assert unrecorded == {
        "everybody.documents",
        "public.organisations",
        "public.persons_listed",
        "subject.consents",
        "subject.erasures",
        "centre.erasing",
        "department.acts",
        "department.local_acts",
        "operator.operation",
    }


def test_a_purpose_is_only_in_rows_of_roles_that_may_have_it() -> None:
    may = {row.code: set(row.roles) for row in POLICY.purposes}

    assert set(may) == set(Purpose)
    for row in POLICY.rows:
        for purpose in row.purposes:
            assert set(row.roles) <= may[purpose], (row.id, purpose)


def test_no_two_rows_answer_one_question_and_no_row_is_idle() -> None:
    """Over every role, kind, platform and purpose, on every day on which a row begins or ends."""
    days = {row.start for row in POLICY.rows} | {row.end for row in POLICY.rows if row.end}
    used: Counter[str] = Counter()
    for role, gives, platform, purpose, on in itertools.product(
        Role, Gives, (*Platform, None), (*Purpose, None), sorted(days)
    ):
        fitting = [
            row.id
            for row in POLICY.rows_of(role, gives, on)
            if not row.platforms or platform in row.platforms
            if not row.purposes or purpose in row.purposes
        ]
        assert len(fitting) <= 1, (role, gives, platform, purpose, on)
        used.update(fitting)

    assert used.keys() == {row.id for row in POLICY.rows}
