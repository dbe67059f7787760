"""Names beside a plan's are each published, and none is a subject's of the plan."""

from __future__ import annotations

from datetime import timedelta

from ops.bench.asof import default_plan
from ops.bench.load import warned
from ops.bench.windows.names import licences_of_others, other_licence
from ops.generator.subjects import subject_id_at
from projections.bulletin.bulletin import published
from projections.fold.steps import current_profile
from tests.support.given import CALENDAR, given


def test_each_is_published_under_a_name_of_its_own() -> None:
    plan = default_plan(400, 40, 1)
    names = set()
    for number in range(320):
        event = other_licence(plan, number)
        subject_id = event.envelope.subject_id
        state, on = given(event).projection.state(subject_id), plan.last_day + timedelta(days=60)
        (entry,) = published(subject_id, state, CALENDAR, on)
        assert current_profile(state, CALENDAR, on).warnings == [], "boards stay as they are"
        names.add(entry.name)
    assert len(names) == 320


def test_no_other_subject_of_a_benchmark_is_among_them() -> None:
    plan = default_plan(400, 40, 1)
    made = list(licences_of_others(plan, 500))
    ours = {key.decode() for key, _, _ in made}
    assert len(ours) == 500 == len({event_id for _, _, event_id in made})
    others = {subject_id_at(plan.platform, index) for index in range(plan.subjects)}
    assert not ours & (others | {each.key.decode() for each in warned(plan, 1_200)})
