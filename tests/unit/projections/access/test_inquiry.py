"""What is kept of a question, and from when its subject sees it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from events.envelope import CHINA, Platform
from events.rules.access import Gives, Purpose, Role, load_access_policy
from projections.access.asker import Asker, Wanted
from projections.access.decide import decide
from projections.access.inquiry import Inquiry, inquiry_of

AT = datetime(2026, 6, 1, 12, tzinfo=CHINA)
FIRM = "91330100PDY000028X"
POLICY = load_access_policy()


def asked(
    role: Role, purpose: Purpose, basis: str | None, platform: Platform, subject: str = FIRM
) -> Inquiry:
    who = Asker(role=role, organisation="market-zj", region="330100")
    wanted = Wanted(
        gives=Gives.PROFILE, platform=platform, subject=subject, purpose=purpose, basis=basis
    )
    decision = decide(who, wanted, POLICY, AT.date())
    return inquiry_of(
        *(who, wanted, decision, POLICY),
        inquiry_id="1",
        at=AT,
        question="GET",
        channel="http",
        outcome="answered",
    )


@pytest.mark.parametrize("platform", Platform)
def test_an_investigation_is_seen_by_its_subject_once_its_days_are_over(platform: Platform) -> None:
    found = asked(Role.DEPARTMENT, Purpose.INVESTIGATION, "浙市监立〔2026〕7号", platform)

    assert found.view == "shared"
    assert found.visible_from == AT + timedelta(days=90)


def test_who_is_refused_for_want_of_a_case_tells_no_subject_of_it_either() -> None:
    found = asked(Role.DEPARTMENT, Purpose.INVESTIGATION, None, Platform.PERSON)

    assert (found.view, found.rule) == (None, "department.investigates")
    assert found.visible_from == AT + timedelta(days=90)


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.DEPARTMENT])
def test_who_may_not_investigate_hides_nothing_by_saying_so(role: Role) -> None:
    found = asked(role, Purpose.INVESTIGATION, "浙市监立〔2026〕7号", Platform.ORGANISATION)

    assert found.visible_from is None
    assert found.view in (
        None,
        "public",
    )  # What is public is given for any purpose, and not recorded.


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.INVESTIGATION])
def test_every_other_inquiry_is_seen_at_once(purpose: Purpose) -> None:
    for role in Role:
        assert asked(role, purpose, "ZJ 21", Platform.ORGANISATION).visible_from is None


def test_no_inquiry_names_anybody_by_his_number() -> None:
    numbered = asked(Role.AUDITOR, Purpose.AUDIT, None, Platform.PERSON, "330106199001010018")
    firm = asked(Role.AUDITOR, Purpose.AUDIT, None, Platform.ORGANISATION)

    assert (numbered.subjects, firm.subjects) == ([], [FIRM])
