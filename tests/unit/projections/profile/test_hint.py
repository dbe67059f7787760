"""The composite hint is one word for what score, lists, warnings and classes come to, and says why."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from events.event import Event
from events.rules.rulebook import load_rulebook
from events.types.listing import ListEntered
from projections.profile.hint import NoHintModelError, hint
from tests.support import builders as a
from tests.support.given import given

RULEBOOK = load_rulebook()
REGISTERED = a.a_registration()
RED_LISTING = a.named(
    ListEntered(
        a.an_envelope(on="2025-05-10", department="credit-zj", category="redlist.general"),
        "redlist_general",
        "good_credit",
    )
)


def of(*events: Event, on: str = "2025-06-15") -> Any:
    return hint(given(REGISTERED, *events).on(on), RULEBOOK)


@pytest.mark.requirement(85)
@pytest.mark.parametrize(
    ("events", "level", "kinds"),
    [
        ((), "ordinary", set()),
        ((a.a_commendation(),), "good", {"grade"}),
        ((RED_LISTING,), "good", {"list", "grade"}),
        ((a.a_penalty(on="2025-01-10"),), "attention", {"warning"}),
        (
            (a.a_penalty(1, "2025-05-10"), a.a_penalty(2, "2025-05-11")),
            "caution",
            {"warning", "class"},
        ),
        ((a.a_court_listing(on="2025-05-10"),), "serious", {"list", "warning", "class", "grade"}),
    ],
)
def test_the_worst_that_holds_is_the_hint(
    events: tuple[Event, ...], level: str, kinds: set[str]
) -> None:
    found = of(*events)

    assert found.level == level
    assert {each.kind for each in found.because} == kinds
    assert all(each.evidence for each in found.because)


@pytest.mark.requirement(85)
def test_it_names_the_versions_of_both_models_and_its_evidence() -> None:
    listing = a.a_court_listing(on="2025-05-10")
    found = of(listing)
    score = given(REGISTERED, listing).on("2025-06-15").score
    assert score is not None

    assert (found.model, found.model_from) == ("hint.composite", date(2005, 9, 1))
    assert (found.score_model, found.score_from) == (score.model, score.model_from)
    assert (found.points, found.grade) == (score.points, score.grade)
    assert found.warning_level == "red"
    assert listing.envelope.event_id in {e for each in found.because for e in each.evidence}


def test_a_removal_takes_the_hint_back_on_its_day() -> None:
    listing = a.a_court_listing(on="2025-05-10")
    events = (listing, a.a_removal(listing, "2025-06-10"))

    assert of(*events, on="2025-06-09").level == "serious"
    assert "list" not in {each.kind for each in of(*events, on="2025-06-10").because}
    assert of(*events, on="2025-06-10").level != "serious"


def test_before_the_first_model_there_is_no_hint() -> None:
    profile = given(REGISTERED).on("2025-06-15")
    early = msgspec.structs.replace(profile, assessed_on=date(2005, 8, 31))

    with pytest.raises(NoHintModelError):
        hint(early, RULEBOOK)


def test_every_level_asks_for_grades_and_classes_that_exist_and_the_last_for_nothing() -> None:
    grades = {g.code for m in RULEBOOK.scores for v in m.in_force for g in v.grades}
    grades |= {each.grade for m in RULEBOOK.scores for v in m.in_force for each in v.vetoes} - {
        None
    }
    for model in RULEBOOK.hints:
        for version in model.in_force:
            *asking, last = version.levels
            assert all(set(level.grades) <= grades for level in asking)
            assert all(set(level.classes) <= {"A", "B", "C", "D"} for level in asking)
            held = (last.grades, last.classes, last.warnings, last.list, last.honour)
            assert not any(held)
