"""Across the demo's scenes: the made-up lives of the demo: admission takes every scene, as its department submits it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from events.admission.admission import Submission, check
from events.admission.rejection import Rejection
from events.rules.rulebook import load_rulebook
from ops.demo.scenes import Life, Scene, lives

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SCENES = [(life, scene) for life in lives() for scene in life.scenes]


@pytest.mark.parametrize(("life", "scene"), SCENES, ids=[scene.tells for _, scene in SCENES])
def test_a_scene_is_admitted_under_the_id_that_others_name_it_by(life: Life, scene: Scene) -> None:
    submission = Submission(
        platform=life.platform,
        department=scene.event.envelope.department,
        submitted_at=NOW,
        event=scene.event,
    )
    admitted = check(submission, load_rulebook())
    assert not isinstance(admitted, Rejection), admitted.reasons
    assert admitted.envelope.event_id == scene.event.envelope.event_id


def test_years_follow_each_other_and_a_repeat_says_the_same() -> None:
    for life in lives():
        years = [scene.year for scene in life.scenes]
        assert years == sorted(years)
        for scene in life.scenes:
            said = [s for s in life.scenes if s.event.envelope == scene.event.envelope]
            assert len(said) == (2 if scene.again or len(said) > 1 else 1)


def test_ten_years_of_an_enterprise_and_of_a_person_are_told() -> None:
    enterprise, person = lives()
    assert enterprise.scenes[-1].year - enterprise.scenes[0].year == 10
    assert (len(enterprise.scenes), len(person.scenes)) == (40, 12)
