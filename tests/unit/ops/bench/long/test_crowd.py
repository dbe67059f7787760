"""What `bench crowd` sends is admitted, and who waits for it is told by where he stands."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import Any

from events.admission.admission import admit
from events.rules.rulebook import load_rulebook
from events.topics import submission_origin
from ops.bench.asof import default_plan
from ops.bench.load import crowd_of_penalties, warned
from ops.bench.long.crowd import crowd_figures
from ops.bench.watching import LedgerPlace, PositionWatch


def test_a_crowd_is_of_one_subject_that_nobody_else_is_and_all_of_it_is_admitted() -> None:
    plan = default_plan(400, 40, 1)
    made = crowd_of_penalties(plan, 300)
    assert len({each.key for each in made}) == 1
    assert len({each.event_id for each in made}) == 300
    others = warned(plan, 300)
    assert made[0].key not in {each.key for each in others}
    assert made[0].topic not in {each.topic for each in others}, "nobody stands behind it there"
    for each in made[:3]:
        platform, department = submission_origin(each.topic)
        event: Any = admit(
            each.value,
            platform=platform,
            department=department,
            submitted_at=datetime(2027, 1, 1, tzinfo=UTC),
            rulebook=load_rulebook(),
        )
        assert event.envelope.event_id == each.event_id


def test_who_waits_is_told_apart_by_partition_and_only_while_the_crowd_is_applied() -> None:
    plan = default_plan(400, 40, 1)
    crowd, others = crowd_of_penalties(plan, 4), warned(plan, 5)
    watch = PositionWatch("")
    # The crowd stands in partition 0 at 10 to 13 and is applied at 102 and 104.
    watch._offsets = [[10, 12, 15], [20, 22]]
    watch._moments = [[90.0, 102.0, 104.0], [90.0, 103.0]]
    at = {each.event_id: LedgerPlace(0, 10 + n, 0) for n, each in enumerate(crowd)}
    at |= {others[0].event_id: LedgerPlace(1, 20, 0), others[1].event_id: LedgerPlace(0, 14, 0)}
    at |= {others[2].event_id: LedgerPlace(1, 21, 0), others[3].event_id: LedgerPlace(1, 99, 0)}
    places = {event_id: deque([place]) for event_id, place in at.items()}
    due = (101.0, 102.5, 104.5, 103.0, 103.5)
    found = crowd_figures(crowd, 100.0, list(zip(due, others, strict=True)), places, watch)
    assert found["crowd_per_s"] == 1.0
    assert found["others_wait_ms"] == {"p50": 2000.0, "p99": 2000.0, "max": 2000.0, "samples": 1}
    assert found["same_partition_wait_ms"]["max"] == 1500.0
    assert found["missing"] == 2, "one was never applied, one never came to stand in the ledger"
